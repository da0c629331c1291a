#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>
#include <span>
#include <vector>

/// Conversions that automatic mixed precision puts into graphs.
namespace gluino {

struct AmpCastOptions {
  DType dtype = float32;
};

struct AmpMulticastOptions {
  std::int64_t num_outputs = 1;
  /// To the narrowest of the types, not to the widest.
  bool cast_narrow = false;
};

namespace ops {

/// Converts float32 and half precision to another type; all else stays what it is.
template <Operand A>
A amp_cast(const A& data, const AmpCastOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<AmpCastOptions>("amp_cast");
  return call(op, options, {data}, name);
}

/// Brings those of the arrays that are in float32 or half precision to one of their types.
template <Operand A>
auto amp_multicast(const std::vector<A>& data, const AmpMulticastOptions& options,
                   NodeName name = {}) {
  static const Op& op = Op::get<AmpMulticastOptions>("amp_multicast");
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(data), name);
  } else {
    return apply_all(op, &options, std::span<const A>(data));
  }
}

}  // namespace ops
}  // namespace gluino
