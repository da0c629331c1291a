#pragma once

#include <gluino/ops/core/invoke.h>

/// Elementwise arithmetic and comparisons of two arrays, broadcast as in NumPy, or of an array and
/// a number. Comparisons give 1 or 0 in the arrays' own type, as MXNet's do.
namespace gluino {

struct ScalarOptions {
  double scalar = 1;
  /// Whether the number counts as a whole one beside whole numbers, cut off towards zero; if not,
  /// they become float64. Of arrays of real numbers it says nothing.
  bool is_int = true;
};

/// Whether `x + y`, `x - y` and `x * y` are the operators for equal shapes, as in MXNet: of
/// symbols, and of a sparse array and another of its shape; the result may then be sparse, too.
/// Else they broadcast.
template <Operand A>
bool are_for_equal_shapes(const A& lhs, const A& rhs) {
  if constexpr (std::same_as<A, NDArray>) {
    return lhs.defined() && !lhs.is_dense() && rhs.defined() && lhs.shape() == rhs.shape();
  } else {
    return SymbolicOperand<A>;
  }
}

#define GLUINO_STORED_OPERATOR(function, name, elemwise_name)                                    \
  template <Operand A>                                                                           \
  A function(const A& lhs, const A& rhs) {                                                       \
    static const Op& broadcast = Op::get<NoOptions>(name);                                       \
    static const Op& elemwise = Op::get<NoOptions>(elemwise_name);                               \
    return call(are_for_equal_shapes(lhs, rhs) ? elemwise : broadcast, NoOptions{}, {lhs, rhs}); \
  }
// Others broadcast arrays; of symbols they are for equal shapes.
#define GLUINO_OPERATOR(function, name, elemwise_name)                                   \
  template <Operand A>                                                                   \
  A function(const A& lhs, const A& rhs) {                                               \
    static const Op& op = Op::get<NoOptions>(SymbolicOperand<A> ? elemwise_name : name); \
    return call(op, NoOptions{}, {lhs, rhs});                                            \
  }
#define GLUINO_BINARY(function, name)                               \
  template <Operand A>                                              \
  A function(const A& lhs, const A& rhs, NodeName node_name = {}) { \
    static const Op& op = Op::get<NoOptions>(name);                 \
    return call(op, NoOptions{}, {lhs, rhs}, node_name);            \
  }
#define GLUINO_BINARY_OF_KIND(function, name, elemwise_name)                             \
  template <Operand A>                                                                   \
  A function(const A& lhs, const A& rhs, NodeName node_name = {}) {                      \
    static const Op& op = Op::get<NoOptions>(SymbolicOperand<A> ? elemwise_name : name); \
    return call(op, NoOptions{}, {lhs, rhs}, node_name);                                 \
  }
#define GLUINO_SCALAR(function, name)                   \
  template <Operand A>                                  \
  A function(const A& data, double scalar) {            \
    static const Op& op = Op::get<ScalarOptions>(name); \
    return call(op, ScalarOptions{scalar}, {data});     \
  }
#define GLUINO_SCALAR_LEFT(function, name)              \
  template <Operand A>                                  \
  A function(double scalar, const A& data) {            \
    static const Op& op = Op::get<ScalarOptions>(name); \
    return call(op, ScalarOptions{scalar}, {data});     \
  }

GLUINO_STORED_OPERATOR(operator+, "broadcast_add", "elemwise_add")
GLUINO_STORED_OPERATOR(operator-, "broadcast_sub", "elemwise_sub")
GLUINO_STORED_OPERATOR(operator*, "broadcast_mul", "elemwise_mul")
GLUINO_OPERATOR(operator/, "broadcast_div", "elemwise_div")
GLUINO_OPERATOR(operator%, "broadcast_mod", "_mod")
GLUINO_SCALAR(operator+, "_plus_scalar")
GLUINO_SCALAR(operator-, "_minus_scalar")
GLUINO_SCALAR(operator*, "_mul_scalar")
GLUINO_SCALAR(operator/, "_div_scalar")
GLUINO_SCALAR(operator%, "_mod_scalar")
GLUINO_SCALAR_LEFT(operator+, "_plus_scalar")
GLUINO_SCALAR_LEFT(operator-, "_rminus_scalar")
GLUINO_SCALAR_LEFT(operator*, "_mul_scalar")
GLUINO_SCALAR_LEFT(operator/, "_rdiv_scalar")
GLUINO_SCALAR_LEFT(operator%, "_rmod_scalar")
GLUINO_OPERATOR(operator==, "broadcast_equal", "_equal")
GLUINO_OPERATOR(operator!=, "broadcast_not_equal", "_not_equal")
GLUINO_OPERATOR(operator>, "broadcast_greater", "_greater")
GLUINO_OPERATOR(operator>=, "broadcast_greater_equal", "_greater_equal")
GLUINO_OPERATOR(operator<, "broadcast_lesser", "_lesser")
GLUINO_OPERATOR(operator<=, "broadcast_lesser_equal", "_lesser_equal")
GLUINO_SCALAR(operator==, "_equal_scalar")
GLUINO_SCALAR(operator!=, "_not_equal_scalar")
GLUINO_SCALAR(operator>, "_greater_scalar")
GLUINO_SCALAR(operator>=, "_greater_equal_scalar")
GLUINO_SCALAR(operator<, "_lesser_scalar")
GLUINO_SCALAR(operator<=, "_lesser_equal_scalar")

template <Operand A>
A operator-(const A& data) {
  return data * -1.0;
}

/// In place; throws Error for an array that is being recorded.
GLUINO_API const NDArray& operator+=(const NDArray& array, const NDArray& other);
GLUINO_API const NDArray& operator-=(const NDArray& array, const NDArray& other);
GLUINO_API const NDArray& operator*=(const NDArray& array, const NDArray& other);
GLUINO_API const NDArray& operator/=(const NDArray& array, const NDArray& other);
GLUINO_API const NDArray& operator+=(const NDArray& array, double scalar);
GLUINO_API const NDArray& operator-=(const NDArray& array, double scalar);
GLUINO_API const NDArray& operator*=(const NDArray& array, double scalar);
GLUINO_API const NDArray& operator/=(const NDArray& array, double scalar);

namespace ops {

GLUINO_BINARY(broadcast_add, "broadcast_add")
GLUINO_BINARY(broadcast_sub, "broadcast_sub")
GLUINO_BINARY(broadcast_mul, "broadcast_mul")
GLUINO_BINARY(broadcast_div, "broadcast_div")
GLUINO_BINARY(elemwise_add, "elemwise_add")
GLUINO_BINARY(elemwise_sub, "elemwise_sub")
GLUINO_BINARY(elemwise_mul, "elemwise_mul")
GLUINO_BINARY(elemwise_div, "elemwise_div")
GLUINO_BINARY_OF_KIND(maximum, "broadcast_maximum", "_maximum")
GLUINO_BINARY_OF_KIND(minimum, "broadcast_minimum", "_minimum")
GLUINO_BINARY_OF_KIND(power, "broadcast_power", "_power")
GLUINO_BINARY_OF_KIND(modulo, "broadcast_mod", "_mod")
GLUINO_SCALAR(maximum, "_maximum_scalar")
GLUINO_SCALAR(minimum, "_minimum_scalar")
GLUINO_SCALAR(power, "_power_scalar")
GLUINO_SCALAR_LEFT(power, "_rpower_scalar")
GLUINO_SCALAR(modulo, "_mod_scalar")
GLUINO_SCALAR_LEFT(maximum, "_maximum_scalar")
GLUINO_SCALAR_LEFT(minimum, "_minimum_scalar")
GLUINO_SCALAR_LEFT(modulo, "_rmod_scalar")

}  // namespace ops

#undef GLUINO_OPERATOR
#undef GLUINO_STORED_OPERATOR
#undef GLUINO_BINARY
#undef GLUINO_BINARY_OF_KIND
#undef GLUINO_SCALAR
#undef GLUINO_SCALAR_LEFT

}  // namespace gluino
