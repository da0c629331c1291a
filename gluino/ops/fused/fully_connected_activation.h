#pragma once

#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/fully_connected.h>

#include <string>

namespace gluino {

/// A fully connected layer and its activation as one operator, which graphs are made of when they
/// are compiled. See graph/passes/fuse_fully_connected_activation.cc.
struct FullyConnectedActivationOptions {
  FullyConnectedOptions fully_connected{};
  std::string act_type = "relu";
};

/// True when the fused operator can stand for the two: the activation's gradient must follow from
/// its output, because the layer's own output is not kept.
GLUINO_API bool can_fuse(const FullyConnectedActivationOptions& options);

}  // namespace gluino
