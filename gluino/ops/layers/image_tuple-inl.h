#pragma once

#include <gluino/ops/core/inference.h>

namespace gluino {

/// Checks an option that has one number for each axis of an image, or none: convolutions, their
/// transposes and poolings have such.
inline void check_tuple(Inference& s, const char* name, const Shape& tuple, int axes,
                        std::int64_t least) {
  static constexpr const char* kExpected[] = {"1 number (width,)", "2 numbers (height, width)",
                                              "3 numbers (depth, height, width)"};
  s.expect(tuple.empty() || tuple.ndim() == axes, -1, name, ": expected ", kExpected[axes - 1],
           ", got ", tuple);
  for (const std::int64_t value : tuple) {
    s.expect(value >= least && value < (1 << 30), -1, name, ": expected numbers of at least ",
             least, " and below 2^30, got ", value);
  }
}

}  // namespace gluino
