#include <gluino/base/error.h>
#include <gluino/io/iterators/picture_changes.h>
#include <gluino/kernels/cpu/pictures/colors.h>
#include <gluino/ops/image/image.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace gluino::io {

namespace {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

Affine inverse(const Affine& m) {
  const double det = m.xx * m.yy - m.xy * m.yx;
  check(det != 0 && std::isfinite(det), "a picture cannot be turned and scaled to nothing");
  const Affine i{.xx = m.yy / det, .xy = -m.xy / det, .yx = -m.yx / det, .yy = m.xx / det};
  return {.xx = i.xx,
          .xy = i.xy,
          .x0 = -(i.xx * m.x0 + i.xy * m.y0),
          .yx = i.yx,
          .yy = i.yy,
          .y0 = -(i.yx * m.x0 + i.yy * m.y0)};
}

}  // namespace

void check_pixels(std::int64_t width, std::int64_t height) {
  check(width <= kMaxPixels / height, "a picture of ", width, " times ", height, " is more than ",
        kMaxPixels, " pixels");
}

void check_inter_method(const char* who, int method) {
  check((method >= 0 && method <= 4) || method == 9 || method == 10, who,
        ": inter_method: expected 0 to 4, 9 or 10, got ", method);
}

std::int64_t times_asked(const char* who, const std::string& seq, std::string_view augmenter) {
  std::int64_t times = 0;
  std::string_view rest = seq;
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    if (name.empty()) continue;
    check(name == augmenter, who, ": aug_seq: expected ", augmenter,
          ", the only augmenter that there is, got ", name);
    ++times;
  }
  return times;
}

NDArray resized(const NDArray& picture, std::int64_t width, std::int64_t height, int inter_method,
                RandomStream& random) {
  if (picture.shape()[0] == height && picture.shape()[1] == width) return picture;
  check_pixels(width, height);
  int method = inter_method;
  if (method == 9) method = width > picture.shape()[1] ? 2 : 3;
  if (method == 10) method = random.below(5);
  return ops::cvimresize(picture, {.w = width, .h = height, .interp = method});
}

NDArray shorter_edge(const NDArray& picture, std::int64_t size, int inter_method,
                     RandomStream& random) {
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const auto longer = [size](std::int64_t edge, std::int64_t other) {
    return std::max<std::int64_t>(1, edge * size / other);
  };
  return height > width ? resized(picture, size, longer(height, width), inter_method, random)
                        : resized(picture, longer(width, height), size, inter_method, random);
}

NDArray padded(const NDArray& picture, const Margins& margins, std::uint8_t fill) {
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const std::int64_t channels = picture.shape()[2];
  const std::int64_t outer_width = margins.left + width + margins.right;
  const std::int64_t outer_height = margins.top + height + margins.bottom;
  check_pixels(outer_width, outer_height);
  NDArray result({outer_height, outer_width, channels}, uint8);
  std::memset(result.data(), fill, result.bytes());
  const auto row = static_cast<std::size_t>(width * channels);
  for (std::int64_t y = 0; y < height; ++y) {
    std::memcpy(
        result.data<std::uint8_t>() + ((margins.top + y) * outer_width + margins.left) * channels,
        picture.data<std::uint8_t>() + static_cast<std::size_t>(y) * row, row);
  }
  return result;
}

NDArray warped(const NDArray& picture, const Affine& map, std::int64_t width, std::int64_t height,
               bool nearest, std::uint8_t fill) {
  check_pixels(width, height);
  const Affine back = inverse(map);
  const std::int64_t from_height = picture.shape()[0], from_width = picture.shape()[1];
  const std::int64_t channels = picture.shape()[2];
  const auto* const in = picture.data<std::uint8_t>();
  const auto pixel = [&](std::int64_t x, std::int64_t y, std::int64_t c) {
    const bool inside = x >= 0 && y >= 0 && x < from_width && y < from_height;
    return static_cast<float>(inside ? in[(y * from_width + x) * channels + c] : fill);
  };
  NDArray result({height, width, channels}, uint8);
  auto* out = result.data<std::uint8_t>();
  for (std::int64_t y = 0; y < height; ++y) {
    for (std::int64_t x = 0; x < width; ++x) {
      const double at = static_cast<double>(x), down = static_cast<double>(y);
      // Further away there is nothing, and numbers stay small.
      const double u = std::clamp(back.xx * at + back.xy * down + back.x0, -2.0,
                                  static_cast<double>(from_width) + 1);
      const double v = std::clamp(back.yx * at + back.yy * down + back.y0, -2.0,
                                  static_cast<double>(from_height) + 1);
      const double whole_u = std::floor(nearest ? u + 0.5 : u);
      const double whole_v = std::floor(nearest ? v + 0.5 : v);
      const auto left = static_cast<std::int64_t>(whole_u),
                 top = static_cast<std::int64_t>(whole_v);
      const auto right_part = static_cast<float>(nearest ? 0 : u - whole_u);
      const auto lower_part = static_cast<float>(nearest ? 0 : v - whole_v);
      for (std::int64_t c = 0; c < channels; ++c) {
        const auto across = [&](std::int64_t row) {
          const float from = pixel(left, row, c);
          return from + right_part * (pixel(left + 1, row, c) - from);
        };
        const float upper = across(top);
        *out++ = static_cast<std::uint8_t>(upper + lower_part * (across(top + 1) - upper) + 0.5F);
      }
    }
  }
  return result;
}

NDArray shifted(const NDArray& picture, const kernels::HlsShift& by) {
  if (by.hue == 0 && by.lightness == 0 && by.saturation == 0) return picture;
  NDArray result(picture.shape(), uint8);
  kernels::each_color(picture.data<std::uint8_t>(), result.data<std::uint8_t>(), picture.size(),
                      picture.shape()[2],
                      [&](const kernels::Rgb& c) { return kernels::shifted(c, by); });
  return result;
}

}  // namespace gluino::io
