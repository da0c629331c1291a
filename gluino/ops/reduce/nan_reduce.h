#pragma once

#include <gluino/ops/reduce/reduce.h>

namespace gluino::ops {

/// The sum over axes of what is a number.
template <Operand A>
A nansum(const A& data, const ReduceOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ReduceOptions>("nansum");
  return call(op, options, {data}, name);
}

/// The product over axes of what is a number.
template <Operand A>
A nanprod(const A& data, const ReduceOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ReduceOptions>("nanprod");
  return call(op, options, {data}, name);
}

/// The index along axis 1 of the first largest element.
template <Operand A>
A argmax_channel(const A& data, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("argmax_channel");
  return call(op, NoOptions(), {data}, name);
}

}  // namespace gluino::ops
