#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/accumulate.h>
#include <gluino/ops/core/temporary.h>

namespace gluino {
namespace {

template <class T>
void add(const T* a, const T* b, T* sum, const Shape& shape) {
  kernels::binary::add<T>().broadcast(a, shape, b, shape, sum, shape);
}

}  // namespace

void accumulate(const Tensor& a, const Tensor& b, const Tensor& sum) {
  if (a.dtype == float32) return add(a.as<float>(), b.as<float>(), sum.as<float>(), a.shape);
  if (a.dtype == float64) return add(a.as<double>(), b.as<double>(), sum.as<double>(), a.shape);
  // Half precision: added in float32 and rounded.
  const std::int64_t n = a.size();
  const Temporary<float> left(n);
  const Temporary<float> right(n);
  kernels::convert(a.data, a.dtype, left.data(), float32, n);
  kernels::convert(b.data, b.dtype, right.data(), float32, n);
  add(left.data(), right.data(), left.data(), {n});
  kernels::convert(left.data(), float32, sum.data, sum.dtype, n);
}

}  // namespace gluino
