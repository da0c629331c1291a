#include <gluino/base/error.h>
#include <gluino/gluon/contrib/interval_sampler.h>

namespace gluino::gluon::contrib::data {

IntervalSampler::IntervalSampler(std::int64_t length, std::int64_t interval,
                                 const IntervalSamplerOptions& options)
    : length_(length), interval_(interval), rollover_(options.rollover) {
  check(interval >= 1 && interval <= length,
        "IntervalSampler: interval: expected 1 to the length, ", length, ", got ", interval);
}

std::int64_t IntervalSampler::size() const {
  return rollover_ ? length_ : (length_ - 1) / interval_ + 1;
}

std::vector<std::int64_t> IntervalSampler::epoch() {
  std::vector<std::int64_t> indices;
  indices.reserve(static_cast<std::size_t>(size()));
  for (std::int64_t first = 0; first < (rollover_ ? interval_ : 1); ++first) {
    for (std::int64_t i = first; i < length_; i += interval_) indices.push_back(i);
  }
  return indices;
}

}  // namespace gluino::gluon::contrib::data
