#include <gluino/kernels/cpu/pooling/pooling_rows.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/pooling/pooling_rows.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/pooling/pooling_rows-inl.h>

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(pool_vectors);
HWY_EXPORT(run_max_plane);
HWY_EXPORT(run_sum_plane);
HWY_EXPORT(run_sum_plane_gradient);
HWY_EXPORT(run_max_of_plane);
HWY_EXPORT(run_sum_of_plane);

// Rows of fewer windows leave too much of each vector empty.
constexpr std::int64_t kLeastWindows = 6;

}  // namespace

bool pool_rows_suit(const Pool2D& p) {
  return HWY_DYNAMIC_DISPATCH(pool_vectors)() && p.out_w >= kLeastWindows && sliding_rows_suit(p);
}

void max_plane_rows(const float* x, float* y, std::int32_t* argmax, const Pool2D& pool) {
  HWY_DYNAMIC_DISPATCH(run_max_plane)(x, y, argmax, pool);
}

void sum_plane_rows(const float* x, float* y, const Pool2D& pool, bool average) {
  HWY_DYNAMIC_DISPATCH(run_sum_plane)(x, y, pool, average);
}

void sum_plane_gradient_rows(const float* dy, float* dx, const Pool2D& pool, bool average) {
  HWY_DYNAMIC_DISPATCH(run_sum_plane_gradient)(dy, dx, pool, average);
}

bool is_global(const Pool2D& p) {
  return p.out_h == 1 && p.out_w == 1 && p.pad_h == 0 && p.pad_w == 0 && p.kernel_h == p.in_h &&
         p.kernel_w == p.in_w && p.in_h * p.in_w > 0;
}

float max_of_plane(const float* x, std::int64_t n, std::int32_t* place) {
  return HWY_DYNAMIC_DISPATCH(run_max_of_plane)(x, n, place);
}

float sum_of_plane(const float* x, std::int64_t n) {
  return HWY_DYNAMIC_DISPATCH(run_sum_of_plane)(x, n);
}

}  // namespace gluino::kernels
#endif  // HWY_ONCE
