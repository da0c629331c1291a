#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct SoftmaxOutputOptions {
  /// The gradient is multiplied by it.
  double grad_scale = 1;
  /// With use_ignore, places with this label get no gradient.
  double ignore_label = -1;
  /// The classes lie along axis 1, and every place of the remaining axes is classified.
  bool multi_output = false;
  bool use_ignore = false;
  /// The classes lie along the last axis; else all axes but the first are taken as one.
  bool preserve_shape = false;
  /// What the gradient is divided by: nothing ("null"); the batch size, of preserve_shape the
  /// number of labels ("batch"); or the number of labels that are not ignore_label ("valid").
  std::string normalization = "null";
  /// The gradient is multiplied by that of the output, which is ignored otherwise.
  bool out_grad = false;
  /// Moves this share of each label from its class to the others.
  double smooth_alpha = 0;
  /// In training a label that is no class, and not ignored, is an Error; see LabelCheck. Symbols
  /// have it on: what is trained with them is checked; on arrays the operator is MXNet's.
  bool check_labels = false;
};

namespace ops {

/// Softmax of data whose gradient is that of the cross entropy with `label`: p - onehot(label),
/// summed over the batch unless normalised, whatever the gradient of the output. `label` holds
/// class numbers: (N,); with preserve_shape the data's shape without its last axis; with
/// multi_output (N, rest), or the data's shape without axis 1, which then also divides the gradient
/// by the number of places per sample unless normalization is "valid". A label of the data's own
/// shape holds probabilities: the gradient is p - label, times grad_scale alone. No gradient goes
/// to the label.
template <Operand A>
A SoftmaxOutput(const A& data, const A& label, const SoftmaxOutputOptions& options = {},
                NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOutputOptions>("SoftmaxOutput");
  SoftmaxOutputOptions checked = options;
  checked.check_labels |= SymbolicOperand<A>;
  return call(op, checked, {data, label}, name);
}

/// The same with a label that is a variable of its own.
template <SymbolicOperand A>
A SoftmaxOutput(const A& data, const SoftmaxOutputOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SoftmaxOutputOptions>("SoftmaxOutput");
  SoftmaxOutputOptions checked = options;
  checked.check_labels = true;
  return call(op, checked, {data}, name);
}

}  // namespace ops
}  // namespace gluino
