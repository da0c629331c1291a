#pragma once

#include <gluino/kernels/cpu/pictures/resample.h>
#include <gluino/ops/core/inference.h>

#include <cstdint>

namespace gluino {

/// An image or a batch of them: (images, height, width, channels).
struct ImageForm {
  std::int64_t images, height, width, channels;

  explicit ImageForm(const Shape& shape) {
    const int last = shape.ndim() - 1;
    images = shape.size_between(0, last - 2);
    height = shape[last - 2];
    width = shape[last - 1];
    channels = shape[last];
  }
  std::int64_t row() const { return width * channels; }
  kernels::PictureSize picture() const { return {height, width, channels}; }
};

inline void expect_image(Inference& s) { s.expect_ndim(0, 3, "(height, width, channels)"); }

inline void expect_images(Inference& s) {
  const int ndim = s.in(0).ndim();
  s.expect(ndim == 3 || ndim == 4, 0,
           "expected an image (height, width, channels), or a batch of them, got shape ", s.in(0));
}

}  // namespace gluino
