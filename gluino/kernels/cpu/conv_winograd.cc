#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/conv_winograd.h>
#include <gluino/kernels/cpu/conv_winograd_tiles.h>
#include <gluino/kernels/cpu/gemm.h>
#include <gluino/kernels/cpu/scratch.h>
#include <gluino/kernels/cpu/targets.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/conv_winograd.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/conv_winograd-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

template <class T>
const WinogradTransforms<T>* transforms() {
  static constexpr WinogradTransforms<T> all = {
      &input_tile<T>,      &output_tile<T>, &gradient_tile<T>, &filter_weights<T>,
      &filter_gradient<T>, &transpose<T>,   kTileColumns<T>};
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

HWY_EXPORT(transforms_f32);
HWY_EXPORT(transforms_f64);

template <class T>
const WinogradTransforms<T>& transforms() {
  if constexpr (sizeof(T) == 4) {
    return *HWY_DYNAMIC_DISPATCH(transforms_f32)();
  } else {
    return *HWY_DYNAMIC_DISPATCH(transforms_f64)();
  }
}

constexpr std::int64_t kTile = 4;     // outputs of a tile, each way
constexpr std::int64_t kPatch = 6;    // inputs
constexpr std::int64_t kPlanes = 36;  // products
// Tiles that are handled together, so that their products stay in the second-level cache.
constexpr std::int64_t kBlockTiles = 4;
// Fewer channels do not pay for the transforms.
constexpr std::int64_t kLeastChannels = 24;
// Pairs of channels: transformed weights take 36 values for each, 38 MB of floats.
constexpr std::int64_t kMostPairs = 1 << 18;

// Of the gradient to the weights: as many as fill the sums of a matrix product.
constexpr std::int64_t kGroupTiles = 24;

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
  const T* data;
  std::int64_t batch, channels, height, width;
  std::int64_t pad_h, pad_w;
  std::int64_t beyond;
  void (*transform)(const T* patch, std::int64_t row_step, const TileColumns<T>& to);
};

// The tiles of a block, channel by channel, into columns [column, ...) of 36 matrices of panels as
// wide as `panel`.
template <class T>
void load_tiles(const Planes<T>& in, const Block& block, std::int64_t column, std::int64_t panel,
                std::int64_t plane_step, T* planes) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const std::int64_t height = block.rows * kTile + in.beyond;
  // Some more columns than are needed, because whole vectors are faster.
  const std::int64_t width = block.columns * kTile + 8;
  T* const patch = scratch<T>(ScratchUse::kConvPooled, height * width * kUnit);
  const std::int64_t first = block.column * kTile - in.pad_w;
  const std::int64_t begin = std::max<std::int64_t>(0, -first);
  const std::int64_t wanted = (block.columns * kTile + in.beyond - begin + 3) / 4 * 4;
  const std::int64_t count = std::clamp<std::int64_t>(in.width - first - begin, 0, wanted);
  const std::int64_t samples = std::min(kUnit, in.batch - block.strip * kUnit);
  const std::int64_t plane = in.height * in.width;
  std::fill_n(patch, height * width * kUnit, T(0));
  for (std::int64_t c = 0; c < in.channels; ++c) {
    const T* x = in.data + (block.strip * kUnit * in.channels + c) * plane;
    for (std::int64_t h = 0; h < height; ++h) {
      const std::int64_t row = block.row * kTile - in.pad_h + h;
      if (row < 0 || row >= in.height || count == 0) continue;
      to_strip(x + row * in.width + first + begin, in.channels * plane, samples, count,
               patch + (h * width + begin) * kUnit);
    }
    for (std::int64_t t = 0; t < block.tiles(); ++t) {
      const std::int64_t at = column + t * kUnit;
      in.transform(patch + (t / block.columns * width + t % block.columns) * kTile * kUnit,
                   width * kUnit,
                   {planes + (at / panel * in.channels + c) * panel + at % panel, panel,
                    in.channels, plane_step});
    }
  }
}

template <class T>
class WinogradConv {
 public:
  WinogradConv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y)
      : pass_(pass),
        bias_(bias),
        y_(y),
        tiling_(pass.batch, kUnit, pass.height.outputs, pass.width.outputs),
        in_{.data = x,
            .batch = pass.batch,
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
        kernels_.turn(weight + o * pass_.weight_out_stride, pass_.weight_in_stride, channels, 9,
                      turned, channels);
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

  // The outputs of a block, filter by filter.
  void store(const Block& block, std::int64_t columns, const T* products) const {
    const std::int64_t width = block.columns * kTile;
    T* const tile = scratch<T>(ScratchUse::kConvPooled, block.rows * kTile * width * kUnit);
    const std::int64_t samples = std::min(kUnit, pass_.batch - block.strip * kUnit);
    const std::int64_t image = pass_.out_channels * pass_.out_plane();
    const std::int64_t row = block.row * kTile;
    const std::int64_t column = block.column * kTile;
    const std::int64_t rows = std::min(block.rows * kTile, pass_.height.outputs - row);
    const std::int64_t count = std::min(width, pass_.width.outputs - column);
    for (std::int64_t f = 0; f < pass_.out_channels; ++f) {
      for (std::int64_t t = 0; t < block.tiles(); ++t) {
        kernels_.output(products + f * columns + t * kUnit, pass_.out_channels * columns,
                        bias_ != nullptr ? bias_[f] : T(0),
                        tile + (t / block.columns * width + t % block.columns) * kTile * kUnit,
                        width * kUnit);
      }
      T* y = y_ + block.strip * kUnit * image + f * pass_.out_plane();
      for (std::int64_t h = 0; h < rows; ++h) {
        from_strip(tile + h * width * kUnit, samples, count,
                   y + (row + h) * pass_.width.outputs + column, image);
      }
    }
  }

  const WinogradTransforms<T>& kernels_ = transforms<T>();
  const ConvPass& pass_;
  const T* bias_;
  T* y_;
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
  return pass.groups == 1 && plain(pass.height) && plain(pass.width) &&
         2 * pass.batch >= kStripSamples<T> && pass.in_channels >= kLeastChannels &&
         pass.out_channels >= kLeastChannels && pass.in_channels * pass.out_channels <= kMostPairs;
}

template <class T>
void winograd_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y) {
  WinogradConv<T>(pass, x, weight, bias, y).run();
}

// Tiles are transformed by all threads, some blocks at a time; then each of the 36 products is
// summed by one thread, so that its sums are added in one order.
template <class T>
void winograd_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight) {
  constexpr std::int64_t kUnit = kStripSamples<T>;
  const WinogradTransforms<T>& kernels = transforms<T>();
  const std::int64_t channels = pass.in_channels;
  const std::int64_t filters = pass.out_channels;
  const Planes<T> in = {x,
                        pass.batch,
                        channels,
                        pass.height.inputs,
                        pass.width.inputs,
                        pass.height.pad,
                        pass.width.pad,
                        kPatch - kTile,
                        kernels.input};
  const Planes<T> out = {dy, pass.batch, filters, pass.height.outputs, pass.width.outputs,
                         0,  0,          0,       kernels.gradient};
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
      kernels.turn(turned, channels, 9, channels, dweight + f * 9 * channels, 9);
    }
  });
}

template bool winograd_suits<float>(const ConvPass&);
template bool winograd_suits<double>(const ConvPass&);
template void winograd_conv(const ConvPass&, const float*, const float*, const float*, float*);
template void winograd_conv(const ConvPass&, const double*, const double*, const double*, double*);
template void winograd_weight_gradient(const ConvPass&, const float*, const float*, float*);
template void winograd_weight_gradient(const ConvPass&, const double*, const double*, double*);

}  // namespace gluino::kernels
#endif  // HWY_ONCE
