// What derivatives are made of, by operators of all corners.
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>

namespace gluino::derivative {
namespace {

NDArray zeros_of(const Shape& shape, const NDArray& like) {
  return zeros(form_of({nullptr, shape, like.dtype()}, like.context()));
}

}  // namespace

void check_has_derivative(const Op& op) {
  if (op.derivative) return;
  fail("autograd::grad: create_graph: [", op.name,
       "] has a gradient, but no derivative, so that how it is computed cannot be recorded",
       op.instead.empty() ? "" : "; use " + op.instead + " instead");
}

NDArray sum_to(const NDArray& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.size() == 0) return zeros_of(shape, x);
  const int lead = x.ndim() - shape.ndim();
  Shape axes;
  for (int i = 0; i < x.ndim(); ++i) {
    if (i < lead || shape[i - lead] != x.shape()[i]) axes.push_back(i);
  }
  return reshaped(axes.empty() ? x : ops::sum(x, {.axis = axes}), shape);
}

NDArray expand(const NDArray& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (shape.size() == 0) return zeros_of(shape, x);
  return ops::broadcast_to(x, {.shape = shape});
}

NDArray reshaped(const NDArray& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (shape.size() == 0) return zeros_of(shape, x);
  return ops::reshape(x, {.shape = shape});
}

NDArray where(const NDArray& condition, const NDArray& x) {
  return ops::where(condition, x, zeros(x));
}

std::vector<NDArray> gradients_of(const Op& op, const void* options, const DerivativeCall& call) {
  const auto derive = [&](const DerivativeCall& these) {
    return with_name(op, {}, [&] { return op.derivative(options, these); });
  };
  const auto is_half = [](const NDArray& array) {
    return array.defined() && half_precision::is_half(array.dtype());
  };
  const auto any_half = [&](std::span<const NDArray> arrays) {
    return std::any_of(arrays.begin(), arrays.end(), is_half);
  };
  const bool moves = types_of(op, options) == Types::any;
  if (moves || !(any_half(call.in) || any_half(call.out) || any_half(call.out_grad))) {
    return derive(call);
  }
  const auto widened = [&](std::span<const NDArray> arrays) {
    std::vector<NDArray> wide(arrays.begin(), arrays.end());
    for (NDArray& array : wide) {
      if (!is_half(array)) continue;
      array = array.data() == nullptr && array.size() > 0
                  ? form_of({nullptr, array.shape(), float32}, array.context())
                  : array.astype(float32);
    }
    return wide;
  };
  const auto in = widened(call.in), out = widened(call.out), heads = widened(call.out_grad);
  auto gradients = derive({in, out, heads, call.wanted});
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].defined()) gradients[i] = gradients[i].astype(call.in[i].dtype(), false);
  }
  return gradients;
}

NDArray scatter(const NDArray& x, const NDArray& places, const Shape& shape) {
  const auto row = [&](std::int64_t size) {
    return form_of({nullptr, {size}, x.dtype()}, x.context());
  };
  const NDArray in[] = {row(shape.size()), reshaped(places, {x.size()})};
  const NDArray out[] = {row(x.size())};
  const NDArray heads[] = {reshaped(x, {x.size()})};
  const bool wanted[] = {true, false};
  const TakeOptions options;
  const auto gradients = linear(Op::get<TakeOptions>("take"), &options, {in, out, heads, wanted});
  return reshaped(gradients[0], shape);
}

}  // namespace gluino::derivative
