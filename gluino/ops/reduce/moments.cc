#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/reduce/moments.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

enum Output { kMean, kVariance };

kernels::AxisMask mask_of(const MomentsOptions& o, int ndim) {
  kernels::AxisMask mask = 0;
  for (const std::int64_t axis : o.axes.value_or(Shape())) {
    const auto bit = kernels::AxisMask{1} << normalize_axis(axis, ndim, "[moments] axes");
    check((mask & bit) == 0, "[moments] axes: ", axis, " is named twice");
    mask |= bit;
  }
  return mask;
}

// The axes kept with size 1, and how many elements each mean is of.
struct Reduced {
  Shape shape;
  double count;
};

Reduced reduced(const Shape& in, kernels::AxisMask mask) {
  const Shape shape = kernels::reduced_shape(in, mask, true);
  double count = 1;
  for (int axis = 0; axis < in.ndim(); ++axis) {
    if ((mask >> axis & 1U) != 0) count *= static_cast<double>(in[axis]);
  }
  return {shape, count};
}

void infer(const MomentsOptions& o, Inference& s) {
  const Shape& in = s.in(0);
  s.expect(o.axes && !o.axes->empty(), -1,
           "axes: expected the axes to reduce, all of them for the moments of all elements");
  for (const std::int64_t axis : *o.axes) s.axis(0, axis, in.ndim(), "axes");
  Shape out = kernels::reduced_shape(in, mask_of(o, in.ndim()), o.keepdims);
  if (out.ndim() == 0) out = {1};
  s.set_out(kMean, out);
  s.set_out(kVariance, out);
}

// distance = x - mean, broadcast.
template <class T>
void distances(const Tensor& x, const Tensor& mean, const Shape& kept, T* distance) {
  kernels::binary::subtract<T>().broadcast(x.as<T>(), x.shape, mean.as<T>(), kept, distance,
                                           x.shape);
}

void forward(const MomentsOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const kernels::AxisMask mask = mask_of(o, x.shape.ndim());
  const Reduced to = reduced(x.shape, mask);
  dispatch_real(x.dtype, "moments", [&]<class T>() {
    kernels::reduce::mean<T>(x.as<T>(), x.shape, mask, call.out[kMean].as<T>());
    const Temporary<T> distance(x.size());
    if (x.size() > 0) distances(x, call.out[kMean], to.shape, distance.data());
    T* variance = call.out[kVariance].as<T>();
    kernels::reduce::sum_of_squares<T>(distance.data(), x.shape, mask, variance);
    const auto count = static_cast<T>(to.count);
    for (std::int64_t i = 0; i < call.out[kVariance].size(); ++i) variance[i] /= count;
  });
}

// dx = dmean / n + 2 / n * (x - mean) * dvariance
void backward(const MomentsOptions& o, const GradientCall& call) {
  const Tensor& x = call.in[0];
  const Tensor& dx = call.in_grad[0];
  if (x.size() == 0) return;
  const Reduced to = reduced(x.shape, mask_of(o, x.shape.ndim()));
  dispatch_real(x.dtype, "moments", [&]<class T>() {
    const std::int64_t n = to.shape.size();
    const Temporary<T> of_mean(n), of_distance(n);
    for (std::int64_t i = 0; i < n; ++i) {
      of_mean.data()[i] = call.out_grad[kMean].as<T>()[i] / static_cast<T>(to.count);
      of_distance.data()[i] = call.out_grad[kVariance].as<T>()[i] * static_cast<T>(2 / to.count);
    }
    T* const y = dx.as<T>();
    distances(x, call.out[kMean], to.shape, y);
    const auto with = [&](const auto& function, const T* factor) {
      function.broadcast(y, x.shape, factor, to.shape, y, x.shape);
    };
    with(kernels::binary::multiply<T>(), of_distance.data());
    with(kernels::binary::add<T>(), of_mean.data());
  });
}

std::vector<NDArray> derivative_of(const MomentsOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  if (x.size() == 0) return {NDArray()};
  const Reduced to = reduced(x.shape(), mask_of(o, x.ndim()));
  NDArray sum;
  if (call.out_grad[kVariance].defined()) {
    const NDArray mean = ops::mean(x, {.axis = *o.axes, .keepdims = true});
    const NDArray head = derivative::reshaped(call.out_grad[kVariance], to.shape);
    sum = (x - derivative::reshaped(mean, to.shape)) * head * (2 / to.count);
  }
  if (call.out_grad[kMean].defined()) {
    const NDArray head = derivative::reshaped(call.out_grad[kMean], to.shape) / to.count;
    const NDArray whole = derivative::expand(head, x.shape());
    sum = sum.defined() ? sum + whole : whole;
  }
  return {sum};
}

const auto registered =
    define_op<MomentsOptions>("moments")
        .doc("The mean and the variance over axes.")
        .inputs({"data"})
        .row_wise_if([](const MomentsOptions& o, const Shape& data) {
          return (mask_of(o, data.ndim()) & 1U) == 0;
        })
        .outputs({"output0", "output1"}, 2)
        .field("axes", &MomentsOptions::axes, "The axes to reduce.")
        .field("keepdims", &MomentsOptions::keepdims, "Keep reduced axes with size 1.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .derivative(derivative_of)
        .sample({.axes = Shape{1}}, {{{3, 4}}})
        .sample({.axes = Shape{-1, 0}, .keepdims = true}, {{{3, 2, 4}}})
        .sample({.axes = Shape{0, 1}}, {{{3, 5}}})
        .sample({.axes = Shape{1}}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
