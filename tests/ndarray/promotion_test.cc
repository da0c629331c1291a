#include <gluino/ndarray/promotion.h>
#include <gtest/gtest.h>

#include <array>

namespace gluino {
namespace {

constexpr std::array kTypes = {boolean, int8,     uint8,   int32,  int64,
                               float16, bfloat16, float32, float64};

constexpr DType b1 = boolean, i1 = int8, u1 = uint8, i4 = int32, i8 = int64;
constexpr DType f2 = float16, bf = bfloat16, f4 = float32, f8 = float64;

// What mx.np.add of MXNet gives, row by row in the order of kTypes; bfloat16, which it has not, is
// beside others as float16 is.
constexpr DType kMxnet[9][9] = {
    {b1, i1, u1, i4, i8, f2, bf, f4, f8}, {i1, i1, i4, i4, i8, f2, bf, f4, f8},
    {u1, i4, u1, i4, i8, f2, bf, f4, f8}, {i4, i4, i4, i4, i8, f2, bf, f4, f8},
    {i8, i8, i8, i8, i8, f2, bf, f4, f8}, {f2, f2, f2, f2, f2, f2, f4, f4, f8},
    {bf, bf, bf, bf, bf, f4, bf, f4, f8}, {f4, f4, f4, f4, f4, f4, f4, f4, f8},
    {f8, f8, f8, f8, f8, f8, f8, f8, f8}};

// What numpy.promote_types gives; `none`: a type that MXNet has not, int16.
constexpr DType none = static_cast<DType>(8);
constexpr DType kNumpy[9][9] = {
    {b1, i1, u1, i4, i8, f2, bf, f4, f8},   {i1, i1, none, i4, i8, f2, bf, f4, f8},
    {u1, none, u1, i4, i8, f2, bf, f4, f8}, {i4, i4, i4, i4, i8, f8, bf, f8, f8},
    {i8, i8, i8, i8, i8, f8, bf, f8, f8},   {f2, f2, f2, f8, f8, f2, f4, f4, f8},
    {bf, bf, bf, bf, bf, f4, bf, f4, f8},   {f4, f4, f4, f8, f8, f4, f4, f4, f8},
    {f8, f8, f8, f8, f8, f8, f8, f8, f8}};

bool is_wide_integer(DType dtype) { return dtype == int32 || dtype == int64; }

TEST(Promotion, IsThatOfMxnetsArrays) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    for (std::size_t j = 0; j < kTypes.size(); ++j) {
      EXPECT_EQ(promote(kTypes[i], kTypes[j]), kMxnet[i][j]) << kTypes[i] << " + " << kTypes[j];
    }
  }
}

TEST(Promotion, IsNumpysButForTheTwoExceptions) {
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    for (std::size_t j = 0; j < kTypes.size(); ++j) {
      const DType a = kTypes[i];
      const DType b = kTypes[j];
      const bool widened =
          (is_floating(a) && is_wide_integer(b)) || (is_floating(b) && is_wide_integer(a));
      if (widened) {
        EXPECT_EQ(promote(a, b), is_floating(a) ? a : b);
      } else if (kNumpy[i][j] == none) {
        EXPECT_EQ(promote(a, b), int32);
      } else {
        EXPECT_EQ(promote(a, b), kNumpy[i][j]) << a << " + " << b;
      }
    }
  }
}

TEST(Promotion, DependsOnNoOrder) {
  for (const DType a : kTypes) {
    EXPECT_EQ(promote(a, a), a);
    for (const DType b : kTypes) {
      EXPECT_EQ(promote(a, b), promote(b, a));
      EXPECT_EQ(promote(promote(a, b), b), promote(a, b));
    }
  }
}

}  // namespace
}  // namespace gluino
