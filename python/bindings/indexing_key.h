#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "bindings.h"

namespace gluino::python {

/// What one part of a key does to one axis of the array.
struct Run {  // the indices begin, begin + step, ...
  std::int64_t begin = 0, step = 1, count = 0;
  bool dropped = false;  // a number: the axis disappears
  // Where it begins and ends as the key says: below 0 counted from the end, none for the very
  // beginning and end. So a graph holds for axes of other sizes.
  std::optional<std::int64_t> from{}, to{};
};
struct Places {
  NDArray indices;  // int64, on the processor, not negative
};
struct NewAxis {};
struct NoAxis {};  // an ellipsis where none is left out; it keeps places apart
using Part = std::variant<Run, Places, NewAxis, NoAxis>;

/// A key against a shape. Runs and Places stand for the axes of that shape, in their order, which
/// is the array's with the axes of a mask as one, and an axis of 1 more for each truth alone, as
/// NumPy has it: True takes what stands there, False nothing.
struct Key {
  std::vector<Part> parts;
  Shape shape;
  bool has_places = false;
};

/// What a key of NumPy's says of the array: whole numbers, slices, Ellipsis, None, truths, and
/// arrays of places or truths. Throws IndexError or ValueError for others, and for places out of
/// range.
Key key_of(nb::handle key, const NDArray& array, Face face);

/// An index as one that is not negative. Throws IndexError unless -size <= index < size.
std::int64_t checked(std::int64_t index, std::int64_t size, int axis);

}  // namespace gluino::python
