#pragma once

#include <gluino/ops/core/invoke.h>

#include <cstdint>

namespace gluino {

struct InterleavedOptions {
  std::int64_t heads = 1;
};

/// The products of attention with several heads, of one projection that holds what each needs side
/// by side: of L words and N sentences (L, N, heads * parts * D), parts being queries, keys and
/// values of the attention to oneself, and keys and values of that to others. Matrices are found in
/// place, without copies. Attention is (N * heads, L of queries, L of keys).
namespace ops {

/// Q K^T / sqrt(D) of (L, N, heads * 3 * D).
template <Operand A>
A interleaved_matmul_selfatt_qk(const A& queries_keys_values, const InterleavedOptions& options,
                                NodeName name = {}) {
  static const Op& op = Op::get<InterleavedOptions>("_contrib_interleaved_matmul_selfatt_qk");
  return call(op, options, {queries_keys_values}, name);
}

/// The values as attention weighs them: (L, N, heads * D).
template <Operand A>
A interleaved_matmul_selfatt_valatt(const A& queries_keys_values, const A& attention,
                                    const InterleavedOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<InterleavedOptions>("_contrib_interleaved_matmul_selfatt_valatt");
  return call(op, options, {queries_keys_values, attention}, name);
}

/// Q K^T / sqrt(D) of queries (L of queries, N, heads * D) and (L of keys, N, heads * 2 * D).
template <Operand A>
A interleaved_matmul_encdec_qk(const A& queries, const A& keys_values,
                               const InterleavedOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<InterleavedOptions>("_contrib_interleaved_matmul_encdec_qk");
  return call(op, options, {queries, keys_values}, name);
}

/// The values as attention weighs them: (L of queries, N, heads * D).
template <Operand A>
A interleaved_matmul_encdec_valatt(const A& keys_values, const A& attention,
                                   const InterleavedOptions& options, NodeName name = {}) {
  static const Op& op = Op::get<InterleavedOptions>("_contrib_interleaved_matmul_encdec_valatt");
  return call(op, options, {keys_values, attention}, name);
}

}  // namespace ops
}  // namespace gluino
