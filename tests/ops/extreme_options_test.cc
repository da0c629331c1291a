#include <cmath>

#include "ops/support.h"

// Whatever an option is set to: a sentence or a result, never undefined behaviour (the sanitizers
// look on), nor memory beyond what the outputs take.
namespace gluino {
namespace {

using testing::filled;

using Arrays = std::vector<NDArray>;

constexpr std::int64_t kMostElements = 1 << 20;

const std::vector<std::string> kNumbers = {"0",
                                           "-1",
                                           "1",
                                           "2",
                                           "7",
                                           "1073741823",
                                           "-1073741823",
                                           "2147483647",
                                           "-2147483648",
                                           "1099511627776",
                                           "4611686018427387904",
                                           "-4611686018427387904",
                                           "9223372036854775807",
                                           "-9223372036854775808",
                                           "1e-320",
                                           "1e308",
                                           "-1e308",
                                           "nan",
                                           "inf",
                                           "-inf"};

// Texts for one option: numbers, and rows of one to four of them.
std::vector<std::string> texts() {
  std::vector<std::string> result = kNumbers;
  result.insert(result.end(), {"", "()", "None", "True", "(,)", "x"});
  for (const std::string& number : kNumbers) {
    result.push_back("(" + number + ",)");
    result.push_back("(" + number + ", " + number + ")");
    result.push_back("(1, " + number + ")");
    result.push_back("(" + number + ", 2)");
    result.push_back("(1, 1, " + number + ", 1)");
    result.push_back("(None, " + number + ")");
  }
  return result;
}

// The shapes that come out, or none where the options are refused, or ask for more memory than a
// test should take.
bool is_small(const Op& op, const void* options, const Arrays& inputs) {
  const auto outputs = num_outputs(op, options);
  if (outputs > 1000) return false;
  std::vector<Shape> in, out(static_cast<std::size_t>(outputs), Shape::unknown());
  std::vector<DType> in_types, out_types(out.size(), float32);
  for (const NDArray& input : inputs) {
    in.push_back(input.shape());
    in_types.push_back(input.dtype());
  }
  infer_node(op, options, "", in, out, in_types, out_types);
  return std::all_of(out.begin(), out.end(),
                     [](const Shape& shape) { return shape.size() <= kMostElements; });
}

void compute(const Op& op, const void* options, const Arrays& inputs) {
  Arrays outputs;
  {
    const auto recording = autograd::record();
    outputs = apply_all(op, options, inputs);
  }
  if (!op.has_gradient()) return;
  Arrays heads;
  for (const NDArray& output : outputs) heads.push_back(NDArray(output.shape(), output.dtype()));
  for (const NDArray& head : heads) head.assign(1.0);
  autograd::backward(outputs, heads);
}

struct Counts {
  int results = 0;
  int refusals = 0;
};

void attempt(const Op& op, const Arrays& given, const Attributes& attributes, Counts& counts) {
  try {
    const auto options = op.parse_options(attributes);
    if (!is_small(op, options.get(), given)) return;
    Arrays inputs;
    for (std::size_t i = 0; i < given.size(); ++i) {
      // The operator may write to it.
      inputs.push_back(given[i].copy());
      if (!op.is_state(options.get(), static_cast<int>(i))) inputs[i].attach_grad();
    }
    compute(op, options.get(), inputs);
    ++counts.results;
  } catch (const Error&) {
    // As good as a result. Anything else ends the test.
    ++counts.refusals;
  }
}

// One option after the other is replaced, and all of those of a kind together.
void sweep(const Op& op, const Sample& sample, Counts& counts) {
  const Attributes given = op.format_options(sample.options.get());
  Arrays inputs;
  for (const SampleInput& input : sample.inputs) {
    inputs.push_back(filled(input, float32, 100 + static_cast<unsigned>(inputs.size())));
  }
  for (const std::string& text : texts()) {
    Attributes all = given;
    for (const Field& field : op.fields) {
      SCOPED_TRACE(op.name + ", " + field.name + " = " + text);
      Attributes one = given;
      one[field.name] = text;
      attempt(op, inputs, one, counts);
      if (!field.choices.empty()) continue;
      all[field.name] = text;
      attempt(op, inputs, all, counts);
    }
  }
}

TEST(ExtremeOptions, AreRefusedOrGiveAResult) {
  Counts counts;
  for (const Op* op : Op::all()) {
    if (op->name == "Custom") continue;
    if (op->samples.empty()) sweep(*op, {.options = op->default_options(), .inputs = {}}, counts);
    for (const Sample& sample : op->samples) sweep(*op, sample, counts);
  }
  EXPECT_GT(counts.results, 1000);
  EXPECT_GT(counts.refusals, 1000);
}

TEST(ExtremeOptions, PoolingAsWideAsCanBe) {
  const std::string most = "1073741823";
  const NDArray x = nd::from(std::vector<double>{1, 2, 3, 4}, {1, 1, 2, 2}).astype(float32);
  for (const char* type : {"max", "avg", "sum"}) {
    const Attributes options = {{"kernel", "(" + most + ", " + most + ")"},
                                {"stride", "(" + most + ", " + most + ")"},
                                {"pad", "(1073741822, 1073741822)"},
                                {"pool_type", type},
                                {"count_include_pad", "False"}};
    const NDArray y = nd::invoke("Pooling", {x}, options)[0];
    ASSERT_EQ(y.shape(), (Shape{1, 1, 2, 2})) << type;
    EXPECT_EQ(y.to_vector<float>()[0], 1) << type;
    EXPECT_EQ(y.to_vector<float>()[3], 4) << type;
  }
}

// Their axes are longer than any memory, but there is nothing in them.
TEST(ExtremeOptions, WhatIsEmptyTakesNoMemory) {
  const NDArray nothing = nd::zeros({0, 3});
  const auto shape_of = [&](const char* op, const Attributes& options) {
    return nd::invoke(op, {nothing}, options)[0].shape();
  };
  EXPECT_EQ(shape_of("tile", {{"reps", "(1, 1099511627776)"}}), (Shape{0, 3298534883328}));
  EXPECT_EQ(shape_of("repeat", {{"repeats", "1099511627776"}, {"axis", "1"}}),
            (Shape{0, 3298534883328}));
  EXPECT_EQ(shape_of("Pad", {{"mode", "constant"}, {"pad_width", "(0, 0, 0, 549755813888)"}}),
            (Shape{0, 549755813891}));
}

}  // namespace
}  // namespace gluino
