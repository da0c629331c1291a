// Sizes, parts and turns of images.
#include <gluino/base/error.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "image_transforms.h"

namespace gluino::python::images {
namespace {

using gluon::data::Generator;

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

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

Transform whole(std::function<NDArray(const NDArray&)> f) {
  struct Both {
    std::function<NDArray(const NDArray&)> f;
    NDArray operator()(const NDArray& x) const { return f(x); }
    NDArray batch(const NDArray& x) const { return f(x); }
  };
  return Both{std::move(f)};
}

double between(double low, double high, Generator& generator) {
  return low + (high - low) * generator.uniform();
}

Size size_for(const ResizeOptions& o, const Form& form) {
  if (o.size.size() == 2) return {o.size[0], o.size[1]};
  const std::int64_t side = o.size[0];
  if (!o.keep_ratio || form.width == 0 || form.height == 0) return {side, side};
  if (form.height > form.width) return {side, form.height * side / form.width};
  return {form.width * side / form.height, side};
}

// The largest part of an image with the proportions of `size`, no larger than that.
Size fitting(const Size& size, const Form& form) {
  double width = static_cast<double>(size.width);
  double height = static_cast<double>(size.height);
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

NDArray part_in_size(const NDArray& x, const Part& part, const Size& size, int interpolation,
                     Generator& generator) {
  const NDArray cut = crop(x, part);
  if (part.width == size.width && part.height == size.height) return cut;
  return resize(cut, size,
                interpolation_of(interpolation, {part.width, part.height},
                                 {size.width, size.height}, generator));
}

NDArray center_crop(const NDArray& x, const Size& size, int interpolation, Generator& generator) {
  const Form form = form_of("CenterCrop", x);
  const Size inner = fitting(size, form);
  const Part part{(form.width - inner.width) / 2, (form.height - inner.height) / 2, inner.width,
                  inner.height};
  return part_in_size(x, part, size, interpolation, generator);
}

std::optional<Part> random_part(const Form& form, const RandomCropOptions& o,
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

}  // namespace

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
  check(size.width > 0 && size.height > 0, "Resize: expected a size greater than 0, got (",
        size.width, ", ", size.height, ")");
  check(size.width <= kMaxPixels / size.height, "Resize: (", size.width, ", ", size.height,
        ") is more than ", kMaxPixels, " pixels");
  check(form.width > 0 && form.height > 0, "Resize: an image of shape ", x.shape(),
        " has no pixels");
  if (x.ndim() == 3) return resample(x, size.width, size.height, interpolation);
  NDArray result(with_size(x, size.height, size.width), x.dtype(), x.context());
  for (std::int64_t i = 0; i < form.images; ++i) {
    const NDArray image = x.slice_view(i, i + 1).view({form.height, form.width, form.channels});
    const NDArray resized = resample(image, size.width, size.height, interpolation);
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

Transform resize_transform(const ResizeOptions& options) {
  check(options.size.size() == 1 || options.size.size() == 2,
        "Resize: expected a size of one or two numbers, got ", options.size.size());
  return whole([options](const NDArray& x) {
    const Form form = form_of("Resize", x);
    const Size size = size_for(options, form);
    Generator unused(0);
    return resize(x, size,
                  interpolation_of(options.interpolation, {form.width, form.height},
                                   {size.width, size.height}, unused));
  });
}

Transform crop_resize_transform(const Part& part, const std::optional<Size>& size,
                                int interpolation) {
  return whole([=](const NDArray& x) {
    Generator unused(0);
    return part_in_size(x, part, size.value_or(Size{part.width, part.height}), interpolation,
                        unused);
  });
}

Transform center_crop_transform(const Size& size, int interpolation) {
  return [=](const NDArray& x, Generator& generator) {
    return center_crop(x, size, interpolation, generator);
  };
}

Transform random_resized_crop_transform(const RandomCropOptions& options) {
  return [=](const NDArray& x, Generator& generator) {
    const auto part = random_part(form_of("RandomResizedCrop", x), options, generator);
    if (!part) return center_crop(x, options.size, options.interpolation, generator);
    return part_in_size(x, *part, options.size, options.interpolation, generator);
  };
}

Transform random_flip_transform(bool left_right, double probability) {
  return [=](const NDArray& x, Generator& generator) {
    return generator.uniform() < probability ? flip(x, left_right) : x;
  };
}

Transform random_rotation_transform(const RandomRotationOptions& o) {
  return [=](const NDArray& x, Generator& generator) {
    if (generator.uniform() >= o.probability) return x;
    return rotate(x, {between(o.from, o.to, generator), o.zoom_in, o.zoom_out});
  };
}

Transform random_apply_transform(const std::vector<Transform>& transforms, double probability) {
  return [=](const NDArray& x, Generator& generator) {
    if (generator.uniform() >= probability) return x;
    NDArray result = x;
    for (const Transform& transform : transforms) result = transform(result, generator);
    return result;
  };
}

}  // namespace gluino::python::images
