#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/special.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/random/pdf-inl.h>

#include <array>
#include <numbers>

namespace gluino {
namespace {

using kernels::digamma_of;
using kernels::log_gamma;

// A density: its logarithm, and the slopes of that by the number and by the parameters. They are
// computed in double; a float is the result rounded.

struct Uniform {
  static constexpr std::array parameters = {"low", "high"};
  static constexpr bool counts = false;
  static double log(double /*x*/, double low, double high) { return -std::log(high - low); }
  static std::array<double, 3> slopes(double /*x*/, double low, double high) {
    return {0, 1 / (high - low), -1 / (high - low)};
  }
};

struct Normal {
  static constexpr std::array parameters = {"mu", "sigma"};
  static constexpr bool counts = false;
  static double log(double x, double mu, double sigma) {
    const double z = (x - mu) / sigma;
    return -z * z / 2 - std::log(sigma) - std::log(2 * std::numbers::pi) / 2;
  }
  static std::array<double, 3> slopes(double x, double mu, double sigma) {
    const double z = (x - mu) / sigma;
    return {-z / sigma, z / sigma, (z * z - 1) / sigma};
  }
};

struct Gamma {
  static constexpr std::array parameters = {"alpha", "beta"};
  static constexpr bool counts = false;
  static double log(double x, double alpha, double beta) {
    return alpha * std::log(beta) + times_log(alpha - 1, x) - beta * x - log_gamma(alpha);
  }
  static std::array<double, 3> slopes(double x, double alpha, double beta) {
    return {(alpha == 1 ? 0 : (alpha - 1) / x) - beta, std::log(beta * x) - digamma_of(alpha),
            alpha / beta - x};
  }
};

struct Exponential {
  static constexpr std::array parameters = {"lam"};
  static constexpr bool counts = false;
  static double log(double x, double lam) { return std::log(lam) - lam * x; }
  static std::array<double, 2> slopes(double x, double lam) { return {-lam, 1 / lam - x}; }
};

struct Poisson {
  static constexpr std::array parameters = {"lam"};
  static constexpr bool counts = true;
  static double log(double x, double lam) { return times_log(x, lam) - lam - log_gamma(x + 1); }
  static std::array<double, 2> slopes(double x, double lam) {
    return {0, (x == 0 ? 0 : x / lam) - 1};
  }
};

struct NegativeBinomial {
  static constexpr std::array parameters = {"k", "p"};
  static constexpr bool counts = true;
  static double log(double x, double k, double p) {
    return log_gamma(x + k) - log_gamma(x + 1) - log_gamma(k) + times_log(k, p) +
           times_log(x, 1 - p);
  }
  static std::array<double, 3> slopes(double x, double k, double p) {
    return {0, digamma_of(x + k) - digamma_of(k) + std::log(p), k / p - (x == 0 ? 0 : x / (1 - p))};
  }
};

struct GeneralizedNegativeBinomial {
  static constexpr std::array parameters = {"mu", "alpha"};
  static constexpr bool counts = true;
  static double log(double x, double mu, double alpha) {
    return NegativeBinomial::log(x, 1 / alpha, 1 / (1 + mu * alpha));
  }
  static std::array<double, 3> slopes(double x, double mu, double alpha) {
    const double p = 1 / (1 + mu * alpha);
    const auto [none, by_k, by_p] = NegativeBinomial::slopes(x, 1 / alpha, p);
    return {none, -by_p * alpha * p * p, -by_k / (alpha * alpha) - by_p * mu * p * p};
  }
};

template <class D>
constexpr auto kParameters = std::make_index_sequence<D::parameters.size()>();

void infer(const PdfOptions& /*o*/, Inference& s) {
  for (int i = 2; i < s.num_inputs(); ++i) s.set_in(i, s.in(1));
  expect_behind(s.in(1), s);
  s.set_out(0, s.in(0));
}

template <class D, class T, std::size_t... k>
void compute(const PdfOptions& o, const Call& call, std::index_sequence<k...> /*parameters*/) {
  const T* const x = call.in[0].as<T>();
  const std::array parameters = {call.in[k + 1].as<T>()...};
  T* const y = call.out[0].as<T>();
  const std::int64_t size = call.out[0].size();
  if (size == 0) return;
  const std::int64_t each = size / call.in[1].size();
  parallel_for(size, kernels::kMathGrain, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const double log = D::log(x[i], parameters[k][i / each]...);
      y[i] = static_cast<T>(density(o, log));
    }
  });
}

template <class D, class T, std::size_t... k>
void compute_gradient(const PdfOptions& o, const GradientCall& call,
                      std::index_sequence<k...> /*parameters*/) {
  const T* const x = call.in[0].as<T>();
  const T* const dy = call.out_grad[0].as<T>();
  const std::array parameters = {call.in[k + 1].as<T>()...};
  const std::int64_t rows = call.in[1].size();
  const std::int64_t each = rows == 0 ? 0 : call.in[0].size() / rows;
  const auto row = [&](std::int64_t r) {
    std::array<double, sizeof...(k)> sums{};
    for (std::int64_t i = r * each; i < (r + 1) * each; ++i) {
      const auto slopes = D::slopes(x[i], parameters[k][r]...);
      const double by = dy[i] * factor(o, D::log(x[i], parameters[k][r]...));
      if (call.in_grad[0]) call.in_grad[0].as<T>()[i] = static_cast<T>(by * slopes[0]);
      ((sums[k] += by * slopes[k + 1]), ...);
    }
    for (std::size_t p = 0; p < sums.size(); ++p) {
      const Tensor& dp = call.in_grad[p + 1];
      if (dp) dp.as<T>()[r] = static_cast<T>(sums[p]);
    }
  };
  parallel_for(rows, kernels::row_grain(each, kernels::kMathGrain / 4),
               [&](std::int64_t r, std::int64_t end) {
                 for (; r < end; ++r) row(r);
               });
}

template <class D>
OpDefinition<PdfOptions> define(const std::string& name, const std::vector<Fill>& fills) {
  std::vector<std::string> inputs = {"sample"};
  inputs.insert(inputs.end(), D::parameters.begin(), D::parameters.end());
  const auto filled = [&](const Shape& sample, const Shape& parameters) {
    std::vector<SampleInput> result;
    result.reserve(fills.size());
    for (const Fill& fill : fills) result.push_back({result.empty() ? sample : parameters, fill});
    return result;
  };
  auto definition = define_pdf(name, inputs);
  definition.infer(infer)
      .forward([](const PdfOptions& o, const Call& call) {
        dispatch_real(call.in[0].dtype, "random_pdf",
                      [&]<class T>() { compute<D, T>(o, call, kParameters<D>); });
      })
      .backward(
          [](const PdfOptions& o, const GradientCall& call) {
            dispatch_real(call.in[0].dtype, "random_pdf",
                          [&]<class T>() { compute_gradient<D, T>(o, call, kParameters<D>); });
          },
          Op::inputs)
      .sample({}, filled({3, 5}, {3}))
      .sample({.is_log = true}, filled({2, 3, 2}, {2, 3}))
      .sample({.is_log = true}, filled({7}, {7}))
      .sample({}, filled({0, 3}, {0}))
      .sample({}, filled({3, 0}, {3}));
  if (D::counts) definition.looks_up({0});
  return definition;
}

constexpr Fill within(double low, double high) { return {Fill::Kind::uniform, low, high}; }

const auto uniform = define<Uniform>("uniform", {within(0.3, 0.9), within(-1, 0.2), within(1, 2)});
const auto normal = define<Normal>("normal", {within(-1, 1), within(-1, 1), within(0.5, 2)});
const auto gamma = define<Gamma>("gamma", {within(0.5, 2), within(0.5, 3), within(0.5, 2)});
const auto exponential = define<Exponential>("exponential", {within(0.5, 2), within(0.5, 2)});
const auto poisson = define<Poisson>("poisson", {{Fill::Kind::integers, 0, 5}, within(0.5, 3)});
const auto negative_binomial = define<NegativeBinomial>(
    "negative_binomial", {{Fill::Kind::integers, 0, 5}, within(0.5, 3), within(0.2, 0.8)});
const auto generalized = define<GeneralizedNegativeBinomial>(
    "generalized_negative_binomial",
    {{Fill::Kind::integers, 0, 5}, within(0.5, 3), within(0.2, 0.8)});

}  // namespace
}  // namespace gluino
