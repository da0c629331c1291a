#pragma once

#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/tensor.h>

#include <cmath>
#include <cstdint>
#include <limits>

namespace gluino {

/// Indices as int64, whatever their type. NaN is the lowest, as in MXNet, and not 0: no class.
inline Temporary<std::int64_t> whole_numbers(const Tensor& index) {
  Temporary<std::int64_t> numbers(index.size());
  kernels::convert(index.data, index.dtype, numbers.data(), int64, index.size());
  if (!is_floating(index.dtype)) return numbers;
  dispatch(index.dtype, [&]<class T>() {
    const T* values = index.as<T>();
    for (std::int64_t i = 0; i < index.size(); ++i) {
      const bool nan = std::isnan(static_cast<double>(values[i]));
      if (nan) numbers.data()[i] = std::numeric_limits<std::int64_t>::min();
    }
  });
  return numbers;
}

}  // namespace gluino
