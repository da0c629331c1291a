#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/row_norm.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <cstdint>
#include <vector>

namespace gluino {

// Rows of n elements that lie `inner` apart: row r begins at r / inner * n * inner + r % inner.
// Element i of row r has the parameters of index `parameter`.
struct Rows {
  std::int64_t outer = 1, n = 1, inner = 1;
  /// Of InstanceNorm, and of GroupNorm, whose groups these are: parameters belong to rows, in turn;
  /// else (0) to the elements of a row.
  std::int64_t channels = 0;
  /// Of GroupNorm: how many parameters, in turn, a row's elements have, each for n / parts of them.
  std::int64_t parts = 1;

  std::int64_t count() const { return outer * inner; }
  std::int64_t begin(std::int64_t row) const { return row / inner * n * inner + row % inner; }
  /// Where a row's parameters begin, and how far they are apart.
  std::int64_t parameter(std::int64_t row) const {
    return channels > 0 ? row % channels * parts : 0;
  }
  std::int64_t step() const { return channels > 0 ? 0 : 1; }
};

// Calls f(first element, number of elements, parameter) for each part of a row.
template <class F>
void each_part(const Rows& rows, std::int64_t row, F f) {
  const std::int64_t size = rows.n / rows.parts;
  for (std::int64_t part = 0; part < rows.parts; ++part) {
    f(part * size, size, rows.parameter(row) + part);
  }
}

// Rows whose elements lie apart are brought together, and what becomes of them is brought back.
template <class T>
class RowCopy {
 public:
  explicit RowCopy(const Rows& rows)
      : rows_(rows), room_(rows.inner > 1 ? static_cast<std::size_t>(rows.n) : 0) {}

  const T* read(const T* from) {
    if (rows_.inner == 1) return from;
    for (std::int64_t i = 0; i < rows_.n; ++i) at(i) = from[i * rows_.inner];
    return room_.data();
  }
  T* room(T* to) { return rows_.inner == 1 ? to : room_.data(); }
  void write(T* to) {
    for (std::int64_t i = 0; rows_.inner > 1 && i < rows_.n; ++i) to[i * rows_.inner] = at(i);
  }

 private:
  T& at(std::int64_t i) { return room_[static_cast<std::size_t>(i)]; }

  const Rows& rows_;
  std::vector<T> room_;
};

// Calls f(begin, end) for ranges of all rows, on several threads.
template <class F>
void in_ranges(const Rows& rows, F f) {
  parallel_for(rows.count(), kernels::row_grain(rows.n, kernels::kMathGrain), f);
}

// Calls f(row) for all of them.
template <class F>
void each_row(const Rows& rows, F f) {
  in_ranges(rows, [&](std::int64_t row, std::int64_t end) {
    for (; row < end; ++row) f(row);
  });
}

}  // namespace gluino
