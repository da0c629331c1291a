#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>
#include <cstring>

namespace gluino::kernels {
namespace {

// Multiply-adds of bytes that are worth a thread.
constexpr std::int64_t kProductGrain = 2'000'000;

// The bytes under one row of the kernel lie side by side, unless they are spread.
bool rows_are_whole(const Conv2dGeometry& g) { return g.dilate_w == 1; }

// A sample with the padding around it.
struct Frame {
  explicit Frame(const Conv2dGeometry& g)
      : height(g.in_height + 2 * g.pad_h), row((g.in_width + 2 * g.pad_w) * g.in_channels) {}
  std::int64_t height;
  std::int64_t row;  // bytes
};

// The last group of four bytes may reach beyond what lies under the kernel, so the last sample is
// copied to where there is room for it.
bool reads_in_place(const Conv2dGeometry& g, const Int8Packing& packing, std::int64_t sample) {
  if (g.pad_h != 0 || g.pad_w != 0) return false;
  return packing.segment_bytes % 4 == 0 || sample + 1 < g.batch;
}

const std::uint8_t* framed(const Int8Convolution& task, const std::uint8_t* x) {
  const Conv2dGeometry& g = task.conv;
  const Frame frame(g);
  auto* to = scratch<std::uint8_t>(ScratchUse::kInt8Input, frame.height * frame.row + 4);
  const std::int64_t row = g.in_width * g.in_channels;
  if (g.pad_h != 0 || g.pad_w != 0) std::fill_n(to, frame.height * frame.row, task.zero_point);
  for (std::int64_t h = 0; h < g.in_height; ++h) {
    std::memcpy(to + (h + g.pad_h) * frame.row + g.pad_w * g.in_channels, x + h * row,
                static_cast<std::size_t>(row));
  }
  return to;
}

// Valid until this thread runs another convolution.
const std::int64_t* segment_offsets(const Conv2dGeometry& g) {
  const std::int64_t across = rows_are_whole(g) ? 1 : g.kernel_width;
  auto* offsets = scratch<std::int64_t>(ScratchUse::kInt8Offsets, g.kernel_height * across);
  std::int64_t* next = offsets;
  for (std::int64_t kh = 0; kh < g.kernel_height; ++kh) {
    for (std::int64_t kw = 0; kw < across; ++kw) {
      *next++ = kh * g.dilate_h * Frame(g).row + kw * g.dilate_w * g.in_channels;
    }
  }
  return offsets;
}

// One row of the output, from values (positions, filters).
void write_row(const Int8Convolution& task, const Int8Layer& layer, const float* values,
               std::int64_t sample, std::int64_t row, void* y) {
  const std::int64_t positions = task.out_width();
  const std::int64_t filters = task.conv.out_channels;
  if (layer.out_scale) {
    auto* out =
        static_cast<std::uint8_t*>(y) + (sample * task.out_height() + row) * positions * filters;
    int8_quantize(values, out, positions * filters, *layer.out_scale);
    return;
  }
  const std::int64_t plane = task.out_height() * positions;
  float* out = static_cast<float*>(y) + sample * filters * plane + row * positions;
  for (std::int64_t f = 0; f < filters; ++f) {
    for (std::int64_t p = 0; p < positions; ++p) out[f * plane + p] = values[p * filters + f];
  }
}

void convolve_row(const Int8Convolution& task, const Int8Packing& packing, const Int8Layer& layer,
                  const std::int64_t* offsets, const std::uint8_t* x, std::int64_t row,
                  float* values) {
  const Conv2dGeometry& g = task.conv;
  const std::int64_t positions = task.out_width() * task.pool_w;
  const std::int64_t columns = packing.padded_columns();
  auto* sums = scratch<std::int32_t>(ScratchUse::kInt8Sums, task.pool_h * positions * columns);
  const std::int64_t row_step = g.stride_h * Frame(g).row;
  int8_dot({.packing = &packing,
            .packed = layer.packed,
            .x = x + row * task.pool_h * row_step,
            .offsets = offsets,
            .x_step = g.stride_w * g.in_channels,
            .positions = positions,
            .x_row_step = row_step,
            .rows = task.pool_h,
            .block_begin = 0,
            .block_end = packing.blocks(),
            .out = sums,
            .out_stride = columns});
  int8_finish({.sums = sums,
               .stride = columns,
               .positions = task.out_width(),
               .window_h = task.pool_h,
               .window_w = task.pool_w,
               .column = 0,
               .columns = g.out_channels},
              layer.epilogue, values);
}

}  // namespace

Int8Packing int8_packing(const Conv2dGeometry& g) {
  const bool whole = rows_are_whole(g);
  return {.columns = g.out_channels,
          .segments = whole ? g.kernel_height : g.kernel_height * g.kernel_width,
          .segment_bytes = whole ? g.kernel_width * g.in_channels : g.in_channels};
}

void int8_convolution(const Int8Convolution& task, const std::uint8_t* x, const Int8Layer& layer,
                      void* y) {
  const Conv2dGeometry& g = task.conv;
  const Int8Packing packing = int8_packing(g);
  const std::int64_t* offsets = segment_offsets(g);
  const std::int64_t height = task.out_height();
  const std::int64_t row_values = task.out_width() * g.out_channels;
  const std::int64_t products = row_values * task.pool_h * task.pool_w * packing.segments *
                                std::max<std::int64_t>(1, packing.segment_bytes);
  note_kernel("bytes, channels innermost, ", int8_unit_name());
  parallel_for(g.batch * height, row_grain(products, kProductGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 auto* values = scratch<float>(ScratchUse::kInt8Values, row_values + kInt8Columns);
                 const std::uint8_t* sample = nullptr;
                 for (std::int64_t i = begin; i < end; ++i) {
                   const std::int64_t n = i / height;
                   if (i == begin || i % height == 0) {
                     sample = x + n * g.in_height * g.in_width * g.in_channels;
                     if (!reads_in_place(g, packing, n)) sample = framed(task, sample);
                   }
                   convolve_row(task, packing, layer, offsets, sample, i % height, values);
                   write_row(task, layer, values, n, i % height, y);
                 }
               });
}

}  // namespace gluino::kernels
