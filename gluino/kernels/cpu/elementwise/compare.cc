#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/binary_range.h>
#include <gluino/kernels/cpu/elementwise/compare_rules.h>

#include <type_traits>

namespace gluino::kernels {
namespace {

template <class T, class R>
struct Loops {
  template <class Op>
  static R apply(T a, T b) {
    return static_cast<R>(Op::holds(static_cast<Compared<T>>(a), static_cast<Compared<T>>(b)) ? 1
                                                                                              : 0);
  }
  template <class Op>
  [[gnu::noinline]] static void array_array(const T* a, const T* b, R* out, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = apply<Op>(a[i], b[i]);
  }
  template <class Op>
  [[gnu::noinline]] static void array_scalar(const T* a, T b, R* out, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = apply<Op>(a[i], b);
  }
  template <class Op>
  [[gnu::noinline]] static void scalar_array(T a, const T* b, R* out, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) out[i] = apply<Op>(a, b[i]);
  }
};

template <class T, class R, const BinaryRange<T, R>& range>
constexpr BinaryFunction<T, R> kFunction = {
    [](const T* a, const Shape& a_shape, const T* b, const Shape& b_shape, R* out,
       const Shape& out_shape) { run_broadcast(range, a, a_shape, b, b_shape, out, out_shape); },
    [](const T* a, T scalar, R* out, std::int64_t n) {
      run_array_scalar(range, a, scalar, out, n);
    },
    [](const T* a, T scalar, R* out, std::int64_t n) {
      run_scalar_array(range, a, scalar, out, n);
    }};

}  // namespace

namespace binary {
#define GLUINO_DEFINE(name)                                                        \
  template <class T, class R>                                                      \
  const BinaryFunction<T, R>& name() {                                             \
    return kFunction<T, R, Comparisons<Loops<T, R>, T, R>::name>;                  \
  }                                                                                \
  template const BinaryFunction<float>& name<float, float>();                      \
  template const BinaryFunction<double>& name<double, double>();                   \
  template const BinaryFunction<std::int32_t>& name<std::int32_t, std::int32_t>(); \
  template const BinaryFunction<std::int64_t>& name<std::int64_t, std::int64_t>(); \
  template const BinaryFunction<std::uint8_t>& name<std::uint8_t, std::uint8_t>(); \
  template const BinaryFunction<std::int8_t>& name<std::int8_t, std::int8_t>();    \
  template const BinaryFunction<std::int8_t, bool>& name<std::int8_t, bool>();     \
  template const BinaryFunction<Half>& name<Half, Half>();                         \
  template const BinaryFunction<Half, bool>& name<Half, bool>();                   \
  template const BinaryFunction<BFloat16>& name<BFloat16, BFloat16>();             \
  template const BinaryFunction<BFloat16, bool>& name<BFloat16, bool>();           \
  template const BinaryFunction<bool>& name<bool, bool>();
GLUINO_COMPARISON_FUNCTIONS(GLUINO_DEFINE)
#undef GLUINO_DEFINE
}  // namespace binary

}  // namespace gluino::kernels
