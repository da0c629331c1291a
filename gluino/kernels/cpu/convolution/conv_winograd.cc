#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/conv_winograd.h>
#include <gluino/kernels/cpu/convolution/conv_winograd_tiles.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/targets.h>
#include <gluino/kernels/cpu/support/turn.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_winograd.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/convolution/conv_winograd-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

template <class T>
const WinogradTransforms<T>* transforms() {
  static constexpr WinogradTransforms<T> all = {&input_tile<T>,      &output_tile<T>,
                                                &gradient_tile<T>,   &filter_weights<T>,
                                                &filter_gradient<T>, kTileColumns<T>};
  return &all;
}
const WinogradTransforms<float>* transforms_f32() { return transforms<float>(); }
const WinogradTransforms<double>* transforms_f64() { return transforms<double>(); }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(WinogradTransforms, transforms, transforms_f32, transforms_f64)

constexpr std::int64_t kTile = 4;     // outputs of a tile, each way
constexpr std::int64_t kPatch = 6;    // inputs
constexpr std::int64_t kPlanes = 36;  // products
// Tiles that are handled together, so that their products stay in the second-level cache.
constexpr std::int64_t kBlockTiles = 4;
// Fewer channels do not pay for the transforms.
constexpr std::int64_t kLeastChannels = 24;
// Pairs of channels: transformed weights take 36 values for each, 38 MB of floats.
constexpr std::int64_t kMostPairs = 1 << 18;

// Of the gradient to the weights: few, so that the transformed tiles are still in the second-level
// cache when they are multiplied (64 channels, 32x32, batch 32: 24 take 13.6 ms, 8 11.3, 4 10.0),
// but not so few that reading and writing the sums takes longer (256 channels, AVX2: 53, 51, 66).
constexpr std::int64_t kGroupTiles = 8;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Some tiles, a rectangle, of the samples of one strip.
struct Block {
  std::int64_t strip, row, column, rows, columns;
  std::int64_t tiles() const { return rows * columns; }
};

// How planes of outputs are cut into blocks of at most kBlockTiles tiles.
class Tiling {
 public:
  Tiling(std::int64_t batch, std::int64_t strip, std::int64_t height, std::int64_t width)
      : tiles_h_(ceil_div(height, kTile)), tiles_w_(ceil_div(width, kTile)) {
    block_w_ = std::min(tiles_w_, kBlockTiles);
    block_h_ = std::min(tiles_h_, std::max<std::int64_t>(1, kBlockTiles / block_w_));
    down_ = ceil_div(tiles_h_, block_h_);
    across_ = ceil_div(tiles_w_, block_w_);
    count_ = ceil_div(batch, strip) * down_ * across_;
  }

  std::int64_t count() const { return count_; }
  std::int64_t most_tiles() const { return block_h_ * block_w_; }
  Block block(std::int64_t i) const {
    const std::int64_t row = i / across_ % down_ * block_h_;
    const std::int64_t column = i % across_ * block_w_;
    return {i / across_ / down_, row, column, std::min(block_h_, tiles_h_ - row),
            std::min(block_w_, tiles_w_ - column)};
  }

 private:
  std::int64_t tiles_h_, tiles_w_, block_h_, block_w_, down_, across_, count_;
};

// Planes (batch, channels, height, width) of which tiles are transformed. A tile's patch begins so
// many positions before its outputs and reaches `beyond` positions further than a tile.
template <class T>
struct Planes {
  StripInput<T> data;
  std::int64_t channels, height, width;
  std::int64_t pad_h, pad_w;
  std::int64_t beyond;
  void (*transform)(const TilePatch<T>& patch, const TileColumns<T>& to);
};

// Positions that are zeros, for the rows of a patch outside its plane.
template <class T>
constexpr T kZeros[kPatch * kStripSamples<T>] = {};

// Where the samples lie apart, a block's positions are copied, so many beside each other.
constexpr std::int64_t patch_width(const Block& block) { return block.columns * kTile + 8; }

// The positions of one channel of a block, turned into strips.
template <class T>
void copy_patch(const Planes<T>& in, const Block& block, std::int64_t channel, T* patch) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const std::int64_t width = patch_width(block);
  const std::int64_t first = block.column * kTile - in.pad_w;
  const std::int64_t begin = std::max<std::int64_t>(0, -first);
  // Some more columns than are needed, because whole vectors are faster.
  const std::int64_t wanted = (block.columns * kTile + in.beyond - begin + 3) / 4 * 4;
  const std::int64_t count = std::clamp<std::int64_t>(in.width - first - begin, 0, wanted);
  if (count == 0) return;
  for (std::int64_t h = 0; h < block.rows * kTile + in.beyond; ++h) {
    const std::int64_t row = block.row * kTile - in.pad_h + h;
    if (row < 0 || row >= in.height) continue;
    in.data.read(block.strip, (channel * in.height + row) * in.width + first + begin, count,
                 patch + (h * width + begin) * kUnit);
  }
}

// The patch of a tile in the copy of its block.
template <class T>
TilePatch<T> copied_patch(const T* patch, const Block& block, std::int64_t tile) {
  const std::int64_t width = patch_width(block);
  TilePatch<T> result = {{}, 0, kPatch};
  for (std::int64_t i = 0; i < kPatch; ++i) {
    result.rows[i] =
        patch + ((tile / block.columns * kTile + i) * width + tile % block.columns * kTile) *
                    kStripSamples<T>;
  }
  return result;
}

// The patch of a tile in a channel of a strip, where it lies.
template <class T>
TilePatch<T> patch_in_place(const Planes<T>& in, const Block& block, std::int64_t tile,
                            const T* plane) {
  const std::int64_t row = (block.row + tile / block.columns) * kTile - in.pad_h;
  const std::int64_t column = (block.column + tile % block.columns) * kTile - in.pad_w;
  TilePatch<T> result = {{}, -column, in.width - column};
  for (std::int64_t i = 0; i < kPatch; ++i) {
    const bool exists = row + i >= 0 && row + i < in.height;
    result.rows[i] =
        exists ? plane + ((row + i) * in.width + column) * kStripSamples<T> : kZeros<T>;
  }
  return result;
}

// The tiles of a block, channel by channel, into columns [column, ...) of 36 matrices of panels as
// wide as `panel`.
template <class T>
void load_tiles(const Planes<T>& in, const Block& block, std::int64_t column, std::int64_t panel,
                std::int64_t plane_step, T* planes) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const T* const strip = in.data.strip(block.strip);
  T* patch = nullptr;
  if (strip == nullptr) {
    // A tile's last rows, which only the larger patches have, must be there, too.
    const std::int64_t size = (block.rows * kTile + 2) * patch_width(block) * kUnit;
    patch = scratch<T>(ScratchUse::kConvPooled, size);
    std::fill_n(patch, size, T(0));
  }
  for (std::int64_t c = 0; c < in.channels; ++c) {
    if (strip == nullptr) copy_patch(in, block, c, patch);
    for (std::int64_t t = 0; t < block.tiles(); ++t) {
      const std::int64_t at = column + t * kUnit;
      const TilePatch<T> tile =
          strip == nullptr ? copied_patch(patch, block, t)
                           : patch_in_place(in, block, t, strip + c * in.height * in.width * kUnit);
      in.transform(tile, {planes + (at / panel * in.channels + c) * panel + at % panel, panel,
                          in.channels, plane_step});
    }
  }
}

template <class T>
class WinogradConv {
 public:
  WinogradConv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y,
               const UnaryKernel<T>* activation)
      : pass_(pass),
        bias_(bias),
        activation_(activation),
        y_(output_of(pass, y)),
        tiling_(pass.batch, kUnit, pass.height.outputs, pass.width.outputs),
        in_{.data = input_of(pass, x),
            .channels = pass.in_channels,
            .height = pass.height.inputs,
            .width = pass.width.inputs,
            .pad_h = pass.height.to_data ? 2 - pass.height.pad : pass.height.pad,
            .pad_w = pass.width.to_data ? 2 - pass.width.pad : pass.width.pad,
            .beyond = kPatch - kTile,
            .transform = kernels_.input} {
    prepare_weights(weight);
  }

  void run() const {
    parallel_for(tiling_.count(), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) run_block(tiling_.block(i));
    });
  }

 private:
  static constexpr std::int64_t kUnit = kStripSamples<T>;

  // (36, out_channels, in_channels)
  void prepare_weights(const T* weight) {
    const std::int64_t channels = pass_.in_channels;
    T* const planes = scratch<T>(ScratchUse::kConvWeights, kPlanes * pass_.out_channels * channels);
    parallel_for(pass_.out_channels, 8, [&](std::int64_t begin, std::int64_t end) {
      T* const turned = scratch<T>(ScratchUse::kConvSums, 9 * channels);
      for (std::int64_t o = begin; o < end; ++o) {
        turn(weight + o * pass_.weight_out_stride, pass_.weight_in_stride, channels, 9, turned,
             channels);
        kernels_.weights(turned, channels, pass_.height.to_data, pass_.out_channels * channels,
                         planes + o * channels);
      }
    });
    weights_ = planes;
  }

  void run_block(const Block& block) const {
    const std::int64_t columns = ceil_div(block.tiles() * kUnit, kernels_.panel) * kernels_.panel;
    const std::int64_t in_plane = pass_.in_channels * columns;
    const std::int64_t out_plane = pass_.out_channels * columns;
    T* const in = scratch<T>(ScratchUse::kConvInput, kPlanes * in_plane);
    T* const out = scratch<T>(ScratchUse::kConvOutput, kPlanes * out_plane);
    if (block.tiles() * kUnit < columns) std::fill_n(in, kPlanes * in_plane, T(0));
    load_tiles(in_, block, 0, kernels_.panel, in_plane, in);
    for (std::int64_t e = 0; e < kPlanes; ++e) {
      gemm_packed<T>({weights_ + e * pass_.out_channels * pass_.in_channels, pass_.out_channels,
                      pass_.in_channels, pass_.in_channels, 1},
                     in + e * in_plane, columns, out + e * out_plane, columns);
    }
    store(block, columns, out);
  }

  // The outputs of a block, filter by filter: where they belong, if whole tiles lie so there.
  void store(const Block& block, std::int64_t columns, const T* products) const {
    const std::int64_t row = block.row * kTile;
    const std::int64_t column = block.column * kTile;
    const std::int64_t rows = std::min(block.rows * kTile, pass_.height.outputs - row);
    const std::int64_t count = std::min(block.columns * kTile, pass_.width.outputs - column);
    const bool whole = rows == block.rows * kTile && count == block.columns * kTile;
    T* const strip = whole ? y_.strip(block.strip) : nullptr;
    const std::int64_t width = strip != nullptr ? pass_.width.outputs : block.columns * kTile;
    T* const copy = scratch<T>(ScratchUse::kConvPooled,
                               strip != nullptr ? 0 : block.rows * kTile * width * kUnit);
    for (std::int64_t f = 0; f < pass_.out_channels; ++f) {
      const std::int64_t first = (f * pass_.height.outputs + row) * pass_.width.outputs + column;
      T* const tiles = strip != nullptr ? strip + first * kUnit : copy;
      for (std::int64_t t = 0; t < block.tiles(); ++t) {
        kernels_.output(products + f * columns + t * kUnit, pass_.out_channels * columns,
                        bias_ != nullptr ? bias_[f] : T(0),
                        tiles + (t / block.columns * width + t % block.columns) * kTile * kUnit,
                        width * kUnit);
      }
      for (std::int64_t h = 0; h < rows; ++h) {
        T* const out = tiles + h * width * kUnit;
        if (activation_ != nullptr) activation_->forward_piece(out, out, count * kUnit);
        if (strip == nullptr) {
          y_.write(block.strip, first + h * pass_.width.outputs, count, out);
        }
      }
    }
  }

  const WinogradTransforms<T>& kernels_ = transforms<T>();
  const ConvPass& pass_;
  const T* bias_;
  const UnaryKernel<T>* activation_;
  StripOutput<T> y_;
  Tiling tiling_;
  Planes<T> in_;
  const T* weights_ = nullptr;
};

}  // namespace

template <class T>
bool winograd_suits(const ConvPass& pass) {
  const auto plain = [](const ConvAxis& a) {
    return a.kernel == 3 && a.stride == 1 && a.dilate == 1 && a.pad <= 2 && a.outputs >= kTile;
  };
  return pass.groups == 1 && plain(pass.height) && plain(pass.width) && fills_strips(pass.batch) &&
         pass.in_channels >= kLeastChannels && pass.out_channels >= kLeastChannels &&
         pass.in_channels * pass.out_channels <= kMostPairs;
}

template <class T>
void winograd_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y,
                   const UnaryKernel<T>* activation) {
  WinogradConv<T>(pass, x, weight, bias, y, activation).run();
}

// Tiles are transformed by all threads, some blocks at a time; then each of the 36 products is
// summed by one thread, so that its sums are added in one order.
template <class T>
void winograd_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const WinogradTransforms<T>& kernels = transforms<T>();
  const std::int64_t channels = pass.in_channels;
  const std::int64_t filters = pass.out_channels;
  const Planes<T> in = {input_of(pass, x), channels,       pass.height.inputs, pass.width.inputs,
                        pass.height.pad,   pass.width.pad, kPatch - kTile,     kernels.input};
  const StripInput<T> gradients_of_y = {dy, pass.out_on_strips, pass.batch,
                                        filters * pass.out_plane()};
  const Planes<T> out = {gradients_of_y,  filters, pass.height.outputs, pass.width.outputs, 0, 0, 0,
                         kernels.gradient};
  const Tiling tiling(pass.batch, kUnit, pass.height.outputs, pass.width.outputs);
  const std::int64_t group =
      std::min(tiling.count(), std::max<std::int64_t>(1, kGroupTiles / tiling.most_tiles()));
  const std::int64_t most = group * tiling.most_tiles() * kUnit;
  T* const inputs = scratch<T>(ScratchUse::kConvInput, kPlanes * channels * most);
  T* const gradients = scratch<T>(ScratchUse::kConvOutput, kPlanes * filters * most);
  T* const sums = scratch<T>(ScratchUse::kConvWeights, kPlanes * filters * channels);
  for (std::int64_t first = 0; first < tiling.count(); first += group) {
    const std::int64_t blocks = std::min(group, tiling.count() - first);
    std::int64_t columns = 0;
    for (std::int64_t i = first; i < first + blocks; ++i)
      columns += tiling.block(i).tiles() * kUnit;
    parallel_for(2 * blocks, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t j = begin; j < end; ++j) {
        std::int64_t column = 0;
        const std::int64_t i = first + j / 2;
        for (std::int64_t k = first; k < i; ++k) column += tiling.block(k).tiles() * kUnit;
        const bool is_input = j % 2 == 0;
        load_tiles(is_input ? in : out, tiling.block(i), column, columns,
                   (is_input ? channels : filters) * columns, is_input ? inputs : gradients);
      }
    });
    parallel_for(kPlanes, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t e = begin; e < end; ++e) {
        gemm<T>({gradients + e * filters * columns, filters, columns, columns, 1},
                {inputs + e * channels * columns, columns, channels, 1, columns},
                sums + e * filters * channels, channels, {.accumulate = first > 0});
      }
    });
  }
  parallel_for(filters, 8, [&](std::int64_t begin, std::int64_t end) {
    T* const turned = scratch<T>(ScratchUse::kConvSums, 9 * channels);
    for (std::int64_t f = begin; f < end; ++f) {
      kernels.weight_gradient(sums + f * channels, filters * channels, channels, turned);
      turn(turned, channels, 9, channels, dweight + f * 9 * channels, 9);
    }
  });
}

template bool winograd_suits<float>(const ConvPass&);
template bool winograd_suits<double>(const ConvPass&);
template void winograd_conv(const ConvPass&, const float*, const float*, const float*, float*,
                            const UnaryKernel<float>*);
template void winograd_conv(const ConvPass&, const double*, const double*, const double*, double*,
                            const UnaryKernel<double>*);
template void winograd_weight_gradient(const ConvPass&, const float*, const float*, float*);
template void winograd_weight_gradient(const ConvPass&, const double*, const double*, double*);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
