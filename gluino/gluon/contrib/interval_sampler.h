#pragma once

#include <gluino/gluon/data/sampler.h>

#include <cstdint>
#include <vector>

/// Samplers of mxnet.gluon.contrib.data.
namespace gluino::gluon::contrib::data {

struct IntervalSamplerOptions {
  /// Goes on with 1, 1 + interval, ..., and so forth, until all were visited.
  bool rollover = true;
};

/// 0, interval, 2 interval, ..., below `length`.
class GLUINO_API IntervalSampler : public gluon::data::Sampler {
 public:
  /// Throws Error unless 1 <= interval <= length.
  IntervalSampler(std::int64_t length, std::int64_t interval,
                  const IntervalSamplerOptions& options = {});
  std::int64_t size() const override;
  std::vector<std::int64_t> epoch() override;

 private:
  std::int64_t length_;
  std::int64_t interval_;
  bool rollover_;
};

}  // namespace gluino::gluon::contrib::data
