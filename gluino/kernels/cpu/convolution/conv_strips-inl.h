// The register tiles of convolutions on strips, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_STRIPS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_STRIPS_INL_H
#undef GLUINO_KERNELS_CONV_STRIPS_INL_H
#else
#define GLUINO_KERNELS_CONV_STRIPS_INL_H
#endif

#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/transpose-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr bool kManyRegisters = HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON;
inline constexpr int kRegisterSums = kManyRegisters ? 24 : 12;

// Vectors that make up the samples of a strip: 1 to 4 (16 where there are no vectors).
template <class T>
inline constexpr int kStripVectors = static_cast<int>(kStripSamples<T>) /
                                     static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));

// Filters per register tile.
template <class T>
inline constexpr int kStripRows = std::clamp(kRegisterSums / kStripVectors<T>, 1, 12);

// Neighbouring output positions per register tile: as many as fill the registers.
template <class T>
inline constexpr int kStripColumns = kRegisterSums / (kStripVectors<T> * kStripRows<T>) >= 2 ? 2
                                                                                             : 1;

// One output position of kRows filters, or some neighbouring ones. x stands at the first tap's
// position of the first channel.
template <class T>
struct StripTile {
  const ConvTap* taps;
  std::int64_t tap_count;
  std::int64_t channels;
  const T* x;
  std::int64_t x_channel_stride;
  std::int64_t x_column_stride;  // to what the next output position reads
  const T* weight;               // (channels, kernel, kRows)
  std::int64_t kernel;
  T* y;
  std::int64_t y_filter_stride;
  const T* bias;  // of the tile's filters, or null
  bool add;       // to what y holds
};

// Positions of x are kUnit values apart: a strip's samples, or 1 where the vectors lie along a row.
// kColumns positions of kVectors vectors each are computed at a time.
template <int kRows, int kVectors, int kColumns, std::int64_t kUnit, class T>
HWY_NOINLINE void run_strip_tile(const StripTile<T>& tile) {
  const hn::ScalableTag<T> d;
  using V = hn::Vec<decltype(d)>;
  constexpr int kLanes = static_cast<int>(hn::MaxLanes(d));
  constexpr int kSums = kVectors * kColumns;
  const auto at = [](int v) { return v / kVectors * kUnit + v % kVectors * kLanes; };
  const std::int64_t x_step = tile.x_column_stride;
  const auto x_at = [x_step](int v) { return v / kVectors * x_step + v % kVectors * kLanes; };
  V sums[kRows][kSums];
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      sums[i][v] = tile.add               ? hn::LoadU(d, tile.y + i * tile.y_filter_stride + at(v))
                   : tile.bias != nullptr ? hn::Set(d, tile.bias[i])
                                          : hn::Zero(d);
    }
  }
  const T* HWY_RESTRICT x_channel = tile.x;
  const T* HWY_RESTRICT w_channel = tile.weight;
  const ConvTap* const end = tile.taps + tile.tap_count;
  for (std::int64_t c = 0; c < tile.channels; ++c) {
    for (const ConvTap* tap = tile.taps; tap != end; ++tap) {
      const T* x = x_channel + std::int64_t{tap->input} * kUnit;
      const T* w = w_channel + std::int64_t{tap->weight} * kRows;
      V input[kSums];
#pragma GCC unroll 16
      for (int v = 0; v < kSums; ++v) input[v] = hn::LoadU(d, x + x_at(v));
#pragma GCC unroll 16
      for (int i = 0; i < kRows; ++i) {
        const V factor = hn::Set(d, w[i]);
#pragma GCC unroll 16
        for (int v = 0; v < kSums; ++v) sums[i][v] = hn::MulAdd(factor, input[v], sums[i][v]);
      }
    }
    x_channel += tile.x_channel_stride;
    w_channel += tile.kernel * kRows;
  }
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 16
    for (int v = 0; v < kSums; ++v) {
      hn::StoreU(sums[i][v], d, tile.y + i * tile.y_filter_stride + at(v));
    }
  }
}

template <class T>
using StripTileFunction = void (*)(const StripTile<T>&);

// The tile for that many filters and samples, and kColumns output positions.
template <class T, int kColumns, int kRows = kStripRows<T>>
StripTileFunction<T> strip_tile_for(std::int64_t rows, std::int64_t samples) {
  if constexpr (kRows > 1) {
    if (rows != kRows) return strip_tile_for<T, kColumns, kRows - 1>(rows, samples);
  }
  constexpr int kAll = kStripVectors<T>;
  if constexpr (kAll > 1) {
    if (2 * samples <= kStripSamples<T>)
      return run_strip_tile<kRows, kAll / 2, kColumns, kStripSamples<T>, T>;
  }
  return run_strip_tile<kRows, kAll, kColumns, kStripSamples<T>, T>;
}

// Filters are cut into tiles of nearly equal size; tile t begins with this filter.
inline std::int64_t tile_begin(std::int64_t filters, std::int64_t tiles, std::int64_t t) {
  return t * filters / tiles;
}

inline std::int64_t tile_count(std::int64_t filters, std::int64_t most) {
  return (filters + most - 1) / most;
}

template <class T>
void pack_weight(const ConvPass& pass, std::int64_t most_rows, const T* weight, T* out) {
  const std::int64_t kernel = pass.kernel();
  const std::int64_t tiles = tile_count(pass.out_channels, most_rows);
  for (std::int64_t g = 0; g < pass.groups; ++g) {
    const T* in = weight + g * pass.in_channels * pass.out_channels * kernel;
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t begin = tile_begin(pass.out_channels, tiles, t);
      const std::int64_t rows = tile_begin(pass.out_channels, tiles, t + 1) - begin;
      for (std::int64_t c = 0; c < pass.in_channels; ++c) {
        transpose(in + begin * pass.weight_out_stride + c * pass.weight_in_stride,
                  pass.weight_out_stride, rows, kernel, out, rows);
        out += rows * kernel;
      }
    }
  }
}

// So many multiply-adds per sum keep a tile's weights and input in the near caches.
inline constexpr std::int64_t kMostDepth = 128;

// One row of the output of one tile of filters; `tile` stands at its first position. Neighbours
// with the same taps are computed together.
template <class T>
void run_strip_row(const StripConv<T>& task, std::int64_t row, std::int64_t columns,
                   StripTile<T> tile, std::int64_t rows) {
  constexpr int kColumns = kStripColumns<T>;
  const StripTileFunction<T> one = strip_tile_for<T, 1>(rows, task.samples);
  const StripTileFunction<T> several = strip_tile_for<T, kColumns>(rows, task.samples);
  const T* x = tile.x;
  for (std::int64_t column = 0; column < columns;) {
    const ConvTaps::List list = task.taps->at(row, column);
    tile.taps = list.taps;
    tile.tap_count = list.count;
    tile.x = x + list.first_input * kStripSamples<T>;
    std::int64_t width = 1;
    if (kColumns > 1 && column + 1 < columns) {
      const ConvTaps::List next = task.taps->at(row, column + 1);
      tile.x_column_stride = (next.first_input - list.first_input) * kStripSamples<T>;
      if (next.taps == list.taps && next.count == list.count) width = kColumns;
    }
    (width == 1 ? one : several)(tile);
    tile.y += width * kStripSamples<T>;
    column += width;
  }
}

template <class T>
void run_strip(const StripConv<T>& task) {
  const ConvPass& pass = *task.pass;
  const std::int64_t kernel = pass.kernel();
  const std::int64_t x_stride = pass.in_plane() * kStripSamples<T>;
  const std::int64_t y_stride = pass.out_plane() * kStripSamples<T>;
  const std::int64_t tiles = tile_count(pass.out_channels, kStripRows<T>);
  const std::int64_t block = std::max<std::int64_t>(1, kMostDepth / kernel);
  for (std::int64_t g = 0; g < pass.groups; ++g) {
    // At least once, so that the output is set even if there is no input channel.
    for (std::int64_t c = 0; c == 0 || c < pass.in_channels; c += block) {
      for (std::int64_t row = task.row_begin; row < task.row_end; ++row) {
        for (std::int64_t t = 0; t < tiles; ++t) {
          const std::int64_t begin = tile_begin(pass.out_channels, tiles, t);
          const std::int64_t rows = tile_begin(pass.out_channels, tiles, t + 1) - begin;
          const std::int64_t filter = g * pass.out_channels + begin;
          const StripTile<T> tile = {
              .taps = nullptr,
              .tap_count = 0,
              .channels = std::min(block, pass.in_channels - c),
              .x = task.x + (g * pass.in_channels + c) * x_stride,
              .x_channel_stride = x_stride,
              .x_column_stride = 0,
              .weight = task.weight + (filter * pass.in_channels + c * rows) * kernel,
              .kernel = kernel,
              .y = task.y + filter * y_stride + row * pass.width.outputs * kStripSamples<T>,
              .y_filter_stride = y_stride,
              .bias = task.bias != nullptr ? task.bias + filter : nullptr,
              .add = c > 0};
          run_strip_row(task, row, pass.width.outputs, tile, rows);
        }
      }
    }
  }
}

template <class T>
void gather_strip(const T* in, std::int64_t in_stride, std::int64_t samples, std::int64_t count,
                  T* out) {
  transpose(in, in_stride, samples, count, out, kStripSamples<T>);
  if (samples == kStripSamples<T>) return;
  for (std::int64_t p = 0; p < count; ++p) {
    std::fill(out + p * kStripSamples<T> + samples, out + (p + 1) * kStripSamples<T>, T(0));
  }
}

template <class T>
void scatter_strip(const T* in, std::int64_t samples, std::int64_t count, T* out,
                   std::int64_t out_stride) {
  transpose(in, kStripSamples<T>, count, samples, out, out_stride);
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
