#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ops/support.h"

// What MXNet 1.9.1 computes, as mxnet/numbers.json tells it: call by call the output, the gradients
// and what became of the states. tests/oracle/renew_numbers.py writes that file.
namespace gluino {
namespace {

using nlohmann::json;

Shape shape_of(const json& sizes) {
  return Shape(std::span<const std::int64_t>(sizes.get<std::vector<std::int64_t>>()));
}

// The elements follow from their number i and the input's number k:
//   plain     ((37 i + 11 k) mod 101 - 50) / 32
//   positive  |plain| + 0.5
//   whole     low + (5 i + 3 k) mod (high - low)
NDArray patterned(const json& input, int k) {
  const Shape shape = shape_of(input.at("shape"));
  const std::string pattern = input.value("pattern", "plain");
  std::vector<float> values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int n = static_cast<int>(i);
    const float plain = static_cast<float>((n * 37 + 11 * k) % 101 - 50) / 32;
    values[i] = pattern == "positive" ? std::abs(plain) + 0.5F : plain;
    if (pattern == "whole") {
      const int low = input.at("low"), high = input.at("high");
      values[i] = static_cast<float>(low + (n * 5 + 3 * k) % (high - low));
    }
  }
  return nd::from(values, shape);
}

void expect_values(const NDArray& got, const json& expected, const std::string& what) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (expected[i].is_string()) {  // inf, -inf, nan
      EXPECT_EQ(str(values[i]), expected[i].get<std::string>()) << what << ", element " << i;
      continue;
    }
    const auto number = expected[i].get<double>();
    EXPECT_NEAR(values[i], number, 2e-5 * (1 + std::abs(number))) << what << ", element " << i;
  }
}

void check_case(const json& expected) {
  const std::string name = expected.at("op");
  const auto attributes = expected.at("attributes").get<Attributes>();
  std::vector<NDArray> inputs;
  for (const json& input : expected.at("inputs")) {
    inputs.push_back(patterned(input, static_cast<int>(inputs.size())));
  }
  const Op& op = Op::get(name);
  const auto options = op.parse_options(attributes);
  const json& gradients = expected.at("gradients");
  const auto has_gradient = [&](std::size_t i) {
    return op.has_gradient() && !op.is_state(options.get(), static_cast<int>(i));
  };
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (has_gradient(i)) inputs[i].attach_grad();
  }
  std::vector<NDArray> outputs;
  {
    const autograd::Scope scope = autograd::record(expected.value("training", true));
    outputs = nd::invoke(name, inputs, attributes);
  }
  EXPECT_EQ(outputs[0].shape(), shape_of(expected.at("shape")));
  expect_values(outputs[0], expected.at("output"), "output");
  if (op.has_gradient() && !gradients.empty()) {
    outputs[0].backward(patterned({{"shape", expected.at("shape")}}, 7));
  }
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const std::string what = str("gradient of input ", i);
    if (has_gradient(i)) {
      expect_values(inputs[i].grad(), gradients[i], what);
    } else {  // MXNet's must be 0 then; that of a state has no numbers
      for (const json& value : gradients[i]) EXPECT_EQ(value, 0) << what;
    }
  }
  const json states = expected.value("states", json::array());
  for (std::size_t i = 0; i < states.size(); ++i) {
    expect_values(inputs[inputs.size() - states.size() + i], states[i], str("state ", i));
  }
}

TEST(MxnetNumbers, AreOurs) {
  std::ifstream file(MXNET_NUMBERS);
  const json cases = json::parse(file);
  EXPECT_GE(cases.size(), 323U);
  for (const json& each : cases) {
    SCOPED_TRACE(each.at("op").dump() + " " + each.at("attributes").dump());
    check_case(each);
  }
}

}  // namespace
}  // namespace gluino
