#pragma once

#include <gluino/io/iterators/random_stream.h>
#include <gluino/ndarray/ndarray.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

namespace gluino::kernels {
struct HlsShift;
}

/// Changes of pictures, (height, width, channels) of uint8, that the iterators over files of
/// pictures share.
namespace gluino::io {

/// A side of a picture is not longer than this.
constexpr std::int64_t kMaxPictureSide = 1 << 16;

/// Throws Error unless a picture of that size may be made.
void check_pixels(std::int64_t width, std::int64_t height);

/// Throws Error unless `method` is one of MXNet's: 0 nearest, 1 bilinear, 2 bicubic, 3 by areas,
/// 4 Lanczos, 9 bicubic to enlarge and areas to shrink, 10 any of the first five.
void check_inter_method(const char* who, int method);

/// How often `seq`, names with commas between them, asks for `augmenter`. Throws Error for another.
std::int64_t times_asked(const char* who, const std::string& seq, std::string_view augmenter);

/// The picture in another size.
NDArray resized(const NDArray& picture, std::int64_t width, std::int64_t height, int inter_method,
                RandomStream& random);

/// The picture with its shorter edge made `size` pixels long, its proportions kept.
NDArray shorter_edge(const NDArray& picture, std::int64_t size, int inter_method,
                     RandomStream& random);

/// How much there is around a picture.
struct Margins {
  std::int64_t left = 0;
  std::int64_t top = 0;
  std::int64_t right = 0;
  std::int64_t bottom = 0;
};

/// The picture within a larger one, with pixels of `fill` around it.
NDArray padded(const NDArray& picture, const Margins& margins, std::uint8_t fill);

/// Where a point of a picture comes to lie: x' = xx x + xy y + x0, y' = yx x + yy y + y0.
struct Affine {
  double xx = 1, xy = 0, x0 = 0;
  double yx = 0, yy = 1, y0 = 0;
};

/// A picture of that size with each pixel where `map` puts it, by bilinear interpolation or
/// (`nearest`) from the nearest one, and `fill` where no pixel comes to lie.
NDArray warped(const NDArray& picture, const Affine& map, std::int64_t width, std::int64_t height,
               bool nearest, std::uint8_t fill);

/// The picture with numbers added to hue, lightness and saturation; grey ones stay.
NDArray shifted(const NDArray& picture, const kernels::HlsShift& by);

/// A whole number within [-most, most], as likely each.
inline float whole_within(int most, RandomStream& random) {
  return static_cast<float>(std::floor(random.uniform(-most, most + 1.0)));
}

}  // namespace gluino::io
