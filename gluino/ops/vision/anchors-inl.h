#pragma once

#include <gluino/ops/core/inference.h>
#include <gluino/ops/vision/boxes-inl.h>

#include <array>
#include <cmath>
#include <vector>

/// Boxes beside anchors, all of them corners, as a single-shot detector says them: the way between
/// the centers in sizes of the anchor and the logarithm of the sizes' ratio, over variances.
namespace gluino::boxes {

template <class T>
using Variances = std::array<T, 4>;

inline void expect_variances(const std::vector<double>& variances, Inference& s) {
  s.expect(variances.size() == 4, -1, "variances: expected 4 numbers, got ", variances.size());
}

template <class T>
Variances<T> variances_of(const std::vector<double>& given) {
  return {static_cast<T>(given[0]), static_cast<T>(given[1]), static_cast<T>(given[2]),
          static_cast<T>(given[3])};
}

template <class T>
void encode(const Corners<T>& anchor, const Corners<T>& box, const Variances<T>& v, T* out) {
  const auto middle = [](T a, T b) { return (a + b) / 2; };
  out[0] =
      (middle(box.left, box.right) - middle(anchor.left, anchor.right)) / anchor.width() / v[0];
  out[1] =
      (middle(box.top, box.bottom) - middle(anchor.top, anchor.bottom)) / anchor.height() / v[1];
  out[2] = std::log(box.width() / anchor.width()) / v[2];
  out[3] = std::log(box.height() / anchor.height()) / v[3];
}

template <class T>
Corners<T> decode(const Corners<T>& anchor, const T* said, const Variances<T>& v) {
  const T x = said[0] * v[0] * anchor.width() + (anchor.left + anchor.right) / 2;
  const T y = said[1] * v[1] * anchor.height() + (anchor.top + anchor.bottom) / 2;
  const T width = std::exp(said[2] * v[2]) * anchor.width() / 2;
  const T height = std::exp(said[3] * v[3]) * anchor.height() / 2;
  return {x - width, y - height, x + width, y + height};
}

}  // namespace gluino::boxes
