#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino::ops {

#define GLUINO_UNARY(function)                           \
  template <Operand A>                                   \
  A function(const A& data, NodeName name = {}) {        \
    static const Op& op = Op::get<NoOptions>(#function); \
    return call(op, NoOptions{}, {data}, name);          \
  }

/// Functions of each element; `describe` or the reference pages say more of each.
GLUINO_UNARY(relu)
GLUINO_UNARY(sigmoid)
GLUINO_UNARY(tanh)
GLUINO_UNARY(softsign)
GLUINO_UNARY(exp)
GLUINO_UNARY(log)
GLUINO_UNARY(log1p)
GLUINO_UNARY(expm1)
GLUINO_UNARY(sqrt)
GLUINO_UNARY(rsqrt)
GLUINO_UNARY(square)
GLUINO_UNARY(abs)
GLUINO_UNARY(sign)
GLUINO_UNARY(negative)
GLUINO_UNARY(reciprocal)
GLUINO_UNARY(sin)
GLUINO_UNARY(cos)
GLUINO_UNARY(erf)
GLUINO_UNARY(floor)
GLUINO_UNARY(ceil)
GLUINO_UNARY(round)
GLUINO_UNARY(rint)
GLUINO_UNARY(trunc)
#undef GLUINO_UNARY

}  // namespace gluino::ops
