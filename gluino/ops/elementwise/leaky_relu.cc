#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/leaky_relu.h>
#include <gluino/ops/elementwise/unary.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <span>
#include <string>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kGamma };
// Of rrelu MXNet gives the slope at each element, too.
enum Output { kResult, kSlopes };

constexpr double kSeluScale = 1.0507009873554804934193349852946;
constexpr double kSeluAlpha = 1.6732632423543772848170429916717;

// y = x above zero and slope * x below.
bool is_linear(const LeakyReLUOptions& o) { return o.act_type == "leaky"; }
bool is_prelu(const LeakyReLUOptions& o) { return o.act_type == "prelu"; }
bool is_random(const LeakyReLUOptions& o) { return o.act_type == "rrelu"; }
bool is_gelu(const LeakyReLUOptions& o) { return o.act_type == "gelu"; }

// elu and selu: scale * x above zero, scale * alpha * (e^x - 1) below.
struct Exponential {
  double scale, alpha;
};
Exponential exponential(const LeakyReLUOptions& o) {
  return o.act_type == "selu" ? Exponential{kSeluScale, kSeluAlpha} : Exponential{1, o.slope};
}

// The sign of the output tells that of the input, unless the slope turns it around.
unsigned reads(const LeakyReLUOptions& o) {
  if (is_random(o)) return Op::outputs;
  const bool of_input = is_prelu(o) || is_gelu(o) || (o.act_type != "selu" && o.slope < 0);
  return of_input ? Op::inputs : Op::outputs;
}

void infer(const LeakyReLUOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.set_out(0, data);
  if (is_random(o)) {
    s.expect(o.lower_bound <= o.upper_bound, -1, "lower_bound: expected no more than upper_bound ",
             o.upper_bound, ", got ", o.lower_bound);
    s.set_out(kSlopes, data);
  }
  if (!is_prelu(o)) return;
  s.expect(data.ndim() >= 1, kData, "expected at least 1 dimension, got ", data);
  const Shape one = {1};
  s.set_in(kGamma, s.in(kGamma) == one ? one : Shape{data.ndim() > 1 ? data[1] : data[0]});
}

// Which gamma belongs to an element.
struct Channels {
  std::int64_t count, inner;
  std::int64_t of(std::int64_t i) const { return i / inner % count; }
};

Channels channels(const Shape& data, const Shape& gamma) {
  const int axis = data.ndim() > 1 ? 1 : 0;
  return {gamma[0], std::max<std::int64_t>(1, data.size_between(axis + 1, data.ndim()))};
}

// Calls f(first, values, count) with a function's values of parts of x, a buffer at a time, so that
// it may be written over x.
template <class T, class F>
void with_values(const kernels::UnaryKernel<T>& function, const T* x, std::int64_t n, F f) {
  constexpr std::int64_t kPart = 512;
  parallel_for(n, kernels::kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    std::array<T, kPart> values;
    for (std::int64_t i = begin; i < end; i += kPart) {
      const std::int64_t count = std::min(kPart, end - i);
      function.forward(x + i, values.data(), count);
      f(i, values.data(), count);
    }
  });
}

// x * (1 + erf(x / sqrt(2))) / 2 by way of scaled copies of x.
template <class T, class F>
void with_erf(const T* x, std::int64_t n, F f) {
  constexpr std::int64_t kPart = 512;
  parallel_for(n, kernels::kMathGrain, [&](std::int64_t begin, std::int64_t end) {
    std::array<T, kPart> values;
    for (std::int64_t i = begin; i < end; i += kPart) {
      const std::int64_t count = std::min(kPart, end - i);
      for (std::int64_t k = 0; k < count; ++k) {
        values[static_cast<std::size_t>(k)] = x[i + k] * static_cast<T>(std::numbers::sqrt2 / 2);
      }
      kernels::unary::erf<T>().forward(values.data(), values.data(), count);
      f(i, values.data(), count);
    }
  });
}

template <class F>
void each(std::int64_t n, F f) {
  parallel_for(n, kernels::kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) f(i);
  });
}

// head where `seen` is above zero (or NaN), else factor * head.
template <class T>
T rectified(T seen, T head, T factor) {
  const T below = factor * head;
  return seen <= 0 ? below : head;
}

// Calls f(i, factor) for each element, factor being that of its channel.
template <class T, class F>
void each_of_channel(const Tensor& data, const Tensor& gamma, F f) {
  const Channels channel = channels(data.shape, gamma.shape);
  const T* factors = gamma.as<T>();
  parallel_for(data.size() / channel.inner, kernels::row_grain(channel.inner, kernels::kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t p = begin; p < end; ++p) {
                   const T factor = factors[p % channel.count];
                   const std::int64_t next = (p + 1) * channel.inner;
                   for (std::int64_t i = p * channel.inner; i < next; ++i) f(i, factor);
                 }
               });
}

// y = slope * x, the slope being 1 above zero, and below it drawn anew, or else the bounds' mean.
template <class T>
void rrelu(const LeakyReLUOptions& o, const Call& call) {
  const std::int64_t n = call.in[kData].size();
  const Temporary<T> unseen(call.out[kSlopes] ? 0 : n);
  T* const slopes = call.out[kSlopes] ? call.out[kSlopes].as<T>() : unseen.data();
  if (call.training) {
    random::uniform(std::span<T>(slopes, static_cast<std::size_t>(n)), o.lower_bound,
                    o.upper_bound);
  } else {
    std::fill_n(slopes, n, static_cast<T>((o.lower_bound + o.upper_bound) / 2));
  }
  const T* x = call.in[kData].as<T>();
  T* y = call.out[kResult].as<T>();
  each(n, [&](std::int64_t i) {
    slopes[i] = x[i] <= 0 ? slopes[i] : T(1);
    y[i] = x[i] * slopes[i];
  });
}

template <class T>
void forward_typed(const LeakyReLUOptions& o, const Call& call) {
  const T* x = call.in[kData].as<T>();
  T* y = call.out[0].as<T>();
  const std::int64_t n = call.out[0].size();
  if (is_random(o)) return rrelu<T>(o, call);
  if (is_linear(o)) {
    const T slope = static_cast<T>(o.slope);
    each(n, [&](std::int64_t i) { y[i] = rectified(x[i], x[i], slope); });
  } else if (is_prelu(o)) {
    each_of_channel<T>(call.in[kData], call.in[kGamma],
                       [&](std::int64_t i, T factor) { y[i] = rectified(x[i], x[i], factor); });
  } else if (is_gelu(o)) {
    with_erf<T>(x, n, [&](std::int64_t at, const T* erf, std::int64_t count) {
      for (std::int64_t k = 0; k < count; ++k) y[at + k] = x[at + k] * ((1 + erf[k]) / 2);
    });
  } else {
    const auto [scale, alpha] = exponential(o);
    const T above = static_cast<T>(scale);
    const T below = static_cast<T>(scale * alpha);
    with_values<T>(kernels::unary::expm1<T>(), x, n,
                   [&](std::int64_t at, const T* expm1, std::int64_t count) {
                     for (std::int64_t k = 0; k < count; ++k) {
                       const T line = above * x[at + k];
                       const T curve = below * expm1[k];
                       y[at + k] = x[at + k] > 0 ? line : curve;
                     }
                   });
  }
}

// dgamma = the sum of dy * x where x is not above zero.
template <class T>
void prelu_gradient(const GradientCall& call) {
  const Tensor& gamma = call.in[kGamma];
  const Channels channel = channels(call.in[kData].shape, gamma.shape);
  const T* x = call.in[kData].as<T>();
  const T* dy = call.out_grad[0].as<T>();
  const std::int64_t n = call.in[kData].size();
  if (call.in_grad[kGamma]) {
    std::vector<double> sums(static_cast<std::size_t>(gamma.size()));
    for (std::int64_t i = 0; i < n; ++i) {
      if (!(x[i] > 0))
        sums[static_cast<std::size_t>(channel.of(i))] += static_cast<double>(dy[i]) * x[i];
    }
    std::transform(sums.begin(), sums.end(), call.in_grad[kGamma].as<T>(),
                   [](double sum) { return static_cast<T>(sum); });
  }
  if (!call.in_grad[kData]) return;
  T* dx = call.in_grad[kData].as<T>();
  each_of_channel<T>(call.in[kData], gamma,
                     [&](std::int64_t i, T factor) { dx[i] = rectified(x[i], dy[i], factor); });
}

template <class T>
void backward_typed(const LeakyReLUOptions& o, const GradientCall& call) {
  if (is_prelu(o)) return prelu_gradient<T>(call);
  const T* x = call.in[kData].as<T>();
  const T* dy = call.out_grad[0].as<T>();
  T* dx = call.in_grad[kData].as<T>();
  const std::int64_t n = call.in_grad[kData].size();
  if (is_random(o)) {
    const T* slopes = call.out[kSlopes].as<T>();
    each(n, [&](std::int64_t i) { dx[i] = dy[i] * slopes[i]; });
    return;
  }
  const T* seen = reads(o) == static_cast<unsigned>(Op::inputs) ? x : call.out[0].as<T>();
  if (is_linear(o)) {
    const T slope = static_cast<T>(o.slope);
    each(n, [&](std::int64_t i) { dx[i] = rectified(seen[i], dy[i], slope); });
  } else if (is_gelu(o)) {
    with_erf<T>(x, n, [&](std::int64_t at, const T* erf, std::int64_t count) {
      const T density = static_cast<T>(std::numbers::inv_sqrtpi / std::numbers::sqrt2);
      for (std::int64_t k = 0; k < count; ++k) {
        const T v = x[at + k];
        dx[at + k] = dy[at + k] * ((1 + erf[k]) / 2 + v * density * std::exp(-v * v / 2));
      }
    });
  } else {
    const auto [scale, alpha] = exponential(o);
    const T above = static_cast<T>(scale);
    const T below = static_cast<T>(scale * alpha);
    // The slope scale * alpha * e^x is the output plus scale * alpha.
    if (seen == x) {
      each(n, [&](std::int64_t i) {
        const T slope = below * std::exp(std::min(x[i], T(0)));
        dx[i] = dy[i] * (x[i] > 0 ? above : slope);
      });
      return;
    }
    each(n, [&](std::int64_t i) {
      const T slope = seen[i] + below;
      dx[i] = dy[i] * (seen[i] > 0 ? above : slope);
    });
  }
}

void forward(const LeakyReLUOptions& o, const Call& call) {
  dispatch_real(call.in[kData].dtype, "LeakyReLU", [&]<class T>() { forward_typed<T>(o, call); });
}

void backward(const LeakyReLUOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "LeakyReLU",
                [&]<class T>() { backward_typed<T>(o, call); });
}

std::vector<NDArray> prelu_derivative(const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  const NDArray& gamma = call.in[kGamma];
  const NDArray& dy = call.out_grad[0];
  const NDArray above = x > 0;
  Shape channel = Shape::filled(x.ndim(), 1);
  channel[x.ndim() > 1 ? 1 : 0] = gamma.size();
  const NDArray factor = derivative::reshaped(gamma, channel);
  const NDArray of_gamma = derivative::sum_to(derivative::where(1 - above, dy * x), channel);
  return {ops::where(above, dy, dy * factor), derivative::reshaped(of_gamma, gamma.shape())};
}

std::vector<NDArray> derivative_of(const LeakyReLUOptions& o, const DerivativeCall& call) {
  if (is_prelu(o)) return prelu_derivative(call);
  const NDArray& dy = call.out_grad[0];
  if (is_random(o)) return {dy * call.out[kSlopes]};
  const bool of_input = reads(o) == static_cast<unsigned>(Op::inputs);
  const NDArray& seen = of_input ? call.in[kData] : call.out[0];
  const NDArray above = seen > 0;
  if (is_linear(o)) return {ops::where(above, dy, dy * o.slope)};
  if (is_gelu(o)) {
    const double density = std::numbers::inv_sqrtpi / std::numbers::sqrt2;
    const NDArray share = (1 + ops::erf(seen * (std::numbers::sqrt2 / 2))) / 2;
    return {dy * (share + seen * density * ops::exp(ops::square(seen) / -2))};
  }
  const auto [scale, alpha] = exponential(o);
  const NDArray curve =
      of_input ? ops::exp(ops::minimum(seen, 0)) * (scale * alpha) : seen + scale * alpha;
  return {ops::where(above, dy * scale, dy * curve)};
}

constexpr Fill kAwayFromZero{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<LeakyReLUOptions>("LeakyReLU")
        .doc("Rectifiers that are not flat below zero.")
        .inputs({"data"})
        .row_wise_if([](const LeakyReLUOptions& o, const Shape& data) {
          // Of numbers in a row each has a gamma of its own.
          return !is_prelu(o) || data.ndim() > 1;
        })
        .elementwise_if([](const LeakyReLUOptions& o) { return !is_prelu(o) && !is_random(o); })
        .parameters({"gamma"})
        .omits_last_when([](const LeakyReLUOptions& o) { return !is_prelu(o); })
        .input_attribute(kGamma, "__init__", "[\"Constant\", {\"value\": 0.25}]")
        .field("act_type", &LeakyReLUOptions::act_type, "The function.",
               {"leaky", "prelu", "elu", "selu", "gelu", "rrelu"})
        .field("slope", &LeakyReLUOptions::slope, "Slope (leaky) or depth (elu) below zero.")
        .field("lower_bound", &LeakyReLUOptions::lower_bound, "The least slope of rrelu.")
        .field("upper_bound", &LeakyReLUOptions::upper_bound, "The largest slope of rrelu.")
        .output_names_by([](const LeakyReLUOptions& o) {
          return is_random(o) ? std::vector<std::string>{"output", "mask"}
                              : std::vector<std::string>{"output"};
        })
        .random_if(
            [](const LeakyReLUOptions& o, bool training) { return is_random(o) && training; })
        .in_place()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .reads_by(reads)
        .derivative(derivative_of)
        .sample({}, {{{3, 5}, kAwayFromZero}})
        .sample({.slope = -0.5}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "elu"}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "elu", .slope = -1}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "selu"}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "gelu"}, {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "prelu"}, {{{2, 3, 4}, kAwayFromZero}, {{3}}})
        .sample({.act_type = "prelu"}, {{{2, 3}, kAwayFromZero}, {{1}}})
        .sample({.act_type = "rrelu", .lower_bound = 0.1, .upper_bound = 0.9},
                {{{3, 5}, kAwayFromZero}})
        .sample({.act_type = "rrelu"}, {{{0, 5}}})
        .sample({}, {{{0, 5}}})
        .sample({.act_type = "prelu"}, {{{0, 5}}, {{5}}});

}  // namespace
}  // namespace gluino
