#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_sparse.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/targets.h>
#include <gluino/kernels/cpu/support/turn.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_sparse.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <utility>

// Arrays here have the channels innermost, filled up to whole vectors: a row of the kernel, (kw,
// c), meets a row of the image that is as contiguous, and no vector crosses a cache line.
#ifndef GLUINO_KERNELS_CONV_SPARSE_ROWS
#define GLUINO_KERNELS_CONV_SPARSE_ROWS
namespace gluino::kernels {
namespace {

// sums (rows, row) += the sum over i of values[i] * from[offsets[i] ...], whose rows stand
// from_step apart.
template <class T>
struct SparseSum {
  std::int64_t rows;
  std::int64_t row;  // whole vectors
  std::int64_t count;
  const T* values;
  const std::int64_t* offsets;
  const T* from;
  std::int64_t from_step;
  T* sums;
};

}  // namespace
}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Some neighbouring vectors of one row, which stay in registers.
template <int kVectors, class T>
HWY_NOINLINE void add_vectors(const SparseSum<T>& s, const T* from, T* sums) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  hn::Vec<decltype(d)> v[kVectors];
#pragma GCC unroll 16
  for (int j = 0; j < kVectors; ++j) v[j] = hn::LoadU(d, sums + j * kLanes);
  for (std::int64_t i = 0; i < s.count; ++i) {
    const auto value = hn::Set(d, s.values[i]);
    const T* at = from + s.offsets[i];
#pragma GCC unroll 16
    for (int j = 0; j < kVectors; ++j) {
      v[j] = hn::MulAdd(value, hn::LoadU(d, at + j * kLanes), v[j]);
    }
  }
#pragma GCC unroll 16
  for (int j = 0; j < kVectors; ++j) hn::StoreU(v[j], d, sums + j * kLanes);
}

template <int kVectors, class T>
HWY_INLINE void add_up_to(std::int64_t vectors, const SparseSum<T>& s, const T* from, T* sums) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) return add_up_to<kVectors - 1>(vectors, s, from, sums);
  }
  add_vectors<kVectors>(s, from, sums);
}

template <class T>
void add_sparse(const SparseSum<T>& s) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int kMost = 12;
  for (std::int64_t k = 0; k < s.rows; ++k) {
    for (std::int64_t at = 0; at < s.row; at += kMost * kLanes) {
      add_up_to<kMost>((s.row - at) / kLanes, s, s.from + k * s.from_step + at,
                       s.sums + k * s.row + at);
    }
  }
}

std::int64_t lanes_f32() { return hn::MaxLanes(hn::ScalableTag<float>()); }
std::int64_t lanes_f64() { return hn::MaxLanes(hn::ScalableTag<double>()); }
void add_sparse_f32(const SparseSum<float>& s) { add_sparse(s); }
void add_sparse_f64(const SparseSum<double>& s) { add_sparse(s); }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(lanes_f32);
HWY_EXPORT(lanes_f64);
HWY_EXPORT(add_sparse_f32);
HWY_EXPORT(add_sparse_f64);

std::int64_t lanes(float) { return HWY_DYNAMIC_DISPATCH(lanes_f32)(); }
std::int64_t lanes(double) { return HWY_DYNAMIC_DISPATCH(lanes_f64)(); }
void add_sparse(const SparseSum<float>& s) { HWY_DYNAMIC_DISPATCH(add_sparse_f32)(s); }
void add_sparse(const SparseSum<double>& s) { HWY_DYNAMIC_DISPATCH(add_sparse_f64)(s); }

// Sums of so many bytes stay in the nearest cache, beside an image.
constexpr std::int64_t kNearBytes = 24 << 10;

template <class T>
class SparseGradient {
 public:
  explicit SparseGradient(const SparseConvGradient<T>& task)
      : task_(task),
        g_(*task.geometry),
        plane_(g_.in_height * g_.in_width),
        kernel_(g_.kernel_height * g_.kernel_width),
        channels_((g_.in_channels + lanes(T()) - 1) / lanes(T()) * lanes(T())),
        row_(g_.kernel_width * channels_),
        windows_(task.windows_h * task.windows_w),
        places_(task.pool_h * task.pool_w) {
    corners_ = scratch<std::int64_t>(ScratchUse::kConvCorners, windows_ + places_);
    for (std::int64_t w = 0; w < windows_; ++w) {
      corners_[w] = corner(w / task.windows_w * task.pool_h, w % task.windows_w * task.pool_w);
    }
    for (std::int64_t p = 0; p < places_; ++p) {
      corners_[windows_ + p] = corner(p / task.pool_w, p % task.pool_w);
    }
  }

  void weights() const;
  void data() const;

 private:
  struct Lists;

  // Where the kernel stands in an image.
  std::int64_t corner(std::int64_t row, std::int64_t column) const {
    return (row * g_.stride_h * g_.in_width + column * g_.stride_w) * channels_;
  }

  // (C, n) to (n, channels_), filled up with zeros.
  void channels_last(const T* in, std::int64_t n, T* out) const {
    if (channels_ != g_.in_channels) std::fill_n(out, n * channels_, T(0));
    turn(in, n, g_.in_channels, n, out, channels_);
  }
  void channels_first(const T* in, std::int64_t n, T* out) const {
    turn(in, channels_, n, g_.in_channels, out, n);
  }

  // All images as (N, plane_, channels_), and the reverse.
  void images_channels_last(T* out) const;
  void images_channels_first(const T* in) const;

  const SparseConvGradient<T>& task_;
  const Conv2dGeometry& g_;
  std::int64_t plane_, kernel_, channels_, row_, windows_, places_;
  std::int64_t* corners_;
};

// Positions of a strip that are worth a thread.
constexpr std::int64_t kPositionGrain = 64;

template <class T>
void SparseGradient<T>::images_channels_last(T* out) const {
  const std::int64_t image = plane_ * channels_;
  if (!task_.x.on_strips) {
    parallel_for(g_.batch, 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t n = begin; n < end; ++n) {
        channels_last(task_.x.data + n * g_.in_channels * plane_, plane_, out + n * image);
      }
    });
    return;
  }
  const std::int64_t strips = strips_of<T>(g_.batch);
  parallel_for(strips * plane_, kPositionGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t strip = i / plane_;
      const std::int64_t position = i % plane_;
      const std::int64_t samples = task_.x.samples(strip);
      T* const to = out + strip * kStripSamples<T> * image + position * channels_;
      turn(task_.x.strip(strip) + position * kStripSamples<T>, plane_ * kStripSamples<T>,
           g_.in_channels, samples, to, image);
      for (std::int64_t s = 0; s < samples; ++s) {
        std::fill(to + s * image + g_.in_channels, to + s * image + channels_, T(0));
      }
    }
  });
}

template <class T>
void SparseGradient<T>::images_channels_first(const T* in) const {
  const std::int64_t image = plane_ * channels_;
  const std::int64_t strips = strips_of<T>(g_.batch);
  parallel_for(strips * plane_, kPositionGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t strip = i / plane_;
      const std::int64_t position = i % plane_;
      const std::int64_t samples = task_.dx.samples(strip);
      const std::int64_t step = plane_ * kStripSamples<T>;
      T* const to = task_.dx.strip(strip) + position * kStripSamples<T>;
      turn(in + strip * kStripSamples<T> * image + position * channels_, image, samples,
           g_.in_channels, to, step);
      if (samples == kStripSamples<T>) continue;
      for (std::int64_t c = 0; c < g_.in_channels; ++c) {
        std::fill(to + c * step + samples, to + c * step + kStripSamples<T>, T(0));
      }
    }
  });
}

// Each filter's weights are summed by one thread, sample by sample; a few filters at a time, so
// that their sums stay near.
template <class T>
void SparseGradient<T>::weights() const {
  const std::int64_t image = plane_ * channels_;
  const std::int64_t weights = kernel_ * channels_;
  T* const x = scratch<T>(ScratchUse::kConvInput, g_.batch * image);
  images_channels_last(x);
  const std::int64_t block =
      std::max<std::int64_t>(1, kNearBytes / static_cast<std::int64_t>(sizeof(T)) / weights);
  const std::int64_t blocks = (g_.out_channels + block - 1) / block;
  parallel_for(blocks, 1, [&](std::int64_t begin, std::int64_t end) {
    T* const sums = scratch<T>(ScratchUse::kConvWeights, block * weights);
    auto* const at = scratch<std::int64_t>(ScratchUse::kConvSums, windows_);
    for (std::int64_t b = begin; b < end; ++b) {
      const std::int64_t first = b * g_.out_channels / blocks;
      const std::int64_t last = (b + 1) * g_.out_channels / blocks;
      std::fill_n(sums, (last - first) * weights, T(0));
      for (std::int64_t n = 0; n < g_.batch; ++n) {
        for (std::int64_t f = first; f < last; ++f) {
          const std::int64_t values = (n * g_.out_channels + f) * windows_;
          for (std::int64_t w = 0; w < windows_; ++w) {
            at[w] = corners_[w] + corners_[windows_ + task_.places[values + w]];
          }
          add_sparse(SparseSum<T>{g_.kernel_height, row_, windows_, task_.values + values, at,
                                  x + n * image, g_.in_width * channels_,
                                  sums + (f - first) * weights});
        }
      }
      for (std::int64_t f = first; f < last; ++f) {
        channels_first(sums + (f - first) * weights, kernel_,
                       task_.dweight + f * kernel_ * g_.in_channels);
      }
    }
  });
}

// The gradients of one sample, ordered by place: what stands at one place is added together.
template <class T>
struct SparseGradient<T>::Lists {
  std::int64_t* ends;     // (windows, places): where each list ends; it begins where another did
  std::int64_t* offsets;  // of each value's filter
  T* values;

  Lists(const SparseGradient& s, std::int64_t sample) {
    const std::int64_t filters = s.g_.out_channels;
    ends = scratch<std::int64_t>(ScratchUse::kConvSums, s.windows_ * s.places_);
    offsets = scratch<std::int64_t>(ScratchUse::kGemmA, s.windows_ * filters);
    values = scratch<T>(ScratchUse::kGemmB, s.windows_ * filters);
    const std::int64_t first = sample * filters * s.windows_;
    const auto each = [&](auto&& use) {
      const T* value = s.task_.values + first;
      const std::int32_t* place = s.task_.places + first;
      for (std::int64_t f = 0; f < filters; ++f) {
        for (std::int64_t w = 0; w < s.windows_; ++w, ++value, ++place) {
          if (*value != 0) use(f, ends[w * s.places_ + *place], *value);
        }
      }
    };
    std::fill_n(ends, s.windows_ * s.places_, 0);
    each([](std::int64_t, std::int64_t& end, T) { ++end; });
    std::int64_t begin = 0;
    for (std::int64_t i = 0; i < s.windows_ * s.places_; ++i) {
      begin += std::exchange(ends[i], begin);
    }
    each([&](std::int64_t f, std::int64_t& end, T value) {
      offsets[end] = f * s.row_;
      values[end++] = value;
    });
  }
};

// Each sample by one thread, one row of the kernel after the other: its weights stay in the nearest
// cache.
template <class T>
void SparseGradient<T>::data() const {
  const std::int64_t filters = g_.out_channels;
  // (KH, F, row_)
  T* const weight = scratch<T>(ScratchUse::kConvWeights, filters * kernel_ * channels_);
  T* const turned = scratch<T>(ScratchUse::kConvOutput, kernel_ * channels_);
  for (std::int64_t f = 0; f < filters; ++f) {
    channels_last(task_.weight + f * kernel_ * g_.in_channels, kernel_, turned);
    for (std::int64_t k = 0; k < g_.kernel_height; ++k) {
      std::copy_n(turned + k * row_, row_, weight + (k * filters + f) * row_);
    }
  }
  const std::int64_t image = plane_ * channels_;
  const bool on_strips = task_.dx.on_strips;
  T* const images = on_strips ? scratch<T>(ScratchUse::kConvInput, g_.batch * image) : nullptr;
  parallel_for(g_.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    T* const own = on_strips ? nullptr : scratch<T>(ScratchUse::kConvInput, image);
    for (std::int64_t n = begin; n < end; ++n) {
      T* const dx = on_strips ? images + n * image : own;
      std::fill_n(dx, image, T(0));
      const Lists lists(*this, n);
      for (std::int64_t k = 0; k < g_.kernel_height; ++k) {
        std::int64_t list = 0;
        for (std::int64_t i = 0; i < windows_ * places_; ++i) {
          const std::int64_t count = lists.ends[i] - list;
          const std::int64_t at = corners_[i / places_] + corners_[windows_ + i % places_];
          if (count > 0) {
            add_sparse(SparseSum<T>{1, row_, count, lists.values + list, lists.offsets + list,
                                    weight + k * filters * row_, 0,
                                    dx + at + k * g_.in_width * channels_});
          }
          list = lists.ends[i];
        }
      }
      if (!on_strips) channels_first(dx, plane_, task_.dx.data + n * g_.in_channels * plane_);
    }
  });
  if (on_strips) images_channels_first(images);
}

}  // namespace

template <class T>
bool conv_sparse_suits(const Conv2dGeometry& g) {
  return g.groups == 1 && g.pad_h == 0 && g.pad_w == 0 && g.dilate_h == 1 && g.dilate_w == 1 &&
         g.in_channels >= 8 && g.kernel_width * g.in_channels >= 2 * kStripSamples<T> &&
         g.in_height * g.in_width < (std::int64_t{1} << 31);
}

template <class T>
void conv_sparse_gradient(const SparseConvGradient<T>& task) {
  const SparseGradient<T> gradient(task);
  if (task.dweight != nullptr) gradient.weights();
  if (task.dx.data != nullptr) gradient.data();
}

template bool conv_sparse_suits<float>(const Conv2dGeometry&);
template bool conv_sparse_suits<double>(const Conv2dGeometry&);
template void conv_sparse_gradient(const SparseConvGradient<float>&);
template void conv_sparse_gradient(const SparseConvGradient<double>&);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
