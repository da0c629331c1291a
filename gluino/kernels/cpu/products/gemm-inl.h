// The register tile of the matrix product and the loops around it, for one instruction set.
// Included once per target.
#if defined(GLUINO_KERNELS_GEMM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef GLUINO_KERNELS_GEMM_INL_H
#undef GLUINO_KERNELS_GEMM_INL_H
#else
#define GLUINO_KERNELS_GEMM_INL_H
#endif

#include <gluino/kernels/cpu/products/gemm_blocks.h>
#include <gluino/kernels/cpu/support/scratch.h>
#include <gluino/kernels/cpu/support/transpose-inl.h>
#include <gluino/kernels/cpu/support/vectors-inl.h>
#include <hwy/highway.h>

#include <algorithm>
#include <cstdint>
#include <utility>

HWY_BEFORE_NAMESPACE();
namespace gluino::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// The tile's sums fill most of the vector registers: 12 of 16, 24 of 32.
inline constexpr int kTileVectors = 2;
inline constexpr int kTileRows = (HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_NEON) ? 12 : 6;

template <class T>
inline constexpr int kTileColumns =
    kTileVectors* static_cast<int>(hn::MaxLanes(hn::ScalableTag<T>()));

// What happens with one tile of C.
template <class T>
struct TileStore {
  T* c;
  std::int64_t c_stride;
  std::int64_t columns;  // that exist, at most kTileColumns
  bool add;              // to what C holds
  const T* row_bias;     // of the tile's rows, or null
  const T* column_bias;  // of the tile's columns, or null
};

// The sums of a tile at the right edge, which were written aside: the columns that exist go to C.
template <class T>
HWY_NOINLINE void store_edge(int rows, const T* sums, const TileStore<T>& tile) {
  const hn::ScalableTag<T> d;
  for (int i = 0; i < rows; ++i) {
    const T* const row = sums + i * kTileColumns<T>;
    T* const c = tile.c + i * tile.c_stride;
    for_vectors(d, tile.columns, [&](std::int64_t j, auto mask) HWY_ATTR {
      auto value = hn::Load(d, row + j);
      if (tile.add) value = hn::Add(value, load(mask, d, c + j));
      if (tile.row_bias != nullptr) value = hn::Add(value, hn::Set(d, tile.row_bias[i]));
      if (tile.column_bias != nullptr) value = hn::Add(value, load(mask, d, tile.column_bias + j));
      store(value, mask, d, c + j);
    });
  }
}

// kRows x kTileColumns sums over k. The elements of A are at a[i * row_stride + p * k_stride], one
// of the strides being 1.
template <int kRows, bool kAlongK, class T>
HWY_NOINLINE void run_tile(std::int64_t k, const T* HWY_RESTRICT a, std::int64_t a_stride,
                           const T* HWY_RESTRICT b, std::int64_t b_stride,
                           const TileStore<T>& store) {
  const hn::ScalableTag<T> d;
  constexpr int kLanes = kTileColumns<T> / kTileVectors;
  using V = hn::Vec<decltype(d)>;
  V sums[kRows][kTileVectors];
  const auto each = [&](auto&& body) HWY_ATTR {
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 4
      for (int v = 0; v < kTileVectors; ++v) body(i, v);
    }
  };
  // What is written last comes to the caches meanwhile.
  each([&](int i, int v)
           HWY_ATTR { __builtin_prefetch(store.c + i * store.c_stride + v * kLanes, 1); });
  const bool whole = store.columns == kTileColumns<T>;
  const auto begin_with = [&](auto&& value) HWY_ATTR {
    each([&](int i, int v) HWY_ATTR { sums[i][v] = value(i, v); });
  };
  const auto held = [&](int i, int v) HWY_ATTR {
    return hn::LoadU(d, store.c + i * store.c_stride + v * kLanes);
  };
  // The sums begin with what the products are added to, so that the end only stores.
  if (whole && store.add) {
    begin_with(held);
  } else if (whole && store.column_bias != nullptr) {
    begin_with([&](int, int v) HWY_ATTR { return hn::LoadU(d, store.column_bias + v * kLanes); });
  } else {
    begin_with([&](int, int) HWY_ATTR { return hn::Zero(d); });
  }
  for (std::int64_t p = 0; p < k; ++p) {
    V right[kTileVectors];
#pragma GCC unroll 4
    for (int v = 0; v < kTileVectors; ++v) right[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const V left = hn::Set(d, kAlongK ? a[i * a_stride] : a[i]);
#pragma GCC unroll 4
      for (int v = 0; v < kTileVectors; ++v) sums[i][v] = hn::MulAdd(left, right[v], sums[i][v]);
    }
    a += kAlongK ? 1 : a_stride;
    b += b_stride;
  }
  if (!whole) {
    HWY_ALIGN T aside[kRows * kTileColumns<T>];
    each([&](int i, int v)
             HWY_ATTR { hn::StoreU(sums[i][v], d, aside + i * kTileColumns<T> + v * kLanes); });
    store_edge(kRows, aside, store);
    return;
  }
  if (store.row_bias != nullptr) {
    each([&](int i, int v)
             HWY_ATTR { sums[i][v] = hn::Add(sums[i][v], hn::Set(d, store.row_bias[i])); });
  }
  if (store.add && store.column_bias != nullptr) {
    each([&](int i, int v) HWY_ATTR {
      sums[i][v] = hn::Add(sums[i][v], hn::LoadU(d, store.column_bias + v * kLanes));
    });
  }
  each([&](int i, int v)
           HWY_ATTR { hn::StoreU(sums[i][v], d, store.c + i * store.c_stride + v * kLanes); });
}

// Calls the tile that has `rows` rows.
template <bool kAlongK, class T, int kRows = kTileRows>
HWY_INLINE void run_tile_of(std::int64_t rows, std::int64_t k, const T* a, std::int64_t a_stride,
                            const T* b, std::int64_t b_stride, const TileStore<T>& store) {
  if constexpr (kRows == 1) {
    run_tile<1, kAlongK>(k, a, a_stride, b, b_stride, store);
  } else if (rows == kRows) {
    run_tile<kRows, kAlongK>(k, a, a_stride, b, b_stride, store);
  } else {
    run_tile_of<kAlongK, T, kRows - 1>(rows, k, a, a_stride, b, b_stride, store);
  }
}

// n elements, of which the vectors D take as many as a tile has in rows, or a part.
template <class D, class T>
HWY_INLINE void copy_vectors(D d, const T* from, std::int64_t n, T* to) {
  for_vectors(d, n, [&](std::int64_t i, auto mask) HWY_ATTR {
    store(load(mask, d, from + i), mask, d, to + i);
  });
}

// The rows of A from `a` on as tiles [k][rows of the tile], each beginning kTileRows * k after the
// one before.
template <class T>
void pack_left(const GemmLeft<T>& a, std::int64_t rows, std::int64_t k, T* out) {
  if (a.row_stride == 1) {
    // Along the rows of what A was transposed of, which may stand a page apart.
    const hn::CappedTag<T, 4> d;
    const std::int64_t whole = rows / kTileRows * kTileRows;
    for (std::int64_t p = 0; p < k; ++p) {
      const T* const in = a.data + p * a.k_stride;
      T* to = out + p * kTileRows;
      for (std::int64_t i = 0; i < whole; i += kTileRows, to += kTileRows * k) {
        copy_vectors(d, in + i, kTileRows, to);
      }
      copy_vectors(d, in + whole, rows - whole, to);
    }
    return;
  }
  for (std::int64_t i = 0; i < rows; i += kTileRows) {
    const std::int64_t count = std::min<std::int64_t>(kTileRows, rows - i);
    const T* in = a.data + i * a.row_stride;
    if (a.k_stride == 1) {
      transpose(in, a.row_stride, count, k, out, kTileRows);
    } else {
      for (std::int64_t p = 0; p < k; ++p) {
        for (std::int64_t r = 0; r < count; ++r) {
          out[p * kTileRows + r] = in[r * a.row_stride + p * a.k_stride];
        }
      }
    }
    out += kTileRows * k;
  }
}

// Columns [column, column + count) of B as a panel [k][kTileColumns], filled up with zeros.
template <class T>
void pack_panel(const MatrixView<T>& b, std::int64_t column, T* out) {
  constexpr std::int64_t kWidth = kTileColumns<T>;
  const std::int64_t count = std::min(kWidth, b.columns - column);
  const T* in = b.data + column * b.column_stride;
  if (count < kWidth) std::fill_n(out, kWidth * b.rows, T(0));
  if (b.column_stride == 1 && count == kWidth) {
    for (std::int64_t p = 0; p < b.rows; ++p) {
      copy_vectors(hn::ScalableTag<T>(), in + p * b.row_stride, kWidth, out + p * kWidth);
    }
  } else if (b.row_stride == 1) {
    transpose(in, b.column_stride, count, b.rows, out, kWidth);
  } else {
    for (std::int64_t p = 0; p < b.rows; ++p) {
      for (std::int64_t j = 0; j < count; ++j) {
        out[p * kWidth + j] = in[p * b.row_stride + j * b.column_stride];
      }
    }
  }
}

// Rows [k_begin, k_end) of one panel, and how far apart they stand.
template <class T>
std::pair<const T*, std::int64_t> panel_rows(const GemmTask<T>& task, std::int64_t panel,
                                             std::int64_t k_begin, std::int64_t k_end) {
  constexpr std::int64_t kWidth = kTileColumns<T>;
  if (task.b.data == nullptr) {
    MatrixView<T> rows = task.b.source;
    rows.data += k_begin * rows.row_stride;
    rows.rows = k_end - k_begin;
    T* packed = scratch<T>(ScratchUse::kGemmB, kWidth * rows.rows);
    pack_panel(rows, panel * kWidth, packed);
    return {packed, kWidth};
  }
  if ((panel + 1) * kWidth > task.columns) return {task.b.tail + k_begin * kWidth, kWidth};
  return {task.b.data + panel * task.b.panel_stride + k_begin * task.b.k_stride, task.b.k_stride};
}

// Panels that are multiplied by some rows before the next rows: memory is read and written in runs
// of a kilobyte (32 to 32 channels, 112x112, batch 32, to the data: 16 ms with one, 11 with 8).
inline constexpr std::int64_t kPanelsTogether = 8;

// All rows of the task against some panels, k_begin to k_end.
template <class T>
void run_panels(const GemmTask<T>& task, const GemmLeft<T>& a, std::int64_t first,
                std::int64_t panels, std::int64_t k_begin, std::int64_t k_end) {
  std::pair<const T*, std::int64_t> right[kPanelsTogether];
  for (std::int64_t q = 0; q < panels; ++q) {
    right[q] = panel_rows(task, first + q, k_begin, k_end);
  }
  const bool last = k_end == task.k;
  const std::int64_t k = k_end - k_begin;
  const GemmEpilogue<T>& epilogue = task.epilogue;
  for (std::int64_t i = task.row_begin; i < task.row_end; i += kTileRows) {
    const std::int64_t rows = std::min<std::int64_t>(kTileRows, task.row_end - i);
    for (std::int64_t q = 0; q < panels; ++q) {
      const auto [b, b_stride] = right[q];
      const std::int64_t column = (first + q) * kTileColumns<T>;
      const TileStore<T> store = {
          .c = task.c + i * task.c_stride + column,
          .c_stride = task.c_stride,
          .columns = std::min<std::int64_t>(kTileColumns<T>, task.columns - column),
          .add = epilogue.accumulate || k_begin > 0,
          .row_bias = last && epilogue.row_bias != nullptr ? epilogue.row_bias + i : nullptr,
          .column_bias =
              last && epilogue.column_bias != nullptr ? epilogue.column_bias + column : nullptr};
      if (task.pack_left) {
        run_tile_of<false>(rows, k, a.data + (i - task.row_begin) * k, kTileRows, b, b_stride,
                           store);
        continue;
      }
      const T* left = task.a.data + i * task.a.row_stride + k_begin * task.a.k_stride;
      if (task.a.k_stride == 1) {
        run_tile_of<true>(rows, k, left, task.a.row_stride, b, b_stride, store);
      } else {
        run_tile_of<false>(rows, k, left, task.a.k_stride, b, b_stride, store);
      }
    }
  }
}

template <class T>
void run_task(const GemmTask<T>& task) {
  for (std::int64_t k_begin = 0; k_begin < task.k; k_begin += task.k_block) {
    const std::int64_t k_end = std::min(task.k, k_begin + task.k_block);
    GemmLeft<T> a = task.a;
    if (task.pack_left) {
      const std::int64_t rows = task.row_end - task.row_begin;
      const std::int64_t tiles = (rows + kTileRows - 1) / kTileRows;
      T* packed = scratch<T>(ScratchUse::kGemmA, tiles * kTileRows * (k_end - k_begin));
      a.data += task.row_begin * a.row_stride + k_begin * a.k_stride;
      pack_left(a, rows, k_end - k_begin, packed);
      a.data = packed;
    }
    // What the task packs itself is one panel at a time.
    const std::int64_t together = task.b.data == nullptr ? 1 : kPanelsTogether;
    for (std::int64_t panel = task.panel_begin; panel < task.panel_end; panel += together) {
      run_panels(task, a, panel, std::min(together, task.panel_end - panel), k_begin, k_end);
    }
  }
  if (task.epilogue.activation == nullptr) return;
  const std::int64_t begin = task.panel_begin * kTileColumns<T>;
  const std::int64_t end = std::min(task.panel_end * kTileColumns<T>, task.columns);
  for (std::int64_t i = task.row_begin; i < task.row_end; ++i) {
    T* row = task.c + i * task.c_stride;
    task.epilogue.activation(row + begin, row + begin, end - begin);
  }
}

}  // namespace gluino::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
