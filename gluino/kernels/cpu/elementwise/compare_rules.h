#pragma once

#include <gluino/base/float16.h>

#include <type_traits>

namespace gluino::kernels {

/// The type a T is compared in.
template <class T>
using Compared =
    std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;

/// The comparisons of two numbers, name##_holds::holds(a, b).
#define GLUINO_COMPARISON(name, expression) \
  struct name##_holds {                     \
    template <class V>                      \
    static bool holds(V a, V b) {           \
      return expression;                    \
    }                                       \
  };
GLUINO_COMPARISON(equal, a == b)
GLUINO_COMPARISON(not_equal, a != b)
GLUINO_COMPARISON(greater, a > b)
GLUINO_COMPARISON(greater_equal, a >= b)
GLUINO_COMPARISON(lesser, a < b)
GLUINO_COMPARISON(lesser_equal, a <= b)
GLUINO_COMPARISON(logical_and, (a != V(0)) & (b != V(0)))
GLUINO_COMPARISON(logical_or, (a != V(0)) | (b != V(0)))
GLUINO_COMPARISON(logical_xor, (a != V(0)) != (b != V(0)))
#undef GLUINO_COMPARISON

}  // namespace gluino::kernels
