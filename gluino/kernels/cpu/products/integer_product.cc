#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/integer_product.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <algorithm>
#include <type_traits>

namespace gluino::kernels {

template <class T>
void integer_product(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride) {
  // Unsigned numbers of at least int's width wrap around.
  using W = std::make_unsigned_t<std::common_type_t<T, int>>;
  const std::int64_t work = std::max<std::int64_t>(a.columns * b.columns, 1);
  parallel_for(a.rows, row_grain(work, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      T* row = c + i * c_stride;
      std::fill_n(row, b.columns, T(0));
      for (std::int64_t k = 0; k < a.columns; ++k) {
        const W factor = static_cast<W>(a.data[i * a.row_stride + k * a.column_stride]);
        const T* other = b.data + k * b.row_stride;
        for (std::int64_t j = 0; j < b.columns; ++j) {
          const W product = factor * static_cast<W>(other[j * b.column_stride]);
          row[j] = static_cast<T>(static_cast<W>(row[j]) + product);
        }
      }
    }
  });
}

#define GLUINO_DEFINE(T) \
  template void integer_product(const MatrixView<T>&, const MatrixView<T>&, T*, std::int64_t);
GLUINO_DEFINE(std::uint8_t)
GLUINO_DEFINE(std::int8_t)
GLUINO_DEFINE(std::int32_t)
GLUINO_DEFINE(std::int64_t)
#undef GLUINO_DEFINE

}  // namespace gluino::kernels
