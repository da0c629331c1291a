#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_image_gradient.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiling.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/turn.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kTile = 4;

// Tiles of the batch from which on the sums are worth their memory (512 channels, one thread, by
// unfolded columns and so: 4 tiles 2.5 and 6.1 ms, 16 tiles 10 and 9.3; 256 channels, 4 tiles 0.8
// and 0.65).
constexpr std::int64_t kLeastTiles = 4;
constexpr std::int64_t kLargePairs = 1 << 16;
constexpr std::int64_t kLeastTilesOfLarge = 16;

// Tiles that are transformed before they are multiplied: few, so that they are still in the
// second-level cache then, but not so few that reading and writing the sums takes longer.
constexpr std::int64_t kBlockTiles = 128;

template <class T>
class ImageWeightGradient {
 public:
  explicit ImageWeightGradient(const ConvPass& pass) : pass_(pass), tiling_(pass, kTile) {}

  void run(const T* x, const T* dy, T* dweight) const {
    T* const sums = scratch<T>(ScratchUse::kConvWeights,
                               tiling_.planes() * pass_.out_channels * pass_.in_channels);
    const std::int64_t images =
        std::clamp<std::int64_t>(kBlockTiles / tiling_.of_image(), 1, pass_.batch);
    for (std::int64_t first = 0; first < pass_.batch; first += images) {
      add_images(x, dy, first, std::min(images, pass_.batch - first), sums);
    }
    store(sums, dweight);
  }

 private:
  // What some images give, to the sums of (planes, out_channels, in_channels).
  void add_images(const T* x, const T* dy, std::int64_t first, std::int64_t images, T* sums) const {
    const std::int64_t channels = pass_.in_channels;
    const std::int64_t filters = pass_.out_channels;
    T* const in = scratch<T>(ScratchUse::kConvInput,
                             images * tiling_.in.rows * tiling_.in.columns * channels);
    T* const out = scratch<T>(ScratchUse::kConvOutput,
                              images * tiling_.out.rows * tiling_.out.columns * filters);
    frame_images(x + first * channels * pass_.in_plane(), images, channels, pass_.height.inputs,
                 pass_.width.inputs, tiling_.in, in);
    frame_images(dy + first * filters * pass_.out_plane(), images, filters, pass_.height.outputs,
                 pass_.width.outputs, tiling_.out, out);
    const std::int64_t count = images * tiling_.of_image();
    for (std::int64_t begin = 0; begin < count; begin += kBlockTiles) {
      add_tiles(in, out, begin, std::min(kBlockTiles, count - begin), first + begin > 0, sums);
    }
  }

  void add_tiles(const T* in, const T* out, std::int64_t first, std::int64_t tiles, bool add,
                 T* sums) const {
    const std::int64_t channels = pass_.in_channels;
    const std::int64_t filters = pass_.out_channels;
    const std::int64_t read = tiles * channels;
    const std::int64_t made = tiles * filters;
    T* const inputs = scratch<T>(ScratchUse::kConvColumns, tiling_.planes() * read);
    T* const gradients = scratch<T>(ScratchUse::kConvPooled, tiling_.planes() * made);
    parallel_for(tiles, image_tile_grain(tiling_.planes() * (channels + filters)),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t t = begin; t < end; ++t) {
                     kernels_.of_four.input(in + tiling_.begin(first + t, tiling_.in) * channels,
                                            tiling_.in.columns * channels, channels, read,
                                            inputs + t * channels);
                     kernels_.gradient(out + tiling_.begin(first + t, tiling_.out) * filters,
                                       tiling_.out.columns * filters, filters, made,
                                       gradients + t * filters);
                   }
                 });
    parallel_for(tiling_.planes(), image_tile_grain(read * filters / 16),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t e = begin; e < end; ++e) {
                     gemm<T>({gradients + e * made, filters, tiles, 1, filters},
                             {inputs + e * read, tiles, channels, channels, 1},
                             sums + e * filters * channels, channels, {.accumulate = add});
                   }
                 });
  }

  void store(const T* sums, T* dweight) const {
    const std::int64_t channels = pass_.in_channels;
    parallel_for(pass_.out_channels, 8, [&](std::int64_t begin, std::int64_t end) {
      T* const turned = scratch<T>(ScratchUse::kConvSums, 9 * channels);
      for (std::int64_t f = begin; f < end; ++f) {
        kernels_.weight_gradient(sums + f * channels, pass_.out_channels * channels, channels,
                                 turned);
        turn(turned, channels, 9, channels, dweight + f * 9 * channels, 9);
      }
    });
  }

  const ImageTiles<T>& kernels_ = image_tile_kernels<T>();
  const ConvPass& pass_;
  ImageTiling tiling_;
};

}  // namespace

template <class T>
bool image_gradient_suits(const ConvPass& pass) {
  const bool large = pass.in_channels * pass.out_channels > kLargePairs;
  return image_tiles_suit(pass) &&
         ImageTiling(pass, kTile).count >= (large ? kLeastTilesOfLarge : kLeastTiles);
}

template <class T>
void image_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight) {
  ImageWeightGradient<T>(pass).run(x, dy, dweight);
}

template bool image_gradient_suits<float>(const ConvPass&);
template bool image_gradient_suits<double>(const ConvPass&);
template void image_weight_gradient(const ConvPass&, const float*, const float*, float*);
template void image_weight_gradient(const ConvPass&, const double*, const double*, double*);

}  // namespace gluino::kernels
