// Convolutions with the vectors along the rows, for one instruction set. Included once per target.
#if defined(GLUINO_KERNELS_CONV_ROWS_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_CONV_ROWS_INL_H
#undef GLUINO_KERNELS_CONV_ROWS_INL_H
#else
#define GLUINO_KERNELS_CONV_ROWS_INL_H
#endif

#include <gluino/kernels/cpu/convolution/conv_gradient-inl.h>
#include <gluino/kernels/cpu/convolution/conv_strips-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

// A register tile: at most so many vectors of a row, and filters.
inline constexpr int kRowVectors = 3;
inline constexpr int kRowFilters = kRegisterSums / kRowVectors;

template <class T, int kRows = kRowFilters>
StripTileFunction<T> row_tile_for(std::int64_t rows, std::int64_t vectors) {
  if constexpr (kRows > 1) {
    if (rows != kRows) return row_tile_for<T, kRows - 1>(rows, vectors);
  }
  return vectors == 1   ? run_strip_tile<kRows, 1, 1, 1, T>
         : vectors == 2 ? run_strip_tile<kRows, 2, 1, 1, T>
                        : run_strip_tile<kRows, 3, 1, 1, T>;
}

// One row of one group's filters. x and y stand at that row; a row is at least one vector long.
template <class T>
void run_row(const ConvPass& pass, const ConvTaps::List& list, const T* x, const T* weight,
             const T* bias, T* y) {
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  const std::int64_t width = pass.width.outputs;
  const std::int64_t tiles = tile_count(pass.out_channels, kRowFilters);
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::int64_t begin = tile_begin(pass.out_channels, tiles, t);
    const std::int64_t rows = tile_begin(pass.out_channels, tiles, t + 1) - begin;
    StripTile<T> tile = {.taps = list.taps,
                         .tap_count = list.count,
                         .channels = pass.in_channels,
                         .x = x,
                         .x_channel_stride = pass.in_plane(),
                         .x_column_stride = 0,
                         .weight = weight + begin * pass.in_channels * pass.kernel(),
                         .kernel = pass.kernel(),
                         .y = y,
                         .y_filter_stride = pass.out_plane(),
                         .bias = bias != nullptr ? bias + begin : nullptr,
                         .add = false};
    std::int64_t column = 0;
    while (column < width) {
      const std::int64_t vectors =
          std::clamp<std::int64_t>((width - column) / kLanes, 1, kRowVectors);
      // What is left of a row is done as a whole vector that ends with the row.
      column = std::min(column, width - vectors * kLanes);
      tile.x = x + column;
      tile.y = y + begin * pass.out_plane() + column;
      row_tile_for<T>(rows, vectors)(tile);
      column += vectors * kLanes;
    }
  }
}

// The gradient to the weights of filters [filter, filter + filters), at most a tile, of one group.
template <class T>
void run_row_gradient(const Conv2dGeometry& g, const T* x, const T* dy, std::int64_t filter,
                      std::int64_t filters, T* dweight) {
  constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(hn::ScalableTag<T>()));
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t in_plane = g.in_height * g.in_width;
  const std::int64_t taps = g.group_in_channels() * g.kernel_height * g.kernel_width;
  const std::int64_t tiles = tile_count(taps, kGradientTaps);
  const std::int64_t* offsets = tap_offsets<T>(g, g.in_height, g.in_width, 1);
  T* sums = scratch<T>(ScratchUse::kConvSums, filters * taps * kLanes);
  const std::int64_t group = filter / g.group_out_channels();
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t t = 0; t < tiles; ++t) {
      const std::int64_t tap = tile_begin(taps, tiles, t);
      const std::int64_t count = tile_begin(taps, tiles, t + 1) - tap;
      const GradientTile<T> tile = {
          .dy = dy + (n * g.out_channels + filter) * plane,
          .dy_filter_stride = plane,
          .x = x + (n * g.in_channels + group * g.group_in_channels()) * in_plane,
          .offsets = offsets + tap,
          .x_row_step = g.stride_h * g.in_width,
          .x_column_step = 1,
          .rows = g.out_height(),
          .columns = g.out_width() / kLanes,
          .tail = g.out_width() % kLanes,
          .sums = sums + tap * filters * kLanes,
          .first = n == 0,
          .last = n + 1 == g.batch,
          .dweight = dweight + filter * taps + tap,
          .dweight_stride = taps,
          .add = false};
      gradient_tile_for<T, true>(filters, count)(tile);
    }
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
