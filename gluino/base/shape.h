#pragma once

#include <gluino/base/export.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace gluino {

/// The sizes of an array's axes, outermost first; also any short row of integers that MXNet writes
/// as a tuple (a kernel's size, a stride). At most 8 axes, kept in place, so that shapes cost no
/// allocation.
///
/// While shapes are being inferred a size may be unknown (-1), and so may the number of axes.
class GLUINO_API Shape {
 public:
  static constexpr int kMaxDims = 8;

  /// No axes: the shape of a scalar, with size 1.
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims);
  /// One axis, where a number is given for a shape: nd::zeros(3), {.axis = 1}.
  template <std::integral I>
  requires(!std::same_as<I, bool>) Shape(I size)
      : Shape({static_cast<std::int64_t>(size)}) {}  // NOLINT(google-explicit-constructor)
  explicit Shape(std::span<const std::int64_t> dims);

  /// `ndim` axes of the size `fill`. Throws Error unless 0 <= ndim <= kMaxDims.
  static Shape filled(int ndim, std::int64_t fill);
  /// A shape of which nothing is known, not even the number of axes.
  static Shape unknown();

  int ndim() const { return ndim_; }
  bool empty() const { return ndim_ == 0; }
  bool ndim_known() const { return ndim_ >= 0; }
  /// True when the number of axes and each size is known.
  bool known() const;

  /// Throws Error unless 0 <= axis < ndim().
  std::int64_t operator[](int axis) const { return dims_[place_of(axis)]; }
  std::int64_t& operator[](int axis) { return dims_[place_of(axis)]; }
  const std::int64_t* begin() const { return dims_.data(); }
  const std::int64_t* end() const { return dims_.data() + (ndim_ > 0 ? ndim_ : 0); }
  std::int64_t* begin() { return dims_.data(); }
  std::int64_t* end() { return dims_.data() + (ndim_ > 0 ? ndim_ : 0); }
  /// The size of the last axis. Throws Error when there is none.
  std::int64_t back() const { return (*this)[ndim_ - 1]; }

  /// Throw Error when there would be more than kMaxDims axes, or there is no such place.
  void push_back(std::int64_t dim);
  void insert(int axis, std::int64_t dim);
  void erase(int axis);

  /// The number of elements: the product of all sizes. Throws Error if it overflows.
  std::int64_t size() const;
  /// The product of the sizes of the axes [first, last). Throws Error if it overflows.
  std::int64_t size_between(int first, int last) const;

  /// "(2, 3)", "(5,)", "()"; unknown sizes as "?".
  std::string to_string() const;
  /// Reads "(2, 3)", "[2,3]", "2, 3", "(5,)", "()" and "None" as no axes. Throws Error otherwise.
  static Shape parse(const std::string& text);

  friend bool operator==(const Shape& a, const Shape& b);

 private:
  std::size_t place_of(int axis) const {
    if (axis < 0 || axis >= ndim_) [[unlikely]] {
      refuse(axis);
    }
    return static_cast<std::size_t>(axis);
  }
  [[noreturn]] void refuse(int axis) const;

  std::array<std::int64_t, kMaxDims> dims_{};
  int ndim_ = 0;
};

GLUINO_API bool operator==(const Shape& a, const Shape& b);
GLUINO_API std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// Maps an axis counted from the end (-1 is the last) to its place. Throws Error when there is no
/// such axis; `what` begins the message.
GLUINO_API int normalize_axis(std::int64_t axis, int ndim, std::string_view what = "axis");

/// The shape of which both `a` and `b` can be broadcast copies (NumPy's rule), or throws Error.
GLUINO_API Shape broadcast_shapes(const Shape& a, const Shape& b);

}  // namespace gluino
