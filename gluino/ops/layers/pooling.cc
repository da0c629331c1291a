#include <gluino/kernels/cpu/pooling/pooling.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/image_tuple-inl.h>
#include <gluino/ops/layers/pooling.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace gluino {
namespace {

// The maximum keeps where it stood, for its gradient; the others keep nothing.
enum Output { kPooled, kArgmax };

// Options have one value for each axis of the image, or are empty for the default. What has one
// axis (N, C, W) is an image of height 1.
std::int64_t at(const Shape& tuple, int axis, std::int64_t fallback) {
  return tuple.empty() ? fallback : tuple[axis];
}

std::int64_t out_size(const PoolingOptions& o, std::int64_t in, int axis) {
  const std::int64_t room = in + 2 * at(o.pad, axis, 0) - o.kernel[axis];
  const std::int64_t stride = at(o.stride, axis, 1);
  return (o.pooling_convention == "full" ? room + stride - 1 : room) / stride + 1;
}

kernels::Pool2D geometry(const PoolingOptions& o, const Shape& in, const Shape& out) {
  const bool rows = in.ndim() == 3;
  kernels::Pool2D pool{
      .in_h = rows ? 1 : in[2], .in_w = in.back(), .out_h = rows ? 1 : out[2], .out_w = out.back()};
  pool.count_include_pad = o.count_include_pad.value_or(true);
  pool.kernel_h = pool.in_h;
  pool.kernel_w = pool.in_w;
  if (o.global_pool) return pool;
  const int width = rows ? 0 : 1;
  pool.kernel_w = o.kernel[width];
  pool.stride_w = at(o.stride, width, 1);
  pool.pad_w = at(o.pad, width, 0);
  if (rows) return pool;
  pool.kernel_h = o.kernel[0];
  pool.stride_h = at(o.stride, 0, 1);
  pool.pad_h = at(o.pad, 0, 0);
  return pool;
}

Shape pooled_shape(const PoolingOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  const int axes = in.ndim() - 2;
  Shape out = {in[0], in[1]};
  for (int axis = 0; axis < axes; ++axis) {
    if (o.global_pool) {
      s.expect(in[2 + axis] > 0, 0, "an image without pixels cannot be pooled: ", in);
      out.push_back(1);
      continue;
    }
    const std::int64_t pad = at(o.pad, axis, 0);
    s.expect(pad < o.kernel[axis], -1, "pad ", o.pad, " must be smaller than the kernel ",
             o.kernel);
    s.expect(o.kernel[axis] <= in[2 + axis] + 2 * pad, 0, "the kernel ", o.kernel,
             " is larger than the padded image of ", in);
    out.push_back(out_size(o, in[2 + axis], axis));
  }
  return out;
}

void infer(const PoolingOptions& o, Inference& s) {
  // Without a kernel (global_pool) the data say how many axes there are.
  const int axes = o.kernel.empty() ? (s.in(0).ndim() == 3 ? 1 : 2) : o.kernel.ndim();
  s.expect(axes == 1 || axes == 2, -1, "kernel: expected 2 numbers (height, width) or 1, got ",
           o.kernel);
  s.expect_ndim(0, 2 + axes, axes == 2 ? "(N, C, H, W)" : "(N, C, W)");
  if (!o.global_pool) {
    s.expect(!o.kernel.empty(), -1, "kernel: expected 2 numbers (height, width), got ", o.kernel);
    check_tuple(s, "kernel", o.kernel, axes, 1);
    check_tuple(s, "stride", o.stride, axes, 1);
    check_tuple(s, "pad", o.pad, axes, 0);
  }
  const int power = o.p_value.value_or(0);
  s.expect(o.pool_type != "lp" || (power >= 1 && power <= 3), -1,
           "p_value: pool_type lp needs 1, 2 or 3, got ",
           o.p_value ? std::to_string(power) : std::string("None"));
  const Shape out = pooled_shape(o, s);
  s.set_out(kPooled, out);
  s.set_out(kArgmax, o.pool_type == "max" ? out : Shape{0});
  s.set_out_type(kArgmax, int32);
}

// x^p for p from 0 to 3, of a float too in double, where it is in range. MXNet takes no magnitudes:
// an odd power keeps the sign.
double power_of(double x, int p) { return p == 0 ? 1 : p == 1 ? x : p == 2 ? x * x : x * x * x; }

// y = (sum x^p)^(1/p)
template <class T>
void norm_pool(const Tensor& in, const Tensor& out, std::int64_t planes,
               const kernels::Pool2D& pool, int p) {
  const Temporary<double> powers(in.size());
  const Temporary<double> sums(out.size());
  const T* x = in.as<T>();
  for (std::int64_t i = 0; i < in.size(); ++i) powers.data()[i] = power_of(x[i], p);
  kernels::sum_pool<double>(powers.data(), sums.data(), planes, pool);
  T* y = out.as<T>();
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double sum = sums.data()[i];
    y[i] = static_cast<T>(p == 1 ? sum : p == 2 ? std::sqrt(sum) : std::cbrt(sum));
  }
}

// dx = dy (x / y)^(p - 1); 0 where y is 0.
template <class T>
void norm_pool_gradient(const GradientCall& call, std::int64_t planes, const kernels::Pool2D& pool,
                        int p) {
  const Tensor& out = call.out[kPooled];
  const Temporary<double> heads(out.size());
  const Temporary<double> sums(call.in[0].size());
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double divisor = power_of(out.as<T>()[i], p - 1);
    heads.data()[i] = divisor == 0 ? 0 : call.out_grad[kPooled].as<T>()[i] / divisor;
  }
  kernels::sum_pool_gradient<double>(heads.data(), sums.data(), planes, pool);
  const T* x = call.in[0].as<T>();
  T* dx = call.in_grad[0].as<T>();
  for (std::int64_t i = 0; i < call.in[0].size(); ++i) {
    dx[i] = static_cast<T>(sums.data()[i] * power_of(x[i], p - 1));
  }
}

unsigned reads(const PoolingOptions& o) {
  if (o.pool_type == "max") return Op::outputs;
  return o.pool_type == "lp" ? Op::inputs | Op::outputs : Op::nothing;
}

void forward(const PoolingOptions& o, const Call& call) {
  const Tensor& in = call.in[0];
  const Tensor& out = call.out[kPooled];
  const auto pool = geometry(o, in.shape, out.shape);
  const std::int64_t planes = in.shape[0] * in.shape[1];
  dispatch_real(in.dtype, "Pooling", [&]<class T>() {
    if (o.pool_type == "max") {
      kernels::max_pool<T>(in.as<T>(), out.as<T>(), call.out[kArgmax].as<std::int32_t>(), planes,
                           pool);
    } else if (o.pool_type == "avg") {
      kernels::avg_pool<T>(in.as<T>(), out.as<T>(), planes, pool);
    } else if (o.pool_type == "lp") {
      norm_pool<T>(in, out, planes, pool, *o.p_value);
    } else {
      kernels::sum_pool<T>(in.as<T>(), out.as<T>(), planes, pool);
    }
  });
}

void backward(const PoolingOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Tensor& dy = call.out_grad[kPooled];
  const auto pool = geometry(o, dx.shape, dy.shape);
  const std::int64_t planes = dx.shape[0] * dx.shape[1];
  dispatch_real(dx.dtype, "Pooling", [&]<class T>() {
    if (o.pool_type == "max") {
      kernels::max_pool_gradient<T>(dy.as<T>(), call.out[kArgmax].as<std::int32_t>(), dx.as<T>(),
                                    planes, pool);
    } else if (o.pool_type == "avg") {
      kernels::avg_pool_gradient<T>(dy.as<T>(), dx.as<T>(), planes, pool);
    } else if (o.pool_type == "lp") {
      norm_pool_gradient<T>(call, planes, pool, *o.p_value);
    } else {
      kernels::sum_pool_gradient<T>(dy.as<T>(), dx.as<T>(), planes, pool);
    }
  });
}

// The maximum stood at one place of each window, to which its gradient goes; nowhere where the
// window had no elements.
NDArray max_pool_derivative(const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const NDArray& argmax = call.out[kArgmax];
  const NDArray& dy = call.out_grad[kPooled];
  const std::int64_t plane = x.shape().size_between(2, x.ndim());
  const std::int64_t windows = argmax.shape().size_between(2, argmax.ndim());
  const NDArray places(argmax.shape(), int64, x.context());
  const NDArray found(argmax.shape(), x.dtype(), x.context());
  dispatch_real(x.dtype(), "Pooling", [&]<class T>() {
    for (std::int64_t i = 0; i < argmax.size(); ++i) {
      const std::int32_t at = argmax.data<std::int32_t>()[i];
      places.data<std::int64_t>()[i] = i / windows * plane + std::max(at, 0);
      found.data<T>()[i] = static_cast<T>(at >= 0);
    }
  });
  return derivative::scatter(dy * found, places, x.shape());
}

// The gradient of sum pooling, which is linear.
NDArray spread(PoolingOptions o, const NDArray& dy, const DerivativeCall& call) {
  o.pool_type = "sum";
  const bool wanted[] = {true};
  const Op& op = Op::get<PoolingOptions>("Pooling");
  return derivative::linear(op, &o, {call.in, call.out, {&dy, 1}, wanted})[0];
}

// dx = dy (x / y)^(p - 1); 0 where y is 0.
NDArray norm_pool_derivative(const PoolingOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const NDArray& y = call.out[kPooled];
  const NDArray& dy = call.out_grad[kPooled];
  if (*o.p_value == 1) return spread(o, dy, call);
  const auto power = [&](const NDArray& of) { return *o.p_value == 2 ? of : ops::square(of); };
  const NDArray divisor = power(y);
  const NDArray none = divisor == 0;
  return power(x) * spread(o, dy * (1 - none) / (divisor + none), call);
}

std::vector<NDArray> derivative_of(const PoolingOptions& o, const DerivativeCall& call) {
  if (o.pool_type == "max") return {max_pool_derivative(call)};
  if (o.pool_type == "lp") return {norm_pool_derivative(o, call)};
  return derivative::linear(Op::get<PoolingOptions>("Pooling"), &o, call);
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<PoolingOptions>("Pooling")
        .doc("The maximum, average, sum or norm of each window of images (N, C, H, W).")
        .inputs({"data"})
        .row_wise()
        .outputs({"output", "argmax"}, 1)
        .field("kernel", &PoolingOptions::kernel, "Size of the window (height, width).")
        .field("pool_type", &PoolingOptions::pool_type, "What is taken of a window.",
               {"max", "avg", "sum", "lp"})
        .field("global_pool", &PoolingOptions::global_pool, "The window is the whole image.")
        .tolerates({"cudnn_off"})
        .field("pooling_convention", &PoolingOptions::pooling_convention,
               "Round the output's size down (valid) or up (full).", {"valid", "full"})
        .field("stride", &PoolingOptions::stride, "Step of the window; 1 if not given.")
        .field("pad", &PoolingOptions::pad, "Rows and columns added on each side; 0 if not given.")
        .field("p_value", &PoolingOptions::p_value, "The power of pool_type lp: 1, 2 or 3.")
        .field("count_include_pad", &PoolingOptions::count_include_pad,
               "An average counts the elements of the padding; None: it does.")
        .tolerates("layout", {"None", "NCHW", "NCW"})
        .outputs_in_files_by([](const PoolingOptions& o) {
          return o.pool_type == "max" && !o.kernel.empty() ? 2 : 1;
        })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .reads_by(reads)
        .derivative(derivative_of)
        .sample({.kernel = {2, 2}, .stride = {2, 2}}, {{{2, 3, 6, 4}, kDistinct}})
        .sample({.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 1}}, {{{1, 2, 7, 5}, kDistinct}})
        .sample({.kernel = {2, 2}, .pooling_convention = "full", .stride = {2, 2}},
                {{{1, 2, 5, 5}, kDistinct}})
        .sample({.kernel = {2, 3}, .pool_type = "avg", .stride = {2, 2}, .pad = {1, 1}},
                {{{2, 2, 5, 6}}})
        .sample({.kernel = {3, 3}, .pool_type = "avg", .pad = {1, 1}, .count_include_pad = false},
                {{{1, 2, 4, 5}}})
        .sample({.pool_type = "avg", .global_pool = true}, {{{2, 3, 4, 5}}})
        .sample({.global_pool = true}, {{{2, 3, 4, 5}, kDistinct}})
        .sample({.kernel = {2, 2}, .pool_type = "sum"}, {{{1, 2, 4, 3}}})
        .sample({.kernel = {2, 2}, .pool_type = "lp", .p_value = 1}, {{{1, 2, 4, 3}, kDistinct}})
        .sample(
            {.kernel = {2, 3}, .pool_type = "lp", .stride = {2, 2}, .pad = {1, 1}, .p_value = 2},
            {{{2, 2, 5, 6}, kDistinct}})
        .sample({.pool_type = "lp", .global_pool = true, .p_value = 3}, {{{2, 2, 3, 2}, kDistinct}})
        .sample({.kernel = {3}, .stride = {2}, .pad = {1}}, {{{2, 3, 7}, kDistinct}})
        .sample({.pool_type = "avg", .global_pool = true}, {{{2, 3, 7}}})
        .sample({.kernel = {2, 2}, .stride = {2, 2}}, {{{0, 3, 4, 4}}});

}  // namespace
}  // namespace gluino
