#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct CopyOptions {
  Context ctx{};
};

namespace ops {

/// A copy at another place; its gradient goes back to where the elements came from.
template <Operand A>
A copyto(const A& data, const CopyOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<CopyOptions>("_copyto");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
