#pragma once

#include <gluino/ops/elementwise/unary_functions-inl.h>

#include <string>

namespace gluino {

/// The function that an act_type of Activation names.
template <class T>
const kernels::UnaryKernel<T>& activation_kernel(const std::string& act_type) {
  return activation_function(act_type).kernel<T>();
}

}  // namespace gluino
