#include <gluino/kernels/cpu/pooling.h>
#include <gluino/ops/define.h>
#include <gluino/ops/pooling.h>

namespace gluino {
namespace {

// The maximum keeps where it stood, for its gradient; the others keep nothing.
enum Output { kPooled, kArgmax };

std::int64_t at(const Shape& tuple, int axis, std::int64_t fallback) {
  return tuple.empty() ? fallback : tuple[axis];
}

std::int64_t out_size(const PoolingOptions& o, std::int64_t in, int axis) {
  const std::int64_t room = in + 2 * at(o.pad, axis, 0) - o.kernel[axis];
  const std::int64_t stride = at(o.stride, axis, 1);
  return (o.pooling_convention == "full" ? room + stride - 1 : room) / stride + 1;
}

kernels::Pool2D geometry(const PoolingOptions& o, const Shape& in, const Shape& out) {
  kernels::Pool2D pool{.in_h = in[2], .in_w = in[3], .out_h = out[2], .out_w = out[3]};
  pool.count_include_pad = o.count_include_pad;
  if (o.global_pool) {
    pool.kernel_h = in[2];
    pool.kernel_w = in[3];
    return pool;
  }
  pool.kernel_h = o.kernel[0];
  pool.kernel_w = o.kernel[1];
  pool.stride_h = at(o.stride, 0, 1);
  pool.stride_w = at(o.stride, 1, 1);
  pool.pad_h = at(o.pad, 0, 0);
  pool.pad_w = at(o.pad, 1, 0);
  return pool;
}

void check_tuple(Inference& s, const char* name, const Shape& tuple, std::int64_t least) {
  s.expect(tuple.empty() || tuple.ndim() == 2, -1, name,
           ": expected 2 numbers (height, width), got ", tuple);
  for (const std::int64_t value : tuple) {
    s.expect(value >= least && value < (1 << 30), -1, name, ": expected numbers of at least ",
             least, ", got ", tuple);
  }
}

void infer(const PoolingOptions& o, Inference& s) {
  s.expect_ndim(0, 4, "(N, C, H, W)");
  const Shape& in = s.in(0);
  Shape out = {in[0], in[1], 1, 1};
  if (!o.global_pool) {
    s.expect(o.kernel.ndim() == 2, -1, "kernel: expected 2 numbers (height, width), got ",
             o.kernel);
    check_tuple(s, "kernel", o.kernel, 1);
    check_tuple(s, "stride", o.stride, 1);
    check_tuple(s, "pad", o.pad, 0);
    for (int axis = 0; axis < 2; ++axis) {
      const std::int64_t pad = at(o.pad, axis, 0);
      s.expect(pad < o.kernel[axis], -1, "pad ", o.pad, " must be smaller than the kernel ",
               o.kernel);
      s.expect(o.kernel[axis] <= in[2 + axis] + 2 * pad, 0, "the kernel ", o.kernel,
               " is larger than the padded image of ", in);
      out[2 + axis] = out_size(o, in[2 + axis], axis);
    }
  } else {
    s.expect(in[2] > 0 && in[3] > 0, 0, "an image without pixels cannot be pooled: ", in);
  }
  s.set_out(kPooled, out);
  s.set_out(kArgmax, o.pool_type == "max" ? out : Shape{0});
  s.set_out_type(kArgmax, int32);
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
    } else {
      kernels::sum_pool_gradient<T>(dy.as<T>(), dx.as<T>(), planes, pool);
    }
  });
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto registered =
    define_op<PoolingOptions>("Pooling")
        .doc("The maximum, average or sum of each window of images (N, C, H, W).")
        .inputs({"data"})
        .outputs({"output", "argmax"}, 1)
        .field("kernel", &PoolingOptions::kernel, "Size of the window (height, width).")
        .field("pool_type", &PoolingOptions::pool_type, "What is taken of a window.",
               {"max", "avg", "sum"})
        .field("global_pool", &PoolingOptions::global_pool, "The window is the whole image.")
        .field("pooling_convention", &PoolingOptions::pooling_convention,
               "Round the output's size down (valid) or up (full).", {"valid", "full"})
        .field("stride", &PoolingOptions::stride, "Step of the window; 1 if not given.")
        .field("pad", &PoolingOptions::pad, "Rows and columns added on each side; 0 if not given.")
        .field("count_include_pad", &PoolingOptions::count_include_pad,
               "An average counts the elements of the padding.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::outputs)
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
        .sample({.kernel = {2, 2}, .stride = {2, 2}}, {{{0, 3, 4, 4}}});

}  // namespace
}  // namespace gluino
