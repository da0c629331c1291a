#pragma once

#include <gluino/base/unary_table.h>
#include <gluino/ops/core/invoke.h>

namespace gluino::ops {

#define GLUINO_CALL(function)                            \
  template <Operand A>                                   \
  A function(const A& data, NodeName name = {}) {        \
    static const Op& op = Op::get<NoOptions>(#function); \
    return call(op, NoOptions{}, {data}, name);          \
  }
#define GLUINO_CALL_activation(function) GLUINO_CALL(function)
#define GLUINO_CALL_function(function) GLUINO_CALL(function)
#define GLUINO_CALL_once(function) GLUINO_CALL(function)
#define GLUINO_CALL_steps(function) GLUINO_CALL(function)
#define GLUINO_CALL_act_type(function)
#define GLUINO_CALL_fused(function)
#define GLUINO_CALL_OF_KIND(function, kind, ...) GLUINO_CALL_##kind(function)

/// Functions of each element: relu(x), exp(x), ...; `describe` or the reference pages say more of
/// each, and unary_table.h has all of them.
GLUINO_UNARY_TABLE(GLUINO_CALL_OF_KIND)
#undef GLUINO_CALL_OF_KIND
#undef GLUINO_CALL_fused
#undef GLUINO_CALL_act_type
#undef GLUINO_CALL_steps
#undef GLUINO_CALL_once
#undef GLUINO_CALL_function
#undef GLUINO_CALL_activation
#undef GLUINO_CALL

}  // namespace gluino::ops
