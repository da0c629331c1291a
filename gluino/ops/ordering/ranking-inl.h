#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/ordering/keys-inl.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

/// What sort, argsort and topk have in common.
namespace gluino::ordering {

/// Elements of one row that are worth a thread of their own.
inline constexpr std::int64_t kPart = 1 << 15;

/// The least keys that were offered, a few more than are wanted at a time.
template <class T>
class Least {
 public:
  Least(std::int64_t k, bool ascending, Key<T>* room) : k_(k), ascending_(ascending), keys_(room) {}
  static std::int64_t room(std::int64_t k) { return 2 * k + kBlock; }

  void offer(const Row<T>& row, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; i += kBlock) {
      const std::int64_t stop = std::min(i + kBlock, end);
      if (full_ && !any_may_belong(row, i, stop)) continue;
      for (std::int64_t j = i; j < stop; ++j) {
        if (full_ && !may_belong(row[j])) continue;
        const Key<T> key = row.key(j);
        if (!full_ || less(key, most_)) keys_[count_++] = key;
      }
      if (count_ >= 2 * k_) cut();
    }
  }

  /// Those that are left: at least k of them, if so many were offered.
  std::int64_t count() const { return count_; }

 private:
  static constexpr std::int64_t kBlock = 64;

  // What is no number may belong.
  bool may_belong(T value) const { return ascending_ ? !(value > bound_) : !(value < bound_); }

  // Without jumps, so that the compiler makes vectors of it.
  bool any_may_belong(const Row<T>& row, std::int64_t begin, std::int64_t end) const {
    int any = 0;
    if (ascending_) {
      for (std::int64_t i = begin; i < end; ++i) any |= static_cast<int>(!(row[i] > bound_));
    } else {
      for (std::int64_t i = begin; i < end; ++i) any |= static_cast<int>(!(row[i] < bound_));
    }
    return any != 0;
  }

  void cut() {
    std::nth_element(keys_, keys_ + k_ - 1, keys_ + count_,
                     [](const Key<T>& a, const Key<T>& b) { return less(a, b); });
    count_ = k_;
    full_ = true;
    most_ = keys_[k_ - 1];
    bound_ = Ranking<T>::value_of(most_, ascending_);
  }

  std::int64_t k_;
  bool ascending_;
  Key<T>* keys_;
  std::int64_t count_ = 0;
  bool full_ = false;
  Key<T> most_{};
  T bound_{};
};

/// Where all of a row is sorted: from such a part of it on, choosing takes longer.
inline bool sorts_all(std::int64_t n, std::int64_t k) { return k > n / 16; }

inline std::int64_t parts_of(std::int64_t n) {
  return std::clamp<std::int64_t>(n / kPart, 1, num_threads());
}

/// How many keys `rank` needs room for.
template <class T>
std::int64_t room_for(std::int64_t n, std::int64_t k) {
  return 2 * (sorts_all(n, k) ? n : parts_of(n) * Least<T>::room(k));
}

/// The least k keys of a row, in order: O(n + k log k), on several threads where n is large.
template <class T>
void rank(const Row<T>& row, std::int64_t k, Key<T>* keys) {
  if (sorts_all(row.n, k)) {
    parallel_for(row.n, kPart, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) keys[i] = row.key(i);
    });
    return kernels::sort_keys(keys, row.n, keys + row.n);
  }
  const std::int64_t parts = parts_of(row.n);
  const std::int64_t room = Least<T>::room(k);
  const std::int64_t size = (row.n + parts - 1) / parts;
  const Temporary<std::int64_t> counts(parts);
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t end) {
    for (; part < end; ++part) {
      Least<T> least(k, row.ascending, keys + part * room);
      least.offer(row, part * size, std::min(row.n, (part + 1) * size));
      counts.data()[part] = least.count();
    }
  });
  std::int64_t count = counts.data()[0];
  for (std::int64_t part = 1; part < parts; ++part) {
    std::copy_n(keys + part * room, counts.data()[part], keys + count);
    count += counts.data()[part];
  }
  kernels::sort_keys(keys, count, keys + parts * room);
}

/// Calls f(row, the row itself) for each row of x.
template <class T, class F>
void each_row(const T* x, const Rows& rows, bool ascending, F f) {
  check(rows.n <= std::int64_t{1} << 32U, "expected rows of at most 2^32 elements, got ", rows.n);
  const auto run = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      f(row, Row<T>{x + rows.begin(row, rows.n), rows.n, rows.inner, ascending});
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

template <class T>
std::pair<T, T> extremes(const Row<T>& row) {
  T least = row[0], most = least;
  for (std::int64_t i = 1; i < row.n; ++i) {
    least = std::min(least, row[i]);
    most = std::max(most, row[i]);
  }
  return {least, most};
}

/// Calls f(row, the first k elements of the row in order) for each row of x.
template <class T, class F>
void each_ranked(const T* x, const Rows& rows, std::int64_t k, bool ascending, F f) {
  each_row(x, rows, ascending, [&](std::int64_t number, const Row<T>& row) {
    const Temporary<Key<T>> keys(room_for<T>(row.n, k));
    rank(row, k, keys.data());
    f(number, Ranking<T>(row, keys.data()));
  });
}

/// Calls f(row, place) for each row of x, where place(i) is that of the i-th element in order.
template <class T, class F>
void each_order(const T* x, const Rows& rows, bool ascending, F f) {
  each_row(x, rows, ascending, [&](std::int64_t number, const Row<T>& row) {
    if constexpr (std::is_integral_v<T> && sizeof(T) > 4) {
      // Where the numbers lie close together, their distance to the first and the place are one
      // number, which is sorted in half the time.
      const auto [least, most] = extremes(row);
      const auto span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
      const int bits = std::bit_width(static_cast<std::uint64_t>(row.n));
      if (bits + std::bit_width(span) <= 64) {
        const Temporary<std::uint64_t> keys(2 * row.n);
        parallel_for(row.n, kPart,
                     [&, first = ascending ? least : most](std::int64_t i, std::int64_t end) {
                       for (; i < end; ++i) {
                         const auto above =
                             static_cast<std::uint64_t>(row[i]) - static_cast<std::uint64_t>(first);
                         keys.data()[i] =
                             (ascending ? above : -above) << bits | static_cast<std::uint64_t>(i);
                       }
                     });
        kernels::sort_keys(keys.data(), row.n, keys.data() + row.n);
        return f(number, [&](std::int64_t i) {
          return static_cast<std::int64_t>(keys.data()[i] & ((std::uint64_t{1} << bits) - 1));
        });
      }
    }
    const Temporary<Key<T>> keys(room_for<T>(row.n, row.n));
    rank(row, row.n, keys.data());
    f(number,
      [ranking = Ranking<T>(row, keys.data())](std::int64_t i) { return ranking.place(i); });
  });
}

/// A row's elements in order, `step` apart, where nobody asks for their places; as each_ranked
/// gives them, to the bit.
template <class T>
void sort_row(const Row<T>& row, T* out) {
  const Temporary<Order<T>> orders(2 * row.n);
  Order<T>* const all = orders.data();
  parallel_for(row.n, kPart, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) all[i] = row.order(i);
  });
  kernels::sort_keys(all, row.n, all + row.n);
  parallel_for(row.n, kPart, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const Order<T> order = row.ascending ? all[i] : static_cast<Order<T>>(~all[i]);
      out[i * row.step] = element_of<T>(order);
    }
  });
  if constexpr (std::is_floating_point_v<T>) {
    // Zeros have signs, and what is no number has bits: as they stood, one after the other.
    const auto as_they_stood = [&](Order<T> order, auto belongs) {
      const auto [first, last] =
          std::equal_range(all, all + row.n, row.ascending ? order : static_cast<Order<T>>(~order));
      std::int64_t from = 0;
      for (auto* place = first; place != last; ++place, ++from) {
        while (!belongs(row[from])) ++from;
        out[(place - all) * row.step] = row[from];
      }
    };
    as_they_stood(order_of(T(0)), [](T value) { return value == 0; });
    as_they_stood(~Order<T>{0}, [](T value) { return value != value; });
  }
}

}  // namespace gluino::ordering
