#include <gluino/base/kernel_notes.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gluino/kernels/cpu/support/targets.h>

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "gluino/kernels/cpu/products/gemm.cc"
#include <hwy/foreach_target.h>
// Must come after foreach_target.h.
#include <gluino/kernels/cpu/products/gemm-inl.h>
#include <gluino/kernels/cpu/products/gemv-inl.h>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {
namespace {

int tile_columns_f32() { return kTileColumns<float>; }
int tile_columns_f64() { return kTileColumns<double>; }
int tile_rows() { return kTileRows; }
void run_task_f32(const GemmTask<float>& task) { run_task(task); }
void run_task_f64(const GemmTask<double>& task) { run_task(task); }
void pack_panel_f32(const MatrixView<float>& b, std::int64_t column, float* out) {
  pack_panel(b, column, out);
}
void pack_panel_f64(const MatrixView<double>& b, std::int64_t column, double* out) {
  pack_panel(b, column, out);
}
void run_gemv_f32(const MatrixView<float>& m, const float* x, std::int64_t begin, std::int64_t end,
                  float* out) {
  run_gemv(m, x, begin, end, out);
}
void run_gemv_f64(const MatrixView<double>& m, const double* x, std::int64_t begin,
                  std::int64_t end, double* out) {
  run_gemv(m, x, begin, end, out);
}

}  // namespace
}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace gluino::kernels {
namespace {

HWY_EXPORT(tile_columns_f32);
HWY_EXPORT(tile_columns_f64);
HWY_EXPORT(tile_rows);
HWY_EXPORT(run_task_f32);
HWY_EXPORT(run_task_f64);
HWY_EXPORT(pack_panel_f32);
HWY_EXPORT(pack_panel_f64);
HWY_EXPORT(run_gemv_f32);
HWY_EXPORT(run_gemv_f64);

std::int64_t tile_columns(float) { return HWY_DYNAMIC_DISPATCH(tile_columns_f32)(); }
std::int64_t tile_columns(double) { return HWY_DYNAMIC_DISPATCH(tile_columns_f64)(); }
void run_task(const GemmTask<float>& task) { HWY_DYNAMIC_DISPATCH(run_task_f32)(task); }
void run_task(const GemmTask<double>& task) { HWY_DYNAMIC_DISPATCH(run_task_f64)(task); }
void pack_panel(const MatrixView<float>& b, std::int64_t column, float* out) {
  HWY_DYNAMIC_DISPATCH(pack_panel_f32)(b, column, out);
}
void pack_panel(const MatrixView<double>& b, std::int64_t column, double* out) {
  HWY_DYNAMIC_DISPATCH(pack_panel_f64)(b, column, out);
}
void run_gemv(const MatrixView<float>& m, const float* x, std::int64_t begin, std::int64_t end,
              float* out) {
  HWY_DYNAMIC_DISPATCH(run_gemv_f32)(m, x, begin, end, out);
}
void run_gemv(const MatrixView<double>& m, const double* x, std::int64_t begin, std::int64_t end,
              double* out) {
  HWY_DYNAMIC_DISPATCH(run_gemv_f64)(m, x, begin, end, out);
}

// k is summed in blocks of about this many, so that a panel of B stays in the first-level cache.
constexpr std::int64_t kMostKBlock = 384;
// Beyond this, k is cut once more, which bounds the packed copy of B.
constexpr std::int64_t kMostKPacked = 4096;
// Elements of B that are packed at a time.
constexpr std::int64_t kMostPacked = 1 << 20;
// Multiply-adds below which a second thread costs more than it brings (about 10 us).
constexpr std::int64_t kThreadWork = 1 << 20;
// A copy of A pays when that many columns of C use it, if A is transposed or large.
constexpr std::int64_t kColumnsToPackLeft = 64;
// A copy of a row-major B pays when that many rows of C use it; where A is copied, only when many
// more do, because then the rows are what threads share out, and each would make the copy.
constexpr std::int64_t kRowsToPackRight = 64;
constexpr std::int64_t kRowsToPackBoth = 1024;
// Up to that many rows of C, each task copies its part of B itself: it stays in its caches, and no
// thread waits for another's part.
constexpr std::int64_t kRowsPackedByTasks = 384;
// The same for a matrix times a vector, which waits for memory.
constexpr std::int64_t kGemvThreadWork = 1 << 17;
// gemv hands its outputs to threads in multiples of this many.
constexpr std::int64_t kGemvGrain = 256;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

template <class T>
T with_epilogue(T value, const T* row_bias, const T* column_bias, bool accumulate, T c) {
  if (accumulate) value += c;
  if (row_bias != nullptr) value += *row_bias;
  if (column_bias != nullptr) value += *column_bias;
  return value;
}

template <class T>
void fill_empty_product(std::int64_t rows, std::int64_t columns, T* c, std::int64_t c_stride,
                        const GemmEpilogue<T>& epilogue) {
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      T& out = c[i * c_stride + j];
      out = with_epilogue(T(0), epilogue.row_bias != nullptr ? epilogue.row_bias + i : nullptr,
                          epilogue.column_bias != nullptr ? epilogue.column_bias + j : nullptr,
                          epilogue.accumulate, out);
    }
  }
}

// out[i * out_stride] = (m x)[i], then the epilogue, where `bias` has one value per output and
// `shared_bias` one for all.
template <class T>
struct GemvStore {
  T* out;
  std::int64_t out_stride;
  const T* bias;
  const T* shared_bias;
  bool accumulate;
};

template <class T>
void gemv(const MatrixView<T>& m, const T* x, std::int64_t x_stride, const GemvStore<T>& store) {
  if (x_stride != 1) {
    T* copy = scratch<T>(ScratchUse::kGemmA, m.columns);
    for (std::int64_t p = 0; p < m.columns; ++p) copy[p] = x[p * x_stride];
    x = copy;
  }
  const std::int64_t grain =
      kGemvGrain * ceil_div(kGemvThreadWork, kGemvGrain * std::max<std::int64_t>(m.columns, 1));
  parallel_for(m.rows, grain, [&](std::int64_t begin, std::int64_t end) {
    T sums[kGemvGrain];
    for (std::int64_t i = begin; i < end; i += kGemvGrain) {
      const std::int64_t stop = std::min(end, i + kGemvGrain);
      run_gemv(m, x, i, stop, sums);
      for (std::int64_t j = i; j < stop; ++j) {
        T& out = store.out[j * store.out_stride];
        out =
            with_epilogue(sums[j - i], store.shared_bias,
                          store.bias != nullptr ? store.bias + j : nullptr, store.accumulate, out);
      }
    }
  });
}

// One row or one column of C. False when neither matrix can be read in place.
template <class T>
bool try_gemv(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride,
              const GemmEpilogue<T>& epilogue) {
  if (a.rows == 1 && (b.row_stride == 1 || b.column_stride == 1)) {
    gemv(b.transposed(), a.data, a.column_stride,
         {c, 1, epilogue.column_bias, epilogue.row_bias, epilogue.accumulate});
    return true;
  }
  if (b.columns == 1 && (a.row_stride == 1 || a.column_stride == 1)) {
    gemv(a, b.data, b.row_stride,
         {c, c_stride, epilogue.row_bias, epilogue.column_bias, epilogue.accumulate});
    return true;
  }
  return false;
}

// B as panels: packed in parallel into `buffer`, or read where it is but for the last panel.
template <class T>
GemmPanels<T> prepare_panels(const MatrixView<T>& b, bool pack) {
  const std::int64_t width = tile_columns(T());
  const std::int64_t whole = b.columns / width;
  const bool tail = b.columns % width != 0;
  if (!pack) {
    T* packed = scratch<T>(ScratchUse::kGemmB, tail ? width * b.rows : 0);
    if (tail) pack_panel(b, whole * width, packed);
    return {b.data, width, b.row_stride, packed, b};
  }
  const std::int64_t panels = whole + (tail ? 1 : 0);
  T* packed = scratch<T>(ScratchUse::kGemmB, panels * width * b.rows);
  const std::int64_t grain = ceil_div(kThreadWork / 8, width * b.rows);
  parallel_for(panels, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t q = begin; q < end; ++q) {
      pack_panel(b, q * width, packed + q * width * b.rows);
    }
  });
  return {packed, width * b.rows, width, packed + whole * width * b.rows, b};
}

// C is cut into tasks of so many rows and panels.
struct Grid {
  std::int64_t rows;
  std::int64_t width;
};

// At least four tasks for each thread if there is work enough. What each task copies for itself is
// cut, the other operand's side is not, or it would be copied again.
template <class T>
Grid grid_for(const GemmTask<T>& whole, std::int64_t panels) {
  const std::int64_t tile_rows = HWY_DYNAMIC_DISPATCH(tile_rows)();
  const bool cut_panels = whole.b.data == nullptr || !whole.pack_left;
  const bool cut_rows = whole.b.data != nullptr;
  const std::int64_t least_rows = cut_panels ? 4 * tile_rows : tile_rows;
  std::int64_t rows = 16 * tile_rows;
  if (!cut_rows) rows = ceil_div(whole.row_end, tile_rows) * tile_rows;
  std::int64_t width = std::min<std::int64_t>(panels, 16);
  const std::int64_t panel_work = tile_columns(T()) * whole.k;
  // Rows alone are cut more finely: nothing is copied again, and what is left over weighs less.
  const std::int64_t tasks = num_threads() * (cut_panels ? 4 : 8);
  const std::int64_t least_work = cut_panels ? kThreadWork : kThreadWork / 4;
  const auto few = [&] {
    return num_threads() > 1 && ceil_div(whole.row_end, rows) * ceil_div(panels, width) < tasks &&
           std::min(rows, whole.row_end) * width * panel_work > least_work;
  };
  while (few()) {
    if (cut_panels && width > (cut_rows ? 4 : 1)) {
      width = ceil_div(width, 2);
    } else if (cut_rows && rows > least_rows) {
      rows = ceil_div(std::min(rows, whole.row_end), 2 * tile_rows) * tile_rows;
    } else {
      break;
    }
  }
  // Tasks of equal size.
  rows = ceil_div(ceil_div(whole.row_end, ceil_div(whole.row_end, rows)), tile_rows) * tile_rows;
  width = ceil_div(panels, ceil_div(panels, width));
  return {rows, width};
}

template <class T>
void run_grid(const GemmTask<T>& whole, std::int64_t panels, const Grid& grid) {
  const auto [rows, width] = grid;
  const std::int64_t across = ceil_div(panels, width);
  const std::int64_t task_work =
      std::min(rows, whole.row_end) * width * tile_columns(T()) * whole.k;
  parallel_for(across * ceil_div(whole.row_end, rows), ceil_div(kThreadWork / 2, task_work + 1),
               [&, rows = rows, width = width](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t i = begin; i < end; ++i) {
                   GemmTask<T> task = whole;
                   task.row_begin = i / across * rows;
                   task.row_end = std::min(whole.row_end, task.row_begin + rows);
                   task.panel_begin = i % across * width;
                   task.panel_end = std::min(panels, task.panel_begin + width);
                   run_task(task);
                 }
               });
}

std::int64_t k_block_of(std::int64_t depth) {
  return ceil_div(depth, ceil_div(depth, kMostKBlock));
}

// No rows of B, or C is one row or column: done here. False for all other products.
template <class T>
bool gemm_of_vectors(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride,
                     const GemmEpilogue<T>& epilogue) {
  if (a.columns > 0 && !try_gemv(a, b, c, c_stride, epilogue)) return false;
  note_kernel("matrix times vector, ", std::max(a.rows, b.columns), " x ", a.columns);
  if (a.columns == 0) fill_empty_product(a.rows, b.columns, c, c_stride, epilogue);
  for (std::int64_t i = 0; epilogue.activation != nullptr && i < a.rows; ++i) {
    epilogue.activation(c + i * c_stride, c + i * c_stride, b.columns);
  }
  return true;
}

}  // namespace

template <class T>
void gemm(const MatrixView<T>& a, const MatrixView<T>& b, T* c, std::int64_t c_stride,
          const GemmEpilogue<T>& epilogue) {
  const std::int64_t m = a.rows;
  const std::int64_t n = b.columns;
  const std::int64_t k = a.columns;
  if (m == 0 || n == 0) return;
  if (gemm_of_vectors(a, b, c, c_stride, epilogue)) return;

  const std::int64_t width = tile_columns(T());
  const bool small = m <= kRowsPackedByTasks;
  const bool pack_left = a.column_stride != 1 ? a.row_stride != 1 || n >= kColumnsToPackLeft
                                              : !small && n >= kColumnsToPackLeft;
  const bool pack_right =
      b.column_stride != 1 || m >= (pack_left ? kRowsToPackBoth : kRowsToPackRight);
  const bool by_tasks = pack_right && small;
  note_kernel("product ", m, " x ", k, " x ", n, pack_right ? ", packed" : "");
  for (std::int64_t k_begin = 0; k_begin < k; k_begin += kMostKPacked) {
    const std::int64_t depth = std::min(kMostKPacked, k - k_begin);
    const std::int64_t most_columns = std::max(width, kMostPacked / depth / width * width);
    for (std::int64_t j = 0; j < n; j += most_columns) {
      const std::int64_t columns = std::min(most_columns, n - j);
      const MatrixView<T> part = {b.data + k_begin * b.row_stride + j * b.column_stride, depth,
                                  columns, b.row_stride, b.column_stride};
      GemmTask<T> task = {
          .a = {a.data + k_begin * a.column_stride, a.row_stride, a.column_stride},
          .b = by_tasks ? GemmPanels<T>{.source = part} : prepare_panels(part, pack_right),
          .c = c + j,
          .c_stride = c_stride,
          .columns = columns,
          .k = depth,
          .k_block = k_block_of(depth),
          .row_begin = 0,
          .row_end = m,
          .panel_begin = 0,
          .panel_end = 0,
          .epilogue = {},
          .pack_left = pack_left};
      task.epilogue.accumulate = epilogue.accumulate || k_begin > 0;
      if (k_begin + depth == k) {
        task.epilogue.row_bias = epilogue.row_bias;
        task.epilogue.activation = epilogue.activation;
        if (epilogue.column_bias != nullptr) task.epilogue.column_bias = epilogue.column_bias + j;
      }
      const std::int64_t panels = ceil_div(columns, width);
      run_grid(task, panels, grid_for(task, panels));
    }
  }
}

template <class T>
std::int64_t packed_size(std::int64_t rows, std::int64_t columns) {
  const std::int64_t width = tile_columns(T());
  return ceil_div(columns, width) * width * rows;
}

template <class T>
void pack_matrix(const MatrixView<T>& b, T* out) {
  const std::int64_t width = tile_columns(T());
  const std::int64_t grain = ceil_div(kThreadWork / 8, width * std::max<std::int64_t>(b.rows, 1));
  parallel_for(ceil_div(b.columns, width), grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t q = begin; q < end; ++q) {
      pack_panel(b, q * width, out + q * width * b.rows);
    }
  });
}

template <class T>
void gemm_packed(const MatrixView<T>& a, const T* b, std::int64_t columns, T* c,
                 std::int64_t c_stride, const GemmEpilogue<T>& epilogue) {
  if (a.rows == 0 || columns == 0) return;
  const std::int64_t k = a.columns;
  if (k == 0) {
    gemm_of_vectors<T>(a, {b, 0, columns, columns, 1}, c, c_stride, epilogue);
    return;
  }
  note_kernel("product ", a.rows, " x ", k, " x ", columns, ", packed once");
  const std::int64_t width = tile_columns(T());
  const GemmTask<T> task = {.a = {a.data, a.row_stride, a.column_stride},
                            .b = {b, width * k, width, b + columns / width * width * k, {}},
                            .c = c,
                            .c_stride = c_stride,
                            .columns = columns,
                            .k = k,
                            .k_block = k_block_of(k),
                            .row_begin = 0,
                            .row_end = a.rows,
                            .panel_begin = 0,
                            .panel_end = 0,
                            .epilogue = epilogue,
                            .pack_left = a.column_stride != 1};
  // The rows of one layer are what a thread reads in the next one: so they are what is shared out.
  const std::int64_t panels = ceil_div(columns, width);
  const std::int64_t rows = 2 * HWY_DYNAMIC_DISPATCH(tile_rows)();
  run_grid(task, panels, a.rows >= 4 * rows ? Grid{rows, panels} : grid_for(task, panels));
}

#define GLUINO_GEMM(T)                                                                      \
  template void gemm(const MatrixView<T>&, const MatrixView<T>&, T*, std::int64_t,          \
                     const GemmEpilogue<T>&);                                               \
  template std::int64_t packed_size<T>(std::int64_t, std::int64_t);                         \
  template void pack_matrix(const MatrixView<T>&, T*);                                      \
  template void gemm_packed(const MatrixView<T>&, const T*, std::int64_t, T*, std::int64_t, \
                            const GemmEpilogue<T>&);

GLUINO_GEMM(float)
GLUINO_GEMM(double)

}  // namespace gluino::kernels
#endif  // HWY_ONCE
