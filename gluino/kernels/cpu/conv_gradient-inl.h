// The register tiles of the gradient to a convolution's weights, on strips, for one instruction
// set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_GRADIENT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_GRADIENT_INL_H
#undef GLUINO_KERNELS_CONV_GRADIENT_INL_H
#else
#define GLUINO_KERNELS_CONV_GRADIENT_INL_H
#endif

#include <gluino/kernels/cpu/conv_strips-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

// A tile of filters times kernel elements ("taps", here of any channel): 3 x 4 or 4 x 6 sums.
inline constexpr int kGradientFilters = kManyRegisters ? 4 : 3;
inline constexpr int kGradientTaps = kManyRegisters ? 6 : 4;

template <class T>
struct GradientTile {
  const T* dy;  // at the tile's first filter and row
  std::int64_t dy_filter_stride;
  const T* x;  // at the position that tap (0, 0) of channel 0 reads in the first row
  const std::int64_t* offsets;  // of the tile's taps from there
  std::int64_t x_row_step;
  std::int64_t x_column_step;
  std::int64_t rows;
  std::int64_t columns;
  T* sums;  // (filters, taps) vectors: begins with them unless first, leaves them unless last
  bool first;
  bool last;
  T* dweight;  // at the tile's first filter and tap
  std::int64_t dweight_stride;
  bool add;
};

template <int kFilters, int kTaps, class T>
HWY_NOINLINE void run_gradient_tile(const GradientTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  V sums[kFilters][kTaps];
  const T* HWY_RESTRICT x[kTaps];
#pragma GCC unroll 8
  for (int t = 0; t < kTaps; ++t) x[t] = tile.x + tile.offsets[t];
#pragma GCC unroll 8
  for (int f = 0; f < kFilters; ++f) {
#pragma GCC unroll 8
    for (int t = 0; t < kTaps; ++t) {
      sums[f][t] = tile.first ? hn::Zero(d) : hn::Load(d, tile.sums + (f * kTaps + t) * kLanes);
    }
  }
  const T* HWY_RESTRICT dy = tile.dy;
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    std::int64_t x_at = row * tile.x_row_step;
    for (std::int64_t column = 0; column < tile.columns; ++column) {
#pragma GCC unroll 16
      for (int v = 0; v < kStripVectors<T>; ++v) {
        V out[kFilters];
#pragma GCC unroll 8
        for (int f = 0; f < kFilters; ++f) {
          out[f] = hn::Load(d, dy + f * tile.dy_filter_stride + v * kLanes);
        }
#pragma GCC unroll 8
        for (int t = 0; t < kTaps; ++t) {
          const V in = hn::Load(d, x[t] + x_at + v * kLanes);
#pragma GCC unroll 8
          for (int f = 0; f < kFilters; ++f) sums[f][t] = hn::MulAdd(out[f], in, sums[f][t]);
        }
      }
      dy += kStripSamples<T>;
      x_at += tile.x_column_step;
    }
  }
#pragma GCC unroll 8
  for (int f = 0; f < kFilters; ++f) {
#pragma GCC unroll 8
    for (int t = 0; t < kTaps; ++t) {
      if (!tile.last) {
        hn::Store(sums[f][t], d, tile.sums + (f * kTaps + t) * kLanes);
      } else {
        T& out = tile.dweight[f * tile.dweight_stride + t];
        const T sum = hn::GetLane(hn::SumOfLanes(d, sums[f][t]));
        out = tile.add ? out + sum : sum;
      }
    }
  }
}

template <class T>
using GradientTileFunction = void (*)(const GradientTile<T>&);

template <class T, int kFilters = kGradientFilters, int kTaps = kGradientTaps>
GradientTileFunction<T> gradient_tile_for(std::int64_t filters, std::int64_t taps) {
  if constexpr (kFilters > 1) {
    if (filters != kFilters) return gradient_tile_for<T, kFilters - 1, kTaps>(filters, taps);
  }
  if constexpr (kTaps > 1) {
    if (taps != kTaps) return gradient_tile_for<T, kFilters, kTaps - 1>(filters, taps);
  }
  return run_gradient_tile<kFilters, kTaps, T>;
}

// So many bytes of dy are gone through for all taps before the next ones.
inline constexpr std::int64_t kGradientBlockBytes = 16 << 10;

// Where each tap (c, kh, kw) of a group reads, from tap (0, 0, 0) on.
template <class T>
const std::int64_t* tap_offsets(const StripWeightGradient<T>& task) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t channels = g.group_in_channels();
  auto* offsets =
      scratch<std::int64_t>(ScratchUse::kConvColumns, channels * g.kernel_height * g.kernel_width);
  std::int64_t* out = offsets;
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t kh = 0; kh < g.kernel_height; ++kh) {
      for (std::int64_t kw = 0; kw < g.kernel_width; ++kw) {
        *out++ =
            ((c * task.padded_height + kh * g.dilate_h) * task.padded_width + kw * g.dilate_w) *
            kStripSamples<T>;
      }
    }
  }
  return offsets;
}

// One tile of filters, all taps.
template <class T>
void run_gradient_filters(const StripWeightGradient<T>& task, const std::int64_t* offsets,
                          std::int64_t filter, std::int64_t filters) {
  const Conv2dGeometry& g = *task.geometry;
  const std::int64_t rows = g.out_height();
  const std::int64_t columns = g.out_width();
  const std::int64_t taps = g.group_in_channels() * g.kernel_height * g.kernel_width;
  const std::int64_t tiles = tile_count(taps, kGradientTaps);
  const std::int64_t row_bytes = columns * 64 * filters;
  const std::int64_t block = std::max<std::int64_t>(1, kGradientBlockBytes / row_bytes);
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));
  T* sums = scratch<T>(ScratchUse::kConvSums, rows > block ? filters * taps * kLanes : 0);
  const std::int64_t group = filter / g.group_out_channels();
  const T* x = task.x + group * g.group_in_channels() * task.padded_height * task.padded_width *
                            kStripSamples<T>;
  const std::int64_t x_row = g.stride_h * task.padded_width * kStripSamples<T>;
  for (std::int64_t row = 0; row < rows; row += block) {
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t tap = tile_begin(taps, tiles, t);
      const std::int64_t count = tile_begin(taps, tiles, t + 1) - tap;
      const GradientTile<T> tile = {
          .dy = task.dy + (filter * rows + row) * columns * kStripSamples<T>,
          .dy_filter_stride = rows * columns * kStripSamples<T>,
          .x = x + row * x_row,
          .offsets = offsets + tap,
          .x_row_step = x_row,
          .x_column_step = g.stride_w * kStripSamples<T>,
          .rows = std::min(block, rows - row),
          .columns = columns,
          .sums = sums + tap * filters * kLanes,
          .first = row == 0,
          .last = row + block >= rows,
          .dweight = task.dweight + filter * taps + tap,
          .dweight_stride = taps,
          .add = task.add};
      gradient_tile_for<T>(filters, count)(tile);
    }
  }
}

template <class T>
void run_weight_gradient(const StripWeightGradient<T>& task) {
  const std::int64_t* offsets = tap_offsets(task);
  const std::int64_t filters = task.filter_end - task.filter_begin;
  const std::int64_t tiles = tile_count(filters, kGradientFilters);
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::int64_t begin = tile_begin(filters, tiles, t);
    run_gradient_filters(task, offsets, task.filter_begin + begin,
                         tile_begin(filters, tiles, t + 1) - begin);
  }
}

template <class T>
T sum_values(const T* values, std::int64_t count) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  auto sum0 = hn::Zero(d);
  auto sum1 = hn::Zero(d);
  std::int64_t i = 0;
  for (; i + 2 * kLanes <= count; i += 2 * kLanes) {
    sum0 = hn::Add(sum0, hn::LoadU(d, values + i));
    sum1 = hn::Add(sum1, hn::LoadU(d, values + i + kLanes));
  }
  T sum = hn::GetLane(hn::SumOfLanes(d, hn::Add(sum0, sum1)));
  for (; i < count; ++i) sum += values[i];
  return sum;
}

template <class T>
void run_sum_planes(const T* dy, std::int64_t batch, std::int64_t batch_stride, std::int64_t plane,
                    std::int64_t begin, std::int64_t end, T* out) {
  for (std::int64_t f = begin; f < end; ++f) {
    T sum = 0;
    for (std::int64_t n = 0; n < batch; ++n) {
      sum += sum_values(dy + n * batch_stride + f * plane, plane);
    }
    out[f] = sum;
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
