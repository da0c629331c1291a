#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/conv_columns.h>
#include <gluino/kernels/cpu/gemm.h>
#include <gluino/kernels/cpu/scratch.h>

#include <algorithm>
#include <cstring>

namespace gluino::kernels {
namespace {

// Elements of the matrix that is copied out at a time.
constexpr std::int64_t kMostColumnElements = 1 << 20;

// Rows of the output that are handled at a time.
std::int64_t block_rows(const ConvPass& pass) {
  const std::int64_t row = pass.in_channels * pass.kernel() * pass.width.outputs;
  return std::max<std::int64_t>(1, kMostColumnElements / std::max<std::int64_t>(row, 1));
}

// Rows are mostly shorter than the call of a function that copies memory: here, in pieces of a size
// that the compiler knows, of which the last two may overlap.
template <class T>
void copy_values(const T* in, std::int64_t count, T* out) {
  constexpr std::int64_t kPiece = 32 / sizeof(T);
  if (count < kPiece || count > 8 * kPiece) {
    std::copy_n(in, count, out);
    return;
  }
  for (std::int64_t i = 0; i + kPiece <= count; i += kPiece) std::memcpy(out + i, in + i, 32);
  std::memcpy(out + count - kPiece, in + count - kPiece, 32);
}

// The values that kernel element `kw` meets along one row, zeros where it meets none.
template <class T>
void copy_row(const ConvAxis& axis, std::int64_t kw, const T* in, T* out) {
  if (axis.stride == 1) {
    // Input runs along with output, from output `shift` on.
    const std::int64_t shift =
        axis.to_data ? kw * axis.dilate - axis.pad : axis.pad - kw * axis.dilate;
    const std::int64_t begin = std::clamp<std::int64_t>(shift, 0, axis.outputs);
    const std::int64_t end = std::clamp(axis.inputs + shift, begin, axis.outputs);
    std::fill(out, out + begin, T(0));
    if (begin < end) copy_values(in + begin - shift, end - begin, out + begin);
    std::fill(out + end, out + axis.outputs, T(0));
    return;
  }
  for (std::int64_t o = 0; o < axis.outputs; ++o) {
    const std::int64_t i = axis.input(kw, o);
    out[o] = i >= 0 ? in[i] : T(0);
  }
}

// Rows of a forward pass without padding and stride: all values exist, `from` stands at the first.
template <class T>
void copy_whole_rows(const ConvPass& pass, const T* from, std::int64_t rows, T* to) {
  const std::int64_t inputs = pass.width.inputs;
  const std::int64_t width = pass.width.outputs;
  for (std::int64_t o = 0; o < rows; ++o) copy_values(from + o * inputs, width, to + o * width);
}

bool reads_whole_rows(const ConvPass& pass) {
  const auto plain = [](const ConvAxis& a) { return !a.to_data && a.pad == 0 && a.stride == 1; };
  return plain(pass.height) && plain(pass.width);
}

// (in_channels * kernel, rows * outputs of a row) from one group's planes of one sample.
template <class T>
void copy_columns(const ConvPass& pass, const T* x, std::int64_t row, std::int64_t rows, T* out) {
  const std::int64_t width = pass.width.outputs;
  const std::int64_t kernel = pass.kernel();
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / (rows * width));
  const bool whole = reads_whole_rows(pass);
  parallel_for(pass.in_channels * kernel, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t q = begin; q < end; ++q) {
      const T* plane = x + q / kernel * pass.in_plane();
      const std::int64_t kh = q % kernel / pass.width.kernel;
      const std::int64_t kw = q % pass.width.kernel;
      T* to = out + q * rows * width;
      if (whole) {
        const std::int64_t first = row + kh * pass.height.dilate;
        copy_whole_rows(pass, plane + first * pass.width.inputs + kw * pass.width.dilate, rows, to);
        continue;
      }
      for (std::int64_t o = row; o < row + rows; ++o, to += width) {
        const std::int64_t i = pass.height.input(kh, o);
        if (i < 0) {
          std::fill(to, to + width, T(0));
        } else {
          copy_row(pass.width, kw, plane + i * pass.width.inputs, to);
        }
      }
    }
  });
}

// One group's weights as a matrix (out_channels, in_channels * kernel), copied unless they are one.
template <class T>
MatrixView<T> weight_matrix(const ConvPass& pass, const T* weight) {
  const std::int64_t kernel = pass.kernel();
  const std::int64_t depth = pass.in_channels * kernel;
  if (pass.weight_in_stride == kernel) {
    return {weight, pass.out_channels, depth, pass.weight_out_stride, 1};
  }
  T* copy = scratch<T>(ScratchUse::kConvWeights, pass.out_channels * depth);
  for (std::int64_t o = 0; o < pass.out_channels; ++o) {
    for (std::int64_t i = 0; i < pass.in_channels; ++i) {
      std::copy_n(weight + o * pass.weight_out_stride + i * pass.weight_in_stride, kernel,
                  copy + o * depth + i * kernel);
    }
  }
  return {copy, pass.out_channels, depth, depth, 1};
}

}  // namespace

template <class T>
void columns_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y) {
  const std::int64_t depth = pass.in_channels * pass.kernel();
  const std::int64_t width = pass.width.outputs;
  const std::int64_t block = std::min(block_rows(pass), pass.height.outputs);
  for (std::int64_t g = 0; g < pass.groups; ++g) {
    const MatrixView<T> matrix =
        weight_matrix(pass, weight + g * pass.out_channels * pass.in_channels * pass.kernel());
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      const T* in = x + (n * pass.groups + g) * pass.in_channels * pass.in_plane();
      T* out = y + (n * pass.groups + g) * pass.out_channels * pass.out_plane();
      for (std::int64_t row = 0; row < pass.height.outputs; row += block) {
        const std::int64_t rows = std::min(block, pass.height.outputs - row);
        T* columns = scratch<T>(ScratchUse::kConvColumns, depth * rows * width);
        copy_columns(pass, in, row, rows, columns);
        gemm<T>(matrix, {columns, depth, rows * width, rows * width, 1}, out + row * width,
                pass.out_plane(),
                {.row_bias = bias != nullptr ? bias + g * pass.out_channels : nullptr});
      }
    }
  }
}

template <class T>
void columns_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight) {
  const std::int64_t depth = pass.in_channels * pass.kernel();
  const std::int64_t width = pass.width.outputs;
  const std::int64_t block = std::min(block_rows(pass), pass.height.outputs);
  for (std::int64_t g = 0; g < pass.groups; ++g) {
    for (std::int64_t n = 0; n < pass.batch; ++n) {
      const T* in = x + (n * pass.groups + g) * pass.in_channels * pass.in_plane();
      const T* out = dy + (n * pass.groups + g) * pass.out_channels * pass.out_plane();
      for (std::int64_t row = 0; row < pass.height.outputs; row += block) {
        const std::int64_t rows = std::min(block, pass.height.outputs - row);
        T* columns = scratch<T>(ScratchUse::kConvColumns, depth * rows * width);
        copy_columns(pass, in, row, rows, columns);
        gemm<T>({out + row * width, pass.out_channels, rows * width, pass.out_plane(), 1},
                {columns, rows * width, depth, 1, rows * width},
                dweight + g * pass.out_channels * depth, depth, {.accumulate = n > 0 || row > 0});
      }
    }
  }
}

template void columns_conv(const ConvPass&, const float*, const float*, const float*, float*);
template void columns_conv(const ConvPass&, const double*, const double*, const double*, double*);
template void columns_weight_gradient(const ConvPass&, const float*, const float*, float*);
template void columns_weight_gradient(const ConvPass&, const double*, const double*, double*);

}  // namespace gluino::kernels
