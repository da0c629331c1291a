#include <gluino/base/random.h>
#include <gluino/gluon/data/transform.h>

namespace gluino::gluon::data {

NDArray Transform::operator()(const NDArray& sample) const {
  if (alone_) {
    if (const auto result = alone_(sample)) return *result;
  }
  Generator generator(random_ ? random::draw_seed() : 0);
  return one_(sample, generator);
}

NDArray Transform::batch(const NDArray& samples) const {
  check(has_batch(), "this transform takes single samples only");
  NDArray result = whole_(samples);
  check(result.ndim() > 0 && samples.ndim() > 0 && result.shape()[0] == samples.shape()[0],
        "a transform of a batch of shape ", samples.shape(), " gave shape ", result.shape(),
        ", which holds another number of samples");
  return result;
}

}  // namespace gluino::gluon::data
