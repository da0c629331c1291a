#include <gluino/base/float16.h>

namespace gluino {
namespace {

constexpr std::uint32_t kFloatInfinity = 0x7f800000;

// Drops the low `shift` bits of `value`, rounding to nearest, ties to even.
std::uint32_t round_shift(std::uint32_t value, int shift) {
  const std::uint32_t half = 1U << (shift - 1);
  const std::uint32_t odd = (value >> shift) & 1U;
  return (value + half - 1 + odd) >> shift;
}

}  // namespace

Half::Half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const std::uint32_t magnitude = bits & 0x7fffffffU;
  std::uint32_t result = 0;
  if (magnitude > kFloatInfinity) {
    result = 0x7e00;  // NaN
  } else if (magnitude >= 0x477ff000) {
    result = 0x7c00;  // 65520 and above round to infinity
  } else if (magnitude >= 0x38800000) {
    // Normal: the exponent's bias shrinks from 127 to 15; a carry out of the fraction is right.
    result = round_shift(magnitude - ((127U - 15U) << 23), 13);
  } else if (magnitude >= 0x33000000) {
    // Subnormal: units of 2^-24.
    const int exponent = static_cast<int>(magnitude >> 23);
    const std::uint32_t fraction = (magnitude & 0x7fffffU) | 0x800000U;
    result = round_shift(fraction, 126 - exponent);
  }
  bits_ = static_cast<std::uint16_t>(sign | result);
}

Half::operator float() const {
  const std::uint32_t sign = static_cast<std::uint32_t>(bits_ & 0x8000U) << 16;
  const std::uint32_t exponent = (bits_ >> 10) & 0x1fU;
  const std::uint32_t fraction = bits_ & 0x3ffU;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
    return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(magnitude));
  }
  const std::uint32_t wide_exponent = exponent == 31 ? 255U : exponent + (127U - 15U);
  return std::bit_cast<float>(sign | (wide_exponent << 23) | (fraction << 13));
}

BFloat16::BFloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const bool nan = (bits & 0x7fffffffU) > kFloatInfinity;
  // A NaN's payload could round up to infinity, so it is kept quiet instead.
  bits_ = static_cast<std::uint16_t>(nan ? (bits >> 16) | 0x40U : round_shift(bits, 16));
}

}  // namespace gluino
