#include <cmath>

#include "ops/support.h"

// Numbers far from 1, whose squares, products and sums leave the range of a float on the way to a
// result that lies in it. The operators themselves in double are what is compared with: there these
// squares and products are in range.
namespace gluino {
namespace {

using testing::describe;
using testing::filled;
using testing::gradients;
using testing::run;

using Arrays = std::vector<NDArray>;

// The inputs of a sample times 10^exponent; with `mixed` each element times a power of its own.
// What are labels or indices stays.
Arrays scaled_inputs(const Sample& sample, int exponent, bool mixed) {
  Arrays inputs;
  std::mt19937 generator(static_cast<unsigned>(exponent + 1000));
  std::uniform_int_distribution<int> draw(-std::abs(exponent), std::abs(exponent));
  for (const SampleInput& input : sample.inputs) {
    auto values =
        filled(input, float32, 100 + static_cast<unsigned>(inputs.size())).to_vector<float>();
    for (float& value : values) {
      if (input.fill.kind == Fill::Kind::integers) break;
      value = static_cast<float>(value * std::pow(10.0, mixed ? draw(generator) : exponent));
    }
    inputs.push_back(nd::from(values, input.shape));
  }
  return inputs;
}

Arrays in_double(const Arrays& arrays) {
  Arrays result;
  for (const NDArray& array : arrays) result.push_back(array.astype(float64));
  return result;
}

bool is_a_float(double value) {
  return std::isfinite(value) && std::abs(value) <= 1e38 && std::abs(value) >= 1e-37;
}

void expect_near(const Arrays& got, const Arrays& expected, const char* what) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (!got[i].defined()) continue;
    const auto x = got[i].to_vector<double>();
    const auto y = expected[i].to_vector<double>();
    // What cancels is as exact as the largest beside it.
    double largest = 0;
    for (const double value : y) {
      if (is_a_float(value)) largest = std::max(largest, std::abs(value));
    }
    for (std::size_t j = 0; j < x.size(); ++j) {
      if (is_a_float(y[j])) {
        EXPECT_NEAR(x[j], y[j], 1e-3 * std::abs(y[j]) + 1e-6 * largest)
            << what << " " << i << ", element " << j;
      }
    }
  }
}

void compare(const Op& op, const Sample& sample, int exponent, bool mixed) {
  SCOPED_TRACE(describe(op, sample) + " at 1e" + std::to_string(exponent) +
               (mixed ? " and less" : ""));
  const void* options = sample.options.get();
  const Arrays inputs = scaled_inputs(sample, exponent, mixed);
  const auto copies = [&] {
    Arrays result;
    for (const NDArray& input : inputs) result.push_back(input.copy());
    return result;
  };
  const Arrays outputs = run(op, options, copies());
  const Arrays wide = run(op, options, in_double(inputs));
  expect_near(outputs, wide, "output");
  if (!op.has_gradient()) return;
  Arrays heads;
  for (const NDArray& output : outputs) heads.push_back(filled({output.shape()}, float32, 7));
  expect_near(gradients(op, options, copies(), heads),
              gradients(op, options, in_double(inputs), in_double(heads)), "gradient");
}

// Operators that add up, multiply or normalise many numbers.
TEST(ExtremeScale, ReductionsAndNormalisations) {
  for (const char* name : {"sum",
                           "mean",
                           "prod",
                           "max",
                           "min",
                           "norm",
                           "L2Normalization",
                           "LRN",
                           "LayerNorm",
                           "InstanceNorm",
                           "BatchNorm",
                           "softmax",
                           "log_softmax",
                           "SoftmaxOutput",
                           "SoftmaxActivation",
                           "softmax_cross_entropy",
                           "_fused_softmax_cross_entropy",
                           "Pooling",
                           "broadcast_hypot",
                           "smooth_l1",
                           "broadcast_div",
                           "add_n",
                           "LeakyReLU",
                           "Activation",
                           "softsign",
                           "log_sigmoid",
                           "mish",
                           "rsqrt",
                           "reciprocal",
                           "sqrt",
                           "sigmoid",
                           "log",
                           "log1p",
                           "expm1",
                           "LinearRegressionOutput"}) {
    const Op& op = Op::get(name);
    for (const Sample& sample : op.samples) {
      // Other numbers are drawn in double.
      if (op.draws_by && op.draws_by(sample.options.get(), true)) continue;
      for (const int exponent : {-30, -20, -10, 10, 20, 30}) {
        compare(op, sample, exponent, false);
        compare(op, sample, exponent, true);
      }
    }
  }
}

TEST(ExtremeScale, NormsOfNumbersWhoseSquaresAreNone) {
  for (const double x : {1e20, 1e-30, 3e-39, 1.5e38}) {
    const double norm = nd::norm(nd::array({x, x})).asscalar<double>();
    EXPECT_NEAR(norm / (x * std::sqrt(2)), 1, 1e-6) << x;
  }
  for (const double x : {1e200, 1e-200, 1e-310, 1e308}) {
    const NDArray rows = nd::array({{x, x}, {3, 4}, {0, 0}}, float64);
    const auto norms = nd::norm(rows, {.axis = {1}}).to_vector<double>();
    EXPECT_NEAR(norms[0] / x, std::sqrt(2), 1e-12) << x;
    EXPECT_EQ(norms[1], 5);
    EXPECT_EQ(norms[2], 0);
  }
  EXPECT_EQ(nd::norm(nd::array({INFINITY, 1})).asscalar(), INFINITY);
  EXPECT_TRUE(std::isnan(nd::norm(nd::array({NAN, INFINITY})).asscalar()));
}

TEST(ExtremeScale, SumsAndProductsWithParts) {
  const NDArray x = nd::array({3e38, 3e38, -3e38});
  EXPECT_NEAR(nd::sum(x).asscalar<double>(), 3e38, 1e32);
  EXPECT_NEAR(nd::mean(nd::array({3e38, 3e38})).asscalar<double>(), 3e38, 1e32);
  EXPECT_EQ(nd::sum(nd::array({3e38, 3e38})).asscalar(), INFINITY);
  EXPECT_NEAR(nd::prod(nd::array({1e30, 1e30, 1e-30, 1e-25})).asscalar<double>(), 1e5, 1);
  EXPECT_NEAR(nd::prod(nd::array({1e-25, 1e-17, 1e20})).asscalar<double>(), 1e-22, 1e-28);
  NDArray many = nd::ones({4000}) * 1e-30;
  many.slice(2000, 4000) *= 1e30;
  many.slice(2000, 4000) *= 1e30;
  EXPECT_NEAR(nd::prod(many).asscalar<double>(), 1, 1e-2);
  EXPECT_TRUE(std::isnan(nd::prod(nd::array({0, INFINITY})).asscalar()));
  EXPECT_EQ(nd::prod(nd::array({0, 1e38, 1e38})).asscalar(), 0);
}

// x has the mean `middle` and the deviation `spread` along each row or channel; the same without
// the middle is what must come out.
void expect_shift_does_not_matter(const char* op, const Attributes& options, const Shape& shape) {
  SCOPED_TRACE(op);
  // Multiples of 2^-9, which floats near 1e4 hold exactly.
  const NDArray centred = filled({shape}, float32, 5);
  for (float& value : std::span(centred.data<float>(), static_cast<std::size_t>(centred.size()))) {
    value = std::round(value * 8) / 512;
  }
  const NDArray channels = nd::ones({shape[1]});
  Arrays others = {channels, channels * 0.5F};
  if (std::string(op) == "BatchNorm") {
    others.push_back(channels * 0);
    others.push_back(channels * 1);
  }
  const auto compute = [&](const NDArray& x) {
    Arrays inputs = {x.copy()};
    for (const NDArray& other : others) inputs.push_back(other.copy());
    inputs[0].attach_grad();
    Arrays outputs;
    {
      const auto recording = autograd::record();
      outputs = nd::invoke(op, inputs, options);
    }
    autograd::backward(outputs, {filled({shape}, float32, 9)});
    return std::pair(outputs[0].to_vector<double>(), inputs[0].grad().to_vector<double>());
  };
  const auto [y, dx] = compute(centred);
  const auto [shifted_y, shifted_dx] = compute(centred + 1e4F);
  double slope = 0;
  for (const double value : dx) slope = std::max(slope, std::abs(value));
  for (std::size_t i = 0; i < y.size(); ++i) {
    EXPECT_NEAR(shifted_y[i], y[i], 1e-4);
    EXPECT_NEAR(shifted_dx[i], dx[i], 1e-4 * slope);
  }
}

TEST(ExtremeScale, ALargeMeanDoesNotBlurTheDeviation) {
  const Attributes eps = {{"eps", "1e-10"}};
  expect_shift_does_not_matter("BatchNorm", {{"eps", "1e-10"}, {"fix_gamma", "False"}},
                               {4, 3, 5, 5});
  expect_shift_does_not_matter("LayerNorm", {{"eps", "1e-10"}, {"axis", "1"}}, {4, 30});
  expect_shift_does_not_matter("InstanceNorm", eps, {4, 3, 5, 5});
}

TEST(ExtremeScale, SoftmaxOfWhatIsDividedByASmallTemperature) {
  const auto p = nd::softmax(nd::array({1e30, 2e30}), {.temperature = 1e-20}).to_vector<float>();
  EXPECT_EQ(p, (std::vector<float>{0, 1}));
  const auto q = nd::softmax(nd::array({1, 2}), {.temperature = 1e-310}).to_vector<float>();
  EXPECT_EQ(q, (std::vector<float>{0, 1}));
}

}  // namespace
}  // namespace gluino
