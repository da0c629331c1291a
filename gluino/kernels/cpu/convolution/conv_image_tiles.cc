#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/conv_winograd_tiles.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/chosen_table.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/targets.h>

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
      &transpose<T>,
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
// depend on others. Transforming the weights takes as long as many products with them.
struct Size {
  std::int64_t tile, least_ready, least;
};
constexpr Size kSizes[] = {{4, 12, 64}, {2, 4, 24}};
// The 36 values for each pair of more channels come from memory: the larger tiles need more of
// them.
constexpr std::int64_t kLargePairs = 1 << 16;
constexpr std::int64_t kLeastOfLarge = 32;

// Tiles that are handled together, so that they stay in the second-level cache.
constexpr std::int64_t kBlockTiles = 96;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// How the outputs of a pass are cut into tiles, and how its images lie for them: channels side by
// side, with the zeros that the tiles read around them.
struct Tiling {
  Tiling(const ConvPass& pass, std::int64_t outputs)
      : tile(outputs),
        down(ceil_div(pass.height.outputs, outputs)),
        across(ceil_div(pass.width.outputs, outputs)),
        pad_h(padding(pass.height)),
        pad_w(padding(pass.width)),
        count(pass.batch * down * across) {}

  std::int64_t of_image() const { return down * across; }
  std::int64_t planes() const { return (tile + 2) * (tile + 2); }
  std::int64_t in_rows() const { return down * tile + 2; }
  std::int64_t in_columns() const { return across * tile + 2; }
  std::int64_t out_rows() const { return down * tile; }
  std::int64_t out_columns() const { return across * tile; }

  std::int64_t tile;  // outputs, each way
  std::int64_t down;
  std::int64_t across;
  std::int64_t pad_h;  // zeros before what is read
  std::int64_t pad_w;
  std::int64_t count;

 private:
  static std::int64_t padding(const ConvAxis& a) { return a.to_data ? 2 - a.pad : a.pad; }
};

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
    const std::int64_t columns = tiling_.in_columns() * pass_.in_channels;
    T* const in = scratch<T>(ScratchUse::kConvInput, pass_.batch * tiling_.in_rows() * columns);
    T* const out =
        scratch<T>(ScratchUse::kConvOutput,
                   pass_.batch * tiling_.out_rows() * tiling_.out_columns() * pass_.out_channels);
    turn_input(x, in);
    for (std::int64_t first = 0; first < tiling_.count; first += kBlockTiles) {
      run_block(in, first, std::min(kBlockTiles, tiling_.count - first), out);
    }
    turn_output(out, y);
  }

 private:
  static constexpr std::int64_t kGrain = 1 << 14;  // numbers, that a second thread pays

  static std::int64_t grain(std::int64_t numbers) { return ceil_div(kGrain, numbers + 1); }

  // (N, C, H, W) to (N, rows, columns, C) with zeros around.
  void turn_input(const T* x, T* in) const {
    const std::int64_t channels = pass_.in_channels;
    const std::int64_t columns = tiling_.in_columns() * channels;
    const std::int64_t width = pass_.width.inputs;
    const std::int64_t before = tiling_.pad_w * channels;
    const std::int64_t after = before + width * channels;
    parallel_for(
        pass_.batch * tiling_.in_rows(), grain(columns), [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            T* const row = in + i * columns;
            const std::int64_t h = i % tiling_.in_rows() - tiling_.pad_h;
            if (h < 0 || h >= pass_.height.inputs) {
              std::fill_n(row, columns, T(0));
              continue;
            }
            const T* const image =
                x + i / tiling_.in_rows() * channels * pass_.in_plane() + h * width;
            std::fill_n(row, before, T(0));
            kernels_.turn(image, pass_.in_plane(), channels, width, row + before, channels);
            std::fill(row + after, row + columns, T(0));
          }
        });
  }

  void run_block(const T* in, std::int64_t first, std::int64_t tiles, T* out) const {
    const std::int64_t read = tiles * pass_.in_channels;
    const std::int64_t made = tiles * pass_.out_channels;
    T* const left = scratch<T>(ScratchUse::kConvColumns, tiling_.planes() * read);
    T* const products = scratch<T>(ScratchUse::kConvPooled, tiling_.planes() * made);
    const std::int64_t in_row = tiling_.in_columns() * pass_.in_channels;
    const std::int64_t out_row = tiling_.out_columns() * pass_.out_channels;
    parallel_for(tiles, grain(tiling_.planes() * pass_.in_channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     const auto [row, column] = place(first + t, tiling_.in_rows());
                     transforms_.input(in + row * in_row + column * pass_.in_channels, in_row,
                                       pass_.in_channels, read, left + t * pass_.in_channels);
                   }
                 });
    parallel_for(tiling_.planes(), grain(read * pass_.out_channels / 16),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t e = begin; e < end; ++e) {
                     gemm_packed<T>(
                         {left + e * read, tiles, pass_.in_channels, pass_.in_channels, 1},
                         tiled_ + e * packed_size<T>(pass_.in_channels, pass_.out_channels),
                         pass_.out_channels, products + e * made, pass_.out_channels);
                   }
                 });
    parallel_for(tiles, grain(tiling_.planes() * pass_.out_channels),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     const auto [row, column] = place(first + t, tiling_.out_rows());
                     transforms_.output(products + t * pass_.out_channels, made, pass_.out_channels,
                                        bias_, out + row * out_row + column * pass_.out_channels,
                                        out_row);
                   }
                 });
  }

  // (N, rows, columns, F), of whole tiles, to (N, F, OH, OW).
  void turn_output(T* out, T* y) const {
    const std::int64_t filters = pass_.out_channels;
    const std::int64_t width = pass_.width.outputs;
    parallel_for(
        pass_.batch * pass_.height.outputs, grain(width * filters),
        [&](std::int64_t begin, std::int64_t end) {
          for (std::int64_t i = begin; i < end; ++i) {
            const std::int64_t image = i / pass_.height.outputs;
            const std::int64_t h = i % pass_.height.outputs;
            T* const row = out + (image * tiling_.out_rows() + h) * tiling_.out_columns() * filters;
            if (activation_ != nullptr) activation_->forward_piece(row, row, width * filters);
            kernels_.turn(row, filters, width, filters,
                          y + image * filters * pass_.out_plane() + h * width, pass_.out_plane());
          }
        });
  }

  struct Place {
    std::int64_t row, column;
  };
  // Where a tile begins, among the rows of all images.
  Place place(std::int64_t t, std::int64_t image_rows) const {
    const std::int64_t image = t / tiling_.of_image();
    const std::int64_t row = t / tiling_.across % tiling_.down;
    return {image * image_rows + row * tiling_.tile, t % tiling_.across * tiling_.tile};
  }

  const ImageTiles<T>& kernels_ = kernels_of<T>();
  const ConvPass& pass_;
  Tiling tiling_;
  const ImageTransforms<T>& transforms_;
  const T* tiled_;
  const T* bias_;
  const UnaryKernel<T>* activation_;
};

}  // namespace

template <class T>
std::int64_t image_tile(const ConvPass& pass, bool ready) {
  const auto plain = [](const ConvAxis& a) {
    return a.kernel == 3 && a.stride == 1 && a.dilate == 1 && a.pad <= 2;
  };
  const bool suits = pass.groups == 1 && plain(pass.height) && plain(pass.width) &&
                     !pass.in_on_strips && !pass.out_on_strips &&
                     2 * pass.batch < kStripSamples<T> && pass.in_channels >= kLeastChannels &&
                     pass.out_channels >= kLeastChannels &&
                     pass.in_channels * pass.out_channels <= kMostPairs;
  if (!suits) return 0;
  const bool large = pass.in_channels * pass.out_channels > kLargePairs;
  for (const Size& size : kSizes) {
    const std::int64_t tiles = Tiling(pass, size.tile).of_image();
    const std::int64_t least = ready ? size.least_ready : size.least;
    if (tiles >= (large && size.tile == 4 ? std::max(least, kLeastOfLarge) : least)) {
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
        kernels.turn(weight + q * panel * pass.weight_out_stride + c * pass.weight_in_stride,
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
  const std::int64_t images =
      std::max<std::int64_t>(1, kBlockTiles / Tiling(pass, tile).of_image());
  for (std::int64_t first = 0; first < pass.batch; first += images) {
    ConvPass some = pass;
    some.batch = std::min(images, pass.batch - first);
    ImageTilesConv<T>(some, tile, tiled, bias, activation)
        .run(x + first * pass.in_channels * pass.in_plane(),
             y + first * pass.out_channels * pass.out_plane());
  }
}

#define GLUINO_IMAGE_TILES(T)                                                                     \
  template std::int64_t image_tile<T>(const ConvPass&, bool);                                     \
  template std::int64_t tiled_weights_size<T>(const ConvPass&, std::int64_t);                     \
  template void tile_weights(const ConvPass&, std::int64_t, const T*, T*);                        \
  template void image_tiles_conv(const ConvPass&, std::int64_t, const T*, const T*, const T*, T*, \
                                 const UnaryKernel<T>*);

GLUINO_IMAGE_TILES(float)
GLUINO_IMAGE_TILES(double)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
