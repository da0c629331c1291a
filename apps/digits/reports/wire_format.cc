#include <apps/digits/reports/wire_format.h>

#include <bit>

namespace digits::reports {

Message& Message::add_integer(int field, std::int64_t value) {
  add_tag(field, Wire::varint);
  add_varint(static_cast<std::uint64_t>(value));
  return *this;
}

Message& Message::add_double(int field, double value) {
  add_tag(field, Wire::fixed64);
  bytes_ += little_endian(std::bit_cast<std::uint64_t>(value), 8);
  return *this;
}

Message& Message::add_float(int field, float value) {
  add_tag(field, Wire::fixed32);
  bytes_ += little_endian(std::bit_cast<std::uint32_t>(value), 4);
  return *this;
}

Message& Message::add_bytes(int field, std::string_view bytes) {
  add_tag(field, Wire::length);
  add_varint(bytes.size());
  bytes_ += bytes;
  return *this;
}

Message& Message::add_doubles(int field, std::span<const double> values) {
  add_tag(field, Wire::length);
  add_varint(8 * values.size());
  for (const double value : values) bytes_ += little_endian(std::bit_cast<std::uint64_t>(value), 8);
  return *this;
}

void Message::add_tag(int field, Wire wire) {
  add_varint(static_cast<std::uint64_t>(field) << 3 | static_cast<std::uint64_t>(wire));
}

// Seven bits a byte, the lowest first; the eighth says that more follow.
void Message::add_varint(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    value >>= 7;
  }
  bytes_ += static_cast<char>(value);
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
  return text;
}

}  // namespace digits::reports
