#pragma once

#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/batch_norm.h>

#include <string>

namespace gluino {

/// Batch normalisation and an activation as one operator, which graphs are made of when they are
/// compiled. See graph/passes/fuse_batch_norm_activation.cc.
struct BatchNormActivationOptions {
  BatchNormOptions batch_norm{};
  std::string act_type = "relu";
};

/// True when the fused operator can stand for the two: channels are no single numbers, and what the
/// activation's gradient reads is its output, or can be computed again with the same bits.
GLUINO_API bool can_fuse(const BatchNormActivationOptions& options, const Shape& data, DType dtype);

}  // namespace gluino
