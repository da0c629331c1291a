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

/// BatchNorm with the statistics of all parts of a batch that is spread over devices. Of one it is
/// BatchNorm. More are an Error: the calls for the parts are made one after the other and each
/// computes before it returns, so that the first would wait for those that are not made yet.
class GLUINO_API SyncBatchNorm : public gluon::nn::BatchNorm {
 public:
  explicit SyncBatchNorm(const SyncBatchNormLayerOptions& options = {})
      : BatchNorm("syncbatchnorm", options.batch_norm) {
    check(
        options.num_devices == 1, "[SyncBatchNorm ", name(),
        "] num_devices: expected 1, as the parts of a batch are computed one after the other, got ",
        options.num_devices);
  }
};

}  // namespace gluino::gluon::contrib::nn
