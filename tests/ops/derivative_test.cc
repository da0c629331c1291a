// Derivatives by operators, of every operator that has one: they are the kernels' gradients, and
// their own gradients are the finite differences of those.
#include <cmath>
#include <set>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::filled;
using testing::inputs_of;

constexpr double kEps = 1e-6;

// One call of an operator, with what its gradient is taken by.
struct Problem {
  const Op& op;
  const Sample& sample;
  bool training;
  std::vector<NDArray> inputs;
  std::vector<NDArray> heads;

  bool is_variable(std::size_t i) const {
    return op.passes_gradient_to(sample.options.get(), static_cast<int>(i)) &&
           sample.inputs[i].fill.kind != Fill::Kind::integers;
  }
};

std::vector<NDArray> copies_of(const std::vector<NDArray>& arrays) {
  std::vector<NDArray> copies;
  for (const NDArray& array : arrays) copies.push_back(array.copy());
  return copies;
}

std::vector<NDArray> variables_of(const Problem& p, const std::vector<NDArray>& inputs) {
  std::vector<NDArray> variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (p.is_variable(i)) variables.push_back(inputs[i]);
  }
  return variables;
}

// The gradients by the variables among `inputs`, which get places for theirs.
std::vector<NDArray> gradients(const Problem& p, const std::vector<NDArray>& inputs,
                               const std::vector<NDArray>& heads, bool create_graph) {
  const auto variables = variables_of(p, inputs);
  for (const NDArray& variable : variables) variable.attach_grad();
  if (p.op.random) random::seed(5);
  const auto recording = autograd::record(p.training);
  const auto outputs = apply_all(p.op, p.sample.options.get(), inputs);
  return autograd::grad(outputs, variables, heads, {.create_graph = create_graph});
}

double dot(const std::vector<NDArray>& a, const std::vector<NDArray>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto x = a[i].to_vector<double>();
    const auto y = b[i].to_vector<double>();
    for (std::size_t j = 0; j < x.size(); ++j) sum += x[j] * y[j];
  }
  return sum;
}

void expect_near(const NDArray& got, const std::vector<double>& expected, double relative,
                 double absolute, const std::string& what) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size()) << what;
  for (std::size_t j = 0; j < values.size(); ++j) {
    EXPECT_NEAR(values[j], expected[j], absolute + relative * std::abs(expected[j]))
        << what << ", element " << j;
  }
}

// The derivative of f by the elements of `x`.
template <class F>
std::vector<double> differences(const NDArray& x, F f) {
  std::vector<double> result;
  double* values = x.data<double>();
  for (std::int64_t j = 0; j < x.size(); ++j) {
    const double before = values[j];
    values[j] = before + kEps;
    const double above = f();
    values[j] = before - kEps;
    const double below = f();
    values[j] = before;
    result.push_back((above - below) / (2 * kEps));
  }
  return result;
}

Problem problem_of(const Op& op, const Sample& sample, bool training) {
  Problem p{op, sample, training, inputs_of(sample, float64), {}};
  const auto scope = training ? autograd::train_mode() : autograd::predict_mode();
  p.heads = testing::heads_for(apply_all(op, sample.options.get(), copies_of(p.inputs)));
  return p;
}

void check_second(const Problem& p) {
  const auto inputs = copies_of(p.inputs);
  const auto heads = copies_of(p.heads);
  for (const NDArray& head : heads) {
    if (is_floating(head.dtype())) head.attach_grad();
  }
  const auto got = gradients(p, inputs, heads, true);
  const auto kernels = gradients(p, copies_of(p.inputs), p.heads, false);
  ASSERT_EQ(got.size(), kernels.size());
  std::vector<NDArray> recorded, weights, all_weights;
  for (std::size_t i = 0; i < got.size(); ++i) {
    ASSERT_EQ(got[i].shape(), kernels[i].shape());
    expect_near(got[i], kernels[i].to_vector<double>(), 1e-9, 1e-11, "gradient");
    all_weights.push_back(filled({got[i].shape()}, float64, 31 + static_cast<unsigned>(i))
                              .as_in_context(got[i].context()));
    if (got[i].autograd_entry() == nullptr) continue;  // It is the same everywhere.
    recorded.push_back(got[i]);
    weights.push_back(all_weights.back());
  }
  if (!recorded.empty()) autograd::backward(recorded, weights);
  const auto first = [&] {
    return dot(gradients(p, copies_of(p.inputs), p.heads, false), all_weights);
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!p.is_variable(i)) continue;
    expect_near(inputs[i].grad(), differences(p.inputs[i], first), 1e-3, 1e-5,
                "input " + std::to_string(i));
  }
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (!is_floating(heads[i].dtype())) continue;
    expect_near(heads[i].grad(), differences(p.heads[i], first), 1e-3, 1e-5,
                "head " + std::to_string(i));
  }
}

TEST(Derivatives, AreTheKernelsAndTheirGradientsThoseOfFiniteDifferences) {
  // Threads do not pay for arrays as small as these.
  set_num_threads(1);
  int tried = 0;
  for (const Op* op : Op::all()) {
    if (!op->derivative) continue;
    EXPECT_FALSE(op->samples.empty()) << op->name << " has a derivative, but no sample";
    for (const Sample& sample : op->samples) {
      for (const bool training : {true, false}) {
        SCOPED_TRACE(describe(*op, sample) + (training ? "" : " in prediction"));
        check_second(problem_of(*op, sample, training));
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 200);
  set_num_threads(0);
}

// What remains without one; an operator that gets one leaves the list.
TEST(Derivatives, AreThereForAllGradientsButThese) {
  const std::set<std::string> without = {"BilinearSampler",
                                         "CTCLoss",
                                         "Correlation",
                                         "Custom",
                                         "IdentityAttachKLSparseReg",
                                         "RNN",
                                         "SoftmaxOutput",
                                         "SpatialTransformer",
                                         "_cond",
                                         "_contrib_DeformableConvolution",
                                         "_contrib_ModulatedDeformableConvolution",
                                         "_contrib_box_nms",
                                         "_contrib_hawkesll",
                                         "_contrib_interleaved_matmul_selfatt_qk",
                                         "_foreach",
                                         "_image_random_crop",
                                         "_image_random_resized_crop",
                                         "_image_to_tensor",
                                         "_npi_exponential",
                                         "_npi_gumbel",
                                         "_npi_interp",
                                         "_npi_laplace",
                                         "_npi_logistic",
                                         "_npi_normal",
                                         "_npi_normal_n",
                                         "_npi_pareto",
                                         "_npi_powerd",
                                         "_npi_rayleigh",
                                         "_npi_uniform",
                                         "_npi_uniform_n",
                                         "_npi_unique",
                                         "_npi_weibull",
                                         "_random_pdf_dirichlet",
                                         "_random_pdf_exponential",
                                         "_random_pdf_gamma",
                                         "_random_pdf_generalized_negative_binomial",
                                         "_random_pdf_negative_binomial",
                                         "_random_pdf_normal",
                                         "_random_pdf_poisson",
                                         "_random_pdf_uniform",
                                         "_sample_multinomial",
                                         "_while_loop",
                                         "digamma"};
  for (const Op* op : Op::all()) {
    // Graphs alone hold fused operators; their gradients are recorded as those of the parts.
    if (!op->has_gradient() || op->name.starts_with("_fused")) continue;
    EXPECT_EQ(static_cast<bool>(op->derivative), !without.contains(op->name)) << op->name;
    // The sentence that refuses it says what to use.
    EXPECT_EQ(op->instead.empty(), !without.contains(op->name) || op->name == "digamma")
        << op->name;
  }
}

// In half precision both are rounded from float32 where a kernel is: never farther apart than that.
TEST(Derivatives, InHalfPrecisionAreTheKernels) {
  set_num_threads(1);
  int tried = 0;
  for (const Op* op : Op::all()) {
    if (!op->derivative || op->random) continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      Problem p{*op, sample, true, inputs_of(sample, float16), {}};
      {
        const auto scope = autograd::train_mode();
        p.heads = testing::heads_for(apply_all(*op, sample.options.get(), copies_of(p.inputs)));
      }
      const auto got = gradients(p, copies_of(p.inputs), p.heads, true);
      const auto kernels = gradients(p, copies_of(p.inputs), p.heads, false);
      ASSERT_EQ(got.size(), kernels.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_EQ(got[i].dtype(), kernels[i].dtype());
        expect_near(got[i], kernels[i].to_vector<double>(), 4e-3, 4e-3, "gradient");
        ++tried;
      }
    }
  }
  EXPECT_GT(tried, 150);
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino
