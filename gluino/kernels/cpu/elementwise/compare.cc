#include <gluino/base/float16.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>

#include <type_traits>

namespace gluino::kernels {
namespace {

// The type a T is compared in.
template <class T>
using Compared =
    std::conditional_t<std::is_same_v<T, Half> || std::is_same_v<T, BFloat16>, float, T>;

template <class R, class Op, class T>
R apply(T a, T b) {
  return static_cast<R>(Op::holds(static_cast<Compared<T>>(a), static_cast<Compared<T>>(b)) ? 1
                                                                                            : 0);
}

template <class Op, class T, class R>
constexpr BinaryRange<T, R> kRange = {[](const T* a, const T* b, R* out, std::int64_t n) {
                                        for (std::int64_t i = 0; i < n; ++i)
                                          out[i] = apply<R, Op>(a[i], b[i]);
                                      },
                                      [](const T* a, T b, R* out, std::int64_t n) {
                                        for (std::int64_t i = 0; i < n; ++i)
                                          out[i] = apply<R, Op>(a[i], b);
                                      },
                                      [](T a, const T* b, R* out, std::int64_t n) {
                                        for (std::int64_t i = 0; i < n; ++i)
                                          out[i] = apply<R, Op>(a, b[i]);
                                      }};

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

template <class Op, class T, class R>
constexpr BinaryFunction<T, R> kFunction = {
    [](const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, R* out,
       const Shape& out_shape) {
      run_broadcast(kRange<Op, T, R>, a, a_shape, b, b_shape, out, out_shape);
    },
    [](const T* a, T scalar, R* out, std::int64_t n) {
      run_array_scalar(kRange<Op, T, R>, a, scalar, out, n);
    },
    [](const T* a, T scalar, R* out, std::int64_t n) {
      run_scalar_array(kRange<Op, T, R>, a, scalar, out, n);
    }};

}  // namespace

namespace binary {
#define GLUINO_DEFINE_OF(name, T)                    \
  template const BinaryFunction<T, T>& name<T, T>(); \
  template const BinaryFunction<T, bool>& name<T, bool>();
#define GLUINO_DEFINE(name)               \
  template <class T, class R>             \
  const BinaryFunction<T, R>& name() {    \
    return kFunction<name##_holds, T, R>; \
  }                                       \
  GLUINO_DEFINE_OF(name, float)           \
  GLUINO_DEFINE_OF(name, double)          \
  GLUINO_DEFINE_OF(name, Half)            \
  GLUINO_DEFINE_OF(name, BFloat16)        \
  GLUINO_DEFINE_OF(name, std::uint8_t)    \
  GLUINO_DEFINE_OF(name, std::int8_t)     \
  GLUINO_DEFINE_OF(name, std::int32_t)    \
  GLUINO_DEFINE_OF(name, std::int64_t)    \
  template const BinaryFunction<bool>& name<bool, bool>();
GLUINO_COMPARISON_FUNCTIONS(GLUINO_DEFINE)
#undef GLUINO_DEFINE
#undef GLUINO_DEFINE_OF
}  // namespace binary

}  // namespace gluino::kernels
