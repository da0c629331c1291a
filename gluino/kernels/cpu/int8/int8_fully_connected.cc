#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/kernels/cpu/support/scratch.h>

#include <algorithm>
#include <cstring>

namespace gluino::kernels {
namespace {

constexpr std::int64_t kProductGrain = 2'000'000;
// A task: so many rows times so many blocks of columns, whose weights stay in the near caches.
constexpr std::int64_t kTaskRows = 32;
constexpr std::int64_t kTaskBlocks = 4;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

// Rows whose last group of four bytes is not whole are copied to where they may be read beyond.
const std::uint8_t* readable_rows(const std::uint8_t* x, std::int64_t rows, std::int64_t depth) {
  if (depth % 4 == 0) return x;
  auto* copy = scratch<std::uint8_t>(ScratchUse::kInt8Input, rows * depth + 4);
  std::memcpy(copy, x, static_cast<std::size_t>(rows * depth));
  return copy;
}

void write(const Int8Layer& layer, const float* values, std::int64_t count, std::int64_t at,
           void* y) {
  if (layer.out_scale) {
    int8_quantize(values, static_cast<std::uint8_t*>(y) + at, count, *layer.out_scale);
  } else {
    std::copy_n(values, count, static_cast<float*>(y) + at);
  }
}

void run_task(const Int8Product& product, const Int8Packing& packing, const Int8Layer& layer,
              const std::uint8_t* x, std::int64_t row, std::int64_t block, void* y) {
  const std::int64_t rows = std::min(kTaskRows, product.rows - row);
  const std::int64_t block_end = std::min(packing.blocks(), block + kTaskBlocks);
  const std::int64_t stride = (block_end - block) * kInt8Columns;
  const std::int64_t column = block * kInt8Columns;
  const std::int64_t columns = std::min(stride, product.columns - column);
  const std::int64_t from_start = 0;
  auto* sums = scratch<std::int32_t>(ScratchUse::kInt8Sums, rows * stride);
  int8_dot({.packing = &packing,
            .packed = layer.packed,
            .x = readable_rows(x + row * product.depth, rows, product.depth),
            .offsets = &from_start,
            .x_step = product.depth,
            .positions = rows,
            .x_row_step = 0,
            .rows = 1,
            .block_begin = block,
            .block_end = block_end,
            .out = sums,
            .out_stride = stride});
  auto* values = scratch<float>(ScratchUse::kInt8Values, rows * columns + kInt8Columns);
  int8_finish({.sums = sums,
               .stride = stride,
               .positions = rows,
               .window_h = 1,
               .window_w = 1,
               .column = column,
               .columns = columns},
              layer.epilogue, values);
  for (std::int64_t r = 0; r < rows; ++r) {
    write(layer, values + r * columns, columns, (row + r) * product.columns + column, y);
  }
}

}  // namespace

void int8_fully_connected(const Int8Product& product, const std::uint8_t* x, const Int8Layer& layer,
                          void* y) {
  const Int8Packing packing = {product.columns, 1, product.depth};
  const std::int64_t down = ceil_div(product.rows, kTaskRows);
  const std::int64_t across = ceil_div(packing.blocks(), kTaskBlocks);
  const std::int64_t products = std::min(kTaskRows, product.rows) * kTaskBlocks * kInt8Columns *
                                std::max<std::int64_t>(1, product.depth);
  note_kernel("bytes, ", int8_unit_name());
  // The rows of one column after the other: the weights are the larger part.
  parallel_for(
      down * across, row_grain(products, kProductGrain), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          run_task(product, packing, layer, x, i % down * kTaskRows, i / down * kTaskBlocks, y);
        }
      });
}

void int8_quantize_channels_last(const float* x, std::int64_t batch, std::int64_t channels,
                                 std::int64_t plane, const Int8Scale& scale, std::uint8_t* y) {
  const std::int64_t sample = channels * plane;
  parallel_for(batch, row_grain(sample, kCopyGrain), [&](std::int64_t begin, std::int64_t end) {
    if (channels == 1)
      return int8_quantize(x + begin * plane, y + begin * plane, (end - begin) * plane, scale);
    auto* bytes = scratch<std::uint8_t>(ScratchUse::kInt8Input, plane);
    for (std::int64_t n = begin; n < end; ++n) {
      for (std::int64_t c = 0; c < channels; ++c) {
        int8_quantize(x + n * sample + c * plane, bytes, plane, scale);
        for (std::int64_t p = 0; p < plane; ++p) y[n * sample + p * channels + c] = bytes[p];
      }
    }
  });
}

}  // namespace gluino::kernels
