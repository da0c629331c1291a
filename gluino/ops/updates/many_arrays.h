#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <vector>

/// What is asked of all gradients, or weights, at once.
namespace gluino {

struct AllFiniteOptions {
  /// False: the array given for the result holds what was found so far, which a 0 stays.
  bool init_output = true;
};

struct MultiAllFiniteOptions {
  std::int64_t num_arrays = 1;
  bool init_output = true;
};

struct ManyArraysOptions {
  std::int64_t num_arrays = 1;
};

struct MultiLarsOptions {
  double eta = 0.001;
  double eps = 0;
  double rescale_grad = 1;
};

namespace ops {

/// 1 where all elements are finite, else 0: (1,), float32.
template <Operand A>
A all_finite(const A& data, const AllFiniteOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<AllFiniteOptions>("all_finite");
  return call(op, options, {data}, name);
}
template <Operand A>
A multi_all_finite(const std::vector<A>& data, const MultiAllFiniteOptions& options,
                   NodeName name = {}) {
  static const Op& op = Op::get<MultiAllFiniteOptions>("multi_all_finite");
  return apply(op, &options, std::span<const A>(data), name);
}

/// The sum of the squares of each array: (arrays,), float32.
template <Operand A>
A multi_sum_sq(const std::vector<A>& data, const ManyArraysOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<ManyArraysOptions>("multi_sum_sq");
  return apply(op, &options, std::span<const A>(data), name);
}

/// The rates of LARS (You et al., 2017), from sums of squares: lr * eta * |w| / (|rescale_grad * g|
/// + wd * |w| + eps), and lr where a weight or its gradient is 0. All of one shape.
template <Operand A>
A multi_lars(const A& lrs, const A& weights_sum_sq, const A& grads_sum_sq, const A& wds,
             const MultiLarsOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<MultiLarsOptions>("multi_lars");
  return call(op, options, {lrs, weights_sum_sq, grads_sum_sq, wds}, name);
}

}  // namespace ops

namespace nd {

/// Fills each array with zeros.
GLUINO_API void reset_arrays(const std::vector<NDArray>& arrays);

}  // namespace nd
}  // namespace gluino
