// Turns of images (channels, height, width).
#include <gluino/base/error.h>
#include <gluino/gluon/data/vision/geometric_transforms.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace gluino::gluon::data::vision::transforms {
namespace {

struct Plane {
  const float* pixels;
  std::int64_t height, width;

  float at(std::int64_t y, std::int64_t x) const {
    return y >= 0 && y < height && x >= 0 && x < width ? pixels[y * width + x] : 0;
  }
  // Between pixels; 0 beyond the edges.
  float at(double y, double x) const {
    const double top = std::floor(y);
    const double left = std::floor(x);
    const auto row = static_cast<std::int64_t>(top);
    const auto column = static_cast<std::int64_t>(left);
    const auto down = static_cast<float>(y - top);
    const auto right = static_cast<float>(x - left);
    return (1 - down) * ((1 - right) * at(row, column) + right * at(row, column + 1)) +
           down * ((1 - right) * at(row + 1, column) + right * at(row + 1, column + 1));
  }
};

// The factor by which the image must shrink so that all of it is seen, whatever the angle.
double whole_image(double sin, double cos, double height, double width) {
  return std::max((height * std::abs(cos) + width * std::abs(sin)) / height,
                  (width * std::abs(cos) + height * std::abs(sin)) / width);
}

NDArray rotate(const NDArray& x, const RotateOptions& o) {
  check(x.ndim() == 3 || x.ndim() == 4,
        "Rotate: expected an image (channels, height, width), or a batch of them, got shape ",
        x.shape());
  check(x.dtype() == float32, "Rotate: expected float32, as ToTensor makes it, got ", x.dtype());
  const std::int64_t height = x.shape()[x.ndim() - 2];
  const std::int64_t width = x.shape()[x.ndim() - 1];
  NDArray result(x.shape(), float32, x.context());
  if (x.size() == 0) return result;
  const double angle = o.rotation_degrees * std::numbers::pi / 180;
  double sin = std::sin(angle);
  double cos = std::cos(angle);
  const double shrink =
      whole_image(sin, cos, static_cast<double>(height), static_cast<double>(width));
  const double zoom = o.zoom_out ? shrink : o.zoom_in ? 1 / shrink : 1;
  sin *= zoom;
  cos *= zoom;
  const double middle_y = static_cast<double>(height - 1) / 2;
  const double middle_x = static_cast<double>(width - 1) / 2;
  const float* in = x.data<float>();
  float* out = result.data<float>();
  for (std::int64_t plane = 0; plane < x.size() / (height * width); ++plane) {
    const Plane from{in + plane * height * width, height, width};
    for (std::int64_t i = 0; i < height; ++i) {
      const double dy = static_cast<double>(i) - middle_y;
      for (std::int64_t j = 0; j < width; ++j) {
        const double dx = static_cast<double>(j) - middle_x;
        *out++ = from.at(middle_y + cos * dy + sin * dx, middle_x + cos * dx - sin * dy);
      }
    }
  }
  return result;
}

NDArray rotate_randomly(const NDArray& x, const RandomRotationOptions& o, Generator& generator) {
  if (generator.uniform() >= o.rotate_with_proba) return x;
  const auto [from, to] = o.angle_limits;
  return rotate(x, {from + (to - from) * generator.uniform(), o.zoom_in, o.zoom_out});
}

template <class Options>
void check_zoom(const char* who, const Options& o) {
  check(!o.zoom_in || !o.zoom_out, who, ": zoom_in and zoom_out: expected at most one of them");
}

const RotateOptions& checked(const RotateOptions& o) {
  check(std::isfinite(o.rotation_degrees), "Rotate: rotation_degrees: expected a number, got ",
        o.rotation_degrees);
  check_zoom("Rotate", o);
  return o;
}

const RandomRotationOptions& checked(const RandomRotationOptions& o) {
  const auto [from, to] = o.angle_limits;
  check(from < to && std::isfinite(from) && std::isfinite(to),
        "RandomRotation: angle_limits: expected two numbers, the smaller first, got ", from,
        " and ", to);
  check(o.rotate_with_proba >= 0 && o.rotate_with_proba <= 1,
        "RandomRotation: rotate_with_proba: expected 0 to 1, got ", o.rotate_with_proba);
  check_zoom("RandomRotation", o);
  return o;
}

}  // namespace

Rotate::Rotate(const RotateOptions& options)
    : Transform([o = checked(options)](const NDArray& x, Generator&) { return rotate(x, o); },
                [options](const NDArray& x) { return rotate(x, options); }, false) {}

RandomRotation::RandomRotation(const RandomRotationOptions& options)
    : Transform(
          [o = checked(options)](const NDArray& x, Generator& generator) {
            return rotate_randomly(x, o, generator);
          },
          nullptr, true) {}

}  // namespace gluino::gluon::data::vision::transforms
