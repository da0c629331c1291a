#pragma once

#include <apps/digits/augmentation/plane.h>

#include <array>
#include <vector>

namespace digits {

/// Where each pixel of the result comes from. Around the middle of the image a matrix is applied,
/// then a displacement, in pixels of the source.
struct Warp {
  double xx = 1, xy = 0;  // source x = xx * x + xy * y + shift_x
  double yx = 0, yy = 1;
  double shift_x = 0;
  double shift_y = 0;

  /// A smooth field of displacements: what it is at the nodes of a small grid, between which cubic
  /// splines run. All 0: none.
  static constexpr int kNodes = 6;
  using Field = std::array<std::array<double, kNodes>, kNodes>;
  bool is_elastic = false;
  Field field_x{};
  Field field_y{};
};

/// Moves images of one size. Beyond the source there is paper; between its pixels it is linear.
class Warper {
 public:
  explicit Warper(const PlaneSize& size);
  /// `from` and `to` do not overlap.
  void operator()(Pixels from, const Warp& warp, PixelsOut to);

 private:
  // How the nodes of an axis weigh at a pixel: four of them, beginning with `first`.
  struct Weights {
    int first = 0;
    std::array<float, 4> of{};
  };
  static std::vector<Weights> weights_of(std::int64_t pixels);
  void prepare(Pixels from);
  void displace_row(const Warp& warp, std::int64_t y);
  float sample(float x, float y) const;

  PlaneSize size_;
  std::vector<Weights> rows_;
  std::vector<Weights> columns_;
  std::vector<float> padded_;  // the source with a margin of paper
  std::vector<float> move_x_;  // of a row's pixels
  std::vector<float> move_y_;
};

}  // namespace digits
