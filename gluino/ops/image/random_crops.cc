#include <gluino/base/random.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/image/geometry-inl.h>

#include <array>
#include <cmath>
#include <optional>

/// Parts of images at random, in a size that is wanted. Which part it was is kept for the gradient.
namespace gluino {
namespace {

using random::Stream;
using Part = ImageCropOptions;

ImageForm form_of(const Part& part, ImageForm image) {
  image.width = part.width;
  image.height = part.height;
  return image;
}

void write_part(const Part& part, const Tensor& in, const Tensor& out, int interp) {
  const ImageForm image(in.shape), wanted(out.shape), form = form_of(part, image);
  dispatch_numbers(in.dtype, [&]<class T>() {
    if (part.width == wanted.width && part.height == wanted.height) {
      return copy_part(part, image, in.as<T>(), out.as<T>());
    }
    const Temporary<T> parts(image.images * form.height * form.row());
    copy_part(part, image, in.as<T>(), parts.data());
    resample_images(parts.data(), form, out.as<T>(), wanted, interp);
  });
}

void write_gradient(const Part& part, const Tensor& dy, const Tensor& dx, int interp) {
  const ImageForm image(dx.shape), wanted(dy.shape), form = form_of(part, image);
  dispatch_real(dx.dtype, "random_crop", [&]<class T>() {
    if (part.width == wanted.width && part.height == wanted.height) {
      return put_part(part, image, dy.as<T>(), dx.as<T>());
    }
    const Temporary<T> parts(image.images * form.height * form.row());
    resample_gradients(dy.as<T>(), wanted, parts.data(), form, interp);
    put_part(part, image, parts.data(), dx.as<T>());
  });
}

double between(const std::vector<double>& range, Stream& stream) {
  return range[0] + (range[1] - range[0]) * static_cast<double>(stream.canonical<float>());
}

std::int64_t cut_off(double share, std::int64_t room) {
  return static_cast<std::int64_t>(share * static_cast<double>(room));
}

Part draw(const ImageRandomCropOptions& o, const ImageForm& image, Stream& stream) {
  const std::int64_t width = std::min(o.width, image.width);
  const std::int64_t height = std::min(o.height, image.height);
  const std::int64_t x = cut_off(between(o.xrange, stream), image.width - width);
  const std::int64_t y = cut_off(between(o.yrange, stream), image.height - height);
  return {.x = x, .y = y, .width = width, .height = height};
}

// The largest part with the proportions of the result.
Part middle_of(const ImageRandomResizedCropOptions& o, const ImageForm& image) {
  const double scale = std::min(static_cast<double>(image.width) / static_cast<double>(o.width),
                                static_cast<double>(image.height) / static_cast<double>(o.height));
  const auto scaled = [&](std::int64_t size, std::int64_t most) {
    return std::clamp<std::int64_t>(std::llround(scale * static_cast<double>(size)), 1, most);
  };
  const std::int64_t width = scaled(o.width, image.width);
  const std::int64_t height = scaled(o.height, image.height);
  return {.x = (image.width - width) / 2,
          .y = (image.height - height) / 2,
          .width = width,
          .height = height};
}

Part draw(const ImageRandomResizedCropOptions& o, const ImageForm& image, Stream& stream) {
  const double area = static_cast<double>(image.width) * static_cast<double>(image.height);
  const std::vector<double> logarithms = {std::log(o.ratio[0]), std::log(o.ratio[1])};
  for (std::int64_t trial = 0; trial < o.max_trial; ++trial) {
    const double wanted = area * between(o.area, stream);
    const double ratio = std::exp(between(logarithms, stream));
    const double width = std::round(std::sqrt(wanted * ratio));
    const double height = std::round(std::sqrt(wanted / ratio));
    if (!(width >= 1 && width <= static_cast<double>(image.width))) continue;
    if (!(height >= 1 && height <= static_cast<double>(image.height))) continue;
    Part part{.width = static_cast<std::int64_t>(width),
              .height = static_cast<std::int64_t>(height)};
    part.x = cut_off(static_cast<double>(stream.canonical<float>()), image.width - part.width);
    part.y = cut_off(static_cast<double>(stream.canonical<float>()), image.height - part.height);
    return part;
  }
  return middle_of(o, image);
}

template <class O>
void forward(const O& o, const Call& call) {
  std::optional<Part> part;
  const ImageForm image(call.in[0].shape);
  random::one_by_one([&](Stream& stream) { part = draw(o, image, stream); });
  if (call.out[1]) {
    const std::array kept = {part->x, part->y, part->width, part->height};
    std::copy(kept.begin(), kept.end(), call.out[1].as<std::int64_t>());
  }
  if (call.out[0].size() > 0) write_part(*part, call.in[0], call.out[0], o.interp);
}

template <class O>
void backward(const O& o, const GradientCall& call) {
  if (call.in_grad[0].size() == 0) return;
  const auto* kept = call.out[1].as<std::int64_t>();
  const Part part{.x = kept[0], .y = kept[1], .width = kept[2], .height = kept[3]};
  write_gradient(part, call.out_grad[0], call.in_grad[0], o.interp);
}

void expect_range(const std::vector<double>& range, double least, double most, const char* name,
                  Inference& s) {
  const bool fits =
      range.size() == 2 && least <= range[0] && range[0] <= range[1] && range[1] <= most;
  s.expect(fits, -1, name, ": expected two numbers from ", least, " to ", most,
           ", the smaller first, got ", format_value(range));
}

template <class O>
void infer_size(const O& o, Inference& s) {
  expect_images(s);
  expect_resizable(s, o.height, o.width, o.interp);
  s.set_out(1, {4});
}

template <class O>
OpDefinition<O> define_random_part(const char* name, const char* doc, const char* output,
                                   int outputs_in_files) {
  auto definition = define_image<O>(name, doc);
  definition.types(Types::numbers)
      .outputs({output, "part"}, 1)
      .outputs_in_files(outputs_in_files)
      .random()
      .infer_types([](const O& /*o*/, auto in, auto out) {
        out[0] = in[0];
        out[1] = int64;
      })
      .forward(forward<O>)
      .backward(backward<O>, Op::outputs)
      .instead("image_crop and image_resize");
  return definition;
}

constexpr const char* kInterpolation =
    "0 nearest, 1 bilinear, 2 bicubic, 3 by areas, 4 Lanczos, where it is not of the size.";

const auto random_crop =
    define_random_part<ImageRandomCropOptions>(
        "random_crop", "A part of an image, or of each of a batch, at a random place.", "output0",
        2)
        .field("xrange", &ImageRandomCropOptions::xrange,
               "Where it begins: between which parts of the room beside it.")
        .field("yrange", &ImageRandomCropOptions::yrange, "The same from above.")
        .field("width", &ImageRandomCropOptions::width, "Its columns.")
        .required()
        .field("height", &ImageRandomCropOptions::height, "Its rows.")
        .required()
        .field("interp", &ImageRandomCropOptions::interp, kInterpolation)
        .infer([](const ImageRandomCropOptions& o, Inference& s) {
          expect_range(o.xrange, 0, 1, "xrange", s);
          expect_range(o.yrange, 0, 1, "yrange", s);
          infer_size(o, s);
        })
        .sample({.width = 3, .height = 2}, {{{5, 4, 3}, kBytes}})
        .sample({.yrange = {0.5, 0.5}, .width = 6, .height = 2}, {{{2, 3, 4, 1}, kBytes}})
        .sample({.width = 2, .height = 2}, {{{0, 3, 4, 1}, kBytes}});

const auto random_resized_crop =
    define_random_part<ImageRandomResizedCropOptions>(
        "random_resized_crop",
        "A part of an image, or of each of a batch, of random area, proportions and place, in a "
        "size.",
        "output", 1)
        .field("width", &ImageRandomResizedCropOptions::width, "The columns of the result.")
        .required()
        .field("height", &ImageRandomResizedCropOptions::height, "Its rows.")
        .required()
        .field("area", &ImageRandomResizedCropOptions::area,
               "The least and the largest share of the image's area.")
        .field("ratio", &ImageRandomResizedCropOptions::ratio,
               "The least and the largest quotient of width and height.")
        .field("interp", &ImageRandomResizedCropOptions::interp, kInterpolation)
        .field("max_trial", &ImageRandomResizedCropOptions::max_trial,
               "How often a part is drawn until one lies within; else it is that in the middle.")
        .infer([](const ImageRandomResizedCropOptions& o, Inference& s) {
          constexpr double kLeast = 1e-6, kMost = 1e6;
          constexpr std::int64_t kMostTrials = 1000;
          expect_range(o.area, 0, 1, "area", s);
          expect_range(o.ratio, kLeast, kMost, "ratio", s);
          s.expect(o.max_trial >= 0 && o.max_trial <= kMostTrials, -1, "max_trial: expected 0 to ",
                   kMostTrials, ", got ", o.max_trial);
          infer_size(o, s);
        })
        .sample({.width = 3, .height = 2}, {{{7, 8, 3}, kBytes}})
        .sample({.width = 4, .height = 4, .area = {0.5, 0.8}, .interp = 2},
                {{{2, 5, 6, 1}, kBytes}})
        .sample({.width = 2, .height = 2, .max_trial = 0}, {{{0, 3, 4, 1}, kBytes}});

}  // namespace
}  // namespace gluino
