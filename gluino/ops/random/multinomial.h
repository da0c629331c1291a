#pragma once

#include <gluino/ops/core/invoke.h>

#include <span>

namespace gluino {

struct MultinomialOptions {
  /// Of the places drawn for each row of chances; (): one.
  Shape shape{};
  /// Whether the logarithms of the chances of what was drawn are given, too.
  bool get_prob = false;
  /// Of the places.
  DType dtype = int32;
};

namespace ops {

/// Places along the last axis of `data`, which holds their chances: (k) to `shape`, (n, k) to (n,
/// *shape). They are those that MXNet 1.x draws on a processor. What the chances lack to 1 is that
/// of the last place that has any; of more than 1, what lies behind the 1 is never drawn. Throws
/// Error on chances below 0, infinite ones and NaN, and where all are 0.
template <Operand A>
A sample_multinomial(const A& data, const MultinomialOptions& options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MultinomialOptions>("_sample_multinomial");
  return call(op, options, {data}, name);
}

/// The places and the logarithms of their chances, which have a gradient: 1 / chance for each time
/// that a place was drawn. Two arrays, or a symbol of two outputs.
template <Operand A>
auto sample_multinomial_both(const A& data, MultinomialOptions options = {}, NodeName name = {}) {
  static const Op& op = Op::get<MultinomialOptions>("_sample_multinomial");
  options.get_prob = true;
  if constexpr (SymbolicOperand<A>) {
    return call(op, options, {data}, name);
  } else {
    return apply_all(op, &options, std::span<const A>(&data, 1));
  }
}

}  // namespace ops
}  // namespace gluino
