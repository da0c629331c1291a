#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct DropoutOptions {
  double p = 0.5;
  std::string mode = "training";
  /// Along these axes elements are dropped together.
  Shape axes{};
};

namespace ops {

/// In training sets each element to zero with probability p and divides the others by 1 - p; else
/// (unless mode is "always") passes data on.
template <Operand A>
A Dropout(const A& data, const DropoutOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<DropoutOptions>("Dropout");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
