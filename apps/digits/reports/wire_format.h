#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Protocol Buffers' wire format, as far as events need it: a message is its fields one after the
/// other, each a number (of the field, and of how its value is written) and the value.
namespace digits::reports {

class Message {
 public:
  Message& add_integer(int field, std::int64_t value);
  Message& add_double(int field, double value);
  Message& add_float(int field, float value);
  Message& add_bytes(int field, std::string_view bytes);
  Message& add_message(int field, const Message& message) {
    return add_bytes(field, message.bytes());
  }
  /// A repeated field of doubles, packed.
  Message& add_doubles(int field, std::span<const double> values);

  const std::string& bytes() const { return bytes_; }

 private:
  enum class Wire { varint = 0, fixed64 = 1, length = 2, fixed32 = 5 };
  void add_tag(int field, Wire wire);
  void add_varint(std::uint64_t value);

  std::string bytes_;
};

/// The bytes of a number, the smallest first.
std::string little_endian(std::uint64_t value, int bytes);

}  // namespace digits::reports
