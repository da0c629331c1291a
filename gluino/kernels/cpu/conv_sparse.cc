#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/conv_sparse.h>
#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/scratch.h>
#include <gluino/kernels/cpu/targets.h>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/conv_sparse.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/transpose-inl.h>
#include <gluino/kernels/cpu/vectors-inl.h>
#include <hwy/highway.h>

#include <algorithm>

// Arrays here have the channels innermost: a row of the kernel, (kw, c), meets a row of the image
// that is as contiguous.
#ifndef GLUINO_KERNELS_CONV_SPARSE_ROWS
#define GLUINO_KERNELS_CONV_SPARSE_ROWS
namespace gluino::kernels {
namespace {

// Some places of one filter in one sample, for the gradient to its weights.
template <class T>
struct SparseRows {
  std::int64_t rows;        // of the kernel
  std::int64_t row;         // values of one, contiguous
  std::int64_t image_step;  // from one row of the image to the next
  std::int64_t count;
  const T* values;
  const std::int64_t* corners;  // where the kernel stands in the image
};

// The filters that have a gradient at one place, for one row of the gradient to the image.
template <class T>
struct SparseFilters {
  std::int64_t count;
  const std::int32_t* filters;
  const T* values;
  const T* weight;  // (filters, row)
  std::int64_t row;
};

}  // namespace
}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

// sums += values[i] * (the image under the kernel at corner i), for so many places at a time.
template <int kPlaces, class T>
void add_image(const SparseRows<T>& r, std::int64_t first, const T* image, T* sums) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> factors[kPlaces];
  const T* places[kPlaces];
#pragma GCC unroll 4
  for (int i = 0; i < kPlaces; ++i) {
    factors[i] = hn::Set(d, r.values[first + i]);
    places[i] = image + r.corners[first + i];
  }
  for (std::int64_t k = 0; k < r.rows; ++k) {
    for_vectors(d, r.row, [&](std::int64_t at, auto part) {
      auto sum = load(part, d, sums + k * r.row + at);
#pragma GCC unroll 4
      for (int i = 0; i < kPlaces; ++i) {
        sum = hn::MulAdd(factors[i], load(part, d, places[i] + k * r.image_step + at), sum);
      }
      store(sum, part, d, sums + k * r.row + at);
    });
  }
}

template <class T>
void weight_rows(const SparseRows<T>& r, const T* image, T* sums) {
  std::int64_t i = 0;
  for (; i + 4 <= r.count; i += 4) add_image<4>(r, i, image, sums);
  for (; i < r.count; ++i) add_image<1>(r, i, image, sums);
}

// Some neighbouring vectors of the image += values[i] * weight[filters[i]], kept in registers. The
// last one is whole or not.
template <int kVectors, class T, class Last>
void add_filters(const SparseFilters<T>& s, std::int64_t at, Last last, T* image) {
  const hn::ScalableTag<T> d;
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(d));
  hn::Vec<decltype(d)> sums[kVectors];
  const auto for_all = [&](auto f) {
#pragma GCC unroll 8
    for (int v = 0; v < kVectors - 1; ++v) f(v, Whole());
    f(kVectors - 1, last);
  };
  for_all([&](int v, auto part) { sums[v] = load(part, d, image + at + v * kLanes); });
  for (std::int64_t i = 0; i < s.count; ++i) {
    const auto factor = hn::Set(d, s.values[i]);
    const T* weight = s.weight + s.filters[i] * s.row + at;
    for_all([&](int v, auto part) {
      sums[v] = hn::MulAdd(factor, load(part, d, weight + v * kLanes), sums[v]);
    });
  }
  for_all([&](int v, auto part) { store(sums[v], part, d, image + at + v * kLanes); });
}

template <int kVectors, class T, class Last>
void add_filters_up_to(std::int64_t vectors, const SparseFilters<T>& s, std::int64_t at, Last last,
                       T* image) {
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) {
      add_filters_up_to<kVectors - 1>(vectors, s, at, last, image);
      return;
    }
  }
  add_filters<kVectors>(s, at, last, image);
}

template <class T>
void data_row(const SparseFilters<T>& s, T* image) {
  constexpr auto kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  constexpr int kMost = 8;
  for (std::int64_t at = 0; at < s.row;) {
    const std::int64_t left = s.row - at;
    const std::int64_t vectors = std::min<std::int64_t>(kMost, (left + kLanes - 1) / kLanes);
    const std::int64_t tail = left - (vectors - 1) * kLanes;
    if (tail >= kLanes) {
      add_filters_up_to<kMost>(vectors, s, at, Whole(), image);
    } else {
      add_filters_up_to<kMost>(vectors, s, at, Tail{static_cast<std::size_t>(tail)}, image);
    }
    at += vectors * kLanes;
  }
}

void weight_rows_f32(const SparseRows<float>& r, const float* image, float* sums) {
  weight_rows(r, image, sums);
}
void weight_rows_f64(const SparseRows<double>& r, const double* image, double* sums) {
  weight_rows(r, image, sums);
}
void data_row_f32(const SparseFilters<float>& s, float* image) { data_row(s, image); }
void data_row_f64(const SparseFilters<double>& s, double* image) { data_row(s, image); }
// out (columns, rows) from in (rows, columns).
void turn_f32(const float* in, std::int64_t rows, std::int64_t columns, float* out) {
  transpose(in, columns, rows, columns, out, rows);
}
void turn_f64(const double* in, std::int64_t rows, std::int64_t columns, double* out) {
  transpose(in, columns, rows, columns, out, rows);
}

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(weight_rows_f32);
HWY_EXPORT(weight_rows_f64);
HWY_EXPORT(data_row_f32);
HWY_EXPORT(data_row_f64);
HWY_EXPORT(turn_f32);
HWY_EXPORT(turn_f64);

void weight_rows(const SparseRows<float>& r, const float* image, float* sums) {
  HWY_DYNAMIC_DISPATCH(weight_rows_f32)(r, image, sums);
}
void weight_rows(const SparseRows<double>& r, const double* image, double* sums) {
  HWY_DYNAMIC_DISPATCH(weight_rows_f64)(r, image, sums);
}
void data_row(const SparseFilters<float>& s, float* image) {
  HWY_DYNAMIC_DISPATCH(data_row_f32)(s, image);
}
void data_row(const SparseFilters<double>& s, double* image) {
  HWY_DYNAMIC_DISPATCH(data_row_f64)(s, image);
}
void turn(const float* in, std::int64_t rows, std::int64_t columns, float* out) {
  HWY_DYNAMIC_DISPATCH(turn_f32)(in, rows, columns, out);
}
void turn(const double* in, std::int64_t rows, std::int64_t columns, double* out) {
  HWY_DYNAMIC_DISPATCH(turn_f64)(in, rows, columns, out);
}

// Where the kernel stands, in an image with the channels innermost, for a place in a window.
template <class T>
class Corners {
 public:
  explicit Corners(const SparseConvGradient<T>& task) : task_(task) {}

  std::int64_t of_window(std::int64_t window) const {
    const std::int64_t row = window / task_.windows_w * task_.pool_h;
    return at(row, window % task_.windows_w * task_.pool_w);
  }
  std::int64_t of_place(std::int64_t place) const {
    return at(place / task_.pool_w, place % task_.pool_w);
  }

 private:
  std::int64_t at(std::int64_t row, std::int64_t column) const {
    const Conv2dGeometry& g = *task_.geometry;
    return (row * g.stride_h * g.in_width + column * g.stride_w) * g.in_channels;
  }
  const SparseConvGradient<T>& task_;
};

// Each filter's weights are summed by one thread, sample by sample.
template <class T>
void weight_gradient(const SparseConvGradient<T>& task) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t image = g.in_channels * g.in_height * g.in_width;
  const std::int64_t kernel = g.kernel_height * g.kernel_width;
  const std::int64_t weights = kernel * g.in_channels;
  T* const x = scratch<T>(ScratchUse::kConvInput, g.batch * image);
  parallel_for(g.batch, 4, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      turn(task.x + n * image, g.in_channels, g.in_height * g.in_width, x + n * image);
    }
  });
  T* const sums = scratch<T>(ScratchUse::kConvWeights, g.out_channels * weights);
  const std::int64_t windows = task.windows_h * task.windows_w;
  parallel_for(g.out_channels, 1, [&](std::int64_t begin, std::int64_t end) {
    std::fill(sums + begin * weights, sums + end * weights, T(0));
    auto* const corners = scratch<std::int64_t>(ScratchUse::kConvSums, windows);
    const Corners<T> corner(task);
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t f = begin; f < end; ++f) {
        const std::int64_t first = (n * g.out_channels + f) * windows;
        for (std::int64_t w = 0; w < windows; ++w) {
          corners[w] = corner.of_window(w) + corner.of_place(task.places[first + w]);
        }
        const SparseRows<T> rows = {g.kernel_height,
                                    g.kernel_width * g.in_channels,
                                    g.in_width * g.in_channels,
                                    windows,
                                    task.values + first,
                                    corners};
        weight_rows(rows, x + n * image, sums + f * weights);
      }
    }
    for (std::int64_t f = begin; f < end; ++f) {
      turn(sums + f * weights, kernel, g.in_channels, task.dweight + f * weights);
    }
  });
}

// The gradients of one sample, ordered by place: what stands at one place is added together.
template <class T>
class ByPlace {
 public:
  ByPlace(const SparseConvGradient<T>& task, std::int64_t sample)
      : windows_(task.windows_h * task.windows_w), places_(task.pool_h * task.pool_w) {
    const std::int64_t filters = task.geometry->out_channels;
    begins_ = scratch<std::int64_t>(ScratchUse::kConvSums, windows_ * places_ + 1);
    filters_ = scratch<std::int32_t>(ScratchUse::kGemmA, windows_ * filters);
    values_ = scratch<T>(ScratchUse::kGemmB, windows_ * filters);
    const std::int64_t first = sample * filters * windows_;
    std::int64_t* const counts = begins_ + 1;
    std::fill_n(begins_, windows_ * places_ + 1, 0);
    for (std::int64_t i = 0; i < filters * windows_; ++i) {
      counts[i % windows_ * places_ + task.places[first + i]] += task.values[first + i] != 0;
    }
    for (std::int64_t i = 0; i < windows_ * places_; ++i) counts[i] += begins_[i];
    const std::int64_t total = counts[windows_ * places_ - 1];
    // Afterwards counts[list] is where the list begins.
    for (std::int64_t i = filters * windows_ - 1; i >= 0; --i) {
      const T value = task.values[first + i];
      std::int64_t& end = counts[i % windows_ * places_ + task.places[first + i]];
      if (value == 0) continue;
      --end;
      filters_[end] = static_cast<std::int32_t>(i / windows_);
      values_[end] = value;
    }
    begins_[0] = total;
  }

  SparseFilters<T> at(std::int64_t window, std::int64_t place, const T* weight,
                      std::int64_t row) const {
    const std::int64_t list = window * places_ + place;
    const std::int64_t begin = begins_[list + 1];
    const bool last = list + 1 == windows_ * places_;
    const std::int64_t end = begins_[last ? 0 : list + 2];
    return {end - begin, filters_ + begin, values_ + begin, weight, row};
  }

 private:
  std::int64_t windows_;
  std::int64_t places_;
  std::int64_t* begins_;
  std::int32_t* filters_;
  T* values_;
};

// Each sample by one thread, one row of the kernel after the other: its weights stay in the nearest
// cache.
template <class T>
void data_gradient(const SparseConvGradient<T>& task) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t plane = g.in_height * g.in_width;
  const std::int64_t image = g.in_channels * plane;
  const std::int64_t kernel = g.kernel_height * g.kernel_width;
  const std::int64_t row = g.kernel_width * g.in_channels;
  T* const weight = scratch<T>(ScratchUse::kConvWeights, g.out_channels * kernel * g.in_channels);
  T* const turned = scratch<T>(ScratchUse::kConvOutput, kernel * g.in_channels);
  for (std::int64_t f = 0; f < g.out_channels; ++f) {
    turn(task.weight + f * kernel * g.in_channels, g.in_channels, kernel, turned);
    for (std::int64_t k = 0; k < g.kernel_height; ++k) {
      std::copy_n(turned + k * row, row, weight + (k * g.out_channels + f) * row);
    }
  }
  parallel_for(g.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    T* const dx = scratch<T>(ScratchUse::kConvInput, image);
    const Corners<T> corner(task);
    for (std::int64_t n = begin; n < end; ++n) {
      std::fill_n(dx, image, T(0));
      const ByPlace<T> lists(task, n);
      for (std::int64_t k = 0; k < g.kernel_height; ++k) {
        for (std::int64_t w = 0; w < task.windows_h * task.windows_w; ++w) {
          for (std::int64_t place = 0; place < task.pool_h * task.pool_w; ++place) {
            const auto list = lists.at(w, place, weight + k * g.out_channels * row, row);
            if (list.count == 0) continue;
            data_row(list, dx + corner.of_window(w) + corner.of_place(place) +
                               k * g.in_width * g.in_channels);
          }
        }
      }
      turn(dx, plane, g.in_channels, task.dx + n * image);
    }
  });
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
  if (task.dweight != nullptr) weight_gradient(task);
  if (task.dx != nullptr) data_gradient(task);
}

template bool conv_sparse_suits<float>(const Conv2dGeometry&);
template bool conv_sparse_suits<double>(const Conv2dGeometry&);
template void conv_sparse_gradient(const SparseConvGradient<float>&);
template void conv_sparse_gradient(const SparseConvGradient<double>&);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
