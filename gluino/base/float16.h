#pragma once

#include <gluino/base/export.h>

#include <bit>
#include <cstdint>

namespace gluino {

/// IEEE 754 binary16, for storage: converts to and from float, rounding to nearest even.
class GLUINO_API Half {
 public:
  Half() = default;
  Half(float value);  // NOLINT(google-explicit-constructor): behaves as a number
  operator float() const;
  std::uint16_t bits() const { return bits_; }

 private:
  std::uint16_t bits_ = 0;
};

/// The upper half of a float's bits, for storage: converts to and from float, rounding to nearest
/// even.
class GLUINO_API BFloat16 {
 public:
  BFloat16() = default;
  BFloat16(float value);  // NOLINT(google-explicit-constructor): behaves as a number
  operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16); }
  std::uint16_t bits() const { return bits_; }

 private:
  std::uint16_t bits_ = 0;
};

}  // namespace gluino
