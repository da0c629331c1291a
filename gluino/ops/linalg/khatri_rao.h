#pragma once

#include <gluino/ops/core/invoke.h>

#include <vector>

namespace gluino::ops {

/// Of matrices (M_i, N), column by column, all products of an element of each: (M_0 M_1 ..., N),
/// the last matrix' rows changing first.
template <Operand A>
A khatri_rao(const std::vector<A>& args, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("khatri_rao");
  const NoOptions none;
  return apply(op, &none, std::span<const A>(args), name);
}

}  // namespace gluino::ops
