#include "kernels/peak.h"

#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>
#include <chrono>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/peak.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::benchmarks::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Returns the floating-point operations done; `result` keeps the compiler from leaving them out.
double multiply_adds(long rounds, float* result) {
  const hn::ScalableTag<float> d;
  hn::Vec<decltype(d)> sums[12];
  for (int i = 0; i < 12; ++i) sums[i] = hn::Set(d, static_cast<float>(i));
  const auto a = hn::Set(d, *result);
  for (long r = 0; r < rounds; ++r) {
#pragma GCC unroll 12
    for (int i = 0; i < 12; ++i) sums[i] = hn::MulAdd(sums[i], a, a);
  }
  auto total = sums[0];
  for (int i = 1; i < 12; ++i) total = hn::Add(total, sums[i]);
  *result = 0.5F + 1e-9F * hn::GetLane(total);
  return 12.0 * 2.0 * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace
}  // namespace gluino::benchmarks::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::benchmarks {

HWY_EXPORT(multiply_adds);

double peak_gflops() {
  double best = 0;
  float result = 0.5F;
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const double operations = HWY_DYNAMIC_DISPATCH(multiply_adds)(100000, &result);
    const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
    best = std::max(best, operations / time.count() * 1e-9);
  }
  return best;
}

}  // namespace gluino::benchmarks
#endif
