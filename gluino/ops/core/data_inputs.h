#pragma once

#include <gluino/ops/core/op.h>

namespace gluino {

/// How many of a call's `count` inputs, from the first on, are data. Where the options name the
/// inputs of an operator that else takes any number (inputs_by, which gives no names then), they
/// are num_data.
inline int num_data_of(const Op& op, const void* options, int count) {
  return op.variadic && (op.num_data == 0 || op.num_inputs(options) < 0) ? count : op.num_data;
}

}  // namespace gluino
