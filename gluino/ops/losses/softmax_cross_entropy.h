#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>

namespace gluino {

struct SoftmaxCrossEntropyOptions {
  /// A label that is no class is an Error; see LabelCheck.
  bool check_labels = true;
};

struct SoftmaxActivationOptions {
  /// "instance": over the last axis; "channel": over axis 1.
  std::string mode = "instance";
};

namespace ops {

/// The sum over the rows of data (N, classes) of -log(softmax(row)[label]), of shape (1,).
template <Operand A>
A softmax_cross_entropy(const A& data, const A& label, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxCrossEntropyOptions>("softmax_cross_entropy");
  return call(op, SoftmaxCrossEntropyOptions{}, {data, label}, name);
}

/// softmax over what the mode names; an older form of ops::softmax.
template <Operand A>
A SoftmaxActivation(const A& data, const SoftmaxActivationOptions& options = {},
                    NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxActivationOptions>("SoftmaxActivation");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
