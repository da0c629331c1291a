#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/ordering/sort_keys.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/ordering/ranking.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace gluino::ordering {
namespace {

// Unsigned numbers that are ordered as elements are: NaN the largest, -0 as 0.
template <class T>
using Order = std::conditional_t<(sizeof(T) > 4), std::uint64_t, std::uint32_t>;

template <class T>
Order<T> order_of(T value) {
  constexpr Order<T> kSign = Order<T>{1} << (8 * sizeof(Order<T>) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    if (value != value) return ~Order<T>{0};
    const auto bits = std::bit_cast<Order<T>>(value == 0 ? T(0) : value);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<Order<T>>(value) ^ kSign;
  } else {
    return value;
  }
}

template <class T>
T element_of(Order<T> order) {
  constexpr Order<T> kSign = Order<T>{1} << (8 * sizeof(Order<T>) - 1);
  if constexpr (std::is_floating_point_v<T>) {
    return std::bit_cast<T>((order & kSign) != 0 ? order ^ kSign : ~order);
  } else {
    return static_cast<T>(std::is_signed_v<T> ? order ^ kSign : order);
  }
}

// An element as a key that no other has: its order, turned round where the largest come first, and
// then its place. So there is one result, however it is sorted.
template <class T>
using Key = std::conditional_t<(sizeof(T) > 4), kernels::WideKey, std::uint64_t>;

bool less(std::uint64_t a, std::uint64_t b) { return a < b; }
bool less(const kernels::WideKey& a, const kernels::WideKey& b) {
  return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

Places places_of(const std::uint64_t* keys) { return {keys, 1, 0xFFFFFFFFU}; }
Places places_of(const kernels::WideKey* keys) { return {&keys->lo, 2, ~std::uint64_t{0}}; }

std::uint32_t order_in(std::uint64_t key) { return static_cast<std::uint32_t>(key >> 32U); }
std::uint64_t order_in(const kernels::WideKey& key) { return key.hi; }

// One row's elements, `step` apart.
template <class T>
struct Row {
  const T* data;
  std::int64_t n;
  std::int64_t step;
  bool ascending;

  T operator[](std::int64_t i) const { return data[i * step]; }

  Order<T> order(std::int64_t i) const {
    const Order<T> up = order_of((*this)[i]);
    return ascending ? up : ~up;
  }
  Key<T> key(std::int64_t i) const {
    if constexpr (sizeof(T) > 4) {
      return {.lo = static_cast<std::uint64_t>(i), .hi = order(i)};
    } else {
      return std::uint64_t{order(i)} << 32U | static_cast<std::uint64_t>(i);
    }
  }
};

template <class T>
T element_in(const Key<T>& key, bool ascending) {
  const Order<T> order = order_in(key);
  return element_of<T>(ascending ? order : static_cast<Order<T>>(~order));
}

// Elements of one row that are worth a thread of their own.
constexpr std::int64_t kPart = 1 << 15;

// The least keys that were offered, a few more than are wanted at a time.
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

  // Those that are left: at least k of them, if so many were offered.
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
    bound_ = element_in<T>(most_, ascending_);
  }

  std::int64_t k_;
  bool ascending_;
  Key<T>* keys_;
  std::int64_t count_ = 0;
  bool full_ = false;
  Key<T> most_{};
  T bound_{};
};

// Where all of a row is sorted: from such a part of it on, choosing takes longer.
bool sorts_all(std::int64_t n, std::int64_t k) { return k > n / 16; }

std::int64_t parts_of(std::int64_t n) {
  return std::clamp<std::int64_t>(n / kPart, 1, num_threads());
}

// How many keys `rank` needs room for.
template <class T>
std::int64_t room_for(std::int64_t n, std::int64_t k) {
  return 2 * (sorts_all(n, k) ? n : parts_of(n) * Least<T>::room(k));
}

// The least k keys of a row, in order: O(n + k log k), on several threads where n is large.
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

// What MXNet sorts whole, and how much of that is worth the time of one thread.
bool mxnet_sorts_all(std::int64_t n, std::int64_t k) { return 8 * k > n; }
constexpr std::int64_t kMostSorted = 1 << 16;

// The first k keys as the standard library leaves them if it sees nothing but their orders: it
// swaps by what it compares, so keys end up where MXNet's places do.
template <class K>
void sort_as_mxnet(K* keys, std::int64_t n, std::int64_t k) {
  const auto before = [](const K& a, const K& b) { return order_in(a) < order_in(b); };
  if (mxnet_sorts_all(n, k)) return std::sort(keys, keys + n, before);
  std::partial_sort(keys, keys + k, keys + n, before);
}

// How many places tell whether some of the first k could be other ones: one more, if there is one.
std::int64_t with_next(std::int64_t k, std::int64_t n) { return std::min(k + 1, n); }

// Calls f with the places of a row's first k elements, as MXNet has them; `by_place` has one more,
// whose orders are order(0), order(1) and so on. They differ only where some of those are equal.
template <class T, class O, class F>
void with_equals(const Row<T>& row, std::int64_t k, const Places& by_place, O order, F f) {
  const bool keeps = mxnet_sorts_all(row.n, k) && row.n > kMostSorted;
  const auto has_equals = [&] {
    std::int64_t i = 1;
    while (i < with_next(k, row.n) && order(i - 1) != order(i)) ++i;
    return i < with_next(k, row.n);
  };
  if (keeps || !has_equals()) return f(by_place);
  const Temporary<Key<T>> keys(row.n);
  for (std::int64_t i = 0; i < row.n; ++i) keys.data()[i] = row.key(i);
  sort_as_mxnet(keys.data(), row.n, k);
  f(places_of(keys.data()));
}

// Calls f(row, the row itself) for each row of x.
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

// Whole numbers of 64 bits that lie close together: their distance to the first and the place are
// one number, which is sorted in half the time. Whether they do, and f(places, order) has been
// called.
template <class F>
bool ranks_distances(const Row<std::int64_t>& row, F f) {
  const auto [least, most] = extremes(row);
  const auto span = static_cast<std::uint64_t>(most) - static_cast<std::uint64_t>(least);
  const int bits = std::bit_width(static_cast<std::uint64_t>(row.n));
  if (bits + std::bit_width(span) > 64) return false;
  const auto first = static_cast<std::uint64_t>(row.ascending ? least : most);
  const Temporary<std::uint64_t> keys(2 * row.n);
  parallel_for(row.n, kPart, [&](std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const std::uint64_t above = static_cast<std::uint64_t>(row[i]) - first;
      keys.data()[i] = (row.ascending ? above : -above) << bits | static_cast<std::uint64_t>(i);
    }
  });
  kernels::sort_keys(keys.data(), row.n, keys.data() + row.n);
  f(Places(keys.data(), 1, (std::uint64_t{1} << bits) - 1),
    [&](std::int64_t i) { return keys.data()[i] >> bits; });
  return true;
}

// A row's elements in order, `step` apart.
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

// The same by the keys of all its elements.
template <class T>
void write_ranked(const Row<T>& row, const Key<T>* keys, T* out) {
  const Places places = places_of(keys);
  for (std::int64_t i = 0; i < row.n; ++i) {
    const T value = element_in<T>(keys[i], row.ascending);
    // Of zeros and of those that are no numbers, the one that stood there.
    const bool plain = value != T(0) && value == value;
    out[i * row.step] = plain ? value : row[places[i]];
  }
}

}  // namespace

Rows rows_of(const std::optional<std::int64_t>& axis, const Shape& data) {
  if (!axis) return {.n = data.size()};
  const int place = normalize_axis(*axis, data.ndim());
  return {.outer = data.size_between(0, place),
          .n = data[place],
          .inner = data.size_between(place + 1, data.ndim())};
}

void check_places_fit(std::int64_t n, DType dtype, const Inference& s) {
  s.expect(n - 1 <= last_place(dtype), -1, "dtype: a place among ", n, " elements may be no ",
           dtype);
}

void Places::write(std::int64_t n, const Tensor& out, std::int64_t at, std::int64_t step) const {
  constexpr std::int64_t kBlock = 256;
  std::array<std::int64_t, kBlock> places{};
  std::array<std::uint64_t, kBlock> converted{};
  dispatch_words(out.dtype, [&]<class W>() {
    for (std::int64_t i = 0; i < n; i += kBlock) {
      const std::int64_t count = std::min(kBlock, n - i);
      for (std::int64_t j = 0; j < count; ++j) places[static_cast<std::size_t>(j)] = (*this)[i + j];
      W* const to = out.as<W>() + at + i * step;
      W* const row = step == 1 ? to : reinterpret_cast<W*>(converted.data());
      kernels::convert(places.data(), int64, row, out.dtype, count);
      for (std::int64_t j = 0; j < count && step != 1; ++j) to[j * step] = row[j];
    }
  });
}

void each_order(const Tensor& x, const Rows& rows, std::int64_t k, bool ascending, Equals equals,
                FunctionRef<void(std::int64_t row, const Places& places)> f) {
  const std::int64_t count = equals == Equals::by_place ? k : with_next(k, rows.n);
  dispatch_numbers(x.dtype, [&]<class T>() {
    each_row(x.as<T>(), rows, ascending, [&](std::int64_t number, const Row<T>& row) {
      const auto give = [&](const Places& by_place, auto order) {
        if (equals == Equals::by_place) return f(number, by_place);
        with_equals(row, k, by_place, order, [&](const Places& places) { f(number, places); });
      };
      if constexpr (std::is_same_v<T, std::int64_t>) {
        if (sorts_all(row.n, count) && ranks_distances(row, give)) return;
      }
      const Temporary<Key<T>> keys(room_for<T>(row.n, count));
      rank(row, count, keys.data());
      give(places_of(keys.data()), [&](std::int64_t i) { return order_in(keys.data()[i]); });
    });
  });
}

void sort_rows(const Tensor& x, const Rows& rows, bool ascending, void* y) {
  dispatch_numbers(x.dtype, [&]<class T>() {
    each_row(x.as<T>(), rows, ascending, [&](std::int64_t number, const Row<T>& row) {
      sort_row(row, static_cast<T*>(y) + rows.begin(number, rows.n));
    });
  });
}

void sort_rows(const Tensor& x, const Rows& rows, bool ascending, void* y, Equals equals,
               FunctionRef<void(std::int64_t row, const Places& places)> f) {
  dispatch_numbers(x.dtype, [&]<class T>() {
    each_row(x.as<T>(), rows, ascending, [&](std::int64_t number, const Row<T>& row) {
      const Temporary<Key<T>> keys(room_for<T>(row.n, row.n));
      rank(row, row.n, keys.data());
      write_ranked(row, keys.data(), static_cast<T*>(y) + rows.begin(number, rows.n));
      const Places by_place = places_of(keys.data());
      if (equals == Equals::by_place) return f(number, by_place);
      with_equals(
          row, row.n, by_place, [&](std::int64_t i) { return order_in(keys.data()[i]); },
          [&](const Places& places) { f(number, places); });
    });
  });
}

}  // namespace gluino::ordering
