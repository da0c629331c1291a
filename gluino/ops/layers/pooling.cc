#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/image_layout-inl.h>
#include <gluino/ops/layers/image_tuple-inl.h>
#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/layers/pooling_kernel-inl.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace gluino {
namespace {

// The maximum keeps where it stood, for its gradient; the others keep nothing.
enum Output { kPooled, kArgmax };

// Options have one value for each axis of the image, or are empty for the default.
std::int64_t at(const Shape& tuple, int axis, std::int64_t fallback) {
  return tuple.empty() ? fallback : tuple[axis];
}

std::int64_t out_size(const PoolingOptions& o, std::int64_t in, int axis) {
  const std::int64_t room = in + 2 * at(o.pad, axis, 0) - o.kernel[axis];
  const std::int64_t stride = at(o.stride, axis, 1);
  if (o.pooling_convention == "same") return (in + stride - 1) / stride;
  return (o.pooling_convention == "full" ? room + stride - 1 : room) / stride + 1;
}

// The output's shape for images (N, C, ...).
Shape pooled_shape(const PoolingOptions& o, const Shape& in, const Inference& s) {
  const int axes = in.ndim() - 2;
  Shape out = {in[0], in[1]};
  for (int axis = 0; axis < axes; ++axis) {
    if (o.global_pool) {
      s.expect(in[2 + axis] > 0, 0, "an image without pixels cannot be pooled: ", s.in(0));
      out.push_back(1);
      continue;
    }
    const std::int64_t pad = at(o.pad, axis, 0);
    s.expect(pad < o.kernel[axis], -1, "pad ", o.pad, " must be smaller than the kernel ",
             o.kernel);
    const bool same = o.pooling_convention == "same";
    s.expect(!same || pad == 0, -1, "pooling_convention same goes with a pad of 0, got ", o.pad);
    s.expect(same || o.kernel[axis] <= in[2 + axis] + 2 * pad, 0, "the kernel ", o.kernel,
             " is larger than the padded image of ", s.in(0));
    out.push_back(out_size(o, in[2 + axis], axis));
  }
  return out;
}

void infer(const PoolingOptions& o, Inference& s) {
  // Without a kernel (global_pool) the data say how many axes there are.
  const int axes = o.kernel.empty() ? std::clamp(s.in(0).ndim() - 2, 1, 3) : o.kernel.ndim();
  const Shape in = checked_images(s, o.kernel, axes, o.layout);
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
  const Shape out = pooled_shape(o, in, s);
  s.set_out(kPooled, as_laid_out(out, channels_last(o.layout)));
  s.set_out(kArgmax, o.pool_type == "max" ? out : Shape{0});
  s.set_out_type(kArgmax, int32);
}

// x^p for p from 0 to 3, of a float too in double, where it is in range. MXNet takes no magnitudes:
// an odd power keeps the sign.
double power_of(double x, int p) { return p == 0 ? 1 : p == 1 ? x : p == 2 ? x * x : x * x * x; }

// y = (sum x^p)^(1/p)
template <class T>
void norm_pool(const Tensor& in, const Tensor& out, const PoolingKernel& pool, int p) {
  const Temporary<double> powers(in.size());
  const Temporary<double> sums(out.size());
  const T* x = in.as<T>();
  for (std::int64_t i = 0; i < in.size(); ++i) powers.data()[i] = power_of(x[i], p);
  pool.sum<double>(powers.data(), sums.data(), false);
  T* y = out.as<T>();
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double sum = sums.data()[i];
    y[i] = static_cast<T>(p == 1 ? sum : p == 2 ? std::sqrt(sum) : std::cbrt(sum));
  }
}

// dx = dy (x / y)^(p - 1); 0 where y is 0.
template <class T>
void norm_pool_gradient(const GradientCall& call, const PoolingKernel& pool, int p) {
  const Tensor& out = call.out[kPooled];
  const Temporary<double> heads(out.size());
  const Temporary<double> sums(call.in[0].size());
  for (std::int64_t i = 0; i < out.size(); ++i) {
    const double divisor = power_of(out.as<T>()[i], p - 1);
    heads.data()[i] = divisor == 0 ? 0 : call.out_grad[kPooled].as<T>()[i] / divisor;
  }
  pool.sum_gradient<double>(heads.data(), sums.data(), false);
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
  in_channels_first(channels_last(o.layout), call, [&](const Call& images) {
    const Tensor& in = images.in[0];
    const Tensor& out = images.out[kPooled];
    const PoolingKernel pool(o, in.shape, out.shape);
    dispatch_real(in.dtype, "Pooling", [&]<class T>() {
      if (o.pool_type == "max") {
        pool.max<T>(in.as<T>(), out.as<T>(), images.out[kArgmax].as<std::int32_t>());
      } else if (o.pool_type == "lp") {
        norm_pool<T>(in, out, pool, *o.p_value);
      } else {
        pool.sum<T>(in.as<T>(), out.as<T>(), o.pool_type == "avg");
      }
    });
  });
}

void backward(const PoolingOptions& o, const GradientCall& call) {
  in_channels_first(channels_last(o.layout), call, [&](const GradientCall& images) {
    const Tensor& dx = images.in_grad[0];
    const Tensor& dy = images.out_grad[kPooled];
    const PoolingKernel pool(o, dx.shape, dy.shape);
    dispatch_real(dx.dtype, "Pooling", [&]<class T>() {
      if (o.pool_type == "max") {
        pool.max_gradient<T>(dy.as<T>(), images.out[kArgmax].as<std::int32_t>(), dx.as<T>());
      } else if (o.pool_type == "lp") {
        norm_pool_gradient<T>(images, pool, *o.p_value);
      } else {
        pool.sum_gradient<T>(dy.as<T>(), dx.as<T>(), o.pool_type == "avg");
      }
    });
  });
}

// The maximum stood at one place of each window, to which its gradient goes; nowhere where the
// window had no elements.
NDArray max_pool_derivative(const PoolingOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const NDArray& argmax = call.out[kArgmax];
  const NDArray& dy = call.out_grad[kPooled];
  const bool last = channels_last(o.layout);
  const std::int64_t plane = channels_first(x.shape(), last).size_between(2, x.ndim());
  const std::int64_t windows = argmax.shape().size_between(2, argmax.ndim());
  const std::int64_t channels = argmax.shape()[1];
  const NDArray places(dy.shape(), int64, x.context());
  const NDArray found(dy.shape(), x.dtype(), x.context());
  dispatch_real(x.dtype(), "Pooling", [&]<class T>() {
    for (std::int64_t i = 0; i < argmax.size(); ++i) {
      const std::int32_t at = argmax.data<std::int32_t>()[i];
      const std::int64_t image = i / windows;
      const std::int64_t sample = image / channels;
      const std::int64_t pixel = std::max(at, 0);
      const auto laid_out = [&](std::int64_t place, std::int64_t places_of_image) {
        return last ? (sample * places_of_image + place) * channels + image % channels
                    : image * places_of_image + place;
      };
      const std::int64_t window = laid_out(i % windows, windows);
      places.data<std::int64_t>()[window] = laid_out(pixel, plane);
      found.data<T>()[window] = static_cast<T>(at >= 0);
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
  if (o.pool_type == "max") return {max_pool_derivative(o, call)};
  if (o.pool_type == "lp") return {norm_pool_derivative(o, call)};
  return derivative::linear(Op::get<PoolingOptions>("Pooling"), &o, call);
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<PoolingOptions>("Pooling")
        .doc(
            "The maximum, average, sum or norm of each window of images (N, C, H, W), rows (N, C, "
            "W) "
            "or volumes (N, C, D, H, W).")
        .inputs({"data"})
        .row_wise()
        .outputs({"output", "workspace"}, 1)
        .field("kernel", &PoolingOptions::kernel, "Size of the window (height, width).")
        .field("pool_type", &PoolingOptions::pool_type, "What is taken of a window.",
               {"max", "avg", "sum", "lp"})
        .field("global_pool", &PoolingOptions::global_pool, "The window is the whole image.")
        .tolerates({"cudnn_off"})
        .field(
            "pooling_convention", &PoolingOptions::pooling_convention,
            "Round the output's size down (valid) or up (full); same: the image's over the stride.",
            {"valid", "full", "same"})
        .field("stride", &PoolingOptions::stride, "Step of the window; 1 if not given.")
        .field("pad", &PoolingOptions::pad, "Rows and columns added on each side; 0 if not given.")
        .field("p_value", &PoolingOptions::p_value, "The power of pool_type lp: 1, 2 or 3.")
        .field("count_include_pad", &PoolingOptions::count_include_pad,
               "An average counts the elements of the padding; None: it does.")
        .field("layout", &PoolingOptions::layout,
               "The order of the axes; None: channels before pixels.", kImageLayouts)
        .tolerates("output_size", {"None"})  // MXNet 2 writes it with each Pooling.
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
        .sample({.kernel = {3, 2, 2}, .stride = {2, 1, 2}, .pad = {1, 0, 1}},
                {{{1, 2, 4, 3, 5}, kDistinct}})
        .sample({.kernel = {2, 3, 2},
                 .pool_type = "avg",
                 .pooling_convention = "full",
                 .stride = {2, 2, 1},
                 .pad = {1, 1, 0},
                 .count_include_pad = false},
                {{{2, 1, 4, 4, 3}}})
        .sample({.pool_type = "avg", .global_pool = true}, {{{1, 2, 3, 2, 4}}})
        .sample({.kernel = {2, 2}, .pooling_convention = "same", .stride = {2, 3}},
                {{{1, 2, 5, 7}, kDistinct}})
        .sample({.kernel = {3, 2}, .stride = {2, 1}, .pad = {1, 1}, .layout = "NHWC"},
                {{{2, 5, 4, 3}, kDistinct}})
        .sample({.kernel = {2}, .pool_type = "lp", .p_value = 2, .layout = "NWC"},
                {{{2, 5, 3}, kDistinct}})
        .sample({.kernel = {2, 2, 2}, .pool_type = "sum", .layout = "NDHWC"}, {{{1, 3, 2, 3, 2}}})
        .sample({.kernel = {2, 2}, .stride = {2, 2}}, {{{0, 3, 4, 4}}});

}  // namespace
}  // namespace gluino
