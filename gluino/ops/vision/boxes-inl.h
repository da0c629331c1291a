#pragma once

#include <algorithm>

/// Arithmetic of boxes, for the operators of this corner.
namespace gluino::boxes {

template <class T>
struct Corners {
  T left, top, right, bottom;

  T width() const { return right - left; }
  T height() const { return bottom - top; }
  /// 0 of a box whose corners are the wrong way round.
  T area() const { return width() < 0 || height() < 0 ? T(0) : width() * height(); }
};

/// Four numbers as corners; `center`: they are center and size.
template <class T>
Corners<T> corners_of(const T* box, bool center) {
  if (!center) return {box[0], box[1], box[2], box[3]};
  const T x = box[2] / 2, y = box[3] / 2;
  return {box[0] - x, box[1] - y, box[0] + x, box[1] + y};
}

template <class T>
T intersection(const Corners<T>& a, const Corners<T>& b) {
  const T width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const T height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return std::max(T(0), width) * std::max(T(0), height);
}

/// The intersection over the union; 0 where both are empty; no number where a size is none.
template <class T>
T overlap(const Corners<T>& a, const Corners<T>& b) {
  const T both = intersection(a, b);
  const T either = a.area() + b.area() - both;
  return either <= 0 ? T(0) : both / either;
}

}  // namespace gluino::boxes
