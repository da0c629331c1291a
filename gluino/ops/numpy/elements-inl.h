#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <cstdint>

namespace gluino::numpy {

/// y[i] = f(x[i]) of n elements. The pointers are known to be apart, so that the compiler makes
/// vectors of it.
template <class T, class R, class F>
void each_element(const T* x, R* y, std::int64_t n, F f) {
  parallel_for(n, kernels::kCopyGrain, [=](std::int64_t begin, std::int64_t end) {
    const T* __restrict from = x;
    R* __restrict to = y;
    for (std::int64_t i = begin; i < end; ++i) to[i] = f(from[i]);
  });
}

}  // namespace gluino::numpy
