#pragma once

#include <gluino/ops/core/invoke.h>

#include <array>
#include <span>
#include <vector>

namespace gluino::ops {

/// What hawkesll reads: N sequences of at most T events, each of one of K kinds, each kind a Hawkes
/// process of its own with the intensity lda + alpha * beta * (sum over its events before t of
/// exp(-beta (t - the event's time))).
template <Operand A>
struct HawkesInputs {
  /// (N, K): the intensities without events.
  A lda;
  /// (K): how many events follow from one, and how fast their influence decays.
  A alpha;
  A beta;
  /// (N, K): the sums at time 0.
  A state;
  /// (N, T): times since the event before, and the kinds, from 0 to K - 1.
  A lags;
  A marks;
  /// (N): how many of the T are events, and how long is observed.
  A valid_length;
  A max_time;
};

/// The logarithms of the likelihoods of the sequences (N), and the sums at the ends (N, K), as two
/// arrays or a symbol of two outputs (Bacry, Mastromatteo and Muzy, 2015). Throws Error at a mark
/// that is no kind or a valid_length that is not from 0 to T.
template <Operand A>
auto hawkesll(const HawkesInputs<A>& x, NodeName name = {}) {
  static const Op& op = Op::get<NoOptions>("_contrib_hawkesll");
  const std::array<A, 8> in = {x.lda,  x.alpha, x.beta,         x.state,
                               x.lags, x.marks, x.valid_length, x.max_time};
  constexpr NoOptions options;
  if constexpr (SymbolicOperand<A>) {
    return apply(op, &options, std::span<const A>(in), name);
  } else {
    return apply_all(op, &options, std::span<const A>(in));
  }
}

}  // namespace gluino::ops
