#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/special.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/random/pdf-inl.h>

#include <algorithm>
#include <numeric>

namespace gluino {
namespace {

using kernels::digamma_of;
using kernels::log_gamma;

void infer(const PdfOptions& /*o*/, Inference& s) {
  const Shape& sample = s.in(0);
  Shape out = sample;
  Shape of_each = s.in(1);
  s.expect(of_each.ndim() > 0, 1, "expected (..., k), got ", of_each);
  const std::int64_t kinds = of_each.back();
  of_each.erase(of_each.ndim() - 1);
  s.expect(sample.ndim() > of_each.ndim() && sample.back() == kinds, 0, "expected (..., ", kinds,
           ") as alpha has, got ", sample);
  out.erase(out.ndim() - 1);
  expect_behind(of_each, s);
  s.set_out(0, out);
}

// One distribution's parameters.
template <class T>
class Dirichlet {
 public:
  Dirichlet(const T* alpha, std::int64_t kinds)
      : alpha_(alpha), kinds_(kinds), sum_(std::accumulate(alpha, alpha + kinds, 0.0)) {
    log_factor_ = log_gamma(sum_);
    for (std::int64_t i = 0; i < kinds; ++i) log_factor_ -= log_gamma(double{alpha[i]});
  }

  double log(const T* x) const {
    double log = log_factor_;
    for (std::int64_t i = 0; i < kinds_; ++i) log += times_log(alpha_[i] - 1.0, x[i]);
    return log;
  }
  // Of the logarithm.
  double slope_by_x(const T* x, std::int64_t i) const {
    return alpha_[i] == 1 ? 0 : (alpha_[i] - 1.0) / x[i];
  }
  double slope_by_alpha(const T* x, std::int64_t i) const {
    return digamma_of(sum_) - digamma_of(double{alpha_[i]}) + std::log(double{x[i]});
  }

 private:
  const T* alpha_;
  std::int64_t kinds_;
  double sum_;
  double log_factor_;
};

// Calls body(r) for each distribution, on several threads.
template <class Body>
void for_each_row(const Tensor& sample, const Tensor& alpha, Body body) {
  const std::int64_t rows = alpha.shape.size_between(0, alpha.shape.ndim() - 1);
  const std::int64_t row = rows == 0 ? 0 : sample.size() / rows;
  parallel_for(rows, kernels::row_grain(row, kernels::kMathGrain / 4),
               [&](std::int64_t r, std::int64_t end) {
                 for (; r < end; ++r) body(r);
               });
}

template <class T>
void compute(const PdfOptions& o, const Call& call) {
  const std::int64_t kinds = call.in[1].shape.back();
  for_each_row(call.in[0], call.in[1], [&](std::int64_t r) {
    const std::int64_t rows = call.in[1].shape.size_between(0, call.in[1].shape.ndim() - 1);
    const std::int64_t each = call.out[0].size() / rows;
    const Dirichlet<T> distribution(call.in[1].as<T>() + r * kinds, kinds);
    for (std::int64_t i = r * each; i < (r + 1) * each; ++i) {
      const double log = distribution.log(call.in[0].as<T>() + i * kinds);
      call.out[0].as<T>()[i] = static_cast<T>(density(o, log));
    }
  });
}

template <class T>
void compute_gradient(const PdfOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Tensor& da = call.in_grad[1];
  const std::int64_t kinds = call.in[1].shape.back();
  for_each_row(call.in[0], call.in[1], [&](std::int64_t r) {
    const std::int64_t rows = call.in[1].shape.size_between(0, call.in[1].shape.ndim() - 1);
    const std::int64_t each = call.out_grad[0].size() / rows;
    const Dirichlet<T> distribution(call.in[1].as<T>() + r * kinds, kinds);
    std::vector<double> sums(static_cast<std::size_t>(kinds));
    for (std::int64_t i = r * each; i < (r + 1) * each; ++i) {
      const T* const x = call.in[0].as<T>() + i * kinds;
      const double by = call.out_grad[0].as<T>()[i] * factor(o, distribution.log(x));
      for (std::int64_t k = 0; k < kinds; ++k) {
        if (dx) dx.as<T>()[i * kinds + k] = static_cast<T>(by * distribution.slope_by_x(x, k));
        if (da) sums[static_cast<std::size_t>(k)] += by * distribution.slope_by_alpha(x, k);
      }
    }
    if (!da) return;
    std::transform(sums.begin(), sums.end(), da.as<T>() + r * kinds,
                   [](double sum) { return static_cast<T>(sum); });
  });
}

constexpr Fill kShares{Fill::Kind::uniform, 0.1, 0.6};
constexpr Fill kAlpha{Fill::Kind::uniform, 0.5, 3};

const auto registered =
    define_pdf("dirichlet", {"sample", "alpha"})
        .infer(infer)
        .forward([](const PdfOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "random_pdf", [&]<class T>() { compute<T>(o, call); });
        })
        .backward(
            [](const PdfOptions& o, const GradientCall& call) {
              dispatch_real(call.in[0].dtype, "random_pdf",
                            [&]<class T>() { compute_gradient<T>(o, call); });
            },
            Op::inputs)
        .sample({}, {{{3, 5, 4}, kShares}, {{3, 4}, kAlpha}})
        .sample({.is_log = true}, {{{2, 3}, kShares}, {{2, 3}, kAlpha}})
        .sample({.is_log = true}, {{{5, 3}, kShares}, {{3}, kAlpha}})
        .sample({}, {{{0, 3}}, {{0, 3}}})
        .sample({}, {{{2, 0, 3}}, {{2, 3}}});

}  // namespace
}  // namespace gluino
