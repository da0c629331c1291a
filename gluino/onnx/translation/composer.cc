#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/movement/like.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <numeric>

namespace gluino::onnx {

Symbol Composer::with(const char* op, const Symbol& x, double number) const {
  return n_.make(op, ScalarOptions{number}, {x});
}

Symbol Composer::clip(const Symbol& x, double least, double most) const {
  return n_.make("clip", ClipOptions{.a_min = least, .a_max = most}, {x});
}

Symbol Composer::cast(const Symbol& x, DType dtype) const {
  return n_.dtype(x) == dtype ? x : n_.make("Cast", CastOptions{.dtype = dtype}, {x});
}

Symbol Composer::reshape(const Symbol& x, const Shape& codes) const {
  return n_.make("Reshape", ReshapeOptions{.shape = codes}, {x});
}

Symbol Composer::reshape_to(const Symbol& x, const Shape& shape) const {
  return n_.make_by_text("_np_reshape", {{"newshape", shape.to_string()}}, {x});
}

Symbol Composer::transpose(const Symbol& x, const Shape& axes) const {
  return n_.make("transpose", TransposeOptions{.axes = axes}, {x});
}

Symbol Composer::move_axis(const Symbol& x, int ndim, int from, int to) const {
  if (from == to) return x;
  Ints axes(static_cast<std::size_t>(ndim));
  std::iota(axes.begin(), axes.end(), 0);
  axes.erase(axes.begin() + from);
  axes.insert(axes.begin() + to, from);
  return transpose(x, Shape(std::span<const std::int64_t>(axes)));
}

Symbol Composer::unsqueeze(const Symbol& x, std::int64_t axis) const {
  return n_.make("expand_dims", AxisOptions{.axis = axis}, {x});
}

Symbol Composer::squeeze(const Symbol& x, std::int64_t axis) const {
  return n_.make("squeeze", SqueezeOptions{.axis = {axis}}, {x});
}

Symbol Composer::slice(const Symbol& x, std::int64_t axis, std::int64_t begin,
                       std::optional<std::int64_t> end) const {
  return n_.make("slice_axis", SliceAxisOptions{.axis = axis, .begin = begin, .end = end}, {x});
}

Symbol Composer::flip(const Symbol& x, std::int64_t axis) const {
  return n_.make("reverse", ReverseOptions{.axis = {axis}}, {x});
}

Symbol Composer::concat(const Symbols& parts, std::int64_t axis) const {
  return parts.size() == 1 ? parts[0] : n_.make("Concat", ConcatOptions{.dim = axis}, parts);
}

Symbol Composer::take(const Symbol& x, std::int64_t axis, const Ints& places) const {
  const NDArray at = nd::from(places, {static_cast<std::int64_t>(places.size())}, cpu());
  return n_.make("take", TakeOptions{.axis = axis, .mode = "clip"}, {x, n_.parameter(at)});
}

Symbol Composer::reduce(const char* op, const Symbol& x, const Ints& axes, bool keepdims) const {
  const ReduceOptions options{.axis = Shape(std::span(axes)), .keepdims = keepdims};
  return n_.make(op, options, {x});
}

Symbol Composer::numbers(const std::vector<double>& values, const Shape& shape, DType dtype) const {
  return n_.parameter(nd::from(values, shape, cpu()).astype(dtype));
}

Symbol Composer::places(std::int64_t count, DType dtype) const {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return numbers(values, {count}, dtype);
}

}  // namespace gluino::onnx
