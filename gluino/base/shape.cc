#include <gluino/base/error.h>
#include <gluino/base/shape.h>

#include <algorithm>
#include <charconv>
#include <ostream>

namespace gluino {

Shape::Shape(std::initializer_list<std::int64_t> dims)
    : Shape(std::span<const std::int64_t>(dims.begin(), dims.size())) {}

Shape::Shape(std::span<const std::int64_t> dims) {
  check(dims.size() <= kMaxDims, "a shape has at most ", kMaxDims, " dimensions, got ",
        dims.size());
  std::copy(dims.begin(), dims.end(), dims_.begin());
  ndim_ = static_cast<int>(dims.size());
}

Shape Shape::filled(int ndim, std::int64_t fill) {
  check(ndim >= 0, "a shape has at least 0 dimensions, got ", ndim);
  Shape shape;
  for (int i = 0; i < ndim; ++i) shape.push_back(fill);
  return shape;
}

Shape Shape::unknown() {
  Shape shape;
  shape.ndim_ = -1;
  return shape;
}

bool Shape::known() const {
  return ndim_ >= 0 && std::all_of(begin(), end(), [](std::int64_t dim) { return dim >= 0; });
}

void Shape::refuse(int axis) const {
  check(ndim_ > 0, "the shape ", *this, " has no axes, so none of them can be asked for");
  fail("axis ", axis, " is out of range for the shape ", *this, ", which has ", ndim_);
}

void Shape::push_back(std::int64_t dim) { insert(ndim_, dim); }

void Shape::insert(int axis, std::int64_t dim) {
  check(axis >= 0 && axis <= ndim_, "the shape ", *this, " has no place ", axis, " for an axis");
  check(ndim_ < kMaxDims, "a shape has at most ", kMaxDims, " dimensions");
  std::copy_backward(begin() + axis, end(), end() + 1);
  dims_[static_cast<std::size_t>(axis)] = dim;
  ++ndim_;
}

void Shape::erase(int axis) {
  const auto place = static_cast<std::ptrdiff_t>(place_of(axis));
  std::copy(begin() + place + 1, end(), begin() + place);
  --ndim_;
}

std::int64_t Shape::size() const { return size_between(0, ndim_); }

std::int64_t Shape::size_between(int first, int last) const {
  std::int64_t product = 1;
  for (int i = first; i < last; ++i) {
    check(!__builtin_mul_overflow(product, (*this)[i], &product), "shape ", *this,
          " has more elements than 64 bits can count");
  }
  return product;
}

std::string Shape::to_string() const {
  if (ndim_ < 0) return "(unknown)";
  std::string text = "(";
  for (int i = 0; i < ndim_; ++i) {
    if (i > 0) text += ", ";
    text += (*this)[i] == -1 ? "?" : std::to_string((*this)[i]);
  }
  return text + (ndim_ == 1 ? ",)" : ")");
}

Shape Shape::parse(const std::string& text) {
  const auto bad = [&] { fail("expected a tuple like \"(2, 3)\", got \"", text, "\""); };
  if (text == "None") return {};
  const char* p = text.data();
  const char* end = p + text.size();
  const auto skip_space = [&] {
    while (p < end && (*p == ' ' || *p == '\t')) ++p;
  };
  skip_space();
  char closing = 0;
  if (p < end && (*p == '(' || *p == '[')) closing = *p++ == '(' ? ')' : ']';
  Shape shape;
  for (skip_space(); p < end && *p != closing; skip_space()) {
    std::int64_t dim = 0;
    const auto [next, error] = std::from_chars(p, end, dim);
    if (error != std::errc()) bad();
    // Python 2 wrote long integers as "5L".
    p = next < end && *next == 'L' ? next + 1 : next;
    shape.push_back(dim);
    skip_space();
    if (p < end && *p == ',') {
      ++p;
    } else if (p < end && *p != closing) {
      bad();
    }
  }
  if (closing != 0 && (p >= end || *p++ != closing)) bad();
  skip_space();
  if (p != end) bad();
  return shape;
}

bool operator==(const Shape& a, const Shape& b) {
  return a.ndim_ == b.ndim_ && std::equal(a.begin(), a.end(), b.begin());
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.to_string(); }

int normalize_axis(std::int64_t axis, int ndim, std::string_view what) {
  check(axis >= -ndim && axis < ndim, what, " ", axis, " is out of range for ", ndim,
        " dimensions");
  return static_cast<int>(axis < 0 ? axis + ndim : axis);
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  const Shape& longer = a.ndim() >= b.ndim() ? a : b;
  const Shape& shorter = a.ndim() >= b.ndim() ? b : a;
  Shape result = longer;
  const int lead = longer.ndim() - shorter.ndim();
  for (int i = 0; i < shorter.ndim(); ++i) {
    std::int64_t& dim = result[lead + i];
    if (dim == 1) {
      dim = shorter[i];
    } else {
      check(shorter[i] == dim || shorter[i] == 1, "shapes ", a, " and ", b,
            " cannot be broadcast together: sizes ", dim, " and ", shorter[i]);
    }
  }
  return result;
}

}  // namespace gluino
