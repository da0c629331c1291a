#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct CastOptions {
  DType dtype = float32;
};

namespace ops {

/// Converts each element to another type: to integers towards zero, to bool as "is not zero".
template <Operand A>
A cast(const A& data, const CastOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CastOptions>("Cast");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
