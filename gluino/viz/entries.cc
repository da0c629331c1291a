#include <gluino/viz/entries.h>

namespace gluino::viz {

std::string joined_by_x(const Shape& shape) {
  std::string text;
  for (const std::int64_t size : shape) {
    if (!text.empty()) text += 'x';
    text += std::to_string(size);
  }
  return text;
}

std::string sample_shape(const Shape& shape) {
  Shape sample = shape;
  if (sample.ndim() > 0) sample.erase(0);
  return joined_by_x(sample);
}

}  // namespace gluino::viz
