// Every sample of every operator in every type that the operator says it takes, and refused in all
// others.
#include <gluino/base/convert.h>
#include <gluino/ops/core/types.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::gradients;
using ::testing::HasSubstr;
using testing::heads_for;
using testing::inputs_of;
using testing::message_of;
using testing::run;
using testing::same_bits;

constexpr DType kAll[] = {float32, float64, float16, bfloat16, uint8, int8, int32, int64, boolean};

std::vector<NDArray> converted(const std::vector<NDArray>& arrays, DType dtype) {
  std::vector<NDArray> result;
  for (const NDArray& array : arrays) {
    result.push_back(array.defined() && is_floating(array.dtype()) ? array.astype(dtype) : array);
  }
  return result;
}

// The outputs, and what the inputs hold afterwards: states are results, too.
std::vector<NDArray> results(const Op& op, const void* options, std::vector<NDArray> inputs) {
  for (NDArray& input : inputs) input = input.copy();
  std::vector<NDArray> all = run(op, options, inputs);
  all.insert(all.end(), inputs.begin(), inputs.end());
  return all;
}

// One step of the type's last place, for numbers around 1.
double step_of(DType dtype) { return dtype == float16 ? 0x1p-10 : 0x1p-7; }

double largest(const NDArray& array) {
  double most = 0;
  for (const double value : array.to_vector<double>()) most = std::max(most, std::abs(value));
  return most;
}

// `steps` of the half type of the largest element apart.
void expect_near(const NDArray& got, const NDArray& expected, DType half, double steps) {
  ASSERT_EQ(got.defined(), expected.defined());
  if (!got.defined()) return;
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  const double tolerance = steps * step_of(half) * (largest(expected) + 1e-3);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(y[i]) || std::isinf(y[i])) {
      EXPECT_EQ(str(x[i]), str(y[i])) << "element " << i;
    } else {
      EXPECT_NEAR(x[i], y[i], tolerance) << "element " << i;
    }
  }
}

class HalfPrecision : public ::testing::TestWithParam<DType> {};

TEST_P(HalfPrecision, IsFloat64Rounded) {
  for (const Op* op : Op::all()) {
    // Another type draws other numbers.
    if (op->random) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const void* options = sample.options.get();
      const auto inputs = inputs_of(sample, GetParam());
      const auto got = results(*op, options, inputs);
      const auto expected = results(*op, options, converted(inputs, float64));
      // NumPy's operators take any type, and compute in it.
      const bool moved =
          types_of(*op, options) == Types::any && !op->subgraphs && !op->name.starts_with("_np");
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        SCOPED_TRACE(str("result ", i));
        expect_near(got[i], expected[i], GetParam(), moved ? 0 : 1);
      }
    }
  }
}

TEST_P(HalfPrecision, HasTheGradientsOfFloat32) {
  int compared = 0;
  for (const Op* op : Op::all()) {
    if (op->random || !op->has_gradient()) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const void* options = sample.options.get();
      const auto inputs = inputs_of(sample, GetParam());
      const auto heads = heads_for(run(*op, options, inputs_of(sample, GetParam())));
      const auto wide = converted(inputs, float32);
      const auto wide_out = run(*op, options, converted(inputs, float32));
      std::vector<NDArray> wide_heads;
      for (std::size_t i = 0; i < heads.size(); ++i) {
        wide_heads.push_back(heads[i].astype(wide_out[i].dtype()));
      }
      const auto got = gradients(*op, options, inputs, heads);
      const auto expected = gradients(*op, options, wide, wide_heads);
      ASSERT_EQ(got.size(), expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        SCOPED_TRACE(str("gradient ", i));
        // What a gradient reads of the outputs has been rounded, too.
        expect_near(got[i], expected[i], GetParam(), 4);
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 200);
}

INSTANTIATE_TEST_SUITE_P(Types, HalfPrecision, ::testing::Values(float16, bfloat16),
                         [](const auto& param) { return to_string(param.param); });

// The options of a sample with whole numbers where whole arrays meet them: fractions are cut off.
std::shared_ptr<const void> whole_options(const Op& op, const Sample& sample) {
  Attributes attributes = op.format_options(sample.options.get());
  for (auto& [key, text] : attributes) {
    const bool number = key == "scalar" || key == "a_min" || key == "a_max" ||
                        (op.name == "_contrib_arange_like" && (key == "start" || key == "step"));
    if (number) text = str(std::trunc(std::stod(text)));
  }
  return op.parse_options(attributes);
}

// Elements 1 to 9 with the signs of a sample's, as the type has them, so that results have one
// meaning in whole and in real numbers; what is looked up stays as it is.
std::vector<NDArray> whole_inputs(const Op& op, const Sample& sample, DType dtype) {
  std::vector<NDArray> inputs = inputs_of(sample, float64);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool looked_up = i < op.looked_up.size() && op.looked_up[i];
    if (looked_up && op.mixed_types) continue;
    if (sample.inputs[i].fill.kind != Fill::Kind::integers) {
      auto values = inputs[i].to_vector<double>();
      for (double& value : values) {
        const double size = 1 + std::fmod(std::floor(std::abs(value) * 97), 9);
        value = value < 0 && dtype != uint8 ? -size : size;
        if (dtype == boolean) value = std::fmod(size, 2);
      }
      inputs[i] = nd::from(values, inputs[i].shape());
    }
    inputs[i] = inputs[i].astype(dtype);
  }
  return inputs;
}

// A real number as an element: whole ones modulo their range, towards zero.
double as_element(double value, DType dtype) {
  return dispatch(dtype, [&]<class T>() -> double {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      return static_cast<double>(static_cast<T>(convert<std::int64_t>(value)));
    } else {
      return static_cast<double>(convert<T>(value));
    }
  });
}

void expect_whole(const NDArray& got, const NDArray& real, bool makes_real) {
  ASSERT_EQ(got.shape(), real.shape());
  const auto x = got.to_vector<double>();
  const auto y = real.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = as_element(y[i], got.dtype());
    if (std::isnan(x[i]) && std::isnan(expected)) continue;  // of either sign
    if (makes_real && is_floating(got.dtype()) && std::isfinite(expected)) {
      // Of whole numbers NumPy's functions make real ones.
      EXPECT_NEAR(x[i], expected, 1e-5 * (1 + std::abs(expected))) << "element " << i;
    } else {
      EXPECT_EQ(str(x[i]), str(expected)) << "element " << i << ", " << y[i];
    }
  }
}

// The nearest number that the type has, or a fraction between two.
double within_range(double value, DType dtype) {
  return dispatch(dtype, [&]<class T>() -> double {
    if constexpr (std::is_integral_v<T>) {
      return std::clamp(value, static_cast<double>(std::numeric_limits<T>::min()),
                        static_cast<double>(std::numeric_limits<T>::max()));
    } else {
      return value;
    }
  });
}

// What makes pixels rounds them, and keeps them within their range.
bool makes_pixels(const Op& op) {
  static const std::set<std::string> kMakers = {"_cvimresize", "_image_adjust_lighting",
                                                "_image_random_crop", "_image_random_resized_crop",
                                                "_image_resize"};
  return kMakers.contains(op.name);
}

void expect_pixels(const NDArray& got, const NDArray& real) {
  ASSERT_EQ(got.shape(), real.shape());
  const auto x = got.to_vector<double>();
  const auto y = real.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) {
    // Weights are whole numbers of 2^-11 there, so that a half may go either way.
    EXPECT_NEAR(x[i], within_range(y[i], got.dtype()), 1) << "element " << i;
  }
}

// What takes inputs of several types either refuses those that do not belong together or gives what
// it gives of one type; it never reads one type as another.
TEST(MixedTypes, AreRefusedOrGiveTheSameNumbers) {
  for (const Op* op : Op::all()) {
    if (!op->mixed_types || op->random || op->subgraphs || op->name == "Custom") continue;
    for (const Sample& sample : op->samples) {
      const void* const options = sample.options.get();
      const auto inputs = inputs_of(sample, float32);
      const auto expected = run(*op, options, inputs_of(sample, float32));
      for (std::size_t k = 0; k < inputs.size(); ++k) {
        SCOPED_TRACE(str(describe(*op, sample), ", input ", k, " in float64"));
        auto mixed = inputs_of(sample, float32);
        mixed[k] = mixed[k].astype(float64);
        std::vector<NDArray> found;
        try {
          found = run(*op, options, mixed);
        } catch (const Error&) {
          continue;
        }
        for (std::size_t o = 0; o < expected.size(); ++o) {
          const auto x = found[o].astype(float64).to_vector<double>();
          const auto y = expected[o].astype(float64).to_vector<double>();
          EXPECT_EQ(x.size(), y.size());
          for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
            if (std::isnan(x[i]) && std::isnan(y[i])) continue;
            if (x[i] == y[i]) continue;  // infinities, too
            EXPECT_NEAR(x[i], y[i], 1e-4 * (1 + std::abs(y[i]))) << "element " << i;
          }
        }
      }
    }
  }
}

TEST(WholeNumbers, AreThoseOfFloat64CutOff) {
  int compared = 0;
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      // Quantized layers take parameters of fixed types; graphs are as their operators.
      if (op->name.starts_with("_fused_int8") || op->subgraphs) continue;
      for (const DType dtype : kAll) {
        const Types types = types_of(*op, sample.options.get());
        if (is_floating(dtype) || !takes(types, dtype)) continue;
        SCOPED_TRACE(str(describe(*op, sample), " in ", dtype));
        const auto options = whole_options(*op, sample);
        const auto inputs = whole_inputs(*op, sample, dtype);
        std::vector<NDArray> real;
        for (const NDArray& input : inputs) real.push_back(input.astype(float64));
        const auto got = run(*op, options.get(), inputs);
        const auto expected = run(*op, options.get(), real);
        for (std::size_t i = 0; i < got.size(); ++i) {
          if (makes_pixels(*op)) {
            expect_pixels(got[i], expected[i]);
          } else {
            expect_whole(got[i], expected[i], op->name.starts_with("_np"));
          }
        }
        ++compared;
      }
    }
  }
  EXPECT_GT(compared, 500);
}

TEST(Types, TheSameBitsForAnyNumberOfThreads) {
  for (const Op* op : Op::all()) {
    for (const Sample& sample : op->samples) {
      if (op->name.starts_with("_fused_int8")) continue;
      for (const DType dtype : kAll) {
        if (dtype == float32 || dtype == float64) continue;
        if (!takes(types_of(*op, sample.options.get()), dtype)) continue;
        if (op->subgraphs && !is_floating(dtype)) continue;  // as their operators
        SCOPED_TRACE(str(describe(*op, sample), " in ", dtype));
        const auto inputs =
            is_floating(dtype) ? inputs_of(sample, dtype) : whole_inputs(*op, sample, dtype);
        set_num_threads(1);
        const auto expected = results(*op, sample.options.get(), inputs);
        set_num_threads(3);
        const auto got = results(*op, sample.options.get(), inputs);
        for (std::size_t i = 0; i < got.size(); ++i) {
          EXPECT_TRUE(same_bits(got[i], expected[i])) << "result " << i;
        }
      }
    }
  }
  set_num_threads(0);
}

TEST(Types, OthersAreRefusedBeforeAnythingChanges) {
  int refused = 0;
  for (const Op* op : Op::all()) {
    if (op->samples.empty()) continue;
    const Sample& sample = op->samples[0];
    for (const DType dtype : kAll) {
      const Types types = types_of(*op, sample.options.get());
      if (takes(types, dtype) || sample.inputs.empty()) continue;
      SCOPED_TRACE(str(describe(*op, sample), " in ", dtype));
      const auto inputs = inputs_of(sample, dtype);
      std::vector<NDArray> before;
      for (const NDArray& input : inputs) before.push_back(input.copy());
      const std::string message = message_of([&] { run(*op, sample.options.get(), inputs); });
      EXPECT_EQ(message,
                str("[", op->name, "] computes in ", to_string(types), ", got ", dtype,
                    "; convert with astype", dtype == uint8 ? ", or images with ToTensor" : ""));
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        EXPECT_TRUE(same_bits(inputs[i], before[i])) << "input " << i;
      }
      ++refused;
    }
  }
  EXPECT_GT(refused, 100);
}

TEST(Types, TheInputThatIsWrongIsBlamed) {
  const NDArray weight = nd::ones({2, 1, 3, 3});
  const ConvolutionOptions options = {.kernel = {3, 3}, .num_filter = 2, .no_bias = true};
  EXPECT_THAT(message_of([&] {
                nd::Convolution(nd::ones({1, 1, 5, 5}, uint8), weight, options);
              }),
              HasSubstr("[Convolution] data: expected float32 as weight, got uint8"));
  EXPECT_THAT(message_of([&] {
                nd::Convolution(nd::ones({1, 1, 5, 5}, uint8), weight.astype(uint8), options);
              }),
              HasSubstr("[Convolution] computes in real numbers (float16, bfloat16, float32, "
                        "float64), got uint8; convert with astype"));
  EXPECT_EQ(message_of([&] {
              nd::SoftmaxOutput(nd::ones({2, 3}), nd::zeros({2}, int32));
            }),
            "[SoftmaxOutput] label: expected float32 as the first input, got int32; convert with "
            "astype");
}

TEST(Types, AreRefusedWhereAGraphIsMade) {
  const Symbol y = sym::exp(sym::var("x"), {"power"});
  EXPECT_THAT(message_of([&] {
                y.bind(cpu(), {{"x", nd::ones({2}, int32)}}, {}, GradReq::null);
              }),
              HasSubstr("[exp power] computes in real numbers"));
  EXPECT_THAT(message_of([] { nd::random::uniform({.shape = {2}, .dtype = int32}); }),
              HasSubstr("[_random_uniform] computes in real numbers (float16, bfloat16, float32, "
                        "float64), got int32"));
}

// MXNet draws float16 in double, and rounds to float on the way.
TEST(Types, RandomNumbersInHalfPrecisionAreWiderOnesRounded) {
  for (const DType half : {float16, bfloat16}) {
    const DType drawn = half == float16 ? float64 : float32;
    random::seed(3);
    const NDArray wide = nd::random::normal({.shape = {50}, .dtype = drawn});
    random::seed(3);
    const NDArray got = nd::random::normal({.shape = {50}, .dtype = half});
    EXPECT_TRUE(same_bits(got, wide.astype(float32).astype(half)));
    EXPECT_THROW(nd::random::uniform({.high = 1e39, .shape = {2}, .dtype = half}), Error);
  }
  EXPECT_THROW(nd::random::uniform({.high = 1e6, .shape = {2}, .dtype = float16}), Error);
}

TEST(Types, OutputsAndOperandsMayBeInPlaceInHalfPrecision) {
  const NDArray x = nd::array({1, 4, 9}).astype(float16);
  const NDArray y = nd::zeros({3}, float16);
  nd::invoke("sqrt", {x}, {}, {y});
  EXPECT_EQ(y.to_vector<double>(), (std::vector<double>{1, 2, 3}));
  nd::invoke("sqrt", {x}, {}, {x});
  EXPECT_TRUE(same_bits(x, y));
  x += y;
  x *= 0.5;
  EXPECT_TRUE(same_bits(x, y));
}

}  // namespace
}  // namespace gluino
