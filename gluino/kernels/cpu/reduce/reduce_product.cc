// The product over axes: any number of factors of any size may lie on the way to a usual number.
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/products/product.h>
#include <gluino/kernels/cpu/reduce/reduce.h>

#include <type_traits>
#include <vector>

namespace gluino::kernels {
namespace {

// Factors in a row. In double a few floats cannot leave the range.
template <class T>
void multiply_row(const T* x, std::int64_t n, Product& product) {
  std::int64_t i = 0;
  if constexpr (std::is_same_v<T, float>) {
    for (; i + 4 <= n; i += 4) {
      product.multiply_near((static_cast<double>(x[i]) * static_cast<double>(x[i + 1])) *
                            (static_cast<double>(x[i + 2]) * static_cast<double>(x[i + 3])));
    }
  }
  for (; i < n; ++i) product.multiply(x[i]);
}

}  // namespace

namespace reduce {

template <class T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y) {
  const Shape kept = reduced_shape(shape, axes, true);
  std::vector<Product> products(static_cast<std::size_t>(kept.size()));
  if (shape.size() > 0) {
    // One of the operands walks through x, the other through the products.
    const BroadcastPlan plan = plan_broadcast(shape, kept, shape);
    const std::int64_t inner = plan.inner();
    const std::int64_t step = plan.b_strides[static_cast<std::size_t>(plan.ndim - 1)];
    BroadcastRow row(plan, 0);
    for (std::int64_t r = 0; r < plan.rows(); ++r, row.next()) {
      Product* const of_row = products.data() + row.b;
      if (step == 0) {
        multiply_row(x + r * inner, inner, *of_row);
      } else {
        for (std::int64_t i = 0; i < inner; ++i) of_row[i].multiply(x[r * inner + i]);
      }
    }
  }
  for (const Product& product : products) *y++ = static_cast<T>(product.value());
}

template void prod(const float*, const Shape&, AxisMask, float*);
template void prod(const double*, const Shape&, AxisMask, double*);

}  // namespace reduce
}  // namespace gluino::kernels
