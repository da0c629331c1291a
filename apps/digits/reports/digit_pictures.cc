#include <apps/digits/reports/digit_pictures.h>
#include <gluino/base/error.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace digits::reports {
namespace {

using gluino::NDArray;
using gluino::Shape;
using gluino::str;

// The weights of the first layer as (filters, rows, columns); nothing for those that are no images.
std::vector<float> weights_of(const gluino::gluon::Parameter& weight, const Shape& image,
                              Shape& shape) {
  const Shape& sizes = weight.shape();
  const bool is_convolution = sizes.ndim() == 4 && sizes[1] == 1;
  const bool is_dense = sizes.ndim() == 2 && sizes[1] == image[0] * image[1];
  if (!is_convolution && !is_dense) return {};
  shape =
      is_convolution ? Shape{sizes[0], sizes[2], sizes[3]} : Shape{sizes[0], image[0], image[1]};
  return weight.data().to_vector<float>();
}

}  // namespace

std::vector<gluino::viz::GridImage> with_titles(const std::vector<Judgement>& judgements,
                                                const gluino::gluon::data::Dataset& images,
                                                const std::vector<std::string>& names,
                                                std::size_t most) {
  std::vector<gluino::viz::GridImage> result;
  for (std::size_t i = 0; i < std::min(judgements.size(), most); ++i) {
    const Judgement& each = judgements[i];
    result.push_back({images.get(each.index)[0],
                      str("Predicted: ", names[static_cast<std::size_t>(each.predicted)],
                          "\nActual: ", names[static_cast<std::size_t>(each.label)])});
  }
  return result;
}

std::vector<NDArray> first_filters(const gluino::gluon::Block& net, const Shape& image,
                                   std::size_t most) {
  const auto parameters = net.collect_params();
  if (parameters.size() == 0) return {};
  Shape shape;
  const std::vector<float> weights = weights_of(*parameters.begin(), image, shape);
  if (weights.empty()) return {};
  const auto pixels = static_cast<std::size_t>(shape[1] * shape[2]);
  const std::size_t count = std::min(static_cast<std::size_t>(shape[0]), most);
  float largest = 0;
  for (const float weight : weights) {
    if (std::isfinite(weight)) largest = std::max(largest, std::abs(weight));
  }
  std::vector<NDArray> filters;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::uint8_t> shades;
    for (std::size_t k = i * pixels; k < (i + 1) * pixels; ++k) {
      const float share = largest > 0 && std::isfinite(weights[k]) ? weights[k] / largest : 0;
      shades.push_back(static_cast<std::uint8_t>(std::lround(128 + 127 * share)));
    }
    filters.push_back(gluino::nd::from(shades, {shape[1], shape[2]}));
  }
  return filters;
}

std::string png_of_shades(const NDArray& image) {
  const Shape& shape = image.shape();
  const NDArray picture =
      gluino::nd::from(image.to_vector<std::uint8_t>(), {shape[0], shape[1], 1});
  return gluino::image::imencode(picture, {.format = ".png", .compression = 9});
}

std::string png_of(const NDArray& image) {
  std::vector<std::uint8_t> shades = image.to_vector<std::uint8_t>();
  for (std::uint8_t& shade : shades) shade = static_cast<std::uint8_t>(255 - shade);
  return png_of_shades(gluino::nd::from(shades, {image.shape()[0], image.shape()[1]}));
}

}  // namespace digits::reports
