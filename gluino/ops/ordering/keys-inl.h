#pragma once

#include <gluino/kernels/cpu/ordering/sort_keys.h>
#include <gluino/ops/core/inference.h>

#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>

/// Rows, and their elements as keys that are ordered as these are.
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

/// Unsigned numbers that are ordered as elements are: NaN the largest, -0 as 0.
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

/// An element as a key that no other has: its order, turned round where the largest come first, and
/// then its place. So there is one result, however it is sorted.
template <class T>
using Key = std::conditional_t<(sizeof(T) > 4), kernels::WideKey, std::uint64_t>;

inline bool less(std::uint64_t a, std::uint64_t b) { return a < b; }
inline bool less(const kernels::WideKey& a, const kernels::WideKey& b) {
  return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo;
}

/// One row's elements, `step` apart.
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

/// The elements of a row in order, as many as were asked for.
template <class T>
class Ranking {
 public:
  Ranking(const Row<T>& row, const Key<T>* keys) : row_(row), keys_(keys) {}

  Ranked<T> operator[](std::int64_t i) const {
    const T value = value_of(keys_[i], row_.ascending);
    // Of zeros and of those that are no numbers, the one that stood there.
    const bool plain = value != T(0) && value == value;
    return {plain ? value : row_[place(i)], place(i)};
  }
  std::int64_t place(std::int64_t i) const { return static_cast<std::int64_t>(place_of(keys_[i])); }

  static T value_of(const Key<T>& key, bool ascending) {
    const Order<T> order = order_of_key(key);
    return element_of<T>(ascending ? order : static_cast<Order<T>>(~order));
  }

 private:
  static std::uint64_t place_of(std::uint64_t key) { return key & 0xFFFFFFFFU; }
  static std::uint64_t place_of(const kernels::WideKey& key) { return key.lo; }
  static Order<T> order_of_key(std::uint64_t key) { return static_cast<Order<T>>(key >> 32U); }
  static Order<T> order_of_key(const kernels::WideKey& key) {
    return static_cast<Order<T>>(key.hi);
  }

  const Row<T>& row_;
  const Key<T>* keys_;
};

}  // namespace gluino::ordering
