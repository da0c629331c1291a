#include <gluino/base/error.h>
#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_conv.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_gradient.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_strip.h>
#include <gluino/kernels/cpu/convolution/conv_image_tiles.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/conv_winograd.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kSamples = kStripSamples<float>;
// Bytes of scratch memory that one strip may take.
constexpr std::int64_t kMostStripBytes = 32 << 20;
// Parts of a batch whose sums are added apart, and the sums of all of them together. More would
// keep more threads busy, and take longer to be added.
constexpr std::int64_t kMostParts = 4;
constexpr std::int64_t kMostSums = 1 << 20;
// With fewer channels of the output, or of the input where they are filters of the gradient, most
// of each tile is empty.
constexpr std::int64_t kLeastFilters = 8;

std::int64_t strips_of(std::int64_t batch) { return (batch + kSamples - 1) / kSamples; }

// The rows of the input that output rows [begin, end) read.
std::pair<std::int64_t, std::int64_t> rows_read(const ConvAxis& axis, std::int64_t begin,
                                                std::int64_t end) {
  std::int64_t first = axis.inputs;
  std::int64_t last = -1;
  for (std::int64_t o = begin; o < end; ++o) {
    for (std::int64_t k = 0; k < axis.kernel; ++k) {
      const std::int64_t i = axis.input(k, o);
      if (i < 0) continue;
      first = std::min(first, i);
      last = std::max(last, i);
    }
  }
  return {std::min(first, last + 1), last + 1};
}

// Output rows [row_begin, row_end) of one strip.
void run_rows(const ConvPass& pass, const Bf16StripPass& tiles, std::int64_t strip,
              std::int64_t row_begin, std::int64_t row_end, const float* x, float* y) {
  const std::int64_t in_channels = pass.groups * pass.in_channels;
  const std::int64_t out_channels = pass.groups * pass.out_channels;
  const std::int64_t in_plane = pass.in_plane();
  const std::int64_t out_plane = pass.out_plane();
  const std::int64_t samples = std::min(kSamples, pass.batch - strip * kSamples);
  const std::int64_t width = pass.width.outputs;
  const std::int64_t in_stride = StripPlanes::stride_for(in_plane);
  const std::int64_t out_stride = StripPlanes::stride_for(out_plane);
  float* const in = scratch<float>(ScratchUse::kConvInput, in_channels * in_stride);
  float* const out = scratch<float>(ScratchUse::kConvOutput, out_channels * out_stride);
  Bf16* const image = scratch<Bf16>(ScratchUse::kConvColumns, tiles.image_values());

  const auto [first, last] = rows_read(pass.height, row_begin, row_end);
  const float* from = x + strip * kSamples * in_channels * in_plane;
  for (std::int64_t c = 0; c < in_channels; ++c) {
    const std::int64_t at = first * pass.width.inputs;
    to_strip(from + c * in_plane + at, in_channels * in_plane, samples,
             (last - first) * pass.width.inputs, in + c * in_stride + at * kSamples);
  }
  tiles.load({in, in_stride}, first, last, image);
  for (std::int64_t block = 0; block < tiles.blocks(); ++block) {
    float* const to = out + tiles.first_filter(block) * out_stride + row_begin * width * kSamples;
    tiles.run(block, image, {row_begin, row_end, 0, width}, {to, out_stride, width * kSamples});
  }
  float* const to = y + strip * kSamples * out_channels * out_plane;
  for (std::int64_t f = 0; f < out_channels; ++f) {
    const std::int64_t at = row_begin * width;
    from_strip(out + f * out_stride + at * kSamples, samples, (row_end - row_begin) * width,
               to + f * out_plane + at, out_channels * out_plane);
  }
}

void run_pass(const ConvPass& pass, const float* x, const float* weight, const float* bias,
              float* y) {
  thread_local Bf16StripPass prepared;
  check(prepared.prepare(pass, weight, bias), "bf16_conv: the kernel has too many elements");
  const Bf16StripPass& tiles = prepared;  // the caller's, whichever thread uses it
  note_kernel("strips of ", kSamples, " samples, ", bf16_unit().name);
  const std::int64_t strips = strips_of(pass.batch);
  const std::int64_t rows = pass.height.outputs;
  // Few strips are cut, so that they keep several threads busy.
  const std::int64_t cuts = strips >= 4 * num_threads() ? 1 : std::min<std::int64_t>(2, rows);
  parallel_for(strips * cuts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t cut = i % cuts;
      run_rows(pass, tiles, i / cuts, cut * rows / cuts, (cut + 1) * rows / cuts, x, y);
    }
  });
}

// Planes of so many positions of one strip, in the scratch memory of that use.
StripPlanes load_strip(const float* from, std::int64_t batch, std::int64_t strip,
                       std::int64_t channels, std::int64_t plane, ScratchUse use) {
  const std::int64_t stride = StripPlanes::stride_for(plane);
  const std::int64_t samples = std::min(kSamples, batch - strip * kSamples);
  float* const planes = scratch<float>(use, channels * stride);
  for (std::int64_t c = 0; c < channels; ++c) {
    to_strip(from + (strip * kSamples * channels + c) * plane, channels * plane, samples, plane,
             planes + c * stride);
  }
  return {planes, stride};
}

// One strip's share of the gradient to the weights.
void add_strip(const Bf16WeightGradient& gradient, const Conv2dGeometry& g, std::int64_t strip,
               const float* x, const float* dy, bool add, float* sums) {
  Bf16* const x_tiles = scratch<Bf16>(ScratchUse::kGemmA, gradient.x_values());
  Bf16* const dy_tiles = scratch<Bf16>(ScratchUse::kGemmB, gradient.dy_values());
  gradient.load_x(load_strip(x, g.batch, strip, g.in_channels, g.in_height * g.in_width,
                             ScratchUse::kConvInput),
                  x_tiles);
  gradient.load_dy(load_strip(dy, g.batch, strip, g.out_channels, g.out_height() * g.out_width(),
                              ScratchUse::kConvOutput),
                   dy_tiles);
  gradient.run(x_tiles, dy_tiles, add, sums);
}

void weight_gradient(const Conv2dGeometry& g, const float* x, const float* dy, float* dweight) {
  thread_local Bf16WeightGradient prepared;
  prepared.prepare(g);
  const Bf16WeightGradient& gradient = prepared;  // the caller's, whichever thread uses it
  note_kernel("strips of ", kSamples, " samples, ", bf16_unit().name);
  const std::int64_t strips = strips_of(g.batch);
  const std::int64_t parts = bf16_conv_parts(strips, gradient.sum_values());
  float* const sums = scratch<float>(ScratchUse::kConvSums, parts * gradient.sum_values());
  parallel_for(parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t part = begin; part < end; ++part) {
      const std::int64_t first = part * strips / parts;
      for (std::int64_t s = first; s < (part + 1) * strips / parts; ++s) {
        add_strip(gradient, g, s, x, dy, s > first, sums + part * gradient.sum_values());
      }
    }
  });
  gradient.finish(sums, parts, dweight);
}

// Whether twice as many multiply-adds in a vector pay (measured on Zen 4). Winograd's tiles, which
// float32 has, save more: without rounding the VGG's layers take 0.6 to 0.8 of the time. With 1 to
// 3 channels of the input, both gradients take 1.2 to 1.6 times as long as in float32.
bool pays_in_vectors(const Conv2dGeometry& g) {
  const ConvPass pass = forward_pass(g);
  return g.group_in_channels() >= kLeastFilters && !winograd_suits<float>(pass) &&
         image_tile<float>(pass, false) == 0;
}

}  // namespace

bool bf16_conv_suits(const Conv2dGeometry& g) {
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t values =
      g.in_channels * (g.in_height + 2 * g.pad_h) * (g.in_width + 2 * g.pad_w) +
      g.out_channels * plane;
  const std::int64_t taps = g.kernel_height * g.kernel_width;
  // Multiply-adds at one position for each channel, read or computed: that many pay for rounding
  // it (measured in LeNet's first convolution, at 24; with 12 a fifth is lost, with 40 gained).
  constexpr std::int64_t kLeastWork = 23;
  const std::int64_t in = g.group_in_channels();
  const std::int64_t out = g.group_out_channels();
  thread_local ConvTaps lists;
  return 2 * g.batch >= kSamples && plane > 0 && out >= kLeastFilters &&
         in * out * taps >= kLeastWork * (in + out) && values * 64 <= kMostStripBytes &&
         (bf16_unit().by_tiles || pays_in_vectors(g)) && lists.build(forward_pass(g)) &&
         lists.build(data_pass(g));
}

std::int64_t bf16_conv_parts(std::int64_t strips, std::int64_t sums) {
  const std::int64_t most = std::min(kMostParts, kMostSums / std::max<std::int64_t>(sums, 1));
  return std::clamp<std::int64_t>(most, 1, strips);
}

void bf16_conv_forward(const Conv2dGeometry& g, const float* x, const float* weight,
                       const float* bias, float* y) {
  run_pass(forward_pass(g), x, weight, bias, y);
}

void bf16_conv_backward_data(const Conv2dGeometry& g, const float* dy, const float* weight,
                             float* dx) {
  run_pass(data_pass(g), dy, weight, nullptr, dx);
}

void bf16_conv_backward_weight(const Conv2dGeometry& g, const float* x, const float* dy,
                               float* dweight, float* dbias) {
  const std::int64_t plane = g.out_height() * g.out_width();
  if (dbias != nullptr) {
    parallel_for(g.out_channels, 1, [&](std::int64_t begin, std::int64_t end) {
      sum_planes(dy, g.batch, g.out_channels * plane, plane, begin, end, dbias);
    });
  }
  if (dweight != nullptr) weight_gradient(g, x, dy, dweight);
}

}  // namespace gluino::kernels
