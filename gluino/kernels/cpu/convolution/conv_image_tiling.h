// What the convolutions of images by Winograd's tiles and their gradient have in common: how the
// images lie, and how they are cut.
#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_taps.h>
#include <gluino/kernels/cpu/convolution/conv_winograd_tiles.h>
#include <gluino/kernels/cpu/support/turn.h>

#include <algorithm>
#include <cstdint>

namespace gluino::kernels {

/// The transforms of this processor (conv_image_tiles.cc).
template <class T>
const ImageTiles<T>& image_tile_kernels();

/// True where tiles of images are possible and may pay: 3x3, stride 1, no dilation, one group, no
/// strips, enough channels, and transformed weights of at most 38 MB of floats.
bool image_tiles_suit(const ConvPass& pass);

/// Numbers that are worth a second thread.
inline constexpr std::int64_t kImageTileGrain = 1 << 14;

constexpr std::int64_t image_tile_grain(std::int64_t numbers) {
  return kImageTileGrain / (numbers + 1) + 1;
}

/// Images with their channels side by side, (N, rows, columns, C), and zeros around them.
struct ImageFrame {
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t before_h = 0;  ///< rows of zeros above what exists
  std::int64_t before_w = 0;
};

/// How the outputs of a pass are cut into tiles.
struct ImageTiling {
  ImageTiling(const ConvPass& pass, std::int64_t outputs)
      : tile(outputs),
        down((pass.height.outputs + outputs - 1) / outputs),
        across((pass.width.outputs + outputs - 1) / outputs),
        count(pass.batch * down * across),
        in{down * tile + 2, across * tile + 2, padding(pass.height), padding(pass.width)},
        out{down * tile, across * tile} {}

  std::int64_t of_image() const { return down * across; }
  std::int64_t planes() const { return (tile + 2) * (tile + 2); }

  /// Where a tile begins among the rows of all images of a frame, in positions.
  std::int64_t begin(std::int64_t t, const ImageFrame& frame) const {
    const std::int64_t image = t / of_image();
    const std::int64_t row = t / across % down * tile;
    return (image * frame.rows + row) * frame.columns + t % across * tile;
  }

  std::int64_t tile;  ///< outputs, each way
  std::int64_t down;
  std::int64_t across;
  std::int64_t count;
  ImageFrame in;   ///< how what is read lies
  ImageFrame out;  ///< and what is computed

 private:
  static std::int64_t padding(const ConvAxis& a) { return a.to_data ? 2 - a.pad : a.pad; }
};

/// (N, C, height, width) as a frame, on the threads that are free.
template <class T>
void frame_images(const T* x, std::int64_t batch, std::int64_t channels, std::int64_t height,
                  std::int64_t width, const ImageFrame& frame, T* out) {
  const std::int64_t columns = frame.columns * channels;
  const std::int64_t before = frame.before_w * channels;
  const std::int64_t after = before + width * channels;
  parallel_for(batch * frame.rows, image_tile_grain(columns),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   T* const row = out + i * columns;
                   const std::int64_t h = i % frame.rows - frame.before_h;
                   if (h < 0 || h >= height) {
                     std::fill_n(row, columns, T(0));
                     continue;
                   }
                   const T* const image = x + (i / frame.rows * channels * height + h) * width;
                   std::fill_n(row, before, T(0));
                   turn(image, height * width, channels, width, row + before, channels);
                   std::fill(row + after, row + columns, T(0));
                 }
               });
}

}  // namespace gluino::kernels
