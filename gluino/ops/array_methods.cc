// The methods of NDArray that are operators.
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/core/tracing_recorder.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/movement/copy.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>
#include <gluino/ops/sparse/storage.h>

namespace gluino {
namespace {

bool is_recorded(const NDArray& array) {
  const Recorder* recorder = current_mode().recorder;
  return recorder != nullptr && recorder->remembers(array);
}

// Whether a part of the array has to be taken by an operator, so that it is known where it came
// from. What no gradient goes through may change, and yet leads to leaves.
bool has_history(const NDArray& array) {
  return current_mode().recorder != nullptr &&
         (array.autograd_entry() != nullptr || is_recorded(array));
}

void check_may_change(const NDArray& array, const SourceLocation& where) {
  check(!is_recorded(array), "assign: ", change_refused(), " (", where.file, ":", where.line, ")");
}

// The other operand of a change in place; a copy where it stands in the same memory, which would
// change under way.
NDArray untouched(const NDArray& array, const NDArray& other) {
  return other.storage() == array.storage() ? other.copy() : other;
}

const NDArray& in_place(const char* name, const NDArray& array, const NDArray& other) {
  const Op& op = Op::get<NoOptions>(name);
  const NDArray in[] = {array, untouched(array, other)};
  NDArray out[] = {array};
  const NoOptions none;
  invoke(op, &none, in, out);
  return array;
}

const NDArray& in_place(const char* name, const NDArray& array, double scalar) {
  const ScalarOptions options{scalar};
  NDArray out[] = {array};
  invoke(Op::get<ScalarOptions>(name), &options, std::span(&array, 1), out);
  return array;
}

// A sparse array gets what is not 0 of the value; of one stored as it is, all that is stored.
void assign_stored(const NDArray& array, const NDArray& value) {
  const InnerMode mode(false);
  NDArray source = value.detach();
  if (source.dtype() != array.dtype()) source = source.astype(array.dtype());
  if (source.shape() != array.shape()) source = source.broadcast_to(array.shape());
  source = source.as_in_context(array.context());
  if (source.stype() == array.stype()) {
    source = nd::sparse::with_values(source, source.stored_values().copy());
  }
  array.store(nd::sparse::stored_as(source, array.stype()));
}

}  // namespace

// Of what was computed it is an operator, so that a gradient finds its way.
NDArray NDArray::tostype(StorageType stype) const {
  if (stype == this->stype()) return *this;
  if (has_history(*this)) return ops::cast_storage(*this, {.stype = gluino::to_string(stype)});
  return nd::sparse::stored_as(*this, stype);
}

NDArray NDArray::operator[](std::int64_t index) const {
  check(ndim() > 0, "a scalar array cannot be indexed");
  const std::int64_t rows = shape()[0];
  check(index >= -rows && index < rows, "index ", index, " is out of range for axis 0 of shape ",
        shape());
  const std::int64_t row = index < 0 ? index + rows : index;
  NDArray part = slice(row, row + 1);
  if (ndim() == 1) return part;
  // The axis of one row merges with the next: as a code of reshape, a size of 0 means another one.
  if (has_history(part)) return part.reshape({-3, -2});
  Shape rest = shape();
  rest.erase(0);
  return part.view(rest);
}

NDArray NDArray::slice(std::int64_t begin, std::int64_t end) const {
  NDArray view = slice_view(begin, end);
  if (!has_history(*this)) return view;
  return ops::slice_axis(*this, {.axis = 0, .begin = begin, .end = end});
}

const NDArray& NDArray::assign(const NDArray& value, const SourceLocation& where) const {
  check_may_change(*this, where);
  value.note_read(where);
  if (is_recorded(value)) {
    check(ops::assign_recorded(*this, value),
          "assign: the value has a gradient, which goes only into an array of its shape, type and "
          "place whose memory no other shares; detach() it, or join arrays by concat (",
          where.file, ":", where.line, ")");
    return *this;
  }
  if (!is_dense()) {
    assign_stored(*this, value);
    return *this;
  }
  NDArray source = nd::sparse::stored_as(value, StorageType::dense).detach();
  if (source.dtype() != dtype()) source = source.astype(dtype());
  if (source.shape() != shape()) source = source.broadcast_to(shape());
  source.note_read(where);  // converted in a dry run it has no values
  note_change();
  if (source.storage() == storage()) source = source.copy();
  copy_bytes(data(), context(), source.data(), source.context(), bytes());
  return *this;
}

const NDArray& NDArray::assign(double value, const SourceLocation& where) const {
  check_may_change(*this, where);
  if (!is_dense()) {
    store(value == 0
              ? nd::sparse::zeros(stype(), shape(), dtype(), context())
              : nd::sparse::stored_as(nd::full(shape(), value, dtype(), context()), stype()));
    return *this;
  }
  note_change();
  device_memory(context().device).fill(data(), dtype(), size(), value);
  return *this;
}

NDArray NDArray::copyto(const NDArray& target) const {
  check(target.shape() == shape(), "copyto: expected a target of shape ", shape(), ", got ",
        target.shape());
  target.assign(context() == target.context() ? *this : copyto(target.context()));
  return target;
}

NDArray NDArray::copy() const { return copyto(context()); }

NDArray NDArray::copyto(const Context& context) const {
  return ops::copyto(*this, {.ctx = context});
}

NDArray NDArray::as_in_context(const Context& context) const {
  return context == this->context() ? *this : copyto(context);
}

NDArray NDArray::astype(DType dtype, bool copy) const {
  if (!copy && dtype == this->dtype()) return *this;
  return ops::cast(*this, {.dtype = dtype});
}

NDArray NDArray::reshape(const Shape& shape) const {
  static const Op& op = Op::get<ReshapeOptions>("Reshape");
  const ReshapeOptions options{.shape = shape};
  return apply_view(op, &options, *this);
}
NDArray NDArray::flatten() const { return ops::flatten(*this); }
NDArray NDArray::expand_dims(std::int64_t axis) const {
  return ops::expand_dims(*this, {.axis = axis});
}
NDArray NDArray::squeeze() const { return ops::squeeze(*this); }
NDArray NDArray::transpose(const Shape& axes) const {
  return ops::transpose(*this, {.axes = axes});
}
NDArray NDArray::broadcast_to(const Shape& shape) const {
  return ops::broadcast_to(*this, {.shape = shape});
}
NDArray NDArray::sum(const Shape& axis, bool keepdims) const {
  return ops::sum(*this, {.axis = axis, .keepdims = keepdims});
}
NDArray NDArray::mean(const Shape& axis, bool keepdims) const {
  return ops::mean(*this, {.axis = axis, .keepdims = keepdims});
}
NDArray NDArray::max(const Shape& axis, bool keepdims) const {
  return ops::max(*this, {.axis = axis, .keepdims = keepdims});
}
NDArray NDArray::min(const Shape& axis, bool keepdims) const {
  return ops::min(*this, {.axis = axis, .keepdims = keepdims});
}
NDArray NDArray::argmax(std::optional<std::int64_t> axis, bool keepdims) const {
  return ops::argmax(*this, {.axis = axis, .keepdims = keepdims});
}
NDArray NDArray::norm() const { return ops::norm(*this); }

const NDArray& operator+=(const NDArray& array, const NDArray& other) {
  return in_place(are_for_equal_shapes(array, other) ? "elemwise_add" : "broadcast_add", array,
                  other);
}
const NDArray& operator-=(const NDArray& array, const NDArray& other) {
  return in_place(are_for_equal_shapes(array, other) ? "elemwise_sub" : "broadcast_sub", array,
                  other);
}
const NDArray& operator*=(const NDArray& array, const NDArray& other) {
  return in_place(are_for_equal_shapes(array, other) ? "elemwise_mul" : "broadcast_mul", array,
                  other);
}
const NDArray& operator/=(const NDArray& array, const NDArray& other) {
  return in_place("broadcast_div", array, other);
}
const NDArray& operator+=(const NDArray& array, double scalar) {
  return in_place("_plus_scalar", array, scalar);
}
const NDArray& operator-=(const NDArray& array, double scalar) {
  return in_place("_minus_scalar", array, scalar);
}
const NDArray& operator*=(const NDArray& array, double scalar) {
  return in_place("_mul_scalar", array, scalar);
}
const NDArray& operator/=(const NDArray& array, double scalar) {
  return in_place("_div_scalar", array, scalar);
}

}  // namespace gluino
