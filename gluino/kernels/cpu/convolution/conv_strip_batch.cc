#include <gluino/base/error.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_strip_batch.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>

namespace gluino::kernels {
namespace {

// Bytes of scratch memory that one strip may take.
constexpr std::int64_t kMostStripBytes = 32 << 20;
// Multiply-adds below which a second thread costs more than it brings.
constexpr std::int64_t kThreadWork = 1 << 18;

// Half a strip is enough where the matrix product would have few columns, the positions of a plane,
// or few rows, the filters of a group.
constexpr std::int64_t kFewColumns = 32;

template <class T>
bool enough_samples(std::int64_t batch, std::int64_t plane, std::int64_t groups) {
  const bool few = plane < kFewColumns || groups > 1;
  return fills_strips(batch) || (few && 2 * batch >= kStripSamples<T>);
}

// A number of items that is worth a thread, when one takes `work` multiply-adds.
std::int64_t grain_for(std::int64_t work) {
  return std::max<std::int64_t>(1, kThreadWork / std::max<std::int64_t>(work, 1));
}

// y = f(y) for rows [begin, end) of all planes of a strip.
template <class T>
void activate_rows(const UnaryKernel<T>& f, const ConvPass& pass, std::int64_t begin,
                   std::int64_t end, T* strip) {
  const std::int64_t row = pass.width.outputs * kStripSamples<T>;
  for (std::int64_t c = 0; c < pass.groups * pass.out_channels; ++c) {
    T* const rows = strip + (c * pass.height.outputs + begin) * row;
    f.forward_piece(rows, rows, (end - begin) * row);
  }
}

// One strip of a pass, on the threads that are free.
template <class T>
void run_strip_pass(const StripConv<T>& shared, std::int64_t strip, const StripInput<T>& x,
                    const StripOutput<T>& y, const UnaryKernel<T>* activation) {
  const ConvPass& pass = *shared.pass;
  const std::int64_t in_channels = pass.groups * pass.in_channels;
  const std::int64_t out_channels = pass.groups * pass.out_channels;
  const std::int64_t in_plane = pass.in_plane();
  const std::int64_t out_plane = pass.out_plane();
  StripConv<T> task = shared;
  task.samples = y.on_strips ? kStripSamples<T> : y.samples(strip);
  task.x = x.strip(strip);
  if (task.x == nullptr) {
    T* const copy = scratch<T>(ScratchUse::kConvInput, in_channels * in_plane * kStripSamples<T>);
    parallel_for(in_channels, grain_for(in_plane * 128), [&](std::int64_t begin, std::int64_t end) {
      x.read(strip, begin * in_plane, (end - begin) * in_plane,
             copy + begin * in_plane * kStripSamples<T>);
    });
    task.x = copy;
  }
  task.y = y.strip(strip);
  if (task.y == nullptr) {
    task.y = scratch<T>(ScratchUse::kConvOutput, out_channels * out_plane * kStripSamples<T>);
  }
  const std::int64_t row_work =
      pass.width.outputs * out_channels * pass.in_channels * pass.kernel() * kStripSamples<T>;
  parallel_for(pass.height.outputs, grain_for(row_work), [&](std::int64_t begin, std::int64_t end) {
    StripConv<T> rows = task;
    rows.row_begin = begin;
    rows.row_end = end;
    strip_conv(rows);
    if (activation != nullptr) activate_rows(*activation, pass, begin, end, task.y);
  });
  if (y.on_strips) return;
  parallel_for(out_channels, grain_for(out_plane * 128), [&](std::int64_t begin, std::int64_t end) {
    y.write(strip, begin * out_plane, (end - begin) * out_plane,
            task.y + begin * out_plane * kStripSamples<T>);
  });
}

// A strip's planes with borders of zeros, as far as the kernel reaches: channels begin to end.
template <class T>
void to_padded_strip(const Conv2dGeometry& g, const StripWeightGradient<T>& task,
                     const StripInput<T>& x, std::int64_t strip, std::int64_t begin,
                     std::int64_t end, T* out) {
  const std::int64_t plane = task.padded_height * task.padded_width * kStripSamples<T>;
  std::fill(out + begin * plane, out + end * plane, T(0));
  const std::int64_t rows = std::min(g.in_height, task.padded_height - g.pad_h);
  const std::int64_t columns = std::min(g.in_width, task.padded_width - g.pad_w);
  if (columns <= 0) return;
  for (std::int64_t c = begin; c < end; ++c) {
    for (std::int64_t h = 0; h < rows; ++h) {
      x.read(strip, (c * g.in_height + h) * g.in_width, columns,
             out + c * plane + ((h + g.pad_h) * task.padded_width + g.pad_w) * kStripSamples<T>);
    }
  }
}

// A strip of x as the gradient reads it: where it lies, if it needs no borders.
template <class T>
const T* padded_strip(const Conv2dGeometry& g, const StripWeightGradient<T>& task,
                      const StripInput<T>& x, std::int64_t strip) {
  const bool as_it_is = g.pad_h == 0 && g.pad_w == 0;
  if (as_it_is && x.on_strips) return x.strip(strip);
  const std::int64_t plane = task.padded_height * task.padded_width;
  T* copy = scratch<T>(ScratchUse::kConvInput, g.in_channels * plane * kStripSamples<T>);
  parallel_for(g.in_channels, grain_for(plane * 128), [&](std::int64_t begin, std::int64_t end) {
    if (as_it_is) {
      x.read(strip, begin * plane, (end - begin) * plane, copy + begin * plane * kStripSamples<T>);
    } else {
      to_padded_strip(g, task, x, strip, begin, end, copy);
    }
  });
  return copy;
}

// One strip's share of the gradient to the weights, split over the filters.
template <class T>
void run_strip_gradient(const Conv2dGeometry& g, std::int64_t strip, const StripInput<T>& x,
                        const StripInput<T>& dy, StripWeightGradient<T> task) {
  const std::int64_t out_plane = g.out_height() * g.out_width();
  const T* dy_strip = dy.strip(strip);
  T* dy_copy = nullptr;
  if (dy_strip == nullptr) {
    dy_copy = scratch<T>(ScratchUse::kConvOutput, g.out_channels * out_plane * kStripSamples<T>);
    dy_strip = dy_copy;
  }
  const std::int64_t block = strip_gradient_filters();
  const std::int64_t group_blocks = (g.group_out_channels() + block - 1) / block;
  task.x = padded_strip(g, task, x, strip);
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
                   if (dy_copy != nullptr) {
                     dy.read(strip, part.filter_begin * out_plane,
                             (part.filter_end - part.filter_begin) * out_plane,
                             dy_copy + part.filter_begin * out_plane * kStripSamples<T>);
                   }
                   strip_weight_gradient(part);
                 }
               });
}

// The task without its strip.
template <class T>
StripWeightGradient<T> strip_gradient_task(const Conv2dGeometry& g, T* dweight) {
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
  return task;
}

// Null if the kernel has too many elements. Good until the thread asks for another pass's.
const ConvTaps* taps_of(const ConvPass& pass) {
  thread_local ConvTaps taps;
  return taps.build(pass) ? &taps : nullptr;
}

}  // namespace

template <class T>
bool strips_suit(const ConvPass& pass) {
  const std::int64_t values =
      pass.groups * (pass.in_channels * pass.in_plane() + pass.out_channels * pass.out_plane());
  return enough_samples<T>(pass.batch, pass.out_plane(), pass.groups) &&
         values * 64 <= kMostStripBytes && taps_of(pass) != nullptr;
}

template <class T>
void strips_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y,
                 const UnaryKernel<T>* activation) {
  const ConvTaps* const taps = taps_of(pass);
  check(taps != nullptr, "a convolution on strips: the kernel has too many elements");
  T* packed = scratch<T>(ScratchUse::kConvWeights,
                         pass.groups * pass.out_channels * pass.in_channels * pass.kernel());
  pack_strip_weight(pass, weight, packed);
  const StripConv<T> shared = {.pass = &pass,
                               .taps = taps,
                               .x = nullptr,
                               .weight = packed,
                               .bias = bias,
                               .y = nullptr,
                               .samples = 0,
                               .row_begin = 0,
                               .row_end = 0};
  const std::int64_t strips = strips_of<T>(pass.batch);
  // With few strips, each is shared by all threads; else each thread takes whole ones.
  const std::int64_t grain = strips >= 3 * num_threads() ? 1 : strips;
  parallel_for(strips, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t strip = begin; strip < end; ++strip) {
      run_strip_pass(shared, strip, input_of(pass, x), output_of(pass, y), activation);
    }
  });
}

template <class T>
bool strips_suit_gradient(const Conv2dGeometry& g) {
  const StripWeightGradient<T> task = strip_gradient_task<T>(g, nullptr);
  const std::int64_t values = g.in_channels * task.padded_height * task.padded_width +
                              g.out_channels * g.out_height() * g.out_width();
  return enough_samples<T>(g.batch, g.out_height() * g.out_width(), g.groups) &&
         values * 64 <= kMostStripBytes;
}

template <class T>
void strips_weight_gradient(const Conv2dGeometry& g, const T* x, const T* dy, T* dweight) {
  const StripWeightGradient<T> task = strip_gradient_task(g, dweight);
  const StripInput<T> in = input_of(forward_pass(g), x);
  const StripInput<T> heads = input_of(data_pass(g), dy);
  for (std::int64_t strip = 0; strip < strips_of<T>(g.batch); ++strip) {
    run_strip_gradient(g, strip, in, heads, task);
  }
}

#define GLUINO_CONV_STRIP_BATCH(T)                                             \
  template bool strips_suit<T>(const ConvPass&);                               \
  template void strips_conv(const ConvPass&, const T*, const T*, const T*, T*, \
                            const UnaryKernel<T>*);                            \
  template bool strips_suit_gradient<T>(const Conv2dGeometry&);                \
  template void strips_weight_gradient(const Conv2dGeometry&, const T*, const T*, T*);

GLUINO_CONV_STRIP_BATCH(float)
GLUINO_CONV_STRIP_BATCH(double)

}  // namespace gluino::kernels
