// The register tiles of the gradient to a convolution's weights, on strips, for one instruction
// set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_GRADIENT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_GRADIENT_INL_H
#undef GLUINO_KERNELS_CONV_GRADIENT_INL_H
#else
#define GLUINO_KERNELS_CONV_GRADIENT_INL_H
#endif

#include <gluino/kernels/cpu/convolution/conv_strips-inl.h>

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
  std::int64_t columns;  // positions, or (kAlongRow) whole vectors of positions
  std::int64_t tail;     // kAlongRow: positions of a row beyond its whole vectors
  T* sums;  // (filters, taps) vectors: begins with them unless first, leaves them unless last
  bool first;
  bool last;
  T* dweight;  // at the tile's first filter and tap
  std::int64_t dweight_stride;
  bool add;
};

// The sums of one vector of dy with one of x for each pair of filter and tap. `load` reads a
// vector.
template <int kFilters, int kTaps, class V, class T, class Load>
HWY_INLINE void add_products(const T* dy, std::int64_t dy_filter_stride, const T* const (&x)[kTaps],
                             std::int64_t x_at, const Load& load, V (&sums)[kFilters][kTaps]) {
  V out[kFilters];
#pragma GCC unroll 8
  for (int f = 0; f < kFilters; ++f) out[f] = load(dy + f * dy_filter_stride);
#pragma GCC unroll 8
  for (int t = 0; t < kTaps; ++t) {
    const V in = load(x[t] + x_at);
#pragma GCC unroll 8
    for (int f = 0; f < kFilters; ++f) sums[f][t] = hn::MulAdd(out[f], in, sums[f][t]);
  }
}

template <class T>
struct LoadWhole {
  HWY_INLINE auto operator()(const T* from) const { return hn::LoadU(hn::ScalableTag<T>(), from); }
};

// The first `count` values, then zeros. Nothing beyond them is touched.
template <class T>
struct LoadFirst {
  HWY_INLINE auto operator()(const T* from) const {
    const hn::ScalableTag<T> d;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
    return hn::MaskedLoad(hn::FirstN(d, static_cast<std::size_t>(count)), d, from);
#else
    HWY_ALIGN T copy[hn::MaxLanes(d)] = {};
    std::copy_n(from, count, copy);
    return hn::Load(d, copy);
#endif
  }
  std::int64_t count;
};

// kFilters x kTaps sums over some rows. The vectors hold the samples of a strip, or (kAlongRow) the
// neighbouring positions of a row, in which case stride_w is 1.
template <int kFilters, int kTaps, bool kAlongRow, class T>
HWY_NOINLINE void run_gradient_tile(const GradientTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  V sums[kFilters][kTaps];
  const T* x[kTaps];
#pragma GCC unroll 8
  for (int t = 0; t < kTaps; ++t) x[t] = tile.x + tile.offsets[t];
#pragma GCC unroll 8
  for (int f = 0; f < kFilters; ++f) {
#pragma GCC unroll 8
    for (int t = 0; t < kTaps; ++t) {
      sums[f][t] = tile.first ? hn::Zero(d) : hn::Load(d, tile.sums + (f * kTaps + t) * kLanes);
    }
  }
  const T* dy = tile.dy;
  const std::int64_t dy_step = tile.dy_filter_stride;
  constexpr int kVectors = kAlongRow ? 1 : kStripVectors<T>;
  for (std::int64_t row = 0; row < tile.rows; ++row) {
    std::int64_t x_at = row * tile.x_row_step;
    for (std::int64_t column = 0; column < tile.columns; ++column) {
#pragma GCC unroll 16
      for (int v = 0; v < kVectors; ++v) {
        add_products(dy + v * kLanes, dy_step, x, x_at + v * kLanes, LoadWhole<T>(), sums);
      }
      dy += kVectors * kLanes;
      x_at += kAlongRow ? kLanes : tile.x_column_step;
    }
    if (kAlongRow && tile.tail > 0) {
      add_products(dy, dy_step, x, x_at, LoadFirst<T>{tile.tail}, sums);
      dy += tile.tail;
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

template <class T, bool kAlongRow, int kFilters = kGradientFilters, int kTaps = kGradientTaps>
GradientTileFunction<T> gradient_tile_for(std::int64_t filters, std::int64_t taps) {
  if constexpr (kFilters > 1) {
    if (filters != kFilters)
      return gradient_tile_for<T, kAlongRow, kFilters - 1, kTaps>(filters, taps);
  }
  if constexpr (kTaps > 1) {
    if (taps != kTaps) return gradient_tile_for<T, kAlongRow, kFilters, kTaps - 1>(filters, taps);
  }
  return run_gradient_tile<kFilters, kTaps, kAlongRow, T>;
}

// So many bytes of dy are gone through for all taps before the next ones.
inline constexpr std::int64_t kGradientBlockBytes = 16 << 10;

// Where each tap (c, kh, kw) of a group reads, from tap (0, 0, 0) on, in planes of that size.
template <class T>
const std::int64_t* tap_offsets(const Conv2dGeometry& g, std::int64_t height, std::int64_t width,
                                std::int64_t unit) {
  const std::int64_t channels = g.group_in_channels();
  auto* offsets =
      scratch<std::int64_t>(ScratchUse::kConvColumns, channels * g.kernel_height * g.kernel_width);
  std::int64_t* out = offsets;
  for (std::int64_t c = 0; c < channels; ++c) {
    for (std::int64_t kh = 0; kh < g.kernel_height; ++kh) {
      for (std::int64_t kw = 0; kw < g.kernel_width; ++kw) {
        *out++ = ((c * height + kh * g.dilate_h) * width + kw * g.dilate_w) * unit;
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
          .tail = 0,
          .sums = sums + tap * filters * kLanes,
          .first = row == 0,
          .last = row + block >= rows,
          .dweight = task.dweight + filter * taps + tap,
          .dweight_stride = taps,
          .add = task.add};
      gradient_tile_for<T, false>(filters, count)(tile);
    }
  }
}

template <class T>
void run_weight_gradient(const StripWeightGradient<T>& task) {
  const std::int64_t* offsets =
      tap_offsets<T>(*task.geometry, task.padded_height, task.padded_width, kStripSamples<T>);
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
