#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace gluino::io {

/// A place the pen passes, in pixels; ink covers all within `radius` of the line from the last one.
struct PenPoint {
  double x, y;
  double radius;
  bool starts_stroke;
};

/// The way of a pen over a digit. It holds its points itself: drawing allocates nothing.
class PenPath {
 public:
  static constexpr std::size_t kCapacity = 256;

  /// Adds a point; one beyond the capacity is dropped.
  void push_back(const PenPoint& point) {
    if (size_ < kCapacity) points_[size_++] = point;
  }
  std::span<PenPoint> points() { return {points_.data(), size_}; }
  std::span<const PenPoint> points() const { return {points_.data(), size_}; }

 private:
  std::array<PenPoint, kCapacity> points_;
  std::size_t size_ = 0;
};

/// How ink meets paper.
struct Ink {
  double softness;      ///< width in pixels over which an edge fades from ink to paper
  double roughness;     ///< how far, in pixels, an edge strays at random
  std::uint64_t grain;  ///< picks that randomness
};

inline constexpr int kBoxSide = 20;    ///< MNIST fits a digit into a box of this many pixels,
inline constexpr int kImageSide = 28;  ///< and the box into an image of this many.

using DigitBox = std::array<std::uint8_t, kBoxSide * kBoxSide>;

/// Moves and scales `path`, keeping its proportions, so that its ink just fits the box.
void fit_to_box(PenPath& path);

/// Draws `path` with antialiased edges: 0 = paper, 255 = ink.
DigitBox draw_ink(const PenPath& path, const Ink& ink);

/// Puts the box on blank paper, its centre of mass at pixel (14, 14) as nearly as whole pixels and
/// the edges of the image allow.
void place_by_mass(const DigitBox& box, std::span<std::uint8_t, kImageSide * kImageSide> pixels);

}  // namespace gluino::io
