#pragma once

#include <cstdint>

namespace gluino::kernels {

/// Elements that are worth a thread (about 20 us): where memory sets the pace,
inline constexpr std::int64_t kCopyGrain = 32768;
/// where a function such as exp is computed,
inline constexpr std::int64_t kMathGrain = 16384;

/// The number of rows of `row` elements that is worth a thread, when `grain` elements are.
inline std::int64_t row_grain(std::int64_t row, std::int64_t grain) {
  return row >= grain ? 1 : grain / (row < 1 ? 1 : row);
}

}  // namespace gluino::kernels
