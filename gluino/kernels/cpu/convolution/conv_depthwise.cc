#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_depthwise.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_depthwise.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/pooling/sliding_rows-inl.h>

// The same functions for both types, under names that a table of targets can hold.
#define GLUINO_DEPTHWISE(T, SUFFIX)                                                             \
  void plane_##SUFFIX(const Pool2D& p, const T* x, const T* weight, T bias, T* y) {             \
    run_plane(p, x, weight, bias, y);                                                           \
  }                                                                                             \
  void data_plane_##SUFFIX(const Pool2D& p, const T* dy, const T* weight, T* dx) {              \
    run_data_plane(p, dy, weight, dx);                                                          \
  }                                                                                             \
  void weights_##SUFFIX(const Pool2D& p, std::int64_t batch, std::int64_t channels, const T* x, \
                        const T* dy, T* dweight) {                                              \
    run_weights(p, batch, channels, x, dy, dweight);                                            \
  }

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

bool depthwise_vectors() { return HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR; }

// kWidth, here and below, is the kernel's, or 0 for any.
template <int kWidth, class T>
void plane_of_width(const Pool2D& p, const T* x, const T* weight, T bias, T* y) {
  const hn::ScalableTag<T> d;
  const std::int64_t kernel = kWidth > 0 ? kWidth : p.kernel_w;
  CutRows<T> rows(x, p, Border::kZero);
  for (std::int64_t i = 0; i < p.out_h; ++i) {
    rows.want(i);
    const T* first = weight + (rows.begin() - (i * p.stride_h - p.pad_h)) * kernel;
    for_vectors(d, p.out_w, [&](std::int64_t j, auto mask) HWY_ATTR {
      auto sum = hn::Set(d, bias);
      const T* w = first;
      // A sum per row: with one alone each addition would wait for the one before.
      for (std::int64_t h = 0; h < rows.count(); ++h, w += kernel) {
        auto row = hn::Mul(hn::Set(d, w[0]), hn::LoadU(d, rows.at(h, 0) + j));
        for (std::int64_t kw = 1; kw < kernel; ++kw) {
          row = hn::MulAdd(hn::Set(d, w[kw]), hn::LoadU(d, rows.at(h, kw) + j), row);
        }
        sum = hn::Add(sum, row);
      }
      store(sum, mask, d, y + i * p.out_w + j);
    });
  }
}

template <class T>
void run_plane(const Pool2D& p, const T* x, const T* weight, T bias, T* y) {
  if (p.kernel_w == 3) return plane_of_width<3>(p, x, weight, bias, y);
  plane_of_width<0>(p, x, weight, bias, y);
}

template <class T>
void run_data_plane(const Pool2D& p, const T* dy, const T* weight, T* dx) {
  const hn::ScalableTag<T> d;
  HeadRows<T> rows(dy, p);
  gather_rows(rows, p, dx, [&](std::int64_t h, std::int64_t q, std::int64_t a) HWY_ATTR {
    auto sum = hn::Zero(d);
    for (std::int64_t i = 0; i < rows.count(); ++i) {
      const T* w = weight + (h + p.pad_h - (rows.begin() + i) * p.stride_h) * p.kernel_w;
      const T* heads = rows.at(i) + a;
      auto row = hn::Zero(d);
      for (std::int64_t kw = q; kw < p.kernel_w; kw += p.stride_w, --heads) {
        row = hn::MulAdd(hn::Set(d, w[kw]), hn::LoadU(d, heads), row);
      }
      sum = hn::Add(sum, row);
    }
    return sum;
  });
}

// Adds one image's share to `sums`, a vector for each element of the kernel.
template <int kWidth, class T>
void add_weights(const Pool2D& p, const T* x, const T* dy, T* sums) {
  const hn::ScalableTag<T> d;
  const std::int64_t kernel = kWidth > 0 ? kWidth : p.kernel_w;
  CutRows<T> rows(x, p, Border::kZero);
  for (std::int64_t i = 0; i < p.out_h; ++i) {
    rows.want(i);
    T* at = sums + (rows.begin() - (i * p.stride_h - p.pad_h)) * kernel * kLanes<T>;
    for (std::int64_t h = 0; h < rows.count(); ++h, at += kernel * kLanes<T>) {
      hn::Vec<decltype(d)> row[kWidth > 0 ? kWidth : kMostWindow];
      for (std::int64_t kw = 0; kw < kernel; ++kw) row[kw] = hn::Load(d, at + kw * kLanes<T>);
      for_vectors(d, p.out_w, [&](std::int64_t j, auto mask) HWY_ATTR {
        const auto head = load(mask, d, dy + i * p.out_w + j);
        for (std::int64_t kw = 0; kw < kernel; ++kw) {
          const auto more = hn::MulAdd(head, hn::LoadU(d, rows.at(h, kw) + j), row[kw]);
          row[kw] = select(mask, more, row[kw]);
        }
      });
      for (std::int64_t kw = 0; kw < kernel; ++kw) hn::Store(row[kw], d, at + kw * kLanes<T>);
    }
  }
}

// x and dy stand at the channel's first plane, dweight at its kernel.
template <class T>
void run_weights(const Pool2D& p, std::int64_t batch, std::int64_t channels, const T* x,
                 const T* dy, T* dweight) {
  const hn::ScalableTag<T> d;
  const std::int64_t taps = p.kernel_h * p.kernel_w;
  T* sums = scratch<T>(ScratchUse::kConvSums, taps * kLanes<T>);
  std::fill_n(sums, taps * kLanes<T>, T(0));
  const auto add = p.kernel_w == 3 ? add_weights<3, T> : add_weights<0, T>;
  for (std::int64_t n = 0; n < batch; ++n) {
    add(p, x + n * channels * p.in_h * p.in_w, dy + n * channels * p.out_h * p.out_w, sums);
  }
  for (std::int64_t t = 0; t < taps; ++t) {
    dweight[t] = hn::GetLane(hn::SumOfLanes(d, hn::Load(d, sums + t * kLanes<T>)));
  }
}

GLUINO_DEPTHWISE(float, f32)
GLUINO_DEPTHWISE(double, f64)

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(depthwise_vectors);

#define GLUINO_DEPTHWISE_DISPATCH(T, SUFFIX)                                           \
  HWY_EXPORT(plane_##SUFFIX);                                                          \
  HWY_EXPORT(data_plane_##SUFFIX);                                                     \
  HWY_EXPORT(weights_##SUFFIX);                                                        \
  void plane(const Pool2D& p, const T* x, const T* weight, T bias, T* y) {             \
    HWY_DYNAMIC_DISPATCH(plane_##SUFFIX)(p, x, weight, bias, y);                       \
  }                                                                                    \
  void data_plane(const Pool2D& p, const T* dy, const T* weight, T* dx) {              \
    HWY_DYNAMIC_DISPATCH(data_plane_##SUFFIX)(p, dy, weight, dx);                      \
  }                                                                                    \
  void weights(const Pool2D& p, std::int64_t batch, std::int64_t channels, const T* x, \
               const T* dy, T* dweight) {                                              \
    HWY_DYNAMIC_DISPATCH(weights_##SUFFIX)(p, batch, channels, x, dy, dweight);        \
  }

GLUINO_DEPTHWISE_DISPATCH(float, f32)
GLUINO_DEPTHWISE_DISPATCH(double, f64)

Pool2D windows_of(const Conv2dGeometry& g) {
  return {.in_h = g.in_height,
          .in_w = g.in_width,
          .out_h = g.out_height(),
          .out_w = g.out_width(),
          .kernel_h = g.kernel_height,
          .kernel_w = g.kernel_width,
          .stride_h = g.stride_h,
          .stride_w = g.stride_w,
          .pad_h = g.pad_h,
          .pad_w = g.pad_w};
}

}  // namespace

template <class T>
bool depthwise_suits(const Conv2dGeometry& g) {
  const Pool2D p = windows_of(g);
  return g.in_channels == g.groups && g.out_channels == g.groups && g.dilate_h == 1 &&
         g.dilate_w == 1 && p.in_h * p.in_w > 0 && p.out_h * p.out_w > 0 && sliding_rows_suit(p) &&
         HWY_DYNAMIC_DISPATCH(depthwise_vectors)();
}

template <class T>
void depthwise_forward(const Conv2dGeometry& g, const T* x, const T* weight, const T* bias, T* y) {
  const Pool2D p = windows_of(g);
  const std::int64_t taps = p.kernel_h * p.kernel_w;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  parallel_for(g.batch * g.groups, row_grain(in + out, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t c = i % g.groups;
                   plane(p, x + i * in, weight + c * taps, bias != nullptr ? bias[c] : T(0),
                         y + i * out);
                 }
               });
}

template <class T>
void depthwise_backward_data(const Conv2dGeometry& g, const T* dy, const T* weight, T* dx) {
  const Pool2D p = windows_of(g);
  const std::int64_t taps = p.kernel_h * p.kernel_w;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  parallel_for(g.batch * g.groups, row_grain(in + out, kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   data_plane(p, dy + i * out, weight + i % g.groups * taps, dx + i * in);
                 }
               });
}

template <class T>
void depthwise_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const Pool2D p = windows_of(g);
  const std::int64_t taps = p.kernel_h * p.kernel_w;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  parallel_for(g.groups, row_grain(g.batch * (in + out), kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t c = begin; c < end; ++c) {
                   weights(p, g.batch, g.groups, x + c * in, dy + c * out, dweight + c * taps);
                 }
               });
}

#define GLUINO_DEPTHWISE_INSTANTIATE(T)                                                     \
  template bool depthwise_suits<T>(const Conv2dGeometry&);                                  \
  template void depthwise_forward(const Conv2dGeometry&, const T*, const T*, const T*, T*); \
  template void depthwise_backward_data(const Conv2dGeometry&, const T*, const T*, T*);     \
  template void depthwise_weight_gradient(const Conv2dGeometry&, const T*, const T*, T*);

GLUINO_DEPTHWISE_INSTANTIATE(float)
GLUINO_DEPTHWISE_INSTANTIATE(double)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
