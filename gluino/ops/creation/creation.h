#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>

/// Arrays that a graph makes itself, as MXNet's `_zeros` and its kin. At once they are nd::zeros,
/// nd::full, nd::arange.
namespace gluino {

struct FilledOptions {
  Shape shape{};
  Context ctx = current_context();
  DType dtype = float32;
};

struct FullOptions {
  Shape shape{};
  double value = 0;
  Context ctx = current_context();
  DType dtype = float32;
};

struct SetValueOptions {
  double src = 0;
};

struct RangeOptions {
  double start = 0;
  /// None: from 0 to `start`.
  std::optional<double> stop{};
  double step = 1;
  /// Each number stands so many times.
  std::int64_t repeat = 1;
  Context ctx = current_context();
  DType dtype = float32;
};

struct LinspaceOptions {
  double start = 0;
  double stop = 1;
  std::int64_t num = 50;
  bool endpoint = true;
  Context ctx = current_context();
  DType dtype = float32;
};

struct EyeOptions {
  /// Rows and columns, MXNet's N and M; 0 columns: as many as rows.
  std::int64_t n = 0;
  std::int64_t m = 0;
  std::int64_t k = 0;
  Context ctx = current_context();
  DType dtype = float32;
};

struct ArangeLikeOptions {
  double start = 0;
  double step = 1;
  std::int64_t repeat = 1;
  /// The axis whose size counts; None: all elements, in the shape of the data.
  std::optional<std::int64_t> axis{};
};

namespace ops {

/// Numbers start, start + step, ..., as many as the data has elements, or along one axis of it.
template <Operand A>
A arange_like(const A& data, const ArangeLikeOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ArangeLikeOptions>("_contrib_arange_like");
  return call(op, options, {data}, name);
}

}  // namespace ops
}  // namespace gluino
