#include <cmath>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::gradients;
using testing::heads_for;
using testing::inputs_of;
using testing::run;

constexpr double kEps = 1e-6;
constexpr double kRelative = 1e-3;
constexpr double kAbsolute = 1e-5;

// The sum of all outputs, weighted with the heads.
double weighted(const std::vector<NDArray>& outputs, const std::vector<NDArray>& heads) {
  double sum = 0;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto y = outputs[i].to_vector<double>();
    const auto h = heads[i].to_vector<double>();
    for (std::size_t j = 0; j < y.size(); ++j) sum += y[j] * h[j];
  }
  return sum;
}

// States change in forward, so every evaluation gets copies.
double evaluate(const Op& op, const void* options, const std::vector<NDArray>& inputs,
                const std::vector<NDArray>& heads) {
  std::vector<NDArray> copies;
  for (const NDArray& input : inputs) copies.push_back(input.copy());
  return weighted(run(op, options, copies), heads);
}

// Inputs of whole numbers are indices: they have no gradient.
bool is_index(const SampleInput& input) { return input.fill.kind == Fill::Kind::integers; }

void check_against_differences(const Op& op, const Sample& sample) {
  SCOPED_TRACE(describe(op, sample));
  const void* options = sample.options.get();
  const auto inputs = inputs_of(sample, float64);
  std::vector<NDArray> copies;
  for (const NDArray& input : inputs) copies.push_back(input.copy());
  const auto heads = heads_for(run(op, options, copies));
  const auto got = gradients(op, options, inputs, heads);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (op.is_state(options, static_cast<int>(i))) continue;
    const auto gradient = got[i].to_vector<double>();
    auto* x = inputs[i].data<double>();
    for (std::size_t j = 0; j < gradient.size(); ++j) {
      double expected = 0;
      if (!is_index(sample.inputs[i])) {
        const double before = x[j];
        x[j] = before + kEps;
        const double above = evaluate(op, options, inputs, heads);
        x[j] = before - kEps;
        const double below = evaluate(op, options, inputs, heads);
        x[j] = before;
        expected = (above - below) / (2 * kEps);
      }
      EXPECT_NEAR(gradient[j], expected, kAbsolute + kRelative * std::abs(expected))
          << "input " << i << ", element " << j;
    }
  }
}

// Whose gradient is meant to be another than the function's; contrib_values_test.cc has it.
const std::set<std::string> kOfTheirOwn = {"IdentityAttachKLSparseReg",
                                           "_contrib_gradientmultiplier", "_contrib_round_ste",
                                           "_contrib_sign_ste"};

TEST(Gradients, AreThoseOfFiniteDifferences) {
  // Threads do not pay for arrays as small as these.
  set_num_threads(1);
  for (const Op* op : Op::all()) {
    // Those of losses are not the derivatives of their outputs: loss_test.cc.
    // Custom is whatever the user makes it.
    if (!op->has_gradient() || op->is_loss || op->name == "Custom") continue;
    if (kOfTheirOwn.contains(op->name)) continue;
    // Of any type it makes float32, which has too few digits for differences.
    if (op->name == "_image_to_tensor") continue;
    EXPECT_FALSE(op->samples.empty()) << op->name << " has a gradient, but no sample";
    for (const Sample& sample : op->samples) check_against_differences(*op, sample);
  }
  set_num_threads(0);
}

void expect_near(const std::vector<NDArray>& a, const std::vector<NDArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_EQ(a[i].defined(), b[i].defined());
    if (!a[i].defined()) continue;
    ASSERT_EQ(a[i].shape(), b[i].shape());
    const auto x = a[i].to_vector<double>();
    const auto y = b[i].to_vector<double>();
    for (std::size_t j = 0; j < x.size(); ++j) {
      EXPECT_NEAR(x[j], y[j], 1e-4 * (1 + std::abs(y[j]))) << "array " << i << ", element " << j;
    }
  }
}

TEST(Gradients, OfFloat32AreNearThoseOfFloat64) {
  for (const Op* op : Op::all()) {
    // Another type draws other numbers.
    if (op->random) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      const void* options = sample.options.get();
      const auto single = run(*op, options, inputs_of(sample, float32));
      const auto wide = run(*op, options, inputs_of(sample, float64));
      expect_near(single, wide);
      if (!op->has_gradient()) continue;
      const auto heads = heads_for(wide);
      std::vector<NDArray> single_heads;
      for (std::size_t i = 0; i < heads.size(); ++i) {
        single_heads.push_back(heads[i].astype(single[i].dtype()));
      }
      expect_near(gradients(*op, options, inputs_of(sample, float32), single_heads),
                  gradients(*op, options, inputs_of(sample, float64), heads));
    }
  }
}

TEST(Gradients, EveryOperatorOfArraysHasASampleWithoutElements) {
  for (const Op* op : Op::all()) {
    // Those of random numbers take no arrays; updates give none, and have tests of their own;
    // Custom is whatever the user makes it, and graphs fuse nothing that is empty; reset_arrays has
    // no outputs. What takes whole numbers alone has no samples, which are real. A distribution has
    // at least one bin.
    if (op->name.starts_with("_npi_bitwise") || op->name.starts_with("_npi_lcm") ||
        op->name.starts_with("_npi_gcd") || op->name.starts_with("_npi_rbitwise") ||
        op->name == "_floor_divide" || op->name == "_npi_bincount" ||
        op->name == "_contrib_dequantize" || op->name == "_contrib_requantize" ||
        op->name == "_contrib_calibrate_entropy") {
      continue;
    }
    if (op->all_inputs.empty() || op->name.ends_with("_update") || op->name == "Custom" ||
        op->name.starts_with("_fused") || op->name == "reset_arrays") {
      continue;
    }
    const bool has = std::any_of(op->samples.begin(), op->samples.end(), [](const Sample& sample) {
      return std::any_of(sample.inputs.begin(), sample.inputs.end(),
                         [](const SampleInput& input) { return input.shape.size() == 0; });
    });
    EXPECT_TRUE(has) << op->name << " has no sample of size zero";
  }
}

}  // namespace
}  // namespace gluino
