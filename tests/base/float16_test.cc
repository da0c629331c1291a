#include <gluino/base/convert.h>
#include <gluino/base/float16.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace gluino {
namespace {

// The value of a binary16 pattern, from its definition.
double half_value(std::uint32_t bits) {
  const double sign = (bits & 0x8000U) != 0 ? -1 : 1;
  const int exponent = static_cast<int>((bits >> 10) & 31U);
  const double fraction = static_cast<double>(bits & 1023U);
  if (exponent == 31) {
    return fraction == 0 ? sign * std::numeric_limits<double>::infinity() : std::nan("");
  }
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024 + fraction, exponent - 25);
}

Half half_from(std::uint32_t bits) { return std::bit_cast<Half>(static_cast<std::uint16_t>(bits)); }

TEST(Half, EveryPatternHasItsValueAndComesBack) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = half_from(bits);
    const double expected = half_value(bits);
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_TRUE(std::isnan(static_cast<float>(Half(value)))) << bits;
      continue;
    }
    ASSERT_EQ(static_cast<double>(value), expected) << bits;
    ASSERT_EQ(std::signbit(value), std::signbit(expected)) << bits;
    ASSERT_EQ(Half(value).bits(), bits);
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  // Between each pattern and the next: just below the middle, the middle, just above it. The last
  // pattern before infinity behaves as if 65536 followed it.
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const double low = half_value(bits);
    const double high = bits + 1 == 0x7c00 ? 65536 : half_value(bits + 1);
    const auto middle = static_cast<float>((low + high) / 2);
    ASSERT_EQ(Half(std::nextafter(middle, 0.0F)).bits(), bits);
    ASSERT_EQ(Half(middle).bits(), bits % 2 == 0 ? bits : bits + 1);
    ASSERT_EQ(Half(std::nextafter(middle, 1e6F)).bits(), bits + 1);
    ASSERT_EQ(Half(-middle).bits(), Half(middle).bits() | 0x8000U);
  }
}

TEST(BFloat16, EveryPatternComesBackAndMiddlesGoToEven) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const float value = std::bit_cast<BFloat16>(static_cast<std::uint16_t>(bits));
    ASSERT_EQ(std::bit_cast<std::uint32_t>(value), bits << 16);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(static_cast<float>(BFloat16(value)))) << bits;
      continue;
    }
    ASSERT_EQ(BFloat16(value).bits(), bits);
    if (std::isinf(value)) continue;
    const auto with_tail = [&](std::uint32_t tail) {
      return BFloat16(std::bit_cast<float>((bits << 16) | tail)).bits();
    };
    ASSERT_EQ(with_tail(0x7fff), bits);
    ASSERT_EQ(with_tail(0x8000), bits + bits % 2);
    ASSERT_EQ(with_tail(0x8001), bits + 1);
  }
}

TEST(BFloat16, NoPayloadOfANanBecomesInfinity) {
  for (const std::uint32_t bits : {0x7f800001U, 0x7fffffffU, 0xff800001U, 0xffffffffU}) {
    EXPECT_TRUE(std::isnan(static_cast<float>(BFloat16(std::bit_cast<float>(bits)))));
    EXPECT_TRUE(std::isnan(static_cast<float>(Half(std::bit_cast<float>(bits)))));
  }
}

TEST(Convert, IsDefinedForEveryValue) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(convert<std::uint8_t>(-1.0F), 0);
  EXPECT_EQ(convert<std::uint8_t>(255.9F), 255);
  EXPECT_EQ(convert<std::uint8_t>(256.0F), 255);
  EXPECT_EQ(convert<std::uint8_t>(-0.9), 0);
  EXPECT_EQ(convert<std::int8_t>(-128.9), -128);
  EXPECT_EQ(convert<std::int8_t>(-infinity), -128);
  EXPECT_EQ(convert<std::int32_t>(std::nanf("")), 0);
  EXPECT_EQ(convert<std::int32_t>(2147483648.0F), 2147483647);
  EXPECT_EQ(convert<std::int32_t>(2147483520.0F), 2147483520);
  EXPECT_EQ(convert<std::int32_t>(-1e30), std::numeric_limits<std::int32_t>::min());
  EXPECT_EQ(convert<std::int64_t>(0x1p63), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(convert<std::int64_t>(-0x1p63), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(convert<std::int64_t>(Half(infinity)), std::numeric_limits<std::int64_t>::max());
  EXPECT_TRUE(convert<bool>(0.25F));
  EXPECT_TRUE(convert<bool>(std::nan("")));
  EXPECT_FALSE(convert<bool>(Half(-0.0F)));
  EXPECT_EQ(convert<std::uint8_t>(std::int64_t{257}), 1);
  EXPECT_EQ(static_cast<float>(convert<Half>(std::int32_t{3})), 3.0F);
}

}  // namespace
}  // namespace gluino
