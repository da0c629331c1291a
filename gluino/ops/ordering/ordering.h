#pragma once

#include <gluino/ops/core/invoke.h>

#include <optional>
#include <string>

namespace gluino {

struct SortOptions {
  /// The axis that is sorted; without it the whole array is, as one row.
  std::optional<std::int64_t> axis = -1;
  bool is_ascend = true;
};

struct ArgsortOptions {
  std::optional<std::int64_t> axis = -1;
  bool is_ascend = true;
  /// The type of the places.
  DType dtype = float32;
  /// Equal elements in the order of their places, as NumPy's kind "stable" has them.
  bool stable = false;
};

/// Those of _npi_argsort, which mx.np's argsort is.
struct StableArgsortOptions : ArgsortOptions {
  StableArgsortOptions() { stable = true; }
};

struct TopkOptions {
  /// The axis that is searched; without it the whole array is, as one row.
  std::optional<std::int64_t> axis = -1;
  /// How many; below 1: all.
  std::int64_t k = 1;
  /// "value", "indices" (their places), "mask" (1 where they stand, else 0) or "both".
  std::string ret_typ = "indices";
  /// The smallest instead, the smallest first.
  bool is_ascend = false;
  /// The type of the places.
  DType dtype = float32;
  /// Of equal elements the first come first.
  bool stable = false;
};

/// NaN counts as larger than all numbers, wherever it stands. The places of equal elements, and
/// what gradient each gets, are MXNet's on a CPU if nothing stable is asked for: in rows of at most
/// 16 in the order of their places, in longer ones as quicksort leaves them; where more than an
/// eighth of over 65,536 elements is asked for, they keep their order.
namespace ops {

/// The elements along an axis in order.
template <Operand A>
A sort(const A& data, const SortOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<SortOptions>("sort");
  return call(op, options, {data}, name);
}

/// The places along an axis that its elements have, in the order of the elements.
template <Operand A>
A argsort(const A& data, const ArgsortOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<ArgsortOptions>("argsort");
  return call(op, options, {data}, name);
}

/// The k largest (or smallest) elements along an axis, their places, or where they stand; of "both"
/// this gives the values, and nd::invoke or topk_both the places, too.
template <Operand A>
A topk(const A& data, const TopkOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TopkOptions>("topk");
  return call(op, options, {data}, name);
}

/// Values and places: two arrays, or a symbol of two outputs.
template <Operand A>
auto topk_both(const A& data, TopkOptions options = {}, NodeName name = {}) {
  static const Op& op = Op::get<TopkOptions>("topk");
  options.ret_typ = "both";
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}

}  // namespace ops
}  // namespace gluino
