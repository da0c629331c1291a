#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>
#include <vector>

namespace gluino {

struct CTCLossOptions {
  /// The number of steps of each sequence is given; else it is that of the data.
  bool use_data_lengths = false;
  /// The number of labels of each sequence is given; else labels end before the first that is 0, or
  /// -1 with blank_label "last".
  bool use_label_lengths = false;
  /// Which class is the blank: "first" is 0, "last" the one after all labels.
  std::string blank_label = "first";
};

namespace ops {

/// Connectionist temporal classification (Graves, Fernandez, Gomez and Schmidhuber, 2006): -log of
/// the probability that sequences of predictions, data (T, N, C), before softmax, say the labels
/// (N, L), with blanks between them and repetitions: (N). Labels that do not fit into their
/// sequence have the loss 0 and no gradient. The inputs are data, label, and, where used, the
/// lengths (N) of data and of labels. Throws Error where L > T, at labels that are no class, and at
/// lengths beyond the arrays.
template <Operand A>
A CTCLoss(const std::vector<A>& inputs, const CTCLossOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<CTCLossOptions>("CTCLoss");
  return apply(op, &options, std::span<const A>(inputs), name);
}
template <Operand A>
A CTCLoss(const A& data, const A& label, const CTCLossOptions& options = {}, NodeName name = {}) {
  return CTCLoss(std::vector<A>{data, label}, options, name);
}

}  // namespace ops
}  // namespace gluino
