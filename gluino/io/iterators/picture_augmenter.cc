#include <gluino/base/error.h>
#include <gluino/io/iterators/picture_augmenter.h>
#include <gluino/io/iterators/picture_changes.h>
#include <gluino/io/iterators/record_picture.h>
#include <gluino/io/pictures/image.h>
#include <gluino/kernels/cpu/pictures/colors.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

namespace gluino::io {
namespace {

constexpr const char* kName = "ImageRecordIter";
/// How often a part is looked for that does not leave the picture.
constexpr int kTrials = 10;

void check_range(const char* option, double low, double high, double least) {
  check(low >= least && low <= high && std::isfinite(high), kName, ": min_", option, " and max_",
        option, ": expected a rising pair from ", least, " on, got ", low, " and ", high);
}

// The aspect ratios to choose from.
std::pair<double, double> aspects(const ImageRecordIterOptions& o) {
  if (o.min_aspect_ratio) return {*o.min_aspect_ratio, o.max_aspect_ratio};
  return {1 - o.max_aspect_ratio, 1 + o.max_aspect_ratio};
}

void check_geometry(const ImageRecordIterOptions& o) {
  check(o.resize <= kMaxPictureSide, kName, ": resize: expected at most ", kMaxPictureSide,
        ", got ", o.resize);
  check_range("random_area", o.min_random_area, o.max_random_area, 0);
  check_range("random_scale", o.min_random_scale, o.max_random_scale, 0);
  check_range("img_size", o.min_img_size, o.max_img_size, 0);
  const auto [low, high] = aspects(o);
  check(low > 0 && low <= high && std::isfinite(high), kName,
        ": min_aspect_ratio and max_aspect_ratio: expected a range above 0, got ", low, " to ",
        high);
  check(o.max_rotate_angle >= 0 && o.max_rotate_angle <= 360 && std::abs(o.rotate) <= 360, kName,
        ": rotate and max_rotate_angle: expected at most 360 degrees, got ", o.rotate, " and ",
        o.max_rotate_angle);
  check(o.max_shear_ratio >= 0 && std::isfinite(o.max_shear_ratio), kName,
        ": max_shear_ratio: expected at least 0, got ", o.max_shear_ratio);
  check(o.pad >= 0 && o.pad <= kMaxPictureSide, kName, ": pad: expected 0 to ", kMaxPictureSide,
        ", got ", o.pad);
  check(o.fill_value >= 0 && o.fill_value <= 255, kName, ": fill_value: expected 0 to 255, got ",
        o.fill_value);
  check(o.min_crop_size == -1 || o.min_crop_size >= 1, kName,
        ": min_crop_size: expected -1 or at least 1, got ", o.min_crop_size);
  check(o.max_crop_size == -1 ? o.min_crop_size == -1
                              : o.max_crop_size >= std::max<std::int64_t>(1, o.min_crop_size),
        kName, ": max_crop_size: expected at least min_crop_size, ", o.min_crop_size, ", got ",
        o.max_crop_size);
  check_inter_method(kName, o.inter_method);
}

void check_colors(const ImageRecordIterOptions& o) {
  for (const auto& [option, value] : {std::pair("brightness", o.brightness),
                                      {"contrast", o.contrast},
                                      {"saturation", o.saturation},
                                      {"pca_noise", o.pca_noise}}) {
    check(value >= 0 && std::isfinite(value), kName, ": ", option, ": expected at least 0, got ",
          value);
  }
  for (const auto& [option, value] :
       {std::pair("random_h", o.random_h), {"random_s", o.random_s}, {"random_l", o.random_l}}) {
    check(value >= 0 && value <= 255, kName, ": ", option, ": expected 0 to 255, got ", value);
  }
}

std::int64_t place(std::int64_t room, bool at_random, RandomStream& random) {
  return at_random ? static_cast<std::int64_t>(random.bits() % static_cast<std::uint64_t>(room + 1))
                   : room / 2;
}

}  // namespace

PictureAugmenter::PictureAugmenter(const ImageRecordIterOptions& o)
    : options_(o), times_(times_asked(kName, o.aug_seq, "aug_default")) {
  check_picture_shape(kName, o.data_shape);
  check_geometry(o);
  check_colors(o);
  height_ = o.data_shape[1];
  width_ = o.data_shape[2];
}

bool PictureAugmenter::is_random() const {
  const auto& o = options_;
  const auto [low, high] = aspects(o);
  if (times_ == 0) return false;
  return o.rand_crop || o.random_resized_crop || o.inter_method == 10 || is_recolored() ||
         (o.max_rotate_angle > 0 && o.rotate == -1) || o.max_shear_ratio > 0 || low < high ||
         o.min_random_scale < o.max_random_scale ||
         (o.min_crop_size != -1 && o.min_crop_size < o.max_crop_size);
}

bool PictureAugmenter::is_warped() const {
  const auto& o = options_;
  if (o.min_img_size != 0 || o.max_img_size != ImageRecordIterOptions().max_img_size) return true;
  const bool turned = o.rotate != -1 || o.max_rotate_angle > 0 || o.max_shear_ratio > 0;
  const bool scaled =
      o.min_random_scale != 1 || o.max_random_scale != 1 || aspects(o) != std::pair(1.0, 1.0);
  return turned || (scaled && !o.random_resized_crop);
}

bool PictureAugmenter::is_recolored() const {
  const auto& o = options_;
  return std::max({o.brightness, o.contrast, o.saturation, o.pca_noise}) > 0 ||
         std::max({o.random_h, o.random_s, o.random_l}) > 0;
}

NDArray PictureAugmenter::sized(const NDArray& picture, std::int64_t width, std::int64_t height,
                                RandomStream& random) const {
  return resized(picture, width, height, options_.inter_method, random);
}

NDArray PictureAugmenter::warp(const NDArray& picture, RandomStream& random) const {
  const auto& o = options_;
  const auto between = [&](double low, double high) {
    return low < high ? random.uniform(low, high) : low;
  };
  const double shear = between(-o.max_shear_ratio, o.max_shear_ratio);
  const double degrees = o.rotate != -1           ? o.rotate
                         : o.max_rotate_angle > 0 ? whole_within(o.max_rotate_angle, random)
                                                  : 0;
  const bool is_scaled = !o.random_resized_crop;
  const double scale = is_scaled ? between(o.min_random_scale, o.max_random_scale) : 1;
  const auto [low, high] = aspects(o);
  const double aspect = is_scaled ? between(low, high) : 1;
  const double cosine = std::cos(degrees * std::numbers::pi / 180);
  const double sine = std::sin(degrees * std::numbers::pi / 180);
  const double across = 2 * scale / (1 + aspect);
  const double down = aspect * across;
  Affine map{.xx = across * cosine - shear * sine * down,
             .xy = across * sine + shear * cosine * down,
             .yx = -sine * down,
             .yy = cosine * down};
  // As MXNet's: of floats, and the middle is that of the side before it becomes a whole number.
  const auto side = [&](std::int64_t now) {
    const float scaled = static_cast<float>(scale) * static_cast<float>(now);
    return std::clamp(static_cast<double>(scaled), o.min_img_size, o.max_img_size);
  };
  const auto whole = [](double length) {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(length));
  };
  const double x = static_cast<double>(picture.shape()[1]) / 2;
  const double y = static_cast<double>(picture.shape()[0]) / 2;
  const double width = side(picture.shape()[1]), height = side(picture.shape()[0]);
  map.x0 = width / 2 - (map.xx * x + map.xy * y);
  map.y0 = height / 2 - (map.yx * x + map.yy * y);
  return warped(picture, map, whole(width), whole(height), o.inter_method == 0,
                static_cast<std::uint8_t>(o.fill_value));
}

// Whether a part was found, which then has the size of the data.
bool PictureAugmenter::resized_crop(NDArray& picture, RandomStream& random) const {
  const auto& o = options_;
  const std::int64_t height = picture.shape()[0], width = picture.shape()[1];
  const auto [low, high] = aspects(o);
  for (int trial = 0; trial < kTrials; ++trial) {
    const double area =
        random.uniform(o.min_random_area, o.max_random_area) * static_cast<double>(height * width);
    const double aspect = random.uniform(low, high);
    std::int64_t part_width = std::llround(std::sqrt(area * aspect));
    std::int64_t part_height = std::llround(std::sqrt(area / aspect));
    if (random.chance(0.5)) std::swap(part_width, part_height);
    if (part_width < 1 || part_height < 1 || part_width > width || part_height > height) continue;
    const std::int64_t top = place(height - part_height, true, random);
    const std::int64_t left = place(width - part_width, true, random);
    const image::Rectangle part{.x = left, .y = top, .width = part_width, .height = part_height};
    picture = sized(image::fixed_crop(picture, part), width_, height_, random);
    return true;
  }
  return false;
}

// At least as large as the data, its proportions kept but for what is beyond whole pixels: as
// MXNet's, first as high, then as wide, in floats.
NDArray PictureAugmenter::enlarged(const NDArray& picture, RandomStream& random) const {
  const auto other_side = [](std::int64_t edge, std::int64_t to, std::int64_t from) {
    const float factor = static_cast<float>(to) / static_cast<float>(from);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(factor * static_cast<float>(edge)));
  };
  NDArray result = picture;
  if (const std::int64_t height = result.shape()[0]; height < height_) {
    result = sized(result, other_side(result.shape()[1], height_, height), height_, random);
  }
  if (const std::int64_t width = result.shape()[1]; width < width_) {
    result = sized(result, width_, other_side(result.shape()[0], width_, width), random);
  }
  return result;
}

NDArray PictureAugmenter::cropped(const NDArray& picture, RandomStream& random) const {
  const auto& o = options_;
  const auto part = [&](const NDArray& whole, std::int64_t width, std::int64_t height) {
    const std::int64_t top = place(whole.shape()[0] - height, o.rand_crop, random);
    const std::int64_t left = place(whole.shape()[1] - width, o.rand_crop, random);
    if (whole.shape()[0] == height && whole.shape()[1] == width) return whole;
    return image::fixed_crop(whole, {.x = left, .y = top, .width = width, .height = height});
  };
  if (o.max_crop_size == -1) return part(enlarged(picture, random), width_, height_);
  const std::int64_t least = o.min_crop_size == -1 ? o.max_crop_size : o.min_crop_size;
  const std::int64_t side = least + place(o.max_crop_size - least, true, random);
  check(side <= std::min(picture.shape()[0], picture.shape()[1]), "a square of ", side,
        " pixels (max_crop_size) does not lie within a picture of ", picture.shape()[1], " times ",
        picture.shape()[0]);
  return sized(part(picture, side, side), width_, height_, random);
}

NDArray PictureAugmenter::recolored(const NDArray& picture, RandomStream& random) const {
  const auto& o = options_;
  NDArray result = picture;
  const std::int64_t size = picture.size(), channels = picture.shape()[2];
  const auto change = [&](auto&& kernel) {
    NDArray changed(result.shape(), uint8);
    kernel(result.data<std::uint8_t>(), changed.data<std::uint8_t>());
    result = std::move(changed);
  };
  std::vector<std::int64_t> order{0, 1, 2};
  shuffle(order, random);
  for (const std::int64_t which : order) {
    const double most =
        std::array{o.brightness, o.contrast, o.saturation}.at(static_cast<std::size_t>(which));
    if (most == 0) continue;
    const auto factor = static_cast<float>(std::max(0.0, 1 + random.uniform(-most, most)));
    change([&](const std::uint8_t* in, std::uint8_t* out) {
      if (which == 0) kernels::linear(in, out, size, factor, 0);
      if (which == 1) kernels::contrast(in, out, size, channels, factor);
      if (which == 2) kernels::saturate(in, out, size, channels, factor);
    });
  }
  const float hue = whole_within(o.random_h, random);
  const float saturation = whole_within(o.random_s, random);
  const float lightness = whole_within(o.random_l, random);
  result = shifted(result, {.hue = hue, .lightness = lightness, .saturation = saturation});
  if (o.pca_noise > 0) {
    std::array<float, 3> alpha{};
    for (float& each : alpha) each = static_cast<float>(o.pca_noise * random.bell());
    change([&](const std::uint8_t* in, std::uint8_t* out) {
      kernels::light(in, out, size, channels, alpha);
    });
  }
  return result;
}

NDArray PictureAugmenter::operator()(NDArray picture, RandomStream& random) const {
  for (std::int64_t i = 0; i < times_; ++i) picture = augmented(picture, random);
  check(picture.shape()[0] == height_ && picture.shape()[1] == width_,
        "expected a picture of the size of the data, ", width_, " times ", height_,
        ", as aug_seq has no augmenter, found ", picture.shape()[1], " times ", picture.shape()[0]);
  return picture;
}

NDArray PictureAugmenter::augmented(NDArray picture, RandomStream& random) const {
  const auto& o = options_;
  if (o.resize > 0) picture = shorter_edge(picture, o.resize, o.inter_method, random);
  if (is_warped()) picture = warp(picture, random);
  const std::int64_t pad = o.pad;
  if (pad > 0) {
    picture = padded(picture, {.left = pad, .top = pad, .right = pad, .bottom = pad},
                     static_cast<std::uint8_t>(o.fill_value));
  }
  if (!o.random_resized_crop || !resized_crop(picture, random)) picture = cropped(picture, random);
  return is_recolored() ? recolored(picture, random) : picture;
}

}  // namespace gluino::io
