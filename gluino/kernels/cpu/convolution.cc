#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/conv_columns.h>
#include <gluino/kernels/cpu/conv_rows.h>
#include <gluino/kernels/cpu/conv_strips.h>
#include <gluino/kernels/cpu/conv_winograd.h>
#include <gluino/kernels/cpu/convolution.h>
#include <gluino/kernels/cpu/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

// Bytes of scratch memory that one strip may take.
constexpr std::int64_t kMostStripBytes = 32 << 20;
// Multiply-adds below which a second thread costs more than it brings.
constexpr std::int64_t kThreadWork = 1 << 18;

// Strips pay from half a strip of samples on: with fewer, most of each vector would be empty, and
// the matrix product is faster.
template <class T>
bool enough_samples(std::int64_t batch) {
  return 2 * batch >= kStripSamples<T>;
}

template <class T>
std::int64_t strips_of(std::int64_t batch) {
  return (batch + kStripSamples<T> - 1) / kStripSamples<T>;
}

// A number of items that is worth a thread, when one takes `work` multiply-adds.
std::int64_t grain_for(std::int64_t work) {
  return std::max<std::int64_t>(1, kThreadWork / std::max<std::int64_t>(work, 1));
}

// One strip of a pass, on the threads that are free.
template <class T>
void run_strip_pass(const StripConv<T>& shared, std::int64_t strip, const T* x, T* y) {
  const ConvPass& pass = *shared.pass;
  const std::int64_t in_channels = pass.groups * pass.in_channels;
  const std::int64_t out_channels = pass.groups * pass.out_channels;
  const std::int64_t in_plane = pass.in_plane();
  const std::int64_t out_plane = pass.out_plane();
  const std::int64_t first = strip * kStripSamples<T>;
  T* x_strip = scratch<T>(ScratchUse::kConvInput, in_channels * in_plane * kStripSamples<T>);
  T* y_strip = scratch<T>(ScratchUse::kConvOutput, out_channels * out_plane * kStripSamples<T>);
  StripConv<T> task = shared;
  task.samples = std::min(kStripSamples<T>, pass.batch - first);
  task.x = x_strip;
  task.y = y_strip;
  const T* in = x + first * in_channels * in_plane;
  parallel_for(in_channels, grain_for(in_plane * 128), [&](std::int64_t begin, std::int64_t end) {
    to_strip(in + begin * in_plane, in_channels * in_plane, task.samples, (end - begin) * in_plane,
             x_strip + begin * in_plane * kStripSamples<T>);
  });
  const std::int64_t row_work =
      pass.width.outputs * out_channels * pass.in_channels * pass.kernel() * kStripSamples<T>;
  parallel_for(pass.height.outputs, grain_for(row_work), [&](std::int64_t begin, std::int64_t end) {
    StripConv<T> rows = task;
    rows.row_begin = begin;
    rows.row_end = end;
    strip_conv(rows);
  });
  T* out = y + first * out_channels * out_plane;
  parallel_for(out_channels, grain_for(out_plane * 128), [&](std::int64_t begin, std::int64_t end) {
    from_strip(y_strip + begin * out_plane * kStripSamples<T>, task.samples,
               (end - begin) * out_plane, out + begin * out_plane, out_channels * out_plane);
  });
}

// False when strips do not suit this pass.
template <class T>
bool try_strips(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y) {
  const std::int64_t values =
      pass.groups * (pass.in_channels * pass.in_plane() + pass.out_channels * pass.out_plane());
  if (!enough_samples<T>(pass.batch) || values * 64 > kMostStripBytes) return false;
  thread_local ConvTaps taps;
  if (!taps.build(pass)) return false;
  T* packed = scratch<T>(ScratchUse::kConvWeights,
                         pass.groups * pass.out_channels * pass.in_channels * pass.kernel());
  pack_strip_weight(pass, weight, packed);
  const StripConv<T> shared = {.pass = &pass,
                               .taps = &taps,
                               .x = nullptr,
                               .weight = packed,
                               .bias = bias,
                               .y = nullptr,
                               .samples = 0,
                               .row_begin = 0,
                               .row_end = 0};
  const std::int64_t strips = strips_of<T>(pass.batch);
  note_kernel("strips of ", kStripSamples<T>, " samples, innermost");
  // With few strips, each is shared by all threads; else each thread takes whole ones.
  const std::int64_t grain = strips >= 3 * num_threads() ? 1 : strips;
  parallel_for(strips, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip) run_strip_pass(shared, strip, x, y);
  });
  return true;
}

template <class T>
void run_pass(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y) {
  if (pass.batch * pass.groups * pass.out_channels * pass.out_plane() == 0) return;
  if (winograd_suits<T>(pass)) {
    note_kernel("Winograd tiles of 4 x 4");
    winograd_conv(pass, x, weight, bias, y);
    return;
  }
  if (try_strips(pass, x, weight, bias, y)) return;
  note_kernel("unfolded columns");
  columns_conv(pass, x, weight, bias, y);
}

// A strip's planes with borders of zeros, as far as the kernel reaches: channels begin to end.
template <class T>
void to_padded_strip(const Conv2dGeometry& g, const StripWeightGradient<T>& task, const T* x,
                     std::int64_t samples, std::int64_t begin, std::int64_t end, T* out) {
  const std::int64_t sample_stride = g.in_channels * g.in_height * g.in_width;
  const std::int64_t plane = task.padded_height * task.padded_width * kStripSamples<T>;
  if (g.pad_h == 0 && g.pad_w == 0 && task.padded_height == g.in_height &&
      task.padded_width == g.in_width) {
    to_strip(x + begin * g.in_height * g.in_width, sample_stride, samples,
             (end - begin) * g.in_height * g.in_width, out + begin * plane);
    return;
  }
  std::fill(out + begin * plane, out + end * plane, T(0));
  const std::int64_t rows = std::min(g.in_height, task.padded_height - g.pad_h);
  const std::int64_t columns = std::min(g.in_width, task.padded_width - g.pad_w);
  if (columns <= 0) return;
  for (std::int64_t c = begin; c < end; ++c) {
    for (std::int64_t h = 0; h < rows; ++h) {
      to_strip(x + (c * g.in_height + h) * g.in_width, sample_stride, samples, columns,
               out + c * plane + ((h + g.pad_h) * task.padded_width + g.pad_w) * kStripSamples<T>);
    }
  }
}

// One strip's share of the gradient to the weights, split over the filters.
template <class T>
void run_strip_gradient(const Conv2dGeometry& g, std::int64_t strip, const T* x, const T* dy,
                        StripWeightGradient<T> task) {
  const std::int64_t out_plane = g.out_height() * g.out_width();
  const std::int64_t padded_plane = task.padded_height * task.padded_width;
  const std::int64_t first = strip * kStripSamples<T>;
  const std::int64_t samples = std::min(kStripSamples<T>, g.batch - first);
  const T* x_in = x + first * g.in_channels * g.in_height * g.in_width;
  const T* dy_in = dy + first * g.out_channels * out_plane;
  T* x_strip = scratch<T>(ScratchUse::kConvInput, g.in_channels * padded_plane * kStripSamples<T>);
  T* dy_strip = scratch<T>(ScratchUse::kConvOutput, g.out_channels * out_plane * kStripSamples<T>);
  parallel_for(g.in_channels, grain_for(padded_plane * 128),
               [&](std::int64_t begin, std::int64_t end) {
                 to_padded_strip(g, task, x_in, samples, begin, end, x_strip);
               });
  const std::int64_t block = strip_gradient_filters();
  const std::int64_t group_blocks = (g.group_out_channels() + block - 1) / block;
  task.x = x_strip;
  task.dy = dy_strip;
  task.add = strip > 0;
  const std::int64_t block_work = block * out_plane * g.group_in_channels() * g.kernel_height *
                                  g.kernel_width * kStripSamples<T>;
  parallel_for(g.groups * group_blocks, grain_for(block_work),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t group = i / group_blocks * g.group_out_channels();
                   StripWeightGradient<T> part = task;
                   const std::int64_t q = i % group_blocks;
                   part.filter_begin = group + q * g.group_out_channels() / group_blocks;
                   part.filter_end = group + (q + 1) * g.group_out_channels() / group_blocks;
                   to_strip(dy_in + part.filter_begin * out_plane, g.out_channels * out_plane,
                            samples, (part.filter_end - part.filter_begin) * out_plane,
                            dy_strip + part.filter_begin * out_plane * kStripSamples<T>);
                   strip_weight_gradient(part);
                 }
               });
}

template <class T>
bool try_strip_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  StripWeightGradient<T> task = {};
  task.geometry = &g;
  task.padded_height = (g.out_height() - 1) * g.stride_h + (g.kernel_height - 1) * g.dilate_h + 1;
  task.padded_width = (g.out_width() - 1) * g.stride_w + (g.kernel_width - 1) * g.dilate_w + 1;
  task.dweight = dweight;
  // An unpadded input is used as it is, even where the last rows are not reached.
  if (g.pad_h == 0 && g.pad_w == 0) {
    task.padded_height = g.in_height;
    task.padded_width = g.in_width;
  }
  const std::int64_t values = g.in_channels * task.padded_height * task.padded_width +
                              g.out_channels * g.out_height() * g.out_width();
  if (!enough_samples<T>(g.batch) || values * 64 > kMostStripBytes) return false;
  note_kernel("strips of ", kStripSamples<T>, " samples, innermost");
  for (std::int64_t strip = 0; strip < strips_of<T>(g.batch); ++strip) {
    run_strip_gradient(g, strip, x, dy, task);
  }
  return true;
}

}  // namespace

template <class T>
void conv2d_forward(const Conv2dGeometry& geometry, const T* x, const T* weight, const T* bias,
                    T* y) {
  if (rows_suit<T>(geometry) && rows_forward(geometry, x, weight, bias, y)) {
    note_kernel("rows as they lie");
    return;
  }
  run_pass(forward_pass(geometry), x, weight, bias, y);
}

template <class T>
void conv2d_backward_data(const Conv2dGeometry& geometry, const T* dy, const T* weight, T* dx) {
  run_pass<T>(data_pass(geometry), dy, weight, nullptr, dx);
}

template <class T>
void conv2d_backward_weight(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight,
                            T* dbias) {
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t taps = g.group_in_channels() * g.kernel_height * g.kernel_width;
  if (dbias != nullptr) {
    parallel_for(g.out_channels, grain_for(g.batch * plane),
                 [&](std::int64_t begin, std::int64_t end) {
                   sum_planes(dy, g.batch, g.out_channels * plane, plane, begin, end, dbias);
                 });
  }
  if (dweight == nullptr || g.out_channels * taps == 0) return;
  if (g.batch * plane == 0) {
    std::fill_n(dweight, g.out_channels * taps, T(0));
  } else if (rows_suit<T>(g)) {
    note_kernel("rows as they lie");
    rows_weight_gradient(g, x, dy, dweight);
  } else if (const ConvPass pass = forward_pass(g); winograd_suits<T>(pass)) {
    note_kernel("Winograd tiles of 4 x 4");
    winograd_weight_gradient(pass, x, dy, dweight);
  } else if (!try_strip_gradient(g, x, dy, dweight)) {
    note_kernel("unfolded columns");
    columns_weight_gradient(forward_pass(g), x, dy, dweight);
  }
}

#define GLUINO_CONVOLUTION(T)                                                            \
  template void conv2d_forward(const Conv2dGeometry&, const T*, const T*, const T*, T*); \
  template void conv2d_backward_data(const Conv2dGeometry&, const T*, const T*, T*);     \
  template void conv2d_backward_weight(const Conv2dGeometry&, const T*, const T*, T*, T*);

GLUINO_CONVOLUTION(float)
GLUINO_CONVOLUTION(double)

}  // namespace gluino::kernels
