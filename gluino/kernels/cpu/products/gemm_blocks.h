// What the parts of the matrix product hand each other: the blocked operands and one task's share.
#pragma once

#include <gluino/kernels/cpu/products/gemm.h>

#include <cstdint>

namespace gluino::kernels {

/// The left operand. Packed or not, the micro-kernel reads element (i, p) at
/// data[i * row_stride + p * k_stride].
template <class T>
struct GemmLeft {
  const T* data;
  std::int64_t row_stride;
  std::int64_t k_stride;
};

/// The right operand as panels of as many columns as a register tile has. Panel q begins at
/// data + q * panel_stride, and its rows are k_stride apart. The last panel, when it is not full,
/// is always a packed copy at `tail`, filled up with zeros, with rows as wide as a panel.
/// Without data, each task packs what it needs of `source` itself.
template <class T>
struct GemmPanels {
  const T* data = nullptr;
  std::int64_t panel_stride = 0;
  std::int64_t k_stride = 0;
  const T* tail = nullptr;
  MatrixView<T> source{};
};

/// One task: rows [row_begin, row_end) of C and panels [panel_begin, panel_end), over all of k.
template <class T>
struct GemmTask {
  GemmLeft<T> a;
  GemmPanels<T> b;
  T* c;
  std::int64_t c_stride;
  std::int64_t columns;  ///< of C, in all
  std::int64_t k;
  std::int64_t k_block;
  std::int64_t row_begin;
  std::int64_t row_end;
  std::int64_t panel_begin;
  std::int64_t panel_end;
  GemmEpilogue<T> epilogue;
  bool pack_left;  ///< copy blocks of A into the order in which the micro-kernel reads them
};

}  // namespace gluino::kernels
