#pragma once

#include <gluino/base/export.h>

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace gluino::io {

/// Which of several networks a batch is for: mostly the length of its sequences, but also several
/// lengths, or a text. Default-made: none.
///
///     io::BucketKey(20)          the length 20
///     io::BucketKey(10, 20)      10 words of one language and 20 of another
///     io::BucketKey("short")
class GLUINO_API BucketKey {
 public:
  BucketKey() = default;
  // NOLINTBEGIN(google-explicit-constructor): each is a way to write a key
  template <std::integral T>
  BucketKey(T number) : value_(static_cast<std::int64_t>(number)) {}
  template <std::integral... T>
  requires(sizeof...(T) >= 2) BucketKey(T... numbers)
      : value_(Numbers{static_cast<std::int64_t>(numbers)...}) {}
  BucketKey(std::vector<std::int64_t> numbers) : value_(std::move(numbers)) {}
  BucketKey(std::string text) : value_(std::move(text)) {}
  BucketKey(const char* text) : value_(std::string(text)) {}
  // NOLINTEND(google-explicit-constructor)

  bool defined() const { return !std::holds_alternative<std::monostate>(value_); }
  bool is_number() const { return std::holds_alternative<std::int64_t>(value_); }
  /// Throws Error, saying what the key is, unless it is one number.
  std::int64_t number() const;
  /// Throws Error unless the key is a list of numbers.
  const std::vector<std::int64_t>& numbers() const;
  /// As Python writes such a key, and so the names of MXNet's files: "20", "(10, 20)", "short", and
  /// "None".
  std::string to_string() const;

  /// None comes first, then numbers, lists and texts.
  friend auto operator<=>(const BucketKey&, const BucketKey&) = default;
  friend bool operator==(const BucketKey&, const BucketKey&) = default;

 private:
  using Numbers = std::vector<std::int64_t>;
  std::variant<std::monostate, std::int64_t, Numbers, std::string> value_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const BucketKey& key);

}  // namespace gluino::io
