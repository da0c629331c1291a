#pragma once

#include <gluino/ops/on_strips.h>
#include <gluino/ops/pooling.h>

namespace gluino {

/// Maximum pooling, windows side by side, of images that lie as a compiled graph has decided. See
/// graph/choose_layouts.cc.
struct FusedPoolingOptions {
  Shape kernel{};
  OnStrips strips{};
};

}  // namespace gluino
