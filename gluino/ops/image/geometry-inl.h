#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/pictures/resample.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/image/image.h>
#include <gluino/ops/image/image_form-inl.h>

#include <algorithm>
#include <string>

/// Parts and sizes of images.
namespace gluino {
namespace {

template <class O>
OpDefinition<O> define_image(const char* name, const char* doc) {
  auto definition = define_op<O>(std::string("_image_") + name);
  definition.aliases({std::string("_npx__image_") + name}).doc(doc).inputs({"data"}).nameless();
  return definition;
}

/// Calls f(place in the image, place in the part) for each row of the part of each image.
template <class F>
void each_row(const ImageCropOptions& o, const ImageForm& form, F f) {
  const std::int64_t row = o.width * form.channels;
  parallel_for(form.images * o.height, kernels::row_grain(row, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const std::int64_t y = i / o.height * form.height + o.y + i % o.height;
                   f((y * form.width + o.x) * form.channels, i * row);
                 }
               });
}

/// The part of each image, and its gradient: 0 around it.
template <class T>
void copy_part(const ImageCropOptions& o, const ImageForm& form, const T* images, T* parts) {
  each_row(o, form, [&](std::int64_t from, std::int64_t to) {
    std::copy_n(images + from, o.width * form.channels, parts + to);
  });
}
template <class T>
void put_part(const ImageCropOptions& o, const ImageForm& form, const T* parts, T* images) {
  std::fill_n(images, form.images * form.height * form.row(), T(0));
  each_row(o, form, [&](std::int64_t to, std::int64_t from) {
    std::copy_n(parts + from, o.width * form.channels, images + to);
  });
}

/// Output 0 is of that height and width. Throws Error where there is no such image.
inline void expect_resizable(Inference& s, std::int64_t height, std::int64_t width, int interp) {
  constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;
  const ImageForm form(s.in(0));
  s.expect(interp >= 0 && interp <= 4, -1, "interp: expected 0 to 4, got ", interp);
  s.expect(width > 0 && height > 0 && width <= kMaxPixels / height, -1,
           "expected a width and a height of at least 1 and at most ", kMaxPixels,
           " pixels in all, got ", width, " and ", height);
  s.expect(form.height > 0 && form.width > 0, 0,
           "an image without pixels cannot be resized: ", s.in(0));
  Shape out = s.in(0);
  out[out.ndim() - 3] = height;
  out[out.ndim() - 2] = width;
  s.set_out(0, out);
}

/// Images of another size, and the gradient of what they are made of; neither is empty.
template <class T>
void resample_images(const T* in, const ImageForm& from, T* out, const ImageForm& to, int interp) {
  for (std::int64_t i = 0; i < from.images; ++i) {
    kernels::resample(in + i * from.height * from.row(), from.picture(),
                      out + i * to.height * to.row(), to.picture(),
                      static_cast<kernels::Interpolation>(interp));
  }
}
template <class T>
void resample_gradients(const T* dy, const ImageForm& to, T* dx, const ImageForm& from,
                        int interp) {
  for (std::int64_t i = 0; i < from.images; ++i) {
    kernels::resample_gradient(dy + i * to.height * to.row(), to.picture(),
                               dx + i * from.height * from.row(), from.picture(),
                               static_cast<kernels::Interpolation>(interp));
  }
}

constexpr Fill kBytes{Fill::Kind::uniform, 0, 100};

}  // namespace
}  // namespace gluino
