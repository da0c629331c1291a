// The product over axes: any number of factors of any size may lie on the way to a usual number.
// Columns are multiplied side by side in double, four rows at a time; what then left the middle of
// the range gives its exponent to a count of its own (Product).
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/product.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/kernels/cpu/reduce/reduce_axes-inl.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/reduce/reduce_product.cc"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#ifndef GLUINO_KERNELS_REDUCE_PRODUCT_ONCE
#define GLUINO_KERNELS_REDUCE_PRODUCT_ONCE
namespace gluino::kernels {

// Columns that are multiplied side by side, and rows at a time.
constexpr std::int64_t kProductColumns = 256;
constexpr std::int64_t kProductRows = 4;

template <class T>
struct ProductRange {
  // values[j] times the four elements of column j; says whether one of them is now extreme, or was
  // not multiplied at all because a factor is.
  enum Outcome { kPlain, kExtreme, kRefused };
  Outcome (*columns)(const T* x, std::int64_t width, std::int64_t stride, double* values);
};

}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels {
namespace HWY_NAMESPACE {

// Whether the exponent is not from -198 to 200, in comparisons of whole numbers. Not that of 0.
inline std::uint64_t is_far(double x) {
  const auto size = std::bit_cast<std::uint64_t>(x) << 1;
  const bool far = (size - (std::uint64_t{825} << 53)) >> 53 > 398;
  return static_cast<std::uint64_t>(far & (size != 0));
}

// Whether one of n numbers is so large or small that the product with a few more such may leave the
// range. What is endless or none stays what it is.
inline bool any_extreme(const double* x, std::int64_t n) {
  std::uint64_t extreme = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const bool finite = std::abs(x[i]) <= std::numeric_limits<double>::max();
    extreme |= is_far(x[i]) & static_cast<std::uint64_t>(finite);
  }
  return extreme != 0;
}

template <class T>
typename ProductRange<T>::Outcome multiply_columns(const T* x, std::int64_t width,
                                                   std::int64_t stride, double* values) {
  const T* rows[kProductRows] = {x, x + stride, x + 2 * stride, x + 3 * stride};
  std::uint64_t far = 0;
  // The product of four floats lies in double's range, with room for what is there.
  if constexpr (!std::is_same_v<T, float>) {
    for (std::int64_t j = 0; j < width; ++j) {
      far |= is_far(rows[0][j]) | is_far(rows[1][j]) | is_far(rows[2][j]) | is_far(rows[3][j]);
    }
    for (const T* row : rows) {
      if (far != 0 && any_extreme(row, width)) return ProductRange<T>::kRefused;
    }
    far = 0;
  }
  for (std::int64_t j = 0; j < width; ++j) {
    const double factors = (static_cast<double>(rows[0][j]) * static_cast<double>(rows[1][j])) *
                           (static_cast<double>(rows[2][j]) * static_cast<double>(rows[3][j]));
    values[j] *= factors;
    far |= is_far(values[j]);
  }
  if (far == 0) return ProductRange<T>::kPlain;
  return any_extreme(values, width) ? ProductRange<T>::kExtreme : ProductRange<T>::kPlain;
}

template <class T>
const ProductRange<T>* product_range() {
  static constexpr ProductRange<T> range = {&multiply_columns<T>};
  return &range;
}
const ProductRange<float>* product_range_float() { return product_range<float>(); }
const ProductRange<double>* product_range_double() { return product_range<double>(); }

}  // namespace HWY_NAMESPACE
}  // namespace gluino::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(ProductRange, product_ranges, product_range_float, product_range_double)

// Multiplies n rows of `width` columns into products; `values` is scratch of that width.
template <class T>
void multiply_rows(const T* x, std::int64_t n, std::int64_t width, std::int64_t stride,
                   double* values, Product* products) {
  const auto one_by_one = [&](const T* row) {
    for (std::int64_t j = 0; j < width; ++j) products[j].multiply(row[j]);
  };
  const auto take = [&] {
    for (std::int64_t j = 0; j < width; ++j) products[j].multiply(values[j]);
    std::fill_n(values, width, 1.0);
  };
  std::fill_n(values, width, 1.0);
  std::int64_t row = 0;
  for (; row + kProductRows <= n; row += kProductRows) {
    const T* const from = x + row * stride;
    switch (product_ranges<T>().columns(from, width, stride, values)) {
      case ProductRange<T>::kPlain:
        break;
      case ProductRange<T>::kExtreme:
        take();
        break;
      case ProductRange<T>::kRefused:
        take();
        for (std::int64_t i = 0; i < kProductRows; ++i) one_by_one(from + i * stride);
    }
  }
  take();
  for (; row < n; ++row) one_by_one(x + row * stride);
}

// The products of columns of (n, inner), where `inner` is at most kProductColumns. Narrow ones are
// several rows in one, so that there are enough columns.
template <class T>
void multiply_tile(const T* x, std::int64_t n, std::int64_t inner, std::int64_t stride,
                   Product* products) {
  double values[kProductColumns];
  constexpr std::int64_t kWide = kProductColumns / 2;
  const auto rows = static_cast<std::uint64_t>(n);
  const auto columns = std::min<std::int64_t>(kWide, std::int64_t(std::bit_floor(rows / 16)));
  const std::int64_t folded = stride == inner ? columns / inner : 1;
  if (folded < 2) return multiply_rows(x, n, inner, stride, values, products);
  std::array<Product, kWide> wide;
  multiply_rows(x, n / folded, folded * inner, folded * inner, values, wide.data());
  for (std::int64_t i = 0; i < folded * inner; ++i) {
    products[i % inner].multiply(wide[static_cast<std::size_t>(i)]);
  }
  multiply_rows(x + n / folded * folded * inner, n % folded, inner, inner, values, products);
}

// The middle axis of (outer, n, inner). Where there are few outputs the rows are cut into parts,
// which only the sizes decide.
template <class T>
std::vector<Product> multiply_axis(const T* x, std::int64_t outer, std::int64_t n,
                                   std::int64_t inner) {
  const std::int64_t tiles = (inner + kProductColumns - 1) / kProductColumns;
  const std::int64_t work = n * std::min(inner, kProductColumns);
  const std::int64_t parts =
      outer * tiles >= 16 ? 1 : std::clamp<std::int64_t>(work / kCopyGrain, 1, 16);
  const auto outputs = static_cast<std::size_t>(outer * inner);
  std::vector<Product> products(outputs * static_cast<std::size_t>(parts));
  parallel_for(outer * tiles * parts, row_grain(work / parts, kMathGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   const std::int64_t part = i % parts;
                   const std::int64_t o = i / parts / tiles;
                   const std::int64_t column = i / parts % tiles * kProductColumns;
                   const std::int64_t first = part * n / parts;
                   multiply_tile(x + (o * n + first) * inner + column,
                                 (part + 1) * n / parts - first,
                                 std::min(kProductColumns, inner - column), inner,
                                 products.data() + (part * outer + o) * inner + column);
                 }
               });
  for (std::size_t i = outputs; i < products.size(); ++i) {
    products[i % outputs].multiply(products[i]);
  }
  products.resize(outputs);
  return products;
}

// The same of products, of which there are fewer.
std::vector<Product> multiply_axis(const Product* x, std::int64_t outer, std::int64_t n,
                                   std::int64_t inner) {
  std::vector<Product> products(static_cast<std::size_t>(outer * inner));
  for (std::int64_t i = 0; i < outer * n * inner; ++i) {
    products[static_cast<std::size_t>(i / (n * inner) * inner + i % inner)].multiply(x[i]);
  }
  return products;
}

}  // namespace

namespace reduce {

template <class T>
void prod(const T* x, const Shape& shape, AxisMask axes, T* y) {
  const Runs runs = join_axes(shape, axes);
  std::vector<Product> products(static_cast<std::size_t>(reduced_shape(shape, axes, true).size()));
  bool is_first = true;
  std::int64_t inner = 1;
  for (int run = runs.count - 1; run >= 0 && shape.size() > 0; --run) {
    const auto i = static_cast<std::size_t>(run);
    if (!runs.reduced[i]) {
      inner *= runs.dims[i];
      continue;
    }
    std::int64_t outer = 1;
    for (std::size_t o = 0; o < i; ++o) outer *= runs.dims[o];
    products = is_first ? multiply_axis(x, outer, runs.dims[i], inner)
                        : multiply_axis(products.data(), outer, runs.dims[i], inner);
    is_first = false;
  }
  if (is_first && shape.size() > 0) {
    std::copy_n(x, shape.size(), y);
    return;
  }
  for (const Product& product : products) *y++ = static_cast<T>(product.value());
}

template void prod(const float*, const Shape&, AxisMask, float*);
template void prod(const double*, const Shape&, AxisMask, double*);

}  // namespace reduce
}  // namespace gluino::kernels
#endif
