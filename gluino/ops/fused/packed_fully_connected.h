#pragma once

#include <gluino/ops/layers/fully_connected.h>

#include <string>

namespace gluino {

/// A fully connected layer, and its activation if there is one, whose weights lie in the order in
/// which the kernel reads them: for networks that are not trained. See
/// graph/frozen/pack_weights.cc.
struct PackedFullyConnectedOptions {
  FullyConnectedOptions fully_connected{};
  std::string act_type{};
};

/// Weights (num_hidden, in) as the layer wants them, one row of numbers. Their order is this
/// processor's.
GLUINO_API NDArray pack_fully_connected(const NDArray& weight);

}  // namespace gluino
