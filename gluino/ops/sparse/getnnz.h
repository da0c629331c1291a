#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

namespace gluino {

struct GetnnzOptions {
  /// 0: of each column; 1: of each row. Not given: of the whole matrix.
  std::optional<std::int64_t> axis{};
};

namespace ops {

/// How many elements of a matrix are stored, zeros among them, as int64: (1,), or by axis. Of a
/// dense one those count that are not 0.
template <Operand A>
A getnnz(const A& data, const GetnnzOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<GetnnzOptions>("_contrib_getnnz");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
