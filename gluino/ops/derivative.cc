// What derivatives are made of, by operators of all corners.
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

namespace gluino::derivative {
namespace {

NDArray zeros_of(const Shape& shape, const NDArray& like) {
  return zeros(form_of({nullptr, shape, like.dtype()}, like.context()));
}

}  // namespace

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
