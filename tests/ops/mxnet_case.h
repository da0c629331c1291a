#pragma once

#include <cmath>

#include "ops/support.h"

namespace gluino::testing {

/// How an input's elements follow from their number i and the input's number k.
enum class Pattern {
  plain,     ///< ((37 i + 11 k) mod 101 - 50) / 32
  positive,  ///< |plain| + 0.5
  whole,     ///< low + (5 i + 3 k) mod (high - low)
};

struct PatternInput {
  Shape shape;
  Pattern pattern = Pattern::plain;
  int low = 0;
  int high = 1;
};

/// One call by name, and what MXNet gives for it: the output, the gradients of all inputs where the
/// head is the plain pattern with k = 7, and what became of the states.
struct MxnetCase {
  const char* op;
  Attributes attributes;
  std::vector<PatternInput> inputs;
  bool training;
  Shape shape;
  std::vector<double> output;
  std::vector<std::vector<double>> gradients;
  std::vector<std::vector<double>> states{};
};

inline NDArray patterned(const PatternInput& input, int k) {
  std::vector<float> values(static_cast<std::size_t>(input.shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int n = static_cast<int>(i);
    const float plain = static_cast<float>((n * 37 + 11 * k) % 101 - 50) / 32;
    values[i] = input.pattern == Pattern::plain ? plain
                : input.pattern == Pattern::positive
                    ? std::abs(plain) + 0.5F
                    : static_cast<float>(input.low + (n * 5 + 3 * k) % (input.high - input.low));
  }
  return nd::from(values, input.shape);
}

inline void expect_values(const NDArray& got, const std::vector<double>& expected,
                          const std::string& what) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i]) || std::isinf(expected[i])) {
      EXPECT_EQ(str(values[i]), str(expected[i])) << what << ", element " << i;
    } else {
      EXPECT_NEAR(values[i], expected[i], 2e-5 * (1 + std::abs(expected[i])))
          << what << ", element " << i;
    }
  }
}

inline void check_case(const MxnetCase& expected) {
  std::string name = expected.op;
  for (const auto& [key, value] : expected.attributes) name += " " + key + "=" + value;
  SCOPED_TRACE(name);
  std::vector<NDArray> inputs;
  for (const PatternInput& input : expected.inputs) {
    inputs.push_back(patterned(input, static_cast<int>(inputs.size())));
  }
  const Op& op = Op::get(expected.op);
  const auto options = op.parse_options(expected.attributes);
  for (std::size_t i = 0; i < inputs.size() && !expected.gradients.empty(); ++i) {
    if (!op.is_state(options.get(), static_cast<int>(i))) inputs[i].attach_grad();
  }
  std::vector<NDArray> outputs;
  {
    const autograd::Scope scope = autograd::record(expected.training);
    outputs = nd::invoke(expected.op, inputs, expected.attributes);
  }
  EXPECT_EQ(outputs[0].shape(), expected.shape);
  expect_values(outputs[0], expected.output, "output");
  if (op.has_gradient() && !expected.gradients.empty()) {
    outputs[0].backward(patterned({expected.shape}, 7));
  }
  for (std::size_t i = 0; i < expected.gradients.size(); ++i) {
    if (!op.has_gradient() || op.is_state(options.get(), static_cast<int>(i))) continue;
    expect_values(inputs[i].grad(), expected.gradients[i], "gradient of input " + str(i));
  }
  for (std::size_t i = 0; i < expected.states.size(); ++i) {
    expect_values(inputs[inputs.size() - expected.states.size() + i], expected.states[i],
                  "state " + str(i));
  }
}

}  // namespace gluino::testing
