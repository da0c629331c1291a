#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/elements.h>

#include <limits>
#include <type_traits>

namespace gluino {

std::int64_t last_place(DType dtype) {
  return dispatch(dtype, []<class T>() -> std::int64_t {
    if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::max();
    return std::int64_t{1} << (dtype_of<T>() == float16    ? 11
                               : dtype_of<T>() == bfloat16 ? 8
                                                           : std::numeric_limits<T>::digits);
  });
}

std::uint64_t word_of(DType dtype, double value) {
  std::uint64_t word = 0;
  kernels::convert(&value, float64, &word, dtype, 1);
  return word;
}

}  // namespace gluino
