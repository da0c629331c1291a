#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

/// What a KVStore's methods take in several forms, as MXNet's do.
namespace gluino::kvstore {

/// What a value is kept under: a number or a name.
class GLUINO_API Key {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write a key
  template <std::integral Number>
  requires(!std::same_as<Number, bool>) Key(Number number)
      : value_(static_cast<std::int64_t>(number)) {}
  Key(std::string name) : value_(std::move(name)) {}
  Key(const char* name) : value_(std::string(name)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_name() const { return std::holds_alternative<std::string>(value_); }
  /// Of a key that is a number, and of one that is a name.
  std::int64_t number() const { return std::get<std::int64_t>(value_); }
  const std::string& name() const { return std::get<std::string>(value_); }

  friend bool operator==(const Key&, const Key&) = default;
  friend bool operator<(const Key& a, const Key& b) { return a.value_ < b.value_; }

 private:
  std::variant<std::int64_t, std::string> value_;
};

/// As messages have it: 3, 'fc1_weight'.
GLUINO_API std::ostream& operator<<(std::ostream& out, const Key& key);

/// One array, or copies of one over contexts. Refers to what it was made from, like a span.
class Arrays : public std::span<const NDArray> {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write arrays
  Arrays(const NDArray& array) : span(&array, 1) {}
  Arrays(std::initializer_list<NDArray> copies) : span(copies.begin(), copies.size()) {}
  template <class Allocator>
  Arrays(const std::vector<NDArray, Allocator>& copies) : span(copies) {}
  Arrays(std::span<const NDArray> copies) : span(copies) {}
  // NOLINTEND(google-explicit-constructor)
};

/// Several keys: {5, 7}, {"a", "b"}, or a vector of numbers or names.
class Keys : public std::vector<Key> {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write keys
  Keys(std::initializer_list<Key> keys) : vector(keys) {}
  template <std::convertible_to<Key> T>
  Keys(const std::vector<T>& keys) : vector(keys.begin(), keys.end()) {}
  // NOLINTEND(google-explicit-constructor)
};

/// For each of several keys one array, {a, b}, or copies, {{a0, a1}, {b0, b1}}.
class ArraysOfKeys : public std::vector<Arrays> {
 public:
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write arrays
  ArraysOfKeys(std::initializer_list<Arrays> arrays) : vector(arrays) {}
  template <std::convertible_to<Arrays> T>
  ArraysOfKeys(const std::vector<T>& arrays) : vector(arrays.begin(), arrays.end()) {}
  // NOLINTEND(google-explicit-constructor)
};

}  // namespace gluino::kvstore
