#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/normalization.h>
#include <gluino/ops/layers/pooling.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

// The sums, knorm + alpha / nsize * sum of x^2, are kept for the gradient. They are taken in
// double: squares of floats may be no floats.
enum Output { kNormalized, kSums };

void infer(const LRNOptions& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  s.expect(o.nsize >= 1, -1, "nsize: expected at least 1, got ", o.nsize);
  s.set_out(kNormalized, s.in(0));
  s.set_out(kSums, s.in(0));
  s.set_out_type(kSums, float64);
}

// How many channels count before, and behind, each. MXNet takes as many of an even nsize as of the
// odd one below it, but divides by nsize.
std::int64_t reach_of(const LRNOptions& o) { return (o.nsize - 1) / 2; }

// to[c] = first + factor * the sum of from over the channels around c, place by place.
void sum_around(const LRNOptions& o, const Shape& shape, const double* from, double* to,
                double first, double factor) {
  const std::int64_t channels = shape[1];
  const std::int64_t places = shape[2] * shape[3];
  const std::int64_t reach = reach_of(o);
  parallel_for(shape[0] * channels, kernels::row_grain(places, kernels::kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t plane = begin; plane < end; ++plane) {
                   const std::int64_t c = plane % channels;
                   const std::int64_t image = plane - c;
                   double* sums = to + plane * places;
                   std::fill_n(sums, places, first);
                   const std::int64_t last = std::min(c + reach, channels - 1);
                   for (std::int64_t k = std::max<std::int64_t>(c - reach, 0); k <= last; ++k) {
                     const double* other = from + (image + k) * places;
                     for (std::int64_t i = 0; i < places; ++i) sums[i] += factor * other[i];
                   }
                 }
               });
}

template <class T>
void forward_typed(const LRNOptions& o, const Call& call) {
  const Tensor& in = call.in[0];
  const std::int64_t n = in.size();
  const T* x = in.as<T>();
  const Temporary<double> squares(n);
  const Temporary<double> unseen(call.out[kSums] ? 0 : n);
  double* sums = call.out[kSums] ? call.out[kSums].as<double>() : unseen.data();
  for (std::int64_t i = 0; i < n; ++i) squares.data()[i] = static_cast<double>(x[i]) * x[i];
  sum_around(o, in.shape, squares.data(), sums, o.knorm, o.alpha / static_cast<double>(o.nsize));
  kernels::binary::power<double>().array_scalar(sums, -o.beta, squares.data(), n);
  T* y = call.out[kNormalized].as<T>();
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<T>(x[i] * squares.data()[i]);
}

// With s the sums: dx = dy s^-beta - 2 alpha beta / nsize * x * the sum of dy x s^(-beta - 1) over
// the channels around.
template <class T>
void backward_typed(const LRNOptions& o, const GradientCall& call) {
  const Tensor& in = call.in[0];
  const std::int64_t n = in.size();
  const T* x = in.as<T>();
  const double* sums = call.out[kSums].as<double>();
  const T* dy = call.out_grad[kNormalized].as<T>();
  T* dx = call.in_grad[0].as<T>();
  const Temporary<double> powers(n);
  const Temporary<double> parts(n);
  const Temporary<double> around(n);
  kernels::binary::power<double>().array_scalar(sums, -o.beta, powers.data(), n);
  for (std::int64_t i = 0; i < n; ++i) parts.data()[i] = powers.data()[i] * dy[i] * x[i] / sums[i];
  const double factor = -2 * o.alpha * o.beta / static_cast<double>(o.nsize);
  sum_around(o, in.shape, parts.data(), around.data(), 0, factor);
  for (std::int64_t i = 0; i < n; ++i) {
    dx[i] = static_cast<T>(dy[i] * powers.data()[i] + x[i] * around.data()[i]);
  }
}

// The gradient by operators; the sum over channels is a pooling of them.
std::vector<NDArray> derivative_of(const LRNOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const NDArray& dy = call.out_grad[kNormalized];
  if (x.size() == 0) return {derivative::zeros(x)};
  const Shape& shape = x.shape();
  const auto around = [&](const NDArray& values) {
    const NDArray sums = ops::Pooling(
        derivative::reshaped(values, {shape[0], 1, shape[1], shape[2] * shape[3]}),
        {.kernel = {2 * reach_of(o) + 1, 1}, .pool_type = "sum", .pad = {reach_of(o), 0}});
    return derivative::reshaped(sums, shape);
  };
  const double factor = o.alpha / static_cast<double>(o.nsize);
  const NDArray sums = o.knorm + factor * around(ops::square(x));
  const NDArray scale = ops::power(sums, -o.beta);
  return {dy * scale - x * around(dy * x * scale / sums) * (2 * o.beta * factor)};
}

const auto registered =
    define_op<LRNOptions>("LRN")
        .doc("Divides by a power of the sum of squares of the nearest channels.")
        .inputs({"data"})
        .row_wise()
        .outputs({"output", "tmp_norm"}, 1)
        .outputs_in_files(2)
        .field("alpha", &LRNOptions::alpha, "Factor of the mean of squares.")
        .field("beta", &LRNOptions::beta, "The power.")
        .field("knorm", &LRNOptions::knorm, "Added to the mean of squares.")
        .field("nsize", &LRNOptions::nsize,
               "How many channels are looked at; of an even number one fewer.")
        .required()
        .in_place()
        .infer(infer)
        .forward([](const LRNOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "LRN", [&]<class T>() { forward_typed<T>(o, call); });
        })
        .backward(
            [](const LRNOptions& o, const GradientCall& call) {
              dispatch_real(call.in[0].dtype, "LRN",
                            [&]<class T>() { backward_typed<T>(o, call); });
            },
            Op::inputs | Op::outputs)
        .derivative(derivative_of)
        .sample({.nsize = 3}, {{{2, 5, 2, 3}}})
        .sample({.alpha = 0.5, .beta = 0.6, .knorm = 1, .nsize = 5}, {{{1, 4, 2, 2}}})
        .sample({.nsize = 4}, {{{2, 5, 2, 1}}})
        .sample({.nsize = 1}, {{{0, 3, 2, 2}}});

}  // namespace
}  // namespace gluino
