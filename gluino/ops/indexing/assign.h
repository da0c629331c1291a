#pragma once

#include <gluino/ops/indexing/gather_nd.h>

namespace gluino::ops {

/// lhs with the parts at the places that indices (M, ...) name replaced by those of rhs, of those
/// at one place the last. `shape` is that of lhs. Throws Error where a place lies outside.
template <Operand A>
A scatter_set_nd(const A& lhs, const A& rhs, const A& indices, const ScatterNdOptions& options,
                 NodeName name = {}) {
  static const Op& op = Op::get<ScatterNdOptions>("_scatter_set_nd");
  return call(op, options, {lhs, rhs, indices}, name);
}

/// lhs (rows, columns) with one element of each row, that which rhs names, replaced by that of mhs.
/// A row whose number is none of its columns stays.
template <Operand A>
A fill_element_0index(const A& lhs, const A& mhs, const A& rhs, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("fill_element_0index");
  return call(op, NoOptions(), {lhs, mhs, rhs}, name);
}

}  // namespace gluino::ops
