#pragma once

#include <gluino/base/error.h>
#include <gluino/gluon/nn/basic_layers.h>

#include <cstdint>

namespace gluino::gluon::contrib::nn {

struct SyncBatchNormLayerOptions {
  /// BatchNorm's.
  gluon::nn::BatchNormLayerOptions batch_norm{};
  /// Over how many devices a batch is spread: 1.
  std::int64_t num_devices = 1;
};

/// BatchNorm with the statistics of all parts of a batch that is spread over devices. Of one, which
/// is what there is without a GPU, it is BatchNorm; more are an Error.
class GLUINO_API SyncBatchNorm : public gluon::nn::BatchNorm {
 public:
  explicit SyncBatchNorm(const SyncBatchNormLayerOptions& options = {})
      : BatchNorm("syncbatchnorm", options.batch_norm) {
    check(options.num_devices == 1, "[SyncBatchNorm ", name(),
          "] num_devices: expected 1, as more are not there yet, got ", options.num_devices);
  }
};

}  // namespace gluino::gluon::contrib::nn
