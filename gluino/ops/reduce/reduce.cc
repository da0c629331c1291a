#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/products/product.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/reduce/reduce.h>

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

namespace gluino {
namespace {

using kernels::AxisMask;

AxisMask mask_of(const Shape& axes, bool exclude, int ndim) {
  AxisMask mask = 0;
  for (const std::int64_t axis : axes) {
    const AxisMask bit = AxisMask{1} << normalize_axis(axis, ndim, "reduction axis");
    check((mask & bit) == 0, "reduction axis ", axis, " is named twice");
    mask |= bit;
  }
  const AxisMask all = (AxisMask{1} << ndim) - 1;
  if (axes.empty()) return all;
  return exclude ? all & ~mask : mask;
}

AxisMask mask_of(const ReduceOptions& o, int ndim) { return mask_of(o.axis, o.exclude, ndim); }
AxisMask mask_of(const NormOptions& o, int ndim) { return mask_of(o.axis, false, ndim); }

template <class O>
void infer(const O& o, Inference& s) {
  const Shape& in = s.in(0);
  Shape out;
  try {
    out = kernels::reduced_shape(in, mask_of(o, in.ndim()), o.keepdims);
  } catch (const Error& error) {
    s.expect(false, 0, error.what());
  }
  // MXNet has no arrays without axes: a sum of everything has shape (1,).
  if (out.empty()) out.push_back(1);
  s.set_out(0, out);
}

// Real numbers have infinities for the largest and the smallest of none; whole numbers do not.
void infer_extreme(const ReduceOptions& o, Inference& s) {
  infer(o, s);
  s.expect(s.in(0).size() > 0 || s.out(0).size() == 0 || is_floating(s.in_type(0)), 0, "shape ",
           s.in(0), " has no elements to choose from");
}

// The output's shape with reduced axes kept, as broadcasting back needs it.
template <class O>
Shape kept_shape(const O& o, const Shape& in) {
  return kernels::reduced_shape(in, mask_of(o, in.ndim()), true);
}

// dx = dy repeated along the reduced axes, times `factor`.
void spread(const ReduceOptions& o, const GradientCall& call, double factor) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "sum", [&]<class T>() {
    kernels::broadcast_to<T>(call.out_grad[0].as<T>(), kept_shape(o, dx.shape), dx.as<T>(),
                             dx.shape);
    if (factor == 1) return;
    const std::int64_t n = dx.size();
    for (std::int64_t i = 0; i < n; ++i) dx.as<T>()[i] *= static_cast<T>(factor);
  });
}

void sum_backward(const ReduceOptions& o, const GradientCall& call) { spread(o, call, 1); }

void mean_backward(const ReduceOptions& o, const GradientCall& call) {
  const std::int64_t in = call.in_grad[0].size();
  if (in == 0) return;
  spread(o, call, static_cast<double>(call.out_grad[0].size()) / static_cast<double>(in));
}

// d prod / dx = prod of the others; taken one element at a time, so that zeros are no trouble.
template <class T>
void prod_gradient(const ReduceOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const std::int64_t n = dx.size();
  if (n == 0) return;
  const Shape kept = kept_shape(o, dx.shape);
  const std::int64_t groups = kept.size();
  // Which output each element belongs to.
  const Temporary<double> place(n);
  const Temporary<double> index(groups);
  for (std::int64_t i = 0; i < groups; ++i) index.data()[i] = static_cast<double>(i);
  kernels::broadcast_to<double>(index.data(), kept, place.data(), dx.shape);
  std::vector<kernels::Product> product(static_cast<std::size_t>(groups));
  std::vector<std::int64_t> zeros(static_cast<std::size_t>(groups));
  const T* x = call.in[0].as<T>();
  const auto group = [&](std::int64_t i) { return static_cast<std::size_t>(place.data()[i]); };
  for (std::int64_t i = 0; i < n; ++i) {
    if (x[i] == T(0)) {
      ++zeros[group(i)];
    } else {
      product[group(i)].multiply(x[i]);
    }
  }
  for (std::int64_t i = 0; i < n; ++i) {
    const std::size_t g = group(i);
    const std::int64_t other_zeros = zeros[g] - (x[i] == T(0) ? 1 : 0);
    kernels::Product slope = product[g];
    if (x[i] != T(0)) slope.divide(x[i]);
    slope.multiply(call.out_grad[0].as<T>()[g]);
    dx.as<T>()[i] = other_zeros > 0 ? T(0) : static_cast<T>(slope.value());
  }
}

void prod_backward(const ReduceOptions& o, const GradientCall& call) {
  dispatch_real(call.in_grad[0].dtype, "prod", [&]<class T>() { prod_gradient<T>(o, call); });
}

void extreme_backward(const ReduceOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "max", [&]<class T>() {
    kernels::extreme_gradient<T>(call.in[0].as<T>(), dx.shape, mask_of(o, dx.shape.ndim()),
                                 call.out[0].as<T>(), call.out_grad[0].as<T>(), dx.as<T>());
  });
}

// Every one of several equal extremes gets the whole gradient.
std::vector<NDArray> extreme_derivative(const ReduceOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const Shape kept = kept_shape(o, x.shape());
  const NDArray is_extreme = x == derivative::reshaped(call.out[0], kept);
  const NDArray dy = derivative::reshaped(call.out_grad[0], kept);
  return {derivative::where(is_extreme, derivative::expand(dy, x.shape()))};
}

std::vector<NDArray> prod_derivative(const ReduceOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  if (x.size() == 0) return {derivative::zeros(x)};
  const AxisMask mask = mask_of(o, x.ndim());
  Shape axes;
  Shape inverse = x.shape();
  std::int64_t n = 1;
  for (const bool reduced : {true, false}) {
    for (int axis = 0; axis < x.ndim(); ++axis) {
      if (((mask >> axis & 1U) != 0) != reduced) continue;
      inverse[axis] = axes.ndim();
      axes.push_back(axis);
      if (reduced) n *= x.shape()[axis];
    }
  }
  const NDArray moved = x.transpose(axes);
  const std::int64_t columns = x.size() / n;
  const NDArray others = derivative::products_of_others(derivative::reshaped(moved, {n, columns}));
  const NDArray gradient = others * derivative::reshaped(call.out_grad[0], {1, columns});
  return {derivative::reshaped(gradient, moved.shape()).transpose(inverse)};
}

template <Types types, class Kernel, class Backward, class Derivative>
bool define_reduction(const char* name, std::vector<std::string> aliases, const char* doc,
                      void (*infer)(const ReduceOptions&, Inference&), Kernel kernel,
                      Backward backward, unsigned reads, Derivative derivative) {
  const Fill distinct{Fill::Kind::distinct, -2, 2};
  define_op<ReduceOptions>(name)
      .aliases(std::move(aliases))
      .doc(doc)
      .inputs({"data"})
      .nameless()
      .types(types)
      .row_wise_if([](const ReduceOptions& o, const Shape& data) {
        return (mask_of(o, data.ndim()) & 1) == 0;
      })
      .field("axis", &ReduceOptions::axis, "The axes to reduce; none means all.")
      .field("keepdims", &ReduceOptions::keepdims, "Keep reduced axes with size 1.")
      .field("exclude", &ReduceOptions::exclude, "Reduce the axes that are not named.")
      .infer(infer)
      .forward([=](const ReduceOptions& o, const Call& call) {
        const Tensor& in = call.in[0];
        dispatch_as<types>(in.dtype, name, [&]<class T>() {
          kernel(in.as<T>(), in.shape, mask_of(o, in.shape.ndim()), call.out[0].as<T>());
        });
      })
      .backward(backward, reads)
      .derivative(derivative)
      .sample({}, {{{3, 4}, distinct}})
      .sample({.axis = {1}}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {0, -1}, .keepdims = true}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {0}, .exclude = true}, {{{3, 4, 2}, distinct}})
      .sample({.axis = {1}}, {{{0, 4}, distinct}});
  return true;
}

#define GLUINO_KERNEL(function)                             \
  [](auto* x, const Shape& shape, AxisMask axes, auto* y) { \
    kernels::reduce::function(x, shape, axes, y);           \
  }

[[maybe_unused]] const bool sum = define_reduction<Types::numbers>(
    "sum", {"sum_axis"}, "The sum over axes.", infer<ReduceOptions>, GLUINO_KERNEL(sum),
    sum_backward, Op::nothing, derivative::of_linear<ReduceOptions>("sum"));
[[maybe_unused]] const bool mean = define_reduction<Types::real>(
    "mean", {}, "The mean over axes.", infer<ReduceOptions>, GLUINO_KERNEL(mean), mean_backward,
    Op::nothing, derivative::of_linear<ReduceOptions>("mean"));
[[maybe_unused]] const bool prod = define_reduction<Types::numbers>(
    "prod", {}, "The product over axes.", infer<ReduceOptions>, GLUINO_KERNEL(prod), prod_backward,
    Op::inputs, prod_derivative);
[[maybe_unused]] const bool max = define_reduction<Types::numbers>(
    "max", {"max_axis"}, "The largest element over axes.", infer_extreme, GLUINO_KERNEL(max),
    extreme_backward, Op::inputs | Op::outputs, extreme_derivative);
[[maybe_unused]] const bool min = define_reduction<Types::numbers>(
    "min", {"min_axis"}, "The smallest element over axes.", infer_extreme, GLUINO_KERNEL(min),
    extreme_backward, Op::inputs | Op::outputs, extreme_derivative);
#undef GLUINO_KERNEL

void infer_norm(const NormOptions& o, Inference& s) {
  s.expect(!o.out_dtype || is_floating(*o.out_dtype), -1,
           "out_dtype: expected one of real numbers, got ", o.out_dtype.value_or(float32));
  infer(o, s);
}

// The elements as T: those of the tensor, or copies in `room`, which is then made for them.
template <class T>
const T* elements_as(const Tensor& tensor, std::optional<Temporary<T>>& room) {
  if (tensor.dtype == dtype_of<T>()) return tensor.as<T>();
  room.emplace(tensor.size());
  kernels::convert(tensor.data, tensor.dtype, room->data(), dtype_of<T>(), tensor.size());
  return room->data();
}

// Norms are computed in the wider of the types of data and result, each float32 or float64.
DType wider(DType a, DType b) { return a == float64 ? a : b; }

void norm_forward(const NormOptions& o, const Call& call) {
  const Tensor &in = call.in[0], &out = call.out[0];
  dispatch_real(wider(in.dtype, out.dtype), "norm", [&]<class T>() {
    std::optional<Temporary<T>> in_room;
    const Temporary<T> out_room(out.dtype == dtype_of<T>() ? 0 : out.size());
    T* const norms = out.dtype == dtype_of<T>() ? out.as<T>() : out_room.data();
    kernels::reduce::norm<T>(elements_as<T>(in, in_room), in.shape, mask_of(o, in.shape.ndim()),
                             o.ord, norms);
    if (out.dtype != dtype_of<T>()) {
      kernels::convert(norms, dtype_of<T>(), out.data, out.dtype, out.size());
    }
  });
}

// ord 1: dx = sign(x) dy; ord 2: dx = x / norm dy, 0 where the norm is 0 (MXNet gives NaN).
void norm_backward(const NormOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  dispatch_real(dx.dtype, "norm", [&]<class T>() {
    const Shape kept = kept_shape(o, dx.shape);
    const Temporary<T> norms(dx.size());
    std::optional<Temporary<T>> out_room, head_room;
    kernels::broadcast_to<T>(elements_as<T>(call.out[0], out_room), kept, norms.data(), dx.shape);
    kernels::broadcast_to<T>(elements_as<T>(call.out_grad[0], head_room), kept, dx.as<T>(),
                             dx.shape);
    parallel_for(dx.size(), kernels::kCopyGrain,
                 [ord = o.ord, x = call.in[0].as<T>(), norm = norms.data(), y = dx.as<T>()](
                     std::int64_t i, std::int64_t end) {
                   for (; i < end; ++i) {
                     const T sign = x[i] > 0 ? T(1) : x[i] < 0 ? T(-1) : T(0);
                     y[i] *= ord == 1 ? sign : norm[i] == 0 ? T(0) : x[i] / norm[i];
                   }
                 });
  });
}

std::vector<NDArray> norm_derivative(const NormOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const Shape kept = kept_shape(o, x.shape());
  const NDArray dy = derivative::reshaped(call.out_grad[0], kept).astype(x.dtype(), false);
  if (o.ord == 1) return {ops::sign(x) * dy};
  const NDArray norm = derivative::reshaped(call.out[0], kept).astype(x.dtype(), false);
  return {x * (dy / (norm + (norm == 0)))};
}

const auto norm =
    define_op<NormOptions>("norm")
        .doc("The sum of absolute values (ord 1) or the root of the sum of squares (ord 2).")
        .inputs({"data"})
        .nameless()
        .field("ord", &NormOptions::ord, "1 or 2.")
        .field("axis", &NormOptions::axis, "The axes to reduce; none means all.")
        .field("out_dtype", &NormOptions::out_dtype,
               "The type of the result; None: that of the data.")
        .field("keepdims", &NormOptions::keepdims, "Keep reduced axes with size 1.")
        .infer_types([](const NormOptions& o, auto /*in*/, auto out) {
          if (o.out_dtype) out[0] = o.out_dtype;
        })
        .infer(infer_norm)
        .forward(norm_forward)
        .backward(norm_backward, Op::inputs | Op::outputs)
        .derivative(norm_derivative)
        .sample({}, {{{3, 4}}})
        .sample({.ord = 1, .axis = {1}}, {{{3, 4, 2}, {Fill::Kind::distinct, -2, 2}}})
        .sample({.axis = {0}, .keepdims = true}, {{{3, 4}}})
        .sample({}, {{{0, 4}}})
        .sample({.axis = {1}}, {{{3, 0}}});

// An index is given in the type of the data, as in MXNet.
void check_index_fits(std::int64_t size, Inference& s) {
  const DType dtype = s.in_type(0);
  s.expect(size - 1 <= last_place(dtype), 0, "a place among ", size, " elements may be no ", dtype,
           ", which it would be given as; convert with astype");
}

void infer_arg(const ArgReduceOptions& o, Inference& s) {
  check_index_fits(o.axis ? s.in(0)[s.axis(0, *o.axis, s.in(0).ndim())] : s.in(0).size(), s);
  const Shape& in = s.in(0);
  Shape out = {1};
  if (o.axis) {
    const int axis = s.axis(0, *o.axis, in.ndim());
    s.expect(
        in[axis] > 0 || in.size() > 0 || kernels::reduced_shape(in, 1U << axis, true).size() == 0,
        0, "axis ", *o.axis, " of shape ", in, " has no elements to choose from");
    out = kernels::reduced_shape(in, AxisMask{1} << axis, o.keepdims);
    if (out.empty()) out.push_back(1);
  } else {
    s.expect(in.size() > 0, 0, "shape ", in, " has no elements to choose from");
    if (o.keepdims) out = Shape::filled(in.ndim(), 1);
  }
  s.set_out(0, out);
}

template <class Kernel>
bool define_arg(const char* name, const char* doc, Kernel kernel) {
  define_op<ArgReduceOptions>(name)
      .doc(doc)
      .inputs({"data"})
      .nameless()
      .types(Types::numbers)
      .field("axis", &ArgReduceOptions::axis, "The axis to search; None searches the whole array.")
      .field("keepdims", &ArgReduceOptions::keepdims, "Keep the searched axis with size 1.")
      .infer(infer_arg)
      .forward([=](const ArgReduceOptions& o, const Call& call) {
        const Tensor& in = call.in[0];
        const int ndim = in.shape.ndim();
        const int axis = o.axis ? normalize_axis(*o.axis, ndim) : 0;
        const std::int64_t outer = o.axis ? in.shape.size_between(0, axis) : 1;
        const std::int64_t inner = o.axis ? in.shape.size_between(axis + 1, ndim) : 1;
        const std::int64_t n = o.axis ? in.shape[axis] : in.size();
        dispatch_numbers(
            in.dtype, [&]<class T>() { kernel(in.as<T>(), outer, n, inner, call.out[0].as<T>()); });
      })
      .sample({.axis = 1}, {{{3, 4, 2}}})
      .sample({}, {{{3, 4}}})
      .sample({.axis = 1}, {{{0, 4}}});
  return true;
}

[[maybe_unused]] const bool argmax =
    define_arg("argmax", "The index of the first largest element.",
               [](auto* x, std::int64_t outer, std::int64_t n, std::int64_t inner, auto* y) {
                 kernels::argmax(x, outer, n, inner, y);
               });
[[maybe_unused]] const bool argmin =
    define_arg("argmin", "The index of the first smallest element.",
               [](auto* x, std::int64_t outer, std::int64_t n, std::int64_t inner, auto* y) {
                 kernels::argmin(x, outer, n, inner, y);
               });

}  // namespace
}  // namespace gluino
