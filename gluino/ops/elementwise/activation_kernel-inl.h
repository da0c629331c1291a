#pragma once

#include <gluino/kernels/cpu/elementwise/unary.h>

#include <string>

namespace gluino {

/// The function that an act_type of Activation names.
template <class T>
const kernels::UnaryKernel<T>& activation_kernel(const std::string& act_type) {
  if (act_type == "relu") return kernels::unary::relu<T>();
  if (act_type == "sigmoid") return kernels::unary::sigmoid<T>();
  if (act_type == "tanh") return kernels::unary::tanh<T>();
  if (act_type == "softrelu") return kernels::unary::softrelu<T>();
  return kernels::unary::softsign<T>();
}

}  // namespace gluino
