#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/inference.h>
#include <gluino/ops/core/temporary.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

/// What sort, argsort and topk have in common.
namespace gluino::ordering {

/// Rows of n elements that lie `inner` apart, `outer` times as many.
struct Rows {
  std::int64_t outer = 1, n = 1, inner = 1;

  std::int64_t count() const { return outer * inner; }
  /// Where row r of rows of `length` elements begins.
  std::int64_t begin(std::int64_t row, std::int64_t length) const {
    return row / inner * length * inner + row % inner;
  }
};

inline Rows rows_of(const std::optional<std::int64_t>& axis, const Shape& data) {
  if (!axis) return {.n = data.size()};
  const int place = normalize_axis(*axis, data.ndim());
  return {.outer = data.size_between(0, place),
          .n = data[place],
          .inner = data.size_between(place + 1, data.ndim())};
}

/// Throws Error where a place among n elements may be no `dtype`.
inline void check_places_fit(std::int64_t n, DType dtype, const Inference& s) {
  const std::int64_t most = dispatch(dtype, []<class T>() -> std::int64_t {
    if constexpr (std::is_integral_v<T>) return std::numeric_limits<T>::max();
    return std::int64_t{1} << (dtype_of<T>() == float16    ? 11
                               : dtype_of<T>() == bfloat16 ? 8
                                                           : std::numeric_limits<T>::digits);
  });
  s.expect(n - 1 <= most, -1, "dtype: a place among ", n, " elements may be no ", dtype);
}

template <class T>
struct Ranked {
  T value;
  std::int64_t place;
};

/// A total order, so that there is one result: by value, NaN the largest, then by place.
template <class T>
struct Before {
  bool ascending;

  static bool less(T a, T b) { return a < b || (b != b && a == a); }
  bool operator()(const Ranked<T>& a, const Ranked<T>& b) const {
    if (ascending ? less(a.value, b.value) : less(b.value, a.value)) return true;
    if (ascending ? less(b.value, a.value) : less(a.value, b.value)) return false;
    return a.place < b.place;
  }
};

/// Elements of one row that are worth a thread of their own.
inline constexpr std::int64_t kPart = 1 << 15;

// The first k of [all, all + n) in order, to their front.
template <class T>
void rank_part(Ranked<T>* all, std::int64_t n, std::int64_t k, const Before<T>& before) {
  if (k < n) {
    std::partial_sort(all, all + k, all + n, before);
  } else {
    std::sort(all, all + n, before);
  }
}

// Sorts all of it: parts, and then pairs of neighbours, twice as long each time.
template <class T>
void merge_parts(Ranked<T>* all, std::int64_t n, const Before<T>& before) {
  const Temporary<Ranked<T>> other(n);
  Ranked<T>* from = all;
  Ranked<T>* to = other.data();
  for (std::int64_t width = kPart; width < n; width *= 2) {
    const std::int64_t pairs = (n + 2 * width - 1) / (2 * width);
    parallel_for(pairs, 1, [&](std::int64_t pair, std::int64_t end) {
      for (; pair < end; ++pair) {
        const std::int64_t left = pair * 2 * width;
        const std::int64_t right = std::min(left + width, n);
        const std::int64_t stop = std::min(right + width, n);
        std::merge(from + left, from + right, from + right, from + stop, to + left, before);
      }
    });
    std::swap(from, to);
  }
  if (from != all) std::copy_n(from, n, all);
}

/// The first k of n elements in order, to the front: O(n log k), on several threads where n is
/// large.
template <class T>
void rank(Ranked<T>* all, std::int64_t n, std::int64_t k, bool ascending) {
  const Before<T> before{ascending};
  if (n <= kPart) return rank_part(all, n, k, before);
  const std::int64_t parts = (n + kPart - 1) / kPart;
  const std::int64_t kept = std::min(k, kPart);
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t end) {
    for (; part < end; ++part) {
      rank_part(all + part * kPart, std::min(kPart, n - part * kPart), kept, before);
    }
  });
  if (kept == kPart) return merge_parts(all, n, before);
  // What is among the first k is so in its part.
  std::int64_t candidates = 0;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t count = std::min(kept, n - part * kPart);
    std::copy_n(all + part * kPart, count, all + candidates);
    candidates += count;
  }
  rank_part(all, candidates, k, before);
}

/// Calls f(row, the first k elements of the row in order) for each row of x.
template <class T, class F>
void each_ranked(const T* x, const Rows& rows, std::int64_t k, bool ascending, F f) {
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    const Temporary<Ranked<T>> ranked(rows.n);
    Ranked<T>* const all = ranked.data();
    for (std::int64_t row = begin; row < end; ++row) {
      const T* first = x + rows.begin(row, rows.n);
      for (std::int64_t i = 0; i < rows.n; ++i) all[i] = {first[i * rows.inner], i};
      rank(all, rows.n, k, ascending);
      f(row, static_cast<const Ranked<T>*>(all));
    }
  };
  // Few long rows share the threads among themselves, one after the other.
  constexpr std::int64_t kFew = 8;
  if (rows.count() <= kFew && rows.n > kPart) {
    run(0, rows.count());
  } else {
    parallel_for(rows.count(), kernels::row_grain(rows.n, kernels::kMathGrain / 8), run);
  }
}

}  // namespace gluino::ordering
