#pragma once

#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino::numpy {

/// Slices of x along an axis, `count` of them, of(i) the i-th.
template <class F>
NDArray taken(const NDArray& x, int axis, std::int64_t count, F of) {
  Shape shape = x.shape();
  shape[axis] = count;
  if (shape.size() == 0) return filled(shape, 0, x.dtype(), x.context());
  if (current_mode().dry_run) {  // Nobody looks at the places.
    const NDArray form = derivative::form_of({nullptr, {count}, int64}, x.context());
    return ops::take(x, form, {.axis = axis});
  }
  const NDArray places({count}, int64, x.context());
  auto* place = static_cast<std::int64_t*>(places.data());
  for (std::int64_t i = 0; i < count; ++i) place[i] = of(i);
  return ops::take(x, places, {.axis = axis});
}

/// "((1, 2), (0, 1))".
struct PairsOfWidths {
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs{};
};

void parse_value(const std::string& text, PairsOfWidths& value);
std::string format_value(const PairsOfWidths& value);

}  // namespace gluino::numpy
