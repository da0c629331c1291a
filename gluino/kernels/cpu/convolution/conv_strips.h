// Convolutions on strips: as many samples of a batch as fill 64 bytes, laid so that the samples are
// the innermost axis, (C, H, W, samples). A vector then holds one position of several samples, and
// nothing needs to be copied out (im2col) or padded, whatever the kernel, stride or border.
#pragma once

#include <gluino/kernels/cpu/convolution/conv_taps.h>

#include <algorithm>
#include <cstdint>

namespace gluino::kernels {

/// Samples in a strip: 16 floats or 8 doubles. The same for all processors.
template <class T>
inline constexpr std::int64_t kStripSamples = 64 / static_cast<std::int64_t>(sizeof(T));

template <class T>
std::int64_t strips_of(std::int64_t batch) {
  return (batch + kStripSamples<T> - 1) / kStripSamples<T>;
}

/// True where a batch fills its strips so far that they are faster than what takes images as they
/// lie, as an empty place takes as long as another: the last of several strips is more than half
/// full, or one of many. The same batches for all types.
inline bool fills_strips(std::int64_t batch) {
  constexpr std::int64_t kStrip = kStripSamples<float>;
  constexpr std::int64_t kMany = 4 * kStrip;
  const std::int64_t in_last = (batch - 1) % kStrip + 1;
  return batch > kMany || (batch >= kStrip && 2 * in_last > kStrip);
}

/// One strip of a forward pass or of a gradient to the data.
template <class T>
struct StripConv {
  const ConvPass* pass;
  const ConvTaps* taps;
  const T* x;              ///< (groups * in_channels, inputs, kStripSamples)
  const T* weight;         ///< from pack_strip_weight
  const T* bias;           ///< (groups * out_channels), or null
  T* y;                    ///< (groups * out_channels, outputs, kStripSamples)
  std::int64_t samples;    ///< that exist; the others' results are undefined
  std::int64_t row_begin;  ///< rows of the output that are computed
  std::int64_t row_end;
};

/// One strip of a gradient to the weights: adds to the rows of dweight of one block of filters.
template <class T>
struct StripWeightGradient {
  const Conv2dGeometry* geometry;
  const T* x;  ///< (in_channels, padded_height, padded_width, kStripSamples), borders filled with 0
  const T* dy;  ///< (out_channels, out_height, out_width, kStripSamples); samples that lack are 0
  std::int64_t padded_height;
  std::int64_t padded_width;
  T* dweight;
  std::int64_t filter_begin;  ///< all of one group
  std::int64_t filter_end;
  bool add;  ///< to what dweight holds
};

/// out (count, kStripSamples) from `samples` rows of `count` values, which are in_stride apart. The
/// samples that lack are filled up with zeros.
template <class T>
void to_strip(const T* in, std::int64_t in_stride, std::int64_t samples, std::int64_t count,
              T* out);

/// The reverse of to_strip.
template <class T>
void from_strip(const T* in, std::int64_t samples, std::int64_t count, T* out,
                std::int64_t out_stride);

/// A batch of images of so many positions (channels included), to be read in the order of strips:
/// it lies so, or sample by sample.
template <class T>
struct StripInput {
  const T* data;
  bool on_strips;
  std::int64_t batch;
  std::int64_t positions;

  std::int64_t samples(std::int64_t strip) const {
    return std::min(kStripSamples<T>, batch - strip * kStripSamples<T>);
  }
  /// A strip where it lies; null if the samples lie apart.
  const T* strip(std::int64_t strip) const {
    return on_strips ? data + strip * positions * kStripSamples<T> : nullptr;
  }
  /// Positions [first, first + count) of a strip.
  void read(std::int64_t strip, std::int64_t first, std::int64_t count, T* out) const {
    const T* from = data + strip * positions * kStripSamples<T>;
    if (on_strips) {
      std::copy_n(from + first * kStripSamples<T>, count * kStripSamples<T>, out);
    } else {
      to_strip(from + first, positions, samples(strip), count, out);
    }
  }
};

/// The same for images that are written.
template <class T>
struct StripOutput {
  T* data;
  bool on_strips;
  std::int64_t batch;
  std::int64_t positions;

  std::int64_t samples(std::int64_t strip) const {
    return std::min(kStripSamples<T>, batch - strip * kStripSamples<T>);
  }
  T* strip(std::int64_t strip) const {
    return on_strips ? data + strip * positions * kStripSamples<T> : nullptr;
  }
  void write(std::int64_t strip, std::int64_t first, std::int64_t count, const T* in) const {
    T* to = data + strip * positions * kStripSamples<T>;
    if (on_strips) {
      std::copy_n(in, count * kStripSamples<T>, to + first * kStripSamples<T>);
    } else {
      from_strip(in, samples(strip), count, to + first, positions);
    }
  }
};

template <class T>
StripInput<T> input_of(const ConvPass& pass, const T* x) {
  return {x, pass.in_on_strips, pass.batch, pass.groups * pass.in_channels * pass.in_plane()};
}
template <class T>
StripOutput<T> output_of(const ConvPass& pass, T* y) {
  return {y, pass.out_on_strips, pass.batch, pass.groups * pass.out_channels * pass.out_plane()};
}

/// The weights in the order in which strip_conv reads them; `out` has as many elements.
template <class T>
void pack_strip_weight(const ConvPass& pass, const T* weight, T* out);

template <class T>
void strip_conv(const StripConv<T>& task);

/// Filters that strip_weight_gradient handles best at a time.
std::int64_t strip_gradient_filters();

template <class T>
void strip_weight_gradient(const StripWeightGradient<T>& task);

/// out[f] = the sum of `batch` planes dy[n * batch_stride + f * plane ...], filters begin to end.
template <class T>
void sum_planes(const T* dy, std::int64_t batch, std::int64_t batch_stride, std::int64_t plane,
                std::int64_t begin, std::int64_t end, T* out);

}  // namespace gluino::kernels
