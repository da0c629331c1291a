#pragma once

#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ndarray/pooled.h>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace gluino::gluon {

/// What a block takes and gives: an array, a list of such (nested up to kMaxDepth deep), or
/// nothing, which is an optional argument that was left out. All that it is made of converts to it:
///
///     Nested one = x;
///     Nested step = {x, {h, c}};        // braces are always a list
///     NDArray y = step[0];              // an Error where there is no single array
///     auto [input, states] = step.to<std::tuple<NDArray, std::vector<NDArray>>>();
///
/// Copies share the arrays. What was moved from is an array that refers to none, or an empty list.
class GLUINO_API Nested {
 public:
  /// Deeper lists are no inputs of a network, and would exhaust the stack when they are dropped.
  static constexpr int kMaxDepth = 1000;

  Nested() = default;
  // NOLINTBEGIN(google-explicit-constructor): made to be implicit
  /// Nothing, if the handle refers to no array.
  Nested(NDArray array) : kind_(kind_of(array)), array_(std::move(array)) {}
  Nested(const std::optional<NDArray>& array) : Nested(array.value_or(NDArray())) {}
  Nested(std::initializer_list<Nested> items)
      : Nested(std::span<const Nested>(items.begin(), items.size())) {}
  template <class T>
  requires std::convertible_to<const T&, Nested> Nested(const std::vector<T>& items)
      : Nested(listed(items)) {}
  template <class... T>
  Nested(const std::tuple<T...>& items)
      : Nested(std::apply(
            [](const T&... each) { return Nested(std::initializer_list<Nested>{each...}); },
            items)) {}
  template <class A, class B>
  Nested(const std::pair<A, B>& items) : Nested{Nested(items.first), Nested(items.second)} {}

  /// The same as array() and arrays().
  operator NDArray() const { return array(); }
  operator std::vector<NDArray>() const { return arrays(); }
  // NOLINTEND(google-explicit-constructor)

  /// False for nothing.
  bool defined() const { return kind_ != Kind::nothing; }
  bool is_array() const { return kind_ == Kind::array; }
  bool is_list() const { return kind_ == Kind::list; }

  /// The array. Throws Error, saying what there is, when this is none.
  const NDArray& array() const&;
  NDArray array() const&& { return array(); }
  /// The arrays of a list of arrays. Throws Error when this is something else.
  std::vector<NDArray> arrays() const;

  /// The items of a list; an array counts as a list of itself, nothing as an empty one.
  std::span<const Nested> items() const&;
  std::span<const Nested> items() const&& = delete;  // of nobody by then
  std::size_t size() const { return items().size(); }
  auto begin() const { return items().begin(); }
  auto end() const { return items().end(); }
  /// Throws Error when there is no such item.
  const Nested& operator[](std::size_t index) const&;
  const Nested& at(std::size_t index) const& { return (*this)[index]; }
  /// Of what a call gives, copies: `for (NDArray state : lstm(x, states)[1])`.
  Nested operator[](std::size_t index) const&& { return (*this)[index]; }
  Nested at(std::size_t index) const&& { return (*this)[index]; }

  /// This as T: NDArray, std::optional<NDArray>, std::vector of any such, Nested itself, or
  /// std::tuple and std::pair, whose last elements may be absent where they are optional. Throws
  /// Error with what was expected and what there is.
  template <class T>
  T to() const;

  /// All arrays, from left to right and from outside in.
  PooledVector<NDArray> flatten() const;
  /// The same nesting of other arrays, in the order of flatten(). Throws Error when their number is
  /// another.
  Nested unflatten(std::span<const NDArray> arrays) const;
  /// The nesting alone: where arrays are, without them.
  Nested nesting() const;
  bool same_nesting(const Nested& other) const;

  /// "array (2, 3)", "nothing", "[array (2, 3), [array (4,)]]".
  std::string to_string() const;

 private:
  enum class Kind { nothing, array, list };
  static Kind kind_of(const NDArray& array) {
    return array.defined() ? Kind::array : Kind::nothing;
  }
  using List = PooledVector<Nested>;

  explicit Nested(std::span<const Nested> items);
  template <class Items>
  static Nested listed(const Items& items);
  Nested filled(std::span<const NDArray>& rest) const;
  const List& list() const;

  Kind kind_ = Kind::nothing;
  /// How many lists stand inside of each other.
  int depth_ = 0;
  NDArray array_{};
  std::shared_ptr<const List> list_{};
};

/// The items of several arguments, as sentences tell them: "array (2, 3), [array (4,)]".
GLUINO_API std::string text_of_arguments(const Nested& arguments);

GLUINO_API std::ostream& operator<<(std::ostream& out, const Nested& nested);

template <class Items>
Nested Nested::listed(const Items& items) {
  PooledVector<Nested> list;
  list.reserve(items.size());
  for (const auto& item : items) list.push_back(Nested(item));
  return Nested(std::span<const Nested>(list));
}

/// How a type stands for a nesting: Form<T>::fits, get, and the text of what is expected.
template <class T>
struct Form;

template <>
struct Form<Nested> {
  static std::string text() { return "anything"; }
  static bool fits(const Nested& /*nested*/) { return true; }
  static Nested get(const Nested& nested) { return nested; }
};

template <>
struct Form<NDArray> {
  static std::string text() { return "array"; }
  static bool fits(const Nested& nested) { return nested.is_array(); }
  static NDArray get(const Nested& nested) { return nested.array(); }
};

template <class T>
struct Form<std::optional<T>> {
  static std::string text() { return Form<T>::text() + " or nothing"; }
  static bool fits(const Nested& nested) { return !nested.defined() || Form<T>::fits(nested); }
  static std::optional<T> get(const Nested& nested) {
    return nested.defined() ? std::optional<T>(Form<T>::get(nested)) : std::nullopt;
  }
};

template <class T>
struct Form<std::vector<T>> {
  static std::string text() { return str("[", Form<T>::text(), ", ...]"); }
  static bool fits(const Nested& nested) {
    if (!nested.is_list()) return false;
    for (const Nested& item : nested) {
      if (!Form<T>::fits(item)) return false;
    }
    return true;
  }
  static std::vector<T> get(const Nested& nested) {
    std::vector<T> items;
    items.reserve(nested.size());
    for (const Nested& item : nested) items.push_back(Form<T>::get(item));
    return items;
  }
};

/// Several arguments, or the items of a list: those at the end may be absent if their form is.
template <class... T>
struct Arguments {
  static std::string text() { return join(std::vector<std::string>{Form<T>::text()...}); }
  static bool fits(const Nested& nested) {
    return nested.size() <= sizeof...(T) && fits(nested, std::index_sequence_for<T...>());
  }
  static std::tuple<T...> get(const Nested& nested) {
    return get(nested, std::index_sequence_for<T...>());
  }

 private:
  static Nested item(const Nested& nested, std::size_t i) {
    return i < nested.size() ? nested[i] : Nested();
  }
  template <std::size_t... I>
  static bool fits(const Nested& nested, std::index_sequence<I...> /*numbers*/) {
    return (Form<T>::fits(item(nested, I)) && ...);
  }
  template <std::size_t... I>
  static std::tuple<T...> get(const Nested& nested, std::index_sequence<I...> /*numbers*/) {
    return std::tuple<T...>(Form<T>::get(item(nested, I))...);
  }
};

template <class... T>
struct Form<std::tuple<T...>> {
  static std::string text() { return str("[", Arguments<T...>::text(), "]"); }
  static bool fits(const Nested& nested) {
    return nested.is_list() && Arguments<T...>::fits(nested);
  }
  static std::tuple<T...> get(const Nested& nested) { return Arguments<T...>::get(nested); }
};

template <class A, class B>
struct Form<std::pair<A, B>> : Form<std::tuple<A, B>> {
  static std::pair<A, B> get(const Nested& nested) {
    auto [first, second] = Arguments<A, B>::get(nested);
    return {std::move(first), std::move(second)};
  }
};

template <class T>
T Nested::to() const {
  if (!Form<T>::fits(*this)) fail("expected ", Form<T>::text(), ", got ", to_string());
  return Form<T>::get(*this);
}

}  // namespace gluino::gluon
