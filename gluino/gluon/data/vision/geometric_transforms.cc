// Sizes, parts and turns of images.
#include <gluino/base/error.h>
#include <gluino/gluon/data/vision/by_operator-inl.h>
#include <gluino/gluon/data/vision/geometric_transforms.h>
#include <gluino/kernels/cpu/pictures/resample.h>
#include <gluino/ops/image/image.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <utility>

namespace gluino::gluon::data::vision::transforms {
namespace {

using kernels::Interpolation;

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

struct Part {
  std::int64_t x, y, width, height;
};

// An image or a batch of them: (images, height, width, channels).
struct Form {
  std::int64_t images, height, width, channels;
};

Form form_of(const char* who, const NDArray& x) {
  check(x.ndim() == 3 || x.ndim() == 4, who,
        ": expected an image (height, width, channels), or a batch of them, got shape ", x.shape());
  const int c = x.ndim() - 1;
  return {x.ndim() == 4 ? x.shape()[0] : 1, x.shape()[c - 2], x.shape()[c - 1], x.shape()[c]};
}

Shape with_size(const NDArray& x, std::int64_t height, std::int64_t width) {
  Shape shape = x.shape();
  shape[x.ndim() - 3] = height;
  shape[x.ndim() - 2] = width;
  return shape;
}

double between(double low, double high, Generator& generator) {
  return low + (high - low) * generator.uniform();
}

Size size_for(const ResizeOptions& o, const Form& form) {
  if (!o.size.is_one() || !o.keep_ratio || form.width == 0 || form.height == 0) return o.size;
  const std::int64_t side = o.size.width();
  if (form.height > form.width) return {side, form.height * side / form.width};
  return {form.width * side / form.height, side};
}

// The largest part of an image with the proportions of `size`, no larger than that.
Size fitting(const Size& size, const Form& form) {
  double width = static_cast<double>(size.width());
  double height = static_cast<double>(size.height());
  if (height > static_cast<double>(form.height)) {
    width *= static_cast<double>(form.height) / height;
    height = static_cast<double>(form.height);
  }
  if (width > static_cast<double>(form.width)) {
    height *= static_cast<double>(form.width) / width;
    width = static_cast<double>(form.width);
  }
  return {std::max<std::int64_t>(1, static_cast<std::int64_t>(width)),
          std::max<std::int64_t>(1, static_cast<std::int64_t>(height))};
}

Interpolation interpolation_of(int code, std::pair<std::int64_t, std::int64_t> from,
                               std::pair<std::int64_t, std::int64_t> to, Generator& generator) {
  if (code == 10) return static_cast<Interpolation>(generator() % 5);
  if (code == 9) {
    if (to.first > from.first && to.second > from.second) return Interpolation::cubic;
    if (to.first < from.first && to.second < from.second) return Interpolation::area;
    return Interpolation::linear;
  }
  check(code >= 0 && code <= 4, "interpolation: expected 0 to 4, 9 or 10, got ", code);
  return static_cast<Interpolation>(code);
}

NDArray resize(const NDArray& x, const Size& size, Interpolation interpolation) {
  const Form form = form_of("Resize", x);
  check(size.width() > 0 && size.height() > 0, "Resize: expected a size greater than 0, got (",
        size.width(), ", ", size.height(), ")");
  check(size.width() <= kMaxPixels / size.height(), "Resize: (", size.width(), ", ", size.height(),
        ") is more than ", kMaxPixels, " pixels");
  check(form.width > 0 && form.height > 0, "Resize: an image of shape ", x.shape(),
        " has no pixels");
  const CvImresizeOptions options{
      .w = size.width(), .h = size.height(), .interp = static_cast<int>(interpolation)};
  if (x.ndim() == 3) return ops::cvimresize(x, options);
  NDArray result(with_size(x, size.height(), size.width()), x.dtype(), x.context());
  for (std::int64_t i = 0; i < form.images; ++i) {
    const NDArray image = x.slice_view(i, i + 1).view({form.height, form.width, form.channels});
    const NDArray resized = ops::cvimresize(image, options);
    std::memcpy(
        static_cast<std::byte*>(result.data()) + static_cast<std::size_t>(i) * resized.bytes(),
        resized.data(), resized.bytes());
  }
  return result;
}

NDArray crop(const NDArray& x, const Part& part) {
  const Form form = form_of("crop", x);
  check(part.width > 0 && part.height > 0,
        "crop: expected a width and a height greater than 0, got ", part.width, " and ",
        part.height);
  check(part.x >= 0 && part.y >= 0 && part.x <= form.width - part.width &&
            part.y <= form.height - part.height,
        "crop: x ", part.x, " with width ", part.width, " and y ", part.y, " with height ",
        part.height, " reach beyond an image of width ", form.width, " and height ", form.height);
  NDArray result(with_size(x, part.height, part.width), x.dtype(), x.context());
  const std::size_t pixel = static_cast<std::size_t>(form.channels) * size_of(x.dtype());
  const std::size_t row = pixel * static_cast<std::size_t>(part.width);
  const auto* from = static_cast<const std::byte*>(x.data());
  auto* to = static_cast<std::byte*>(result.data());
  for (std::int64_t i = 0; i < form.images * part.height && row > 0; ++i) {
    const std::int64_t y = i / part.height * form.height + part.y + i % part.height;
    std::memcpy(to, from + static_cast<std::size_t>(y * form.width + part.x) * pixel, row);
    to += row;
  }
  return result;
}

NDArray flip(const NDArray& x, bool left_right) {
  const Form form = form_of("flip", x);
  NDArray result(x.shape(), x.dtype(), x.context());
  const std::int64_t lines = left_right ? form.images * form.height : form.images;
  const std::int64_t points = left_right ? form.width : form.height;
  const std::size_t bytes =
      static_cast<std::size_t>(left_right ? form.channels : form.width * form.channels) *
      size_of(x.dtype());
  const auto* from = static_cast<const std::byte*>(x.data());
  auto* to = static_cast<std::byte*>(result.data());
  for (std::int64_t i = 0; i < lines * points && bytes > 0; ++i) {
    const std::int64_t mirrored = i / points * points + points - 1 - i % points;
    std::memcpy(to, from + static_cast<std::size_t>(mirrored) * bytes, bytes);
    to += bytes;
  }
  return result;
}

NDArray part_in_size(const NDArray& x, const Part& part, const Size& size, int interpolation,
                     Generator& generator) {
  const NDArray cut = crop(x, part);
  if (part.width == size.width() && part.height == size.height()) return cut;
  return resize(cut, size,
                interpolation_of(interpolation, {part.width, part.height},
                                 {size.width(), size.height()}, generator));
}

NDArray center_crop(const NDArray& x, const CenterCropOptions& o, Generator& generator) {
  const Form form = form_of("CenterCrop", x);
  const Size inner = fitting(o.size, form);
  const Part part{(form.width - inner.width()) / 2, (form.height - inner.height()) / 2,
                  inner.width(), inner.height()};
  return part_in_size(x, part, o.size, o.interpolation, generator);
}

std::optional<Part> random_part(const Form& form, const RandomResizedCropOptions& o,
                                Generator& generator) {
  const auto area = static_cast<double>(form.width * form.height);
  for (int attempt = 0; attempt < 10; ++attempt) {
    const double target = area * between(o.scale[0], o.scale[1], generator);
    const double ratio = std::exp(between(std::log(o.ratio[0]), std::log(o.ratio[1]), generator));
    const auto width = static_cast<std::int64_t>(std::lround(std::sqrt(target * ratio)));
    const auto height = static_cast<std::int64_t>(std::lround(std::sqrt(target / ratio)));
    if (width < 1 || height < 1 || width > form.width || height > form.height) continue;
    const auto place = [&](std::int64_t room) {
      return static_cast<std::int64_t>(generator.uniform() * static_cast<double>(room + 1));
    };
    const std::int64_t x = place(form.width - width);
    const std::int64_t y = place(form.height - height);
    return Part{x, y, width, height};
  }
  return std::nullopt;
}

NDArray resized(const NDArray& x, const ResizeOptions& options) {
  const Form form = form_of("Resize", x);
  const Size size = size_for(options, form);
  Generator unused(0);
  return resize(x, size,
                interpolation_of(options.interpolation, {form.width, form.height},
                                 {size.width(), size.height()}, unused));
}

NDArray part_of(const NDArray& x, const CropResizeOptions& o) {
  Generator unused(0);
  return part_in_size(x, {o.x, o.y, o.width, o.height}, o.size.value_or(Size(o.width, o.height)),
                      o.interpolation, unused);
}

NDArray random_part_of(const NDArray& x, const RandomResizedCropOptions& o, Generator& generator) {
  const auto part = random_part(form_of("RandomResizedCrop", x), o, generator);
  if (!part) return center_crop(x, {o.size, o.interpolation}, generator);
  return part_in_size(x, *part, o.size, o.interpolation, generator);
}

Transform::One randomly_flipped(const char* who, double p, bool left_right) {
  check(p >= 0 && p <= 1, who, ": p: expected 0 to 1, got ", p);
  return [=](const NDArray& x, Generator& generator) {
    return generator.uniform() < p ? flip(x, left_right) : x;
  };
}

// The operator tosses a fair coin.
Transform::Alone flipped_alone(const char* name, double p) {
  return p == 0.5 ? by_operator(name, NoOptions()) : nullptr;
}

void check_size(const char* who, const Size& size) {
  check(size.width() > 0 && size.height() > 0 && size.width() <= kMaxPixels / size.height(), who,
        ": size: expected more than 0 and at most ", kMaxPixels, " pixels, got (", size.width(),
        ", ", size.height(), ")");
}

void check_interpolation(const char* who, int code, bool may_be_random) {
  const bool known = (code >= 0 && code <= 4) || code == 9 || (may_be_random && code == 10);
  check(known, who, ": interpolation: expected 0 to 4", may_be_random ? ", 9 or 10" : " or 9",
        ", got ", code);
}

const ResizeOptions& checked(const ResizeOptions& o) {
  check_size("Resize", o.size);
  check_interpolation("Resize", o.interpolation, false);
  return o;
}

const CropResizeOptions& checked(const CropResizeOptions& o) {
  check(o.x >= 0 && o.y >= 0 && o.width > 0 && o.height > 0,
        "CropResize: expected x and y of at least 0, and width and height of at least 1, got ", o.x,
        ", ", o.y, ", ", o.width, " and ", o.height);
  if (o.size) check_size("CropResize", *o.size);
  check_interpolation("CropResize", o.interpolation, false);
  return o;
}

const CenterCropOptions& checked(const CenterCropOptions& o) {
  check_size("CenterCrop", o.size);
  check_interpolation("CenterCrop", o.interpolation, true);
  return o;
}

const RandomResizedCropOptions& checked(const RandomResizedCropOptions& o) {
  check_size("RandomResizedCrop", o.size);
  check_interpolation("RandomResizedCrop", o.interpolation, true);
  check(o.scale[0] > 0 && o.scale[0] <= o.scale[1] && std::isfinite(o.scale[1]),
        "RandomResizedCrop: scale: expected two numbers above 0, the smaller first, got ",
        o.scale[0], " and ", o.scale[1]);
  check(o.ratio[0] > 0 && o.ratio[0] <= o.ratio[1] && std::isfinite(o.ratio[1]),
        "RandomResizedCrop: ratio: expected two numbers above 0, the smaller first, got ",
        o.ratio[0], " and ", o.ratio[1]);
  return o;
}

}  // namespace

Resize::Resize(const ResizeOptions& options)
    : Transform([o = checked(options)](const NDArray& x, Generator&) { return resized(x, o); },
                [options](const NDArray& x) { return resized(x, options); }, false) {}

CropResize::CropResize(const CropResizeOptions& options)
    : Transform([o = checked(options)](const NDArray& x, Generator&) { return part_of(x, o); },
                [options](const NDArray& x) { return part_of(x, options); }, false) {}

CenterCrop::CenterCrop(const CenterCropOptions& options)
    : Transform(
          [o = checked(options)](const NDArray& x, Generator& generator) {
            return center_crop(x, o, generator);
          },
          nullptr, true) {}

RandomResizedCrop::RandomResizedCrop(const RandomResizedCropOptions& options)
    : Transform(
          [o = checked(options)](const NDArray& x, Generator& generator) {
            return random_part_of(x, o, generator);
          },
          nullptr, true) {}

RandomFlipLeftRight::RandomFlipLeftRight(double p)
    : Transform(randomly_flipped("RandomFlipLeftRight", p, true), nullptr, true,
                flipped_alone("_image_random_flip_left_right", p)) {}

RandomFlipTopBottom::RandomFlipTopBottom(double p)
    : Transform(randomly_flipped("RandomFlipTopBottom", p, false), nullptr, true,
                flipped_alone("_image_random_flip_top_bottom", p)) {}

}  // namespace gluino::gluon::data::vision::transforms
