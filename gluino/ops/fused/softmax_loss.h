#pragma once

namespace gluino {

/// -log(softmax(row)[label]) of each row, as one operator, which graphs are made of when they are
/// compiled. See graph/passes/fuse_softmax_cross_entropy.cc.
struct SoftmaxLossOptions {
  /// The loss keeps the last axis, with length 1.
  bool keepdims = false;
  /// See PickOptions.
  bool check_labels = false;
};

}  // namespace gluino
