#pragma once

#include <gluino/ops/core/invoke.h>

#include <vector>

namespace gluino::ops {

/// The sum of arrays of one shape, added from the first to the last.
template <Operand A>
A add_n(const std::vector<A>& arrays, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("add_n");
  const NoOptions none;
  return apply(op, &none, std::span<const A>(arrays), name);
}
template <Operand A>
A add_n(std::initializer_list<A> arrays, NodeName name = {}) {
  return add_n(std::vector<A>(arrays), name);
}
template <Operand A>
A ElementWiseSum(const std::vector<A>& arrays, NodeName name = {}) {
  return add_n(arrays, name);
}
template <Operand A>
A ElementWiseSum(std::initializer_list<A> arrays, NodeName name = {}) {
  return add_n(arrays, name);
}

}  // namespace gluino::ops
