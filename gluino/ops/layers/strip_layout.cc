#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/ops/layers/strip_layout.h>

namespace gluino {

std::int64_t strip_samples(DType dtype) {
  return dtype == float64 ? kernels::kStripSamples<double> : kernels::kStripSamples<float>;
}

Shape to_strips(const Shape& images, DType dtype) {
  const std::int64_t samples = strip_samples(dtype);
  Shape strips = images;
  strips[0] = (images[0] + samples - 1) / samples;
  strips.push_back(samples);
  return strips;
}

Shape images_of(const StripLayout& strips, const Shape& data) {
  return strips.data ? Shape{strips.batch, data[1], data[2], data[3]} : data;
}

void expect_images(const StripLayout& strips, const Inference& inference) {
  inference.expect_ndim(0, strips.data ? 5 : 4,
                        strips.data ? "(strips, C, H, W, samples)" : "(N, C, H, W)");
}

}  // namespace gluino
