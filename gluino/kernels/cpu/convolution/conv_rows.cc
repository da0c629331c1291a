#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_rows.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_rows.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/convolution/conv_rows-inl.h>

// The same functions for both types, under names that a table of targets can hold.
#define GLUINO_CONV_ROWS(T, SUFFIX)                                                                \
  void pack_rows_##SUFFIX(const ConvPass& pass, const T* weight, T* out) {                         \
    pack_weight(pass, kRowFilters, weight, out);                                                   \
  }                                                                                                \
  void row_##SUFFIX(const ConvPass& pass, const ConvTaps::List& list, const T* x, const T* weight, \
                    const T* bias, T* y) {                                                         \
    run_row(pass, list, x, weight, bias, y);                                                       \
  }                                                                                                \
  void row_gradient_##SUFFIX(const Conv2dGeometry& g, const T* x, const T* dy,                     \
                             std::int64_t filter, std::int64_t filters, T* dweight) {              \
    run_row_gradient(g, x, dy, filter, filters, dweight);                                          \
  }                                                                                                \
  std::int64_t row_lanes_##SUFFIX() { return hn::MaxLanes(hn::ScalableTag<T>()); }

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

GLUINO_CONV_ROWS(float, f32)
GLUINO_CONV_ROWS(double, f64)
std::int64_t row_gradient_filters() { return kGradientFilters; }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(row_gradient_filters);

#define GLUINO_CONV_ROWS_DISPATCH(T, SUFFIX)                                               \
  HWY_EXPORT(pack_rows_##SUFFIX);                                                          \
  HWY_EXPORT(row_##SUFFIX);                                                                \
  HWY_EXPORT(row_gradient_##SUFFIX);                                                       \
  HWY_EXPORT(row_lanes_##SUFFIX);                                                          \
  void pack_rows(const ConvPass& pass, const T* weight, T* out) {                          \
    HWY_DYNAMIC_DISPATCH(pack_rows_##SUFFIX)(pass, weight, out);                           \
  }                                                                                        \
  void row(const ConvPass& pass, const ConvTaps::List& list, const T* x, const T* weight,  \
           const T* bias, T* y) {                                                          \
    HWY_DYNAMIC_DISPATCH(row_##SUFFIX)(pass, list, x, weight, bias, y);                    \
  }                                                                                        \
  void row_gradient(const Conv2dGeometry& g, const T* x, const T* dy, std::int64_t filter, \
                    std::int64_t filters, T* dweight) {                                    \
    HWY_DYNAMIC_DISPATCH(row_gradient_##SUFFIX)(g, x, dy, filter, filters, dweight);       \
  }                                                                                        \
  std::int64_t row_lanes(T) { return HWY_DYNAMIC_DISPATCH(row_lanes_##SUFFIX)(); }

GLUINO_CONV_ROWS_DISPATCH(float, f32)
GLUINO_CONV_ROWS_DISPATCH(double, f64)

// Up to so many multiply-adds per output, turning the tensors into strips and back costs more than
// the vectors lose at the end of each row (measured: at 25 half the time, at 500 nothing).
constexpr std::int64_t kMostDepth = 128;
// Multiply-adds below which a second thread costs more than it brings.
constexpr std::int64_t kThreadWork = 1 << 18;

}  // namespace

template <class T>
bool rows_suit(const Conv2dGeometry& g) {
  return !g.x_on_strips && !g.y_on_strips && g.stride_w == 1 && g.pad_h == 0 && g.pad_w == 0 &&
         g.out_width() >= row_lanes(T()) &&
         g.group_in_channels() * g.kernel_height * g.kernel_width <= kMostDepth;
}

template <class T>
void rows_forward(const Conv2dGeometry& g, const T* x, const T* weight, const T* bias, T* y) {
  const ConvPass pass = forward_pass(g);
  thread_local ConvTaps table;
  check(table.build(pass), "a convolution along rows: the kernel has too many elements");
  const ConvTaps& taps = table;  // the caller's, whichever thread uses it
  const std::int64_t group_weights = pass.out_channels * pass.in_channels * pass.kernel();
  T* packed = scratch<T>(ScratchUse::kConvWeights, pass.groups * group_weights);
  pack_rows(pass, weight, packed);
  const std::int64_t height = pass.height.outputs;
  const std::int64_t grain = kThreadWork / (pass.width.outputs * (group_weights + 1)) + 1;
  parallel_for(g.batch * g.groups * height, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t at_group = i / height;  // sample * groups + group
      const std::int64_t group = at_group % g.groups;
      const ConvTaps::List list = taps.at(i % height, 0);
      row(pass, list, x + at_group * pass.in_channels * pass.in_plane() + list.first_input,
          packed + group * group_weights,
          bias != nullptr ? bias + group * pass.out_channels : nullptr,
          y + at_group * pass.out_channels * pass.out_plane() + i % height * pass.width.outputs);
    }
  });
}

template <class T>
void rows_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const std::int64_t filters = g.group_out_channels();
  const std::int64_t most = HWY_DYNAMIC_DISPATCH(row_gradient_filters)();
  const std::int64_t tiles = (filters + most - 1) / most;
  const std::int64_t work = most * g.batch * g.out_height() * g.out_width() *
                            g.group_in_channels() * g.kernel_height * g.kernel_width;
  parallel_for(g.groups * tiles, kThreadWork / (work + 1) + 1,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t first = i % tiles * filters / tiles;
                   const std::int64_t next = (i % tiles + 1) * filters / tiles;
                   row_gradient(g, x, dy, i / tiles * filters + first, next - first, dweight);
                 }
               });
}

#define GLUINO_CONV_ROWS_INSTANTIATE(T)                                                \
  template bool rows_suit<T>(const Conv2dGeometry&);                                   \
  template void rows_forward(const Conv2dGeometry&, const T*, const T*, const T*, T*); \
  template void rows_weight_gradient(const Conv2dGeometry&, const T*, const T*, T*);

GLUINO_CONV_ROWS_INSTANTIATE(float)
GLUINO_CONV_ROWS_INSTANTIATE(double)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
