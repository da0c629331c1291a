#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_gradient.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kSamples = kStripSamples<float>;
static_assert(2 * kSamples == kTileRow);
// Steps that are gone through at a time for all rows of the results: the right tiles, two for each
// step, then stay in the nearest cache. With few rows they are used less often than sums are moved.
std::size_t steps_at_a_time(std::size_t rows) { return rows > 8 ? 8 : 32; }

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

void Bf16WeightGradient::prepare(const Conv2dGeometry& geometry) {
  g_ = geometry;
  filter_tiles_ = ceil_div(g_.group_out_channels(), kTileSide);
  column_pairs_ = ceil_div(g_.out_width(), 2);
  x_height_ = (g_.out_height() - 1) * g_.stride_h + (g_.kernel_height - 1) * g_.dilate_h + 1;
  // As if the number of the output's columns were even.
  const std::int64_t width =
      (2 * column_pairs_ - 1) * g_.stride_w + (g_.kernel_width - 1) * g_.dilate_w + 1;
  x_columns_ = ceil_div(width, g_.stride_w);
  x_row_ = x_columns_ * g_.stride_w * kSamples;
  make_steps();
  make_rows();
}

std::int64_t Bf16WeightGradient::x_values() const {
  return g_.in_channels * x_plane() + kSamples;  // an odd row's end is written beyond
}
std::int64_t Bf16WeightGradient::dy_values() const {
  return g_.groups * filter_tiles_ * g_.out_height() * column_pairs_ * kTileValues;
}
std::int64_t Bf16WeightGradient::sum_values() const {
  return g_.groups * taps() * g_.group_in_channels() * filters();
}

std::int64_t Bf16WeightGradient::x_at(std::int64_t kh, std::int64_t kw) const {
  const std::int64_t column = kw * g_.dilate_w;
  return kh * g_.dilate_h * x_row_ +
         (column % g_.stride_w * x_columns_ + column / g_.stride_w) * kSamples;
}

void Bf16WeightGradient::make_steps() {
  steps_.clear();
  for (std::int64_t row = 0; row < g_.out_height(); ++row) {
    for (std::int64_t pair = 0; pair < column_pairs_; ++pair) {
      steps_.push_back({static_cast<std::int32_t>(row * g_.stride_h * x_row_ + pair * 2 * kSamples),
                        static_cast<std::int32_t>((row * column_pairs_ + pair) * kTileValues)});
    }
  }
}

// Sums are (taps, channels, filters). A left tile's rows are channels at one tap or, where there
// are few channels, the taps of one row of the kernel.
void Bf16WeightGradient::make_rows() {
  rows_.clear();
  const std::int64_t channels = g_.group_in_channels();
  const std::int64_t tiles = ceil_div(channels, kTileSide);
  const auto sums_at = [&](std::int64_t kh, std::int64_t kw, std::int64_t channel) {
    return ((kh * g_.kernel_width + kw) * channels + channel) * filters();
  };
  if (g_.stride_w == 1 && g_.kernel_width <= kTileSide && channels < g_.kernel_width * tiles) {
    x_stride_ = g_.dilate_w * kSamples;
    sum_stride_ = channels * filters();
    for (std::int64_t c = 0; c < channels; ++c) {
      for (std::int64_t kh = 0; kh < g_.kernel_height; ++kh) {
        rows_.push_back(
            {c * x_plane() + x_at(kh, 0), sums_at(kh, 0, c), static_cast<int>(g_.kernel_width)});
      }
    }
    return;
  }
  x_stride_ = x_plane();
  sum_stride_ = filters();
  const std::int64_t most = ceil_div(channels, tiles);
  for (std::int64_t kh = 0; kh < g_.kernel_height; ++kh) {
    for (std::int64_t kw = 0; kw < g_.kernel_width; ++kw) {
      for (std::int64_t c = 0; c < channels; c += most) {
        rows_.push_back({c * x_plane() + x_at(kh, kw), sums_at(kh, kw, c),
                         static_cast<int>(std::min(most, channels - c))});
      }
    }
  }
}

// One row of the input with its borders. Values are written in rising order: what is written beyond
// an odd number of positions is written again.
void Bf16WeightGradient::load_row(const float* in, Bf16* out) const {
  const Bf16Unit& unit = bf16_unit();
  for (std::int64_t remainder = 0; remainder < g_.stride_w; ++remainder) {
    Bf16* to = out + remainder * x_columns_ * kSamples;
    // Column j holds the input's column j * stride + remainder - pad.
    const std::int64_t shift = remainder - g_.pad_w;
    const std::int64_t begin = std::clamp<std::int64_t>(
        ceil_div(std::max<std::int64_t>(-shift, 0), g_.stride_w), 0, x_columns_);
    const std::int64_t end = std::clamp<std::int64_t>(
        ceil_div(std::max<std::int64_t>(g_.in_width - shift, 0), g_.stride_w), begin, x_columns_);
    std::fill(to, to + begin * kSamples, Bf16(0));
    if (g_.stride_w == 1) {
      const float* from = in + (begin + shift) * kSamples;
      const std::int64_t pairs = (end - begin) / 2;
      unit.pack_rows(from, kTileRow, pairs, kTileRow, to + begin * kSamples);
      if ((end - begin) % 2 != 0) {
        unit.pack_rows(from + pairs * kTileRow, 0, 1, kSamples,
                       to + begin * kSamples + pairs * kTileRow);
      }
    } else {
      for (std::int64_t j = begin; j < end; ++j) {
        unit.pack_rows(in + (j * g_.stride_w + shift) * kSamples, 0, 1, kSamples,
                       to + j * kSamples);
      }
    }
    std::fill(to + end * kSamples, to + x_columns_ * kSamples, Bf16(0));
  }
}

void Bf16WeightGradient::load_x(const StripPlanes& strip, Bf16* x) const {
  for (std::int64_t c = 0; c < g_.in_channels; ++c) {
    for (std::int64_t h = 0; h < x_height_; ++h) {
      Bf16* to = x + c * x_plane() + h * x_row_;
      const std::int64_t row = h - g_.pad_h;
      if (row < 0 || row >= g_.in_height) {
        std::fill_n(to, x_row_, Bf16(0));
      } else {
        load_row(strip.data + c * strip.stride + row * g_.in_width * kSamples, to);
      }
    }
  }
}

// Right tiles: (position of two, pair of samples) by filters.
void Bf16WeightGradient::load_dy(const StripPlanes& strip, Bf16* dy) const {
  const Bf16Unit& unit = bf16_unit();
  alignas(64) Bf16 tile[kTileValues] = {};
  const std::int64_t width = g_.out_width();
  for (std::int64_t q = 0; q < g_.groups * filter_tiles_; ++q) {
    const std::int64_t first = q % filter_tiles_ * kTileSide;
    const std::int64_t count = std::min(kTileSide, g_.group_out_channels() - first);
    const float* from =
        strip.data + (q / filter_tiles_ * g_.group_out_channels() + first) * strip.stride;
    std::fill_n(tile, kTileValues, Bf16(0));
    for (std::int64_t row = 0; row < g_.out_height(); ++row) {
      for (std::int64_t column = 0; column < width; column += 2) {
        unit.pack_rows(from + (row * width + column) * kSamples, strip.stride, count,
                       std::min<std::int64_t>(2, width - column) * kSamples, tile);
        unit.turn(tile, dy);
        dy += kTileValues;
      }
    }
  }
}

// Windows are turned to tiles first, two neighbours at a time: then each position's part of a tile
// is what stands at its place.
void Bf16WeightGradient::load_pooled_dy(const StripPlanes& pooled, const StripPlanes& places,
                                        std::int64_t pool_h, std::int64_t pool_w, Bf16* dy) const {
  const Bf16Unit& unit = bf16_unit();
  alignas(64) Bf16 values[kTileValues] = {};
  alignas(64) Bf16 numbers[kTileValues] = {};
  constexpr std::int64_t kHalf = kTileValues / 2;  // of a tile: one position
  const std::int64_t height = g_.out_height() / pool_h;
  const std::int64_t width = g_.out_width() / pool_w;
  const std::int64_t dy_row = column_pairs_ * kTileValues;
  if (height * pool_h < g_.out_height() || width * pool_w < 2 * column_pairs_) {
    std::fill_n(dy, dy_values(), Bf16(0));
  }
  for (std::int64_t q = 0; q < g_.groups * filter_tiles_; ++q, dy += g_.out_height() * dy_row) {
    const std::int64_t first = q % filter_tiles_ * kTileSide;
    const std::int64_t count = std::min(kTileSide, g_.group_out_channels() - first);
    const std::int64_t filter = q / filter_tiles_ * g_.group_out_channels() + first;
    for (std::int64_t window = 0; window < height * width; ++window) {
      const std::int64_t half = window % width % 2 * kHalf;
      if (half == 0) {
        const std::int64_t at = window * kSamples;
        const std::int64_t samples = std::min<std::int64_t>(2, width - window % width) * kSamples;
        std::fill_n(values, kTileValues, Bf16(0));
        unit.pack_rows(pooled.data + filter * pooled.stride + at, pooled.stride, count, samples,
                       values);
        unit.pack_rows(places.data + filter * places.stride + at, places.stride, count, samples,
                       numbers);
        unit.turn(values, values);
        unit.turn(numbers, numbers);
      }
      for (std::int64_t i = 0; i < pool_h * pool_w; ++i) {
        const std::int64_t row = window / width * pool_h + i / pool_w;
        const std::int64_t column = window % width * pool_w + i % pool_w;
        unit.select(values + half, numbers + half, static_cast<float>(i), kHalf / kTileRow,
                    dy + row * dy_row + column * kHalf);
      }
    }
  }
}

void Bf16WeightGradient::run(const Bf16* x, const Bf16* dy, bool add, float* sums) const {
  const std::size_t most = steps_at_a_time(rows_.size());
  TileScope tiles(bf16_unit(), {});
  for (std::int64_t q = 0; q < g_.groups * filter_tiles_;) {
    const auto across = std::min<std::int64_t>(2, filter_tiles_ - q % filter_tiles_);
    for (std::size_t begin = 0; begin < steps_.size(); begin += most) {
      const auto steps = std::span(steps_).subspan(begin, std::min(most, steps_.size() - begin));
      run_steps(tiles, steps, q, across, x, dy, add || begin > 0, sums);
    }
    q += across;
  }
}

// Some positions' share in one or two tiles of filters.
void Bf16WeightGradient::run_steps(TileScope& tiles, std::span<const TileStep> steps,
                                   std::int64_t filter_tile, std::int64_t across, const Bf16* x,
                                   const Bf16* dy, bool add, float* sums) const {
  const std::int64_t dy_tile = g_.out_height() * column_pairs_ * kTileValues;
  const std::int64_t group = filter_tile / filter_tiles_;
  TileBlock t;
  t.a_stride = x_stride_;
  t.b = dy + filter_tile * dy_tile;
  t.b_right = dy_tile;
  t.steps = steps;
  for (std::size_t i = 0; i < rows_.size(); i += 2) {
    const Rows& upper = rows_[i];
    const Rows lower = i + 1 < rows_.size() ? rows_[i + 1] : Rows{upper.x, upper.sums, 0};
    t.a = x + group * g_.group_in_channels() * x_plane() + upper.x;
    t.a_down = lower.x - upper.x;
    t.c = {sums + group * taps() * g_.group_in_channels() * filters() +
               filter_tile % filter_tiles_ * kTileSide + upper.sums,
           sum_stride_, lower.sums - upper.sums, kTileSide};
    t.init = {add ? t.c.data : nullptr, t.c.stride, t.c.down, t.c.right};
    tiles.change({upper.count, lower.count, static_cast<int>(kTileSide),
                  static_cast<int>(kTileSide), across > 1 ? static_cast<int>(kTileSide) : 0});
    tiles.product(t);
  }
}

void Bf16WeightGradient::finish(const float* sums, std::int64_t parts, float* dweight) const {
  const std::int64_t channels = g_.group_in_channels();
  const std::int64_t group_sums = taps() * channels * filters();
  const Bf16Unit& unit = bf16_unit();
  const auto channel = [&](std::int64_t group, std::int64_t c, std::int64_t tap,
                           std::int64_t tile) {
    alignas(64) float turned[kTileSide][kTileSide] = {};
    const std::int64_t rows = std::min(kTileSide, taps() - tap);
    for (std::int64_t i = 0; i < rows; ++i) {
      const float* from =
          sums + group * group_sums + ((tap + i) * channels + c) * filters() + tile * kTileSide;
      for (std::int64_t part = 0; part < parts; ++part) {
        for (std::int64_t j = 0; j < kTileSide; ++j) {
          turned[i][j] = (part == 0 ? 0 : turned[i][j]) + from[part * sum_values() + j];
        }
      }
    }
    unit.turn(turned, turned);
    const std::int64_t first = tile * kTileSide;
    const std::int64_t count = std::min(kTileSide, g_.group_out_channels() - first);
    for (std::int64_t j = 0; j < count; ++j) {
      const std::int64_t filter = group * g_.group_out_channels() + first + j;
      std::copy_n(turned[j], rows, dweight + (filter * channels + c) * taps() + tap);
    }
  };
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 15) / (taps() * filters() * parts));
  parallel_for(g_.groups * channels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t tile = 0; tile < filter_tiles_; ++tile) {
        for (std::int64_t tap = 0; tap < taps(); tap += kTileSide) {
          channel(i / channels, i % channels, tap, tile);
        }
      }
    }
  });
}

}  // namespace gluino::kernels
