#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_strips.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/convolution/conv_gradient-inl.h>
#include <gluino/kernels/cpu/convolution/conv_strips-inl.h>

// The same functions for both types, under names that a table of targets can hold.
#define GLUINO_CONV_STRIPS(T, SUFFIX)                                                       \
  void gather_##SUFFIX(const T* in, std::int64_t in_stride, std::int64_t samples,           \
                       std::int64_t count, T* out) {                                        \
    gather_strip(in, in_stride, samples, count, out);                                       \
  }                                                                                         \
  void scatter_##SUFFIX(const T* in, std::int64_t samples, std::int64_t count, T* out,      \
                        std::int64_t out_stride) {                                          \
    scatter_strip(in, samples, count, out, out_stride);                                     \
  }                                                                                         \
  void pack_##SUFFIX(const ConvPass& pass, const T* weight, T* out) {                       \
    pack_weight(pass, kStripRows<T>, weight, out);                                          \
  }                                                                                         \
  void run_##SUFFIX(const StripConv<T>& task) { run_strip(task); }                          \
  void gradient_##SUFFIX(const StripWeightGradient<T>& task) { run_weight_gradient(task); } \
  void sum_##SUFFIX(const T* dy, std::int64_t batch, std::int64_t batch_stride,             \
                    std::int64_t plane, std::int64_t begin, std::int64_t end, T* out) {     \
    run_sum_planes(dy, batch, batch_stride, plane, begin, end, out);                        \
  }

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

GLUINO_CONV_STRIPS(float, f32)
GLUINO_CONV_STRIPS(double, f64)
std::int64_t gradient_filters() { return kGradientFilters; }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(gradient_filters);

}  // namespace

std::int64_t strip_gradient_filters() { return HWY_DYNAMIC_DISPATCH(gradient_filters)(); }

#define GLUINO_CONV_STRIPS_DISPATCH(T, SUFFIX)                                                    \
  HWY_EXPORT(gather_##SUFFIX);                                                                    \
  HWY_EXPORT(scatter_##SUFFIX);                                                                   \
  HWY_EXPORT(pack_##SUFFIX);                                                                      \
  HWY_EXPORT(run_##SUFFIX);                                                                       \
  HWY_EXPORT(gradient_##SUFFIX);                                                                  \
  HWY_EXPORT(sum_##SUFFIX);                                                                       \
  template <>                                                                                     \
  void to_strip(const T* in, std::int64_t in_stride, std::int64_t samples, std::int64_t count,    \
                T* out) {                                                                         \
    HWY_DYNAMIC_DISPATCH(gather_##SUFFIX)(in, in_stride, samples, count, out);                    \
  }                                                                                               \
  template <>                                                                                     \
  void from_strip(const T* in, std::int64_t samples, std::int64_t count, T* out,                  \
                  std::int64_t out_stride) {                                                      \
    HWY_DYNAMIC_DISPATCH(scatter_##SUFFIX)(in, samples, count, out, out_stride);                  \
  }                                                                                               \
  template <>                                                                                     \
  void pack_strip_weight(const ConvPass& pass, const T* weight, T* out) {                         \
    HWY_DYNAMIC_DISPATCH(pack_##SUFFIX)(pass, weight, out);                                       \
  }                                                                                               \
  template <>                                                                                     \
  void strip_conv(const StripConv<T>& task) {                                                     \
    HWY_DYNAMIC_DISPATCH(run_##SUFFIX)(task);                                                     \
  }                                                                                               \
  template <>                                                                                     \
  void strip_weight_gradient(const StripWeightGradient<T>& task) {                                \
    HWY_DYNAMIC_DISPATCH(gradient_##SUFFIX)(task);                                                \
  }                                                                                               \
  template <>                                                                                     \
  void sum_planes(const T* dy, std::int64_t batch, std::int64_t batch_stride, std::int64_t plane, \
                  std::int64_t begin, std::int64_t end, T* out) {                                 \
    HWY_DYNAMIC_DISPATCH(sum_##SUFFIX)(dy, batch, batch_stride, plane, begin, end, out);          \
  }

GLUINO_CONV_STRIPS_DISPATCH(float, f32)
GLUINO_CONV_STRIPS_DISPATCH(double, f64)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
