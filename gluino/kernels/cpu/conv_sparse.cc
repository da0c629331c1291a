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

// Some positions of one filter in one sample.
template <class T>
struct SparseRows {
  std::int64_t rows;        // of the kernel
  std::int64_t row;         // values of one, contiguous
  std::int64_t image_step;  // from one row of the image to the next
  std::int64_t channels;
  std::int64_t count;
  const T* values;
  const std::int32_t* corners;
};

}  // namespace
}  // namespace gluino::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

// sums += values[i] * (the image under the kernel at corner i), for so many positions at a time.
template <int kPositions, class T>
void add_image(const SparseRows<T>& r, const T* values, const std::int32_t* corners, const T* image,
               T* sums) {
  const hn::ScalableTag<T> d;
  hn::Vec<decltype(d)> factors[kPositions];
  const T* places[kPositions];
#pragma GCC unroll 4
  for (int i = 0; i < kPositions; ++i) {
    factors[i] = hn::Set(d, values[i]);
    places[i] = image + std::int64_t{corners[i]} * r.channels;
  }
  for (std::int64_t k = 0; k < r.rows; ++k) {
    for_vectors(d, r.row, [&](std::int64_t at, auto part) {
      auto sum = load(part, d, sums + k * r.row + at);
#pragma GCC unroll 4
      for (int i = 0; i < kPositions; ++i) {
        sum = hn::MulAdd(factors[i], load(part, d, places[i] + k * r.image_step + at), sum);
      }
      store(sum, part, d, sums + k * r.row + at);
    });
  }
}

template <class T>
void weight_rows(const SparseRows<T>& r, const T* image, T* sums) {
  std::int64_t i = 0;
  for (; i + 4 <= r.count; i += 4) add_image<4>(r, r.values + i, r.corners + i, image, sums);
  for (; i < r.count; ++i) add_image<1>(r, r.values + i, r.corners + i, image, sums);
}

// The image's gradient under the kernel at each corner += values[i] * weight.
template <class T>
void data_rows(const SparseRows<T>& r, const T* weight, T* image) {
  const hn::ScalableTag<T> d;
  for (std::int64_t i = 0; i < r.count; ++i) {
    if (r.values[i] == 0) continue;
    const auto factor = hn::Set(d, r.values[i]);
    T* place = image + std::int64_t{r.corners[i]} * r.channels;
    for (std::int64_t k = 0; k < r.rows; ++k, place += r.image_step) {
      for_vectors(d, r.row, [&](std::int64_t at, auto part) {
        const auto w = load(part, d, weight + k * r.row + at);
        store(hn::MulAdd(factor, w, load(part, d, place + at)), part, d, place + at);
      });
    }
  }
}

void weight_rows_f32(const SparseRows<float>& r, const float* image, float* sums) {
  weight_rows(r, image, sums);
}
void weight_rows_f64(const SparseRows<double>& r, const double* image, double* sums) {
  weight_rows(r, image, sums);
}
void data_rows_f32(const SparseRows<float>& r, const float* weight, float* image) {
  data_rows(r, weight, image);
}
void data_rows_f64(const SparseRows<double>& r, const double* weight, double* image) {
  data_rows(r, weight, image);
}
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
HWY_EXPORT(data_rows_f32);
HWY_EXPORT(data_rows_f64);
HWY_EXPORT(turn_f32);
HWY_EXPORT(turn_f64);

void weight_rows(const SparseRows<float>& r, const float* image, float* sums) {
  HWY_DYNAMIC_DISPATCH(weight_rows_f32)(r, image, sums);
}
void weight_rows(const SparseRows<double>& r, const double* image, double* sums) {
  HWY_DYNAMIC_DISPATCH(weight_rows_f64)(r, image, sums);
}
void data_rows(const SparseRows<float>& r, const float* weight, float* image) {
  HWY_DYNAMIC_DISPATCH(data_rows_f32)(r, weight, image);
}
void data_rows(const SparseRows<double>& r, const double* weight, double* image) {
  HWY_DYNAMIC_DISPATCH(data_rows_f64)(r, weight, image);
}
void turn(const float* in, std::int64_t rows, std::int64_t columns, float* out) {
  HWY_DYNAMIC_DISPATCH(turn_f32)(in, rows, columns, out);
}
void turn(const double* in, std::int64_t rows, std::int64_t columns, double* out) {
  HWY_DYNAMIC_DISPATCH(turn_f64)(in, rows, columns, out);
}

template <class T>
SparseRows<T> rows_of(const SparseConvGradient<T>& task, std::int64_t sample, std::int64_t filter) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t first = (sample * g.out_channels + filter) * task.count;
  return {g.kernel_height,
          g.kernel_width * g.in_channels,
          g.in_width * g.in_channels,
          g.in_channels,
          task.count,
          task.values + first,
          task.corners + first};
}

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
  parallel_for(g.out_channels, 1, [&](std::int64_t begin, std::int64_t end) {
    std::fill(sums + begin * weights, sums + end * weights, T(0));
    for (std::int64_t n = 0; n < g.batch; ++n) {
      for (std::int64_t f = begin; f < end; ++f) {
        weight_rows(rows_of(task, n, f), x + n * image, sums + f * weights);
      }
    }
    for (std::int64_t f = begin; f < end; ++f) {
      turn(sums + f * weights, kernel, g.in_channels, task.dweight + f * weights);
    }
  });
}

template <class T>
void data_gradient(const SparseConvGradient<T>& task) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t plane = g.in_height * g.in_width;
  const std::int64_t image = g.in_channels * plane;
  const std::int64_t kernel = g.kernel_height * g.kernel_width;
  const std::int64_t weights = kernel * g.in_channels;
  T* const weight = scratch<T>(ScratchUse::kConvWeights, g.out_channels * weights);
  for (std::int64_t f = 0; f < g.out_channels; ++f) {
    turn(task.weight + f * weights, g.in_channels, kernel, weight + f * weights);
  }
  parallel_for(g.batch, 1, [&](std::int64_t begin, std::int64_t end) {
    T* const dx = scratch<T>(ScratchUse::kConvInput, image);
    for (std::int64_t n = begin; n < end; ++n) {
      std::fill_n(dx, image, T(0));
      for (std::int64_t f = 0; f < g.out_channels; ++f) {
        data_rows(rows_of(task, n, f), weight + f * weights, dx);
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
