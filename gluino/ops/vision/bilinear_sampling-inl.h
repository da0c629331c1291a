#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

/// Bilinear interpolation between the pixels of a plane, for the operators of this corner.
namespace gluino {

/// A place on a plane and the four pixels around it; those outside of the plane count as 0.
template <class T>
struct SamplingPoint {
  std::int64_t height, width;
  bool is_flat_y = false, is_flat_x = false;
  bool is_near = false;              // whether any of the four lies on the plane
  std::int64_t row = 0, column = 0;  // of the upper left of them
  T down = 0, right = 0;             // how far from it

  SamplingPoint(T y, T x, std::int64_t rows, std::int64_t columns) : height(rows), width(columns) {
    if (std::isnan(y) || std::isnan(x)) {
      is_near = true;  // so that the value is no number either
      down = right = y + x;
      return;
    }
    is_near = y > -1 && x > -1 && y < static_cast<T>(rows) && x < static_cast<T>(columns);
    if (!is_near) return;
    row = static_cast<std::int64_t>(std::floor(y));
    column = static_cast<std::int64_t>(std::floor(x));
    down = y - static_cast<T>(row);
    right = x - static_cast<T>(column);
  }

  /// Of a place from 0 to below the number of rows (and of columns), where the last row reaches on
  /// and so has no slope; outside, 0.
  static SamplingPoint within(T y, T x, std::int64_t rows, std::int64_t columns) {
    const T bottom = static_cast<T>(rows - 1), end = static_cast<T>(columns - 1);
    SamplingPoint point(std::min(y, bottom), std::min(x, end), rows, columns);
    if (y < 0 || x < 0 || y >= bottom + 1 || x >= end + 1) point.is_near = false;
    point.is_flat_y = y >= bottom;
    point.is_flat_x = x >= end;
    return point;
  }

  bool has(int i, int j) const {
    return row + i >= 0 && row + i < height && column + j >= 0 && column + j < width;
  }
  T pixel(const T* plane, int i, int j) const {
    return has(i, j) ? plane[(row + i) * width + column + j] : T(0);
  }
  T weight(int i, int j) const { return (i ? down : 1 - down) * (j ? right : 1 - right); }

  T value(const T* plane) const {
    if (!is_near) return 0;
    return weight(0, 0) * pixel(plane, 0, 0) + weight(0, 1) * pixel(plane, 0, 1) +
           weight(1, 0) * pixel(plane, 1, 0) + weight(1, 1) * pixel(plane, 1, 1);
  }
  /// Adds `by` to the pixels, each times its weight.
  void add(T* plane, T by) const {
    if (!is_near) return;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        if (has(i, j)) plane[(row + i) * width + column + j] += weight(i, j) * by;
      }
    }
  }
  /// How the value changes with y and with x.
  T slope_y(const T* plane) const {
    if (!is_near || is_flat_y) return 0;
    return (1 - right) * (pixel(plane, 1, 0) - pixel(plane, 0, 0)) +
           right * (pixel(plane, 1, 1) - pixel(plane, 0, 1));
  }
  T slope_x(const T* plane) const {
    if (!is_near || is_flat_x) return 0;
    return (1 - down) * (pixel(plane, 0, 1) - pixel(plane, 0, 0)) +
           down * (pixel(plane, 1, 1) - pixel(plane, 1, 0));
  }
};

}  // namespace gluino
