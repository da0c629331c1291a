#include <gluino/base/convert.h>
#include <gluino/kernels/cpu/elementwise/convert.h>

#include <bit>
#include <cstring>
#include <memory>
#include <random>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

template <class To, class From>
std::vector<To> converted(const std::vector<From>& from) {
  std::vector<To> to(from.size());
  convert(from.data(), dtype_of<From>::value, to.data(), dtype_of<To>::value,
          static_cast<std::int64_t>(from.size()));
  return to;
}

TEST(Convert, SmallNumbersSurviveAnyPair) {
  const DType all[] = {float32, float64, float16, bfloat16, uint8, int8, int32, int64};
  for (const DType a : all) {
    for (const DType b : all) {
      for (const std::int64_t n : {0, 1, 100}) {
        std::vector<double> numbers(100), back(100);
        for (std::size_t i = 0; i < 100; ++i) numbers[i] = static_cast<double>(i);
        alignas(8) unsigned char as_a[800], as_b[800];
        convert(numbers.data(), float64, as_a, a, n);
        convert(as_a, a, as_b, b, n);
        convert(as_b, b, back.data(), float64, n);
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) EXPECT_EQ(back[i], i);
      }
    }
  }
}

TEST(Convert, TowardsIntegers) {
  const float inf = std::numeric_limits<float>::infinity();
  const std::vector<float> x = {1.7f, -1.7f,         300,  -300,  inf,
                                -inf, std::nanf(""), 3e9f, -3e9f, 1e30f};
  EXPECT_EQ(converted<std::int8_t>(x),
            (std::vector<std::int8_t>{1, -1, 127, -128, 127, -128, 0, 127, -128, 127}));
  EXPECT_EQ(converted<std::uint8_t>(x),
            (std::vector<std::uint8_t>{1, 0, 255, 0, 255, 0, 0, 255, 0, 255}));
  const std::int32_t most = std::numeric_limits<std::int32_t>::max();
  const std::int32_t least = std::numeric_limits<std::int32_t>::min();
  EXPECT_EQ(converted<std::int32_t>(x),
            (std::vector<std::int32_t>{1, -1, 300, -300, most, least, 0, most, least, most}));
  const auto wide = converted<std::int64_t>(x);
  EXPECT_EQ(wide[7], 3000000000);
  EXPECT_EQ(wide[9], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(wide[5], std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(converted<std::uint8_t>(std::vector<double>{-0.5, 255.5, 256}),
            (std::vector<std::uint8_t>{0, 255, 255}));
  EXPECT_EQ(converted<std::uint8_t>(std::vector<std::int32_t>{-1, 256}),
            (std::vector<std::uint8_t>{255, 0}));
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

// Every number of 16 bits, there and back, and floats beside and between them.
template <class Half16>
void expect_like_single_numbers() {
  std::vector<Half16> halves(1 << 16);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i] = std::bit_cast<Half16>(static_cast<std::uint16_t>(i));
  }
  const auto wide = converted<float>(halves);
  std::vector<float> expected(halves.begin(), halves.end());
  EXPECT_TRUE(same_bits(wide, expected));

  std::vector<float> floats = wide;
  for (std::uint64_t i = 0; i < (1ULL << 32); i += 4093) {
    floats.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(i)));
  }
  for (const float x : wide) {
    const auto bits = std::bit_cast<std::uint32_t>(x);
    for (const std::uint32_t off : {1U, 0x0FFFU, 0x1000U, 0x1001U, 0x7FFFU, 0x8000U, 0x8001U}) {
      floats.push_back(std::bit_cast<float>(bits + off));
    }
  }
  const std::vector<Half16> rounded(floats.begin(), floats.end());
  EXPECT_TRUE(same_bits(converted<Half16>(floats), rounded));
}

TEST(Convert, HalfPrecisionInVectorsHasTheBitsOfSingleNumbers) {
  expect_like_single_numbers<Half>();
  expect_like_single_numbers<BFloat16>();
}

// Bits of all kinds: numbers of all sizes, infinities and NaN among them.
template <class T>
std::unique_ptr<T[]> any_bits(std::size_t n) {
  std::mt19937_64 engine(5);
  auto values = std::make_unique<T[]>(n);
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t bits = engine() >> (engine() % 64);
    if constexpr (std::is_same_v<T, bool>) {
      values[i] = bits % 2 == 1;
    } else {
      std::memcpy(static_cast<void*>(&values[i]), &bits, sizeof(T));
    }
  }
  return values;
}

template <class To, class From>
void expect_single_numbers(DType source, DType destination) {
  constexpr std::size_t kCount = 70001;  // several pieces, and a rest
  const auto from = any_bits<From>(kCount);
  const auto to = std::make_unique<To[]>(kCount);
  convert(from.get(), source, to.get(), destination, kCount);
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto found = static_cast<double>(to[i]);
    const auto expected = static_cast<double>(gluino::convert<To>(from[i]));
    ASSERT_TRUE(found == expected || (std::isnan(found) && std::isnan(expected)))
        << source << " to " << destination << ": " << static_cast<double>(from[i]) << " became "
        << found << ", not " << expected;
  }
}

TEST(Convert, EveryPairOfTypesIsThatOfSingleNumbers) {
  const DType all[] = {float32, float64, float16, bfloat16, uint8, int8, int32, int64, boolean};
  for (const DType source : all) {
    for (const DType destination : all) {
      dispatch(source, [&]<class From>() {
        dispatch(destination, [&]<class To>() {
          if constexpr (!std::is_same_v<From, To>) {
            expect_single_numbers<To, From>(source, destination);
          }
        });
      });
    }
  }
}

TEST(Convert, Booleans) {
  const std::vector<float> x = {0, -0.0f, 0.25f, -3, std::nanf("")};
  bool b[5];
  convert(x.data(), float32, b, boolean, 5);
  EXPECT_EQ(std::vector<bool>(b, b + 5), (std::vector<bool>{false, false, true, true, true}));
  float back[5];
  convert(b, boolean, back, float32, 5);
  EXPECT_EQ(back[2], 1);
}

TEST(Convert, HalvesRoundToEven) {
  const auto halves =
      converted<float>(converted<Half>(std::vector<float>{2049, 2051, 65520, 1e-8f}));
  EXPECT_EQ(halves, (std::vector<float>{2048, 2052, std::numeric_limits<float>::infinity(), 0}));
  EXPECT_EQ(converted<float>(converted<BFloat16>(std::vector<float>{257, 259})),
            (std::vector<float>{256, 260}));
}

TEST(Convert, ManyFloatsToBfloat16) {
  auto x = random_numbers<float>(1001, -1e6, 1e6);
  x[3] = std::numeric_limits<float>::infinity();
  x[4] = -std::nanf("");
  x[5] = std::bit_cast<float>(0x7F800001U);  // a NaN whose upper half alone is infinity
  x[6] = 3.4e38f;
  const auto y = converted<BFloat16>(x);
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i].bits(), BFloat16(x[i]).bits()) << x[i];
}

TEST(Convert, Pixels) {
  std::vector<std::uint8_t> pixels(1003);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i);
  std::vector<float> y(pixels.size());
  u8_to_float(pixels.data(), y.data(), 1003, 1.0f / 255);
  for (std::size_t i = 0; i < y.size(); ++i) {
    EXPECT_EQ(y[i], static_cast<float>(i % 256) * (1.0f / 255));
  }
}

}  // namespace
}  // namespace gluino::kernels
