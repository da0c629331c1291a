#pragma once

#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/sample.h>
#include <gluino/ops/core/tensor.h>

#include <span>
#include <string_view>
#include <type_traits>

namespace gluino {

/// An entry of the table of functions of one number (unary_table.h), as operators need it.
struct UnaryFunction {
  enum class Kind { activation, act_type, fused, function, once, steps };

  const char* name;
  const char* doc;
  Kind kind;
  /// Where tests draw its inputs.
  Fill range;
  /// y = f(x) of whole numbers of one type; null where that has no meaning.
  using WholeLoop = void (*)(const Tensor& x, const Tensor& y);
  WholeLoop whole;
  const kernels::UnaryKernel<float>& f32;
  const kernels::UnaryKernel<double>& f64;
  /// dy * f'(x) by operators, from those of x and y = f(x) that the kernel's gradient reads.
  NDArray (*derivative)(const NDArray& x, const NDArray& y, const NDArray& dy);

  template <class T>
  const kernels::UnaryKernel<T>& kernel() const {
    if constexpr (std::is_same_v<T, float>) {
      return f32;
    } else {
      return f64;
    }
  }
  bool is_activation() const { return kind == Kind::activation || kind == Kind::act_type; }
  bool is_operator() const { return kind != Kind::act_type && kind != Kind::fused; }
  /// What its gradient reads, as Op::Reads.
  unsigned reads() const;
};

/// All functions, in the table's order.
std::span<const UnaryFunction> unary_functions();

/// The function that an act_type of Activation, or of a fused operator, names, which must be one.
const UnaryFunction& activation_function(std::string_view act_type);

}  // namespace gluino
