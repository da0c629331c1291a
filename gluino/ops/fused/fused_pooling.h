#pragma once

#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/layers/strip_layout.h>

namespace gluino {

/// Maximum pooling, windows side by side, of images that lie as a compiled graph has decided. See
/// graph/passes/choose_layouts.cc.
struct FusedPoolingOptions {
  Shape kernel{};
  StripLayout strips{};
};

}  // namespace gluino
