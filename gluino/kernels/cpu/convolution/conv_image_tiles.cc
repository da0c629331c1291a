#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiling.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/targets.h>
#include <gluino/kernels/cpu/support/turn.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/convolution/conv_image_tiles.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/convolution/conv_image_tiles-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

template <class T>
const ImageTiles<T>* image_tiles() {
  static constexpr ImageTiles<T> all = {
      {&image_input<2, T>, &image_output<2, T>, &image_weights<2, T>},
      {&image_input<4, T>, &image_output<4, T>, &image_weights<4, T>},
      &image_gradient<T>,
      &filter_gradient<T>,
      kTileColumns<T>};
  return &all;
}
const ImageTiles<float>* image_tiles_f32() { return image_tiles<float>(); }
const ImageTiles<double>* image_tiles_f64() { return image_tiles<double>(); }

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

GLUINO_CHOSEN_TABLE(ImageTiles, kernels_of, image_tiles_f32, image_tiles_f64)

template <class T>
const ImageTransforms<T>& transforms_of(std::int64_t tile) {
  return tile == 4 ? kernels_of<T>().of_four : kernels_of<T>().of_two;
}

// Fewer channels do not pay for the transforms.
constexpr std::int64_t kLeastChannels = 16;
// Pairs of channels: transformed weights take up to 36 values for each, 38 MB of floats.
constexpr std::int64_t kMostPairs = 1 << 18;

// An image's tiles from which on a size pays, whatever the batch, so that an image's bits do not
// depend on others: with transformed weights, for few images, and for as many as fill half a strip.
// Transforming the weights takes as long as many products with them.
struct Size {
  std::int64_t tile, least_ready, least, least_of_many;
};
constexpr Size kSizes[] = {{4, 12, 40, 4}, {2, 4, 16, 4}};
// Up to 36 values for each pair of more channels come from memory, for few images.
constexpr std::int64_t kLargePairs = 1 << 16;
constexpr std::int64_t kLeastOfLarge = 32;

// Tiles that are handled together, so that they stay in the second-level cache.
constexpr std::int64_t kBlockTiles = 96;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

template <class T>
class ImageTilesConv {
 public:
  ImageTilesConv(const ConvPass& pass, std::int64_t tile, const T* tiled, const T* bias,
                 const UnaryKernel<T>* activation)
      : pass_(pass),
        tiling_(pass, tile),
        transforms_(transforms_of<T>(tile)),
        tiled_(tiled),
        bias_(bias),
        activation_(activation) {}

  void run(const T* x, T* y) const {
    const ImageFrame& read = tiling_.in;
    const ImageFrame& made = tiling_.out;
    T* const in = scratch<T>(ScratchUse::kConvInput,
                             pass_.batch * read.rows * read.columns * pass_.in_channels);
    T* const out = scratch<T>(ScratchUse::kConvOutput,
                              pass_.batch * made.rows * made.columns * pass_.out_channels);
    frame_images(x, pass_.batch, pass_.in_channels, pass_.height.inputs, pass_.width.inputs, read,
                 in);
    for (std::int64_t first = 0; first < tiling_.count;) {
      // What is left is no block of its own if it is small.
      const std::int64_t left = tiling_.count - first;
      const std::int64_t tiles = 2 * left < 3 * kBlockTiles ? left : kBlockTiles;
      run_block(in, first, tiles, out);
      first += tiles;
    }
    turn_output(out, y);
  }

 private:
  void run_block(const T* in, std::int64_t first, std::int64_t tiles, T* out) const {
    const std::int64_t read = tiles * pass_.in_channels;
    const std::int64_t made = tiles * pass_.out_channels;
    T* const left = scratch<T>(ScratchUse::kConvColumns, tiling_.planes() * read);
    T* const products = scratch<T>(ScratchUse::kConvPooled, tiling_.planes() * made);
    const std::int64_t in_row = tiling_.in.columns * pass_.in_channels;
    const std::int64_t out_row = tiling_.out.columns * pass_.out_channels;
    parallel_for(tiles, image_tile_grain(tiling_.planes() * pass_.in_channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     transforms_.input(
                         in + tiling_.begin(first + t, tiling_.in) * pass_.in_channels, in_row,
                         pass_.in_channels, read, left + t * pass_.in_channels);
                   }
                 });
    const std::int64_t plane = packed_size<T>(pass_.in_channels, pass_.out_channels);
    parallel_for(tiling_.planes(), image_tile_grain(read * pass_.out_channels / 16),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t e = begin; e < end; ++e) {
                     gemm_packed<T>(
                         {left + e * read, tiles, pass_.in_channels, pass_.in_channels, 1},
                         tiled_ + e * plane, pass_.out_channels, products + e * made,
                         pass_.out_channels);
                   }
                 });
    parallel_for(tiles, image_tile_grain(tiling_.planes() * pass_.out_channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     transforms_.output(
                         products + t * pass_.out_channels, made, pass_.out_channels, bias_,
                         out + tiling_.begin(first + t, tiling_.out) * pass_.out_channels, out_row);
                   }
                 });
  }

  // (N, rows, columns, F), of whole tiles, to (N, F, OH, OW).
  void turn_output(T* out, T* y) const {
    const std::int64_t filters = pass_.out_channels;
    const std::int64_t width = pass_.width.outputs;
    parallel_for(pass_.batch * pass_.height.outputs, image_tile_grain(width * filters),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     const std::int64_t image = i / pass_.height.outputs;
                     const std::int64_t h = i % pass_.height.outputs;
                     T* const row =
                         out + (image * tiling_.out.rows + h) * tiling_.out.columns * filters;
                     if (activation_ != nullptr)
                       activation_->forward_piece(row, row, width * filters);
                     turn(row, filters, width, filters,
                          y + image * filters * pass_.out_plane() + h * width, pass_.out_plane());
                   }
                 });
  }

  const ImageTiles<T>& kernels_ = kernels_of<T>();
  const ConvPass& pass_;
  ImageTiling tiling_;
  const ImageTransforms<T>& transforms_;
  const T* tiled_;
  const T* bias_;
  const UnaryKernel<T>* activation_;
};

}  // namespace

template <class T>
const ImageTiles<T>& image_tile_kernels() {
  return kernels_of<T>();
}

bool image_tiles_suit(const ConvPass& pass) {
  const auto plain = [](const ConvAxis& a) {
    return a.kernel == 3 && a.stride == 1 && a.dilate == 1 && a.pad <= 2;
  };
  return pass.groups == 1 && plain(pass.height) && plain(pass.width) && !pass.in_on_strips &&
         !pass.out_on_strips && !fills_strips(pass.batch) && pass.in_channels >= kLeastChannels &&
         pass.out_channels >= kLeastChannels && pass.in_channels * pass.out_channels <= kMostPairs;
}

template <class T>
std::int64_t image_tile(const ConvPass& pass, bool ready) {
  if (!image_tiles_suit(pass)) return 0;
  const bool many = 2 * pass.batch >= kStripSamples<T>;
  const bool large = !many && pass.in_channels * pass.out_channels > kLargePairs;
  for (const Size& size : kSizes) {
    std::int64_t least = many ? size.least_of_many : ready ? size.least_ready : size.least;
    if (large && (size.tile == 4 || !ready)) least = std::max(least, kLeastOfLarge);
    if (ImageTiling(pass, size.tile).of_image() >= least) {
      return size.tile;
    }
  }
  return 0;
}

template <class T>
std::int64_t tiled_weights_size(const ConvPass& pass, std::int64_t tile) {
  return (tile + 2) * (tile + 2) * packed_size<T>(pass.in_channels, pass.out_channels);
}

template <class T>
void tile_weights(const ConvPass& pass, std::int64_t tile, const T* weight, T* tiled) {
  const ImageTiles<T>& kernels = kernels_of<T>();
  const ImageTransforms<T>& transforms = transforms_of<T>(tile);
  const std::int64_t panel = kernels.panel;
  const std::int64_t plane = packed_size<T>(pass.in_channels, pass.out_channels);
  parallel_for(ceil_div(pass.out_channels, panel), 1, [&](std::int64_t begin, std::int64_t end) {
    T* const turned = scratch<T>(ScratchUse::kConvSums, 9 * panel);
    for (std::int64_t q = begin; q < end; ++q) {
      const std::int64_t filters = std::min(panel, pass.out_channels - q * panel);
      if (filters < panel) std::fill_n(turned, 9 * panel, T(0));
      for (std::int64_t c = 0; c < pass.in_channels; ++c) {
        turn(weight + q * panel * pass.weight_out_stride + c * pass.weight_in_stride,
             pass.weight_out_stride, filters, 9, turned, panel);
        transforms.weights(turned, pass.height.to_data, plane,
                           tiled + (q * pass.in_channels + c) * panel);
      }
    }
  });
}

template <class T>
void image_tiles_conv(const ConvPass& pass, std::int64_t tile, const T* x, const T* tiled,
                      const T* bias, T* y, const UnaryKernel<T>* activation) {
  // Small images together, so that the weights are read once for them.
  const std::int64_t most =
      std::max<std::int64_t>(1, kBlockTiles / ImageTiling(pass, tile).of_image());
  const std::int64_t parts = ceil_div(pass.batch, most);
  const std::int64_t images = ceil_div(pass.batch, parts);
  // Each thread takes whole parts if there are enough.
  const std::int64_t grain = parts >= 3 * num_threads() ? 1 : parts;
  parallel_for(parts, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t first = begin * images; first < std::min(end * images, pass.batch);
         first += images) {
      ConvPass some = pass;
      some.batch = std::min(images, pass.batch - first);
      ImageTilesConv<T>(some, tile, tiled, bias, activation)
          .run(x + first * pass.in_channels * pass.in_plane(),
               y + first * pass.out_channels * pass.out_plane());
    }
  });
}

#define GLUINO_IMAGE_TILES(T)                                                                     \
  template const ImageTiles<T>& image_tile_kernels<T>();                                          \
  template std::int64_t image_tile<T>(const ConvPass&, bool);                                     \
  template std::int64_t tiled_weights_size<T>(const ConvPass&, std::int64_t);                     \
  template void tile_weights(const ConvPass&, std::int64_t, const T*, T*);                        \
  template void image_tiles_conv(const ConvPass&, std::int64_t, const T*, const T*, const T*, T*, \
                                 const UnaryKernel<T>*);

GLUINO_IMAGE_TILES(float)
GLUINO_IMAGE_TILES(double)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
