#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_columns.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/turn.h>

#include <algorithm>
#include <cstring>
#include <optional>

namespace gluino::kernels {
namespace {

// Elements of the matrix that is copied out at a time.
constexpr std::int64_t kMostColumnElements = 1 << 20;

// Multiply-adds below which a second thread costs more than it brings.
constexpr std::int64_t kThreadWork = 1 << 18;

// Of `all` rows of so many values in each of so many channels, how many are handled at a time.
std::int64_t block_rows(const ConvPass& pass, std::int64_t channels, std::int64_t width,
                        std::int64_t all) {
  const std::int64_t row = channels * pass.kernel() * width;
  return std::clamp<std::int64_t>(kMostColumnElements / std::max<std::int64_t>(row, 1), 1,
                                  std::max<std::int64_t>(all, 1));
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

// Every `stride`-th value of a row.
template <class T>
void copy_steps(const T* in, std::int64_t stride, std::int64_t count, T* out) {
  if (stride == 1) return copy_values(in, count, out);
  if (stride == 2) {  // A number that the compiler knows makes vectors of the loop.
    for (std::int64_t o = 0; o < count; ++o) out[o] = in[2 * o];
  } else {
    for (std::int64_t o = 0; o < count; ++o) out[o] = in[stride * o];
  }
}

// The values that kernel element `kw` of a forward pass meets along one row, zeros where it meets
// none.
template <class T>
void copy_row(const ConvAxis& axis, std::int64_t kw, const T* in, T* out) {
  // Output o meets input o * stride - shift.
  const std::int64_t shift = axis.pad - kw * axis.dilate;
  const auto first_beyond = [&](std::int64_t input) {
    return std::clamp<std::int64_t>((input + shift + axis.stride - 1) / axis.stride, 0,
                                    axis.outputs);
  };
  const std::int64_t begin = shift > 0 ? first_beyond(0) : 0;
  const std::int64_t end = axis.inputs + shift > 0 ? first_beyond(axis.inputs) : 0;
  std::fill(out, out + begin, T(0));
  if (begin < end)
    copy_steps(in + begin * axis.stride - shift, axis.stride, end - begin, out + begin);
  std::fill(out + std::max(begin, end), out + axis.outputs, T(0));
}

// Rows of a forward pass without padding and stride: all values exist, `from` stands at the first.
template <class T>
void copy_whole_rows(const ConvPass& pass, const T* from, std::int64_t rows, T* to) {
  const std::int64_t inputs = pass.width.inputs;
  const std::int64_t width = pass.width.outputs;
  for (std::int64_t o = 0; o < rows; ++o) copy_values(from + o * inputs, width, to + o * width);
}

bool reads_whole_rows(const ConvPass& pass) {
  const auto plain = [](const ConvAxis& a) { return a.pad == 0 && a.stride == 1; };
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

// One group's weights as they meet what was copied out: (out_channels, in_channels * kernel), or,
// in a gradient to the data, (out_channels * kernel, in_channels).
template <class T>
MatrixView<T> weight_matrix(const ConvPass& pass, const T* weight) {
  const std::int64_t kernel = pass.kernel();
  if (pass.height.to_data) {
    return {weight, pass.out_channels * kernel, pass.in_channels, 1, pass.weight_in_stride};
  }
  return {weight, pass.out_channels, pass.in_channels * kernel, pass.weight_out_stride, 1};
}

// Adds what kernel element `kw` gives along one row.
template <class T>
void add_row(const ConvAxis& axis, std::int64_t kw, const T* in, T* out) {
  const std::int64_t shift = kw * axis.dilate - axis.pad;
  const std::int64_t begin = shift >= 0 ? 0 : (-shift + axis.stride - 1) / axis.stride;
  const std::int64_t room = axis.outputs - 1 - shift;
  const std::int64_t end = room < 0 ? 0 : std::min(axis.inputs, room / axis.stride + 1);
  if (axis.stride == 1) {
    for (std::int64_t i = begin; i < end; ++i) out[shift + i] += in[i];
  } else {
    for (std::int64_t i = begin; i < end; ++i) out[shift + i * axis.stride] += in[i];
  }
}

// The reverse of copy_columns, for a gradient to the data: adds (out_channels * kernel, rows of
// inputs) to one group's planes of one sample. Each plane is added up by one thread, in one order.
template <class T>
void add_columns(const ConvPass& pass, const T* columns, std::int64_t row, std::int64_t rows,
                 T* y) {
  const std::int64_t width = pass.width.inputs;
  const std::int64_t kernel = pass.kernel();
  const std::int64_t grain = std::max<std::int64_t>(1, (1 << 13) / (kernel * rows * width));
  parallel_for(pass.out_channels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t c = begin; c < end; ++c) {
      T* const plane = y + c * pass.out_plane();
      const T* from = columns + c * kernel * rows * width;
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t kh = k / pass.width.kernel * pass.height.dilate - pass.height.pad;
        for (std::int64_t i = row; i < row + rows; ++i, from += width) {
          const std::int64_t o = i * pass.height.stride + kh;
          if (o < 0 || o >= pass.height.outputs) continue;
          add_row(pass.width, k % pass.width.kernel, from, plane + o * pass.width.outputs);
        }
      }
    }
  });
}

// One group of one sample. The caller has made sure that `matrix` is weight_matrix.
template <class T>
void run_forward(const ConvPass& pass, const MatrixView<T>& matrix, const T* in, const T* bias,
                 T* out) {
  const std::int64_t depth = pass.in_channels * pass.kernel();
  const std::int64_t width = pass.width.outputs;
  const std::int64_t block = block_rows(pass, pass.in_channels, width, pass.height.outputs);
  for (std::int64_t row = 0; row < pass.height.outputs; row += block) {
    const std::int64_t rows = std::min(block, pass.height.outputs - row);
    T* columns = scratch<T>(ScratchUse::kConvColumns, depth * rows * width);
    copy_columns(pass, in, row, rows, columns);
    gemm<T>(matrix, {columns, depth, rows * width, rows * width, 1}, out + row * width,
            pass.out_plane(), {.row_bias = bias});
  }
}

// The product comes first and is then added up where it belongs: with a stride most of an unfolded
// gradient would be zeros.
template <class T>
void run_to_data(const ConvPass& pass, const MatrixView<T>& matrix, const T* in, const T* bias,
                 T* out) {
  const std::int64_t width = pass.width.inputs;
  const std::int64_t block = block_rows(pass, pass.out_channels, width, pass.height.inputs);
  for (std::int64_t c = 0; c < pass.out_channels; ++c) {
    std::fill_n(out + c * pass.out_plane(), pass.out_plane(), bias != nullptr ? bias[c] : T(0));
  }
  if (width == 0) return;
  for (std::int64_t row = 0; row < pass.height.inputs; row += block) {
    const std::int64_t rows = std::min(block, pass.height.inputs - row);
    T* columns = scratch<T>(ScratchUse::kConvColumns, matrix.rows * rows * width);
    gemm<T>(matrix, {in + row * width, pass.in_channels, rows * width, pass.in_plane(), 1}, columns,
            rows * width);
    add_columns(pass, columns, row, rows, out);
  }
}

// Planes of few positions leave much of the product's last panel empty, 49 of 64 columns: there the
// filters are the columns, and what comes of it is turned; the bits are the same. It pays where the
// panels take so many times the positions, and so many filters share what is copied out, if the
// weights, which are packed for it, do not come from memory for one sample alone (7x7 planes, 960
// to 320 channels: batch 32 12.3 and 9.6 ms, one image 0.37 and 0.30; 512 to 512 by 3x3, one image
// 3.05 and 3.2).
constexpr std::int64_t kTurnedFilters = 64;
constexpr std::int64_t kMostPackedForOne = 1 << 21;

template <class T>
bool turned_suits(const ConvPass& pass) {
  const std::int64_t plane = pass.out_plane();
  const std::int64_t depth = pass.in_channels * pass.kernel();
  return !pass.height.to_data && pass.groups == 1 && pass.out_channels >= kTurnedFilters &&
         5 * packed_size<T>(1, plane) >= 6 * plane && depth * plane <= kMostColumnElements &&
         (pass.batch > 1 || depth * pass.out_channels <= kMostPackedForOne);
}

// All samples of a pass; the weights are packed once for them.
template <class T>
class TurnedColumns {
 public:
  TurnedColumns(const ConvPass& pass, const T* weight, const T* bias)
      : pass_(pass),
        depth_(pass.in_channels * pass.kernel()),
        weights_{weight, depth_, pass.out_channels, 1, pass.weight_out_stride},
        bias_(bias) {
    if (pass.batch == 1) return;
    T* const packed =
        scratch<T>(ScratchUse::kConvWeights, packed_size<T>(depth_, pass.out_channels));
    pack_matrix(weights_, packed);
    packed_ = packed;
  }

  // One sample.
  void run(const T* x, T* y) const {
    const std::int64_t plane = pass_.out_plane();
    const std::int64_t filters = pass_.out_channels;
    const T* columns = x;
    if (!reads_planes(pass_)) {
      T* const copy = scratch<T>(ScratchUse::kConvColumns, depth_ * plane);
      copy_columns(pass_, x, 0, pass_.height.outputs, copy);
      columns = copy;
    }
    T* const turned = scratch<T>(ScratchUse::kConvOutput, plane * filters);
    const MatrixView<T> rows = {columns, plane, depth_, 1, plane};
    if (packed_ != nullptr) {
      gemm_packed<T>(rows, packed_, filters, turned, filters);
    } else {
      gemm<T>(rows, weights_, turned, filters);
    }
    turn(turned, filters, plane, filters, y, plane);
    for (std::int64_t f = 0; bias_ != nullptr && f < filters; ++f) {
      for (std::int64_t i = 0; i < plane; ++i) y[f * plane + i] += bias_[f];
    }
  }

 private:
  const ConvPass& pass_;
  std::int64_t depth_;
  MatrixView<T> weights_;
  const T* bias_;
  const T* packed_ = nullptr;
};

}  // namespace

bool reads_planes(const ConvPass& pass) {
  const auto plain = [](const ConvAxis& a) { return a.kernel == 1 && a.stride == 1 && a.pad == 0; };
  return plain(pass.height) && plain(pass.width);
}

template <class T>
void columns_conv(const ConvPass& pass, const T* x, const T* weight, const T* bias, T* y) {
  const std::int64_t group_weights = pass.out_channels * pass.in_channels * pass.kernel();
  std::optional<TurnedColumns<T>> turned;
  if (turned_suits<T>(pass)) turned.emplace(pass, weight, bias);
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (turned) {
        turned->run(x + i * pass.in_channels * pass.in_plane(),
                    y + i * pass.out_channels * pass.out_plane());
        continue;
      }
      const std::int64_t group = i % pass.groups;
      const MatrixView<T> matrix = weight_matrix(pass, weight + group * group_weights);
      const T* in = x + i * pass.in_channels * pass.in_plane();
      T* out = y + i * pass.out_channels * pass.out_plane();
      const T* row_bias = bias != nullptr ? bias + group * pass.out_channels : nullptr;
      if (reads_planes(pass)) {
        gemm<T>(matrix, {in, pass.in_channels, pass.in_plane(), pass.in_plane(), 1}, out,
                pass.out_plane(), {.row_bias = row_bias});
      } else if (pass.height.to_data) {
        run_to_data(pass, matrix, in, row_bias, out);
      } else {
        run_forward(pass, matrix, in, row_bias, out);
      }
    }
  };
  // Few samples are shared by all threads, one after the other; else each thread takes whole ones.
  const std::int64_t items = pass.batch * pass.groups;
  const std::int64_t work = group_weights * std::min(pass.in_plane(), pass.out_plane());
  parallel_for(items, items >= 3 * num_threads() ? kThreadWork / (work + 1) + 1 : items, run);
}

template <class T>
void columns_weight_gradient(const ConvPass& pass, const T* x, const T* dy, T* dweight) {
  const std::int64_t depth = pass.in_channels * pass.kernel();
  const std::int64_t width = pass.width.outputs;
  const bool planes = reads_planes(pass);
  const std::int64_t block =
      planes ? pass.height.outputs : block_rows(pass, pass.in_channels, width, pass.height.outputs);
  for (std::int64_t i = 0; i < pass.batch * pass.groups; ++i) {
    const T* in = x + i * pass.in_channels * pass.in_plane();
    const T* out = dy + i * pass.out_channels * pass.out_plane();
    for (std::int64_t row = 0; row < pass.height.outputs; row += block) {
      const std::int64_t rows = std::min(block, pass.height.outputs - row);
      const T* columns = in;
      if (!planes) {
        T* const copy = scratch<T>(ScratchUse::kConvColumns, depth * rows * width);
        copy_columns(pass, in, row, rows, copy);
        columns = copy;
      }
      gemm<T>({out + row * width, pass.out_channels, rows * width, pass.out_plane(), 1},
              {columns, rows * width, depth, 1, rows * width},
              dweight + i % pass.groups * pass.out_channels * depth, depth,
              {.accumulate = i >= pass.groups || row > 0});
    }
  }
}

template void columns_conv(const ConvPass&, const float*, const float*, const float*, float*);
template void columns_conv(const ConvPass&, const double*, const double*, const double*, double*);
template void columns_weight_gradient(const ConvPass&, const float*, const float*, float*);
template void columns_weight_gradient(const ConvPass&, const double*, const double*, double*);

}  // namespace gluino::kernels
