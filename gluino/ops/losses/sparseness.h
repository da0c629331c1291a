#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct KLSparseRegOptions {
  /// How active a unit is to be on average, 0 to 1.
  double sparseness_target = 0.1;
  /// What the penalty is multiplied by.
  double penalty = 0.001;
  /// How much of the moving average stays, 0 to 1.
  double momentum = 0.9;
};

namespace ops {

/// The data (N, units), outputs of a sigmoid, as they are. Its gradient is that of the output and,
/// for each unit, penalty * ((1 - target) / (1 - average) - target / average): the derivative of
/// the divergence of Kullback and Leibler of the target from the unit's average, which keeps units
/// mostly at rest (Ng, "Sparse autoencoder", 2011). The average, `moving_avg` (units), follows in
/// training: momentum * average + (1 - momentum) * the batch's mean. The gradient is infinite for
/// an average of 0 or 1.
template <Operand A>
A IdentityAttachKLSparseReg(const A& data, const A& moving_avg,
                            const KLSparseRegOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<KLSparseRegOptions>("IdentityAttachKLSparseReg");
  return call(op, options, {data, moving_avg}, name);
}
template <SymbolicOperand A>
A IdentityAttachKLSparseReg(const A& data, const KLSparseRegOptions& options = {},
                            NodeName name = {}) {
  static const Op& op = Op::get<KLSparseRegOptions>("IdentityAttachKLSparseReg");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
