#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace digits {

/// `height` rows of `width` cells, from the upper left corner on.
template <class T>
struct Grid {
  Grid() = default;
  Grid(std::int64_t columns, std::int64_t rows, T value = {})
      : width(columns), height(rows), cells(static_cast<std::size_t>(columns * rows), value) {}

  std::size_t index(std::int64_t x, std::int64_t y) const {
    return static_cast<std::size_t>(y * width + x);
  }
  T& at(std::int64_t x, std::int64_t y) { return cells[index(x, y)]; }
  const T& at(std::int64_t x, std::int64_t y) const { return cells[index(x, y)]; }
  bool contains(std::int64_t x, std::int64_t y) const {
    return x >= 0 && y >= 0 && x < width && y < height;
  }

  std::int64_t width = 0;
  std::int64_t height = 0;
  std::vector<T> cells;
};

}  // namespace digits
