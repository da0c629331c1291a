#include <apps/digits/augmentation/distortion.h>

#include <cmath>
#include <numbers>

namespace digits {
namespace {

constexpr double kUsualSide = 28;

// Between 1 / (1 + most) and 1 + most, either direction as likely.
double factor(Dice& dice, double most) {
  const double by = 1 + most * dice.between(0, 1);
  return dice.happens(0.5) ? by : 1 / by;
}

}  // namespace

Distortion::Distortion(const PlaneSize& size, const DistortionOptions& options)
    : size_(size), options_(options), warp_(size), stroke_width_(size) {}

Warp Distortion::random_warp(Dice& dice) const {
  const double unit = static_cast<double>(std::min(size_.rows, size_.columns)) / kUsualSide;
  const double angle = dice.between(-1, 1) * options_.rotation_degrees * std::numbers::pi / 180;
  const double size = factor(dice, options_.scale);
  const double stretch = std::sqrt(factor(dice, options_.scale));
  const double wide = 1 / (size * stretch);
  const double high = stretch / size;
  const double slant = dice.between(-1, 1) * options_.shear;
  const double cosine = std::cos(angle);
  const double sine = std::sin(angle);
  // Back from the result: turned, then slanted, then stretched.
  Warp warp{.xx = wide * (cosine + slant * sine),
            .xy = wide * (-sine + slant * cosine),
            .yx = high * sine,
            .yy = high * cosine,
            .shift_x = dice.between(-1, 1) * options_.shift * unit,
            .shift_y = dice.between(-1, 1) * options_.shift * unit};
  warp.is_elastic = options_.elastic > 0;
  if (!warp.is_elastic) return warp;
  const double strength = dice.between(0.2, 1) * options_.elastic * unit;
  for (Warp::Field* field : {&warp.field_x, &warp.field_y}) {
    for (auto& row : *field) {
      for (double& node : row) node = strength * dice.normal();
    }
  }
  return warp;
}

void Distortion::operator()(Pixels from, Dice& dice, PixelsOut to) {
  warp_(from, random_warp(dice), to);
  stroke_width_(to, dice.between(-1, 1) * options_.stroke_width);
}

}  // namespace digits
