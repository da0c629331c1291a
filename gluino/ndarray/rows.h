#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/float16.h>
#include <gluino/base/shape.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <type_traits>
#include <vector>

/// What nd::array takes: rows of numbers, and rows of rows, in the standard library's containers.
namespace gluino::nd::detail {

template <class T>
concept Letter = std::same_as<T, char> || std::same_as<T, wchar_t> || std::same_as<T, char8_t> ||
    std::same_as<T, char16_t> || std::same_as<T, char32_t>;
template <class T>
concept Number =
    (std::is_arithmetic_v<T> && !Letter<T>) || std::same_as<T, Half> || std::same_as<T, BFloat16>;

template <class R>
concept Row = requires(const R& row) {
  std::begin(row);
  std::end(row);
  std::size(row);
};
template <Row R>
using Element = std::remove_cvref_t<decltype(*std::begin(std::declval<const R&>()))>;

template <class R>
consteval bool holds_numbers() {
  if constexpr (Row<R>) {
    if constexpr (Number<Element<R>>) return true;
    // The elements of a path are paths.
    if constexpr (!std::same_as<Element<R>, R>) return holds_numbers<Element<R>>();
  }
  return false;
}

/// std::vector, std::array, std::span and their like, of numbers or of such rows. What stands in
/// braces has functions of its own.
template <class R>
concept NestedRow = holds_numbers<R>() && !std::same_as<R, std::initializer_list<double>>;

/// The type of the library that holds all values of T.
template <class T>
struct StoredAs {
  using type = T;
};
template <std::integral T>
struct StoredAs<T> {
  using small = std::conditional_t<std::is_signed_v<T>, std::int8_t, std::uint8_t>;
  using middle =
      std::conditional_t<sizeof(T) == 4 && std::is_unsigned_v<T>, std::int64_t, std::int32_t>;
  using type = std::conditional_t<sizeof(T) == 1, small,
                                  std::conditional_t<sizeof(T) <= 4, middle, std::int64_t>>;
};
template <>
struct StoredAs<long double> {
  using type = double;
};

template <Row R>
struct NumberIn {
  using type = typename NumberIn<Element<R>>::type;
};
template <Row R>
requires Number<Element<R>>
struct NumberIn<R> {
  using type = typename StoredAs<Element<R>>::type;
};

/// Puts the numbers one after the other, and finds their shape: axes from `axis` on.
template <Row R, class T>
void gather(const R& row, int axis, Shape& shape, std::vector<T>& values) {
  // Not std::size: that of a Shape is the product of its numbers.
  const auto size = static_cast<std::int64_t>(std::distance(std::begin(row), std::end(row)));
  if (axis == shape.ndim()) shape.push_back(size);
  check(shape[axis] == size, "nd::array: rows of ", shape[axis], " and ", size,
        axis > 0 ? " numbers" : "");
  for (const auto& each : row) {
    if constexpr (Number<Element<R>>) {
      if constexpr (std::is_unsigned_v<Element<R>> && sizeof(Element<R>) == sizeof(T)) {
        if constexpr (std::is_signed_v<T>) {
          check(each <= static_cast<Element<R>>(std::numeric_limits<T>::max()), "nd::array: ", each,
                " is larger than any int64");
        }
      }
      values.push_back(static_cast<T>(each));
    } else {
      gather(each, axis + 1, shape, values);
    }
  }
}

}  // namespace gluino::nd::detail
