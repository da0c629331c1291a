#pragma once

#include <gluino/base/dtype.h>

namespace gluino {

/// The type that an operator of MXNet's `np` namespace computes in when its operands have the types
/// `a` and `b`. NumPy's table for the types that MXNet has, with two exceptions of MXNet's: a real
/// number beside a whole one keeps its type, float16 + int64 = float16, where NumPy widens; and
/// int8 + uint8 is int32, as there is no int16. float16 and bfloat16 meet in float32. Operators of
/// `nd` want operands of one type instead.
inline DType promote(DType a, DType b) {
  if (a == b) return a;
  if (is_floating(a) != is_floating(b)) return is_floating(a) ? a : b;
  if (a == boolean || b == boolean) return a == boolean ? b : a;
  if (size_of(a) != size_of(b)) return size_of(a) > size_of(b) ? a : b;
  // Two of one size: float16 beside bfloat16, int8 beside uint8.
  return is_floating(a) ? float32 : int32;
}

}  // namespace gluino
