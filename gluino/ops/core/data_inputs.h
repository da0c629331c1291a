#pragma once

#include <gluino/ops/core/op.h>

#include <algorithm>

namespace gluino {

/// How many of a call's `count` inputs, from the first on, are data. Where the options name the
/// inputs of an operator that else takes any number (inputs_by, which gives no names then), they
/// are num_data. States are none.
inline int num_data_of(const Op& op, const void* options, int count) {
  if (op.variadic && (op.num_data == 0 || op.num_inputs(options) < 0)) return count;
  return std::min(op.num_data, count - (op.states_by ? op.states_by(options) : 0));
}

}  // namespace gluino
