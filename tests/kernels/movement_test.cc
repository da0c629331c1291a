#include <gluino/base/error.h>
#include <gluino/kernels/cpu/movement/movement.h>

#include <algorithm>
#include <numeric>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

template <class T>
std::vector<T> counted(std::int64_t n) {
  std::vector<T> x(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i * 7 + i / 251);
  return x;
}

template <class T>
void check_transpose(const Shape& shape, const Shape& permutation) {
  const auto x = counted<T>(shape.size());
  std::vector<T> y(x.size());
  transpose(x.data(), shape, permutation, y.data(), sizeof(T));
  const Strides strides = dense_strides(shape);
  for (std::size_t flat = 0; flat < y.size(); ++flat) {
    auto rest = static_cast<std::int64_t>(flat);
    std::int64_t source = 0;
    for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
      const auto from = static_cast<int>(permutation[axis]);
      source += rest % shape[from] * strides[static_cast<std::size_t>(from)];
      rest /= shape[from];
    }
    ASSERT_EQ(y[flat], x[static_cast<std::size_t>(source)]) << shape << permutation;
  }
}

TEST(Movement, TransposeByAnyPermutation) {
  for (const Shape& shape : {Shape{2, 3, 4, 5}, Shape{9, 1, 17, 8}, Shape{3, 0, 2, 1}}) {
    Shape permutation = {0, 1, 2, 3};
    do {
      check_transpose<std::uint8_t>(shape, permutation);
      check_transpose<std::uint16_t>(shape, permutation);
      check_transpose<float>(shape, permutation);
      check_transpose<double>(shape, permutation);
    } while (std::next_permutation(permutation.begin(), permutation.end()));
  }
  check_transpose<float>({301, 203}, {1, 0});
  check_transpose<float>({7, 20, 24, 24}, {0, 2, 3, 1});
  check_transpose<float>({7, 24, 24, 20}, {0, 3, 1, 2});
  check_transpose<float>({}, {});
  const float x[4] = {};
  float y[4];
  EXPECT_THROW(transpose(x, {2, 2}, {0, 0}, y, 4), Error);
  EXPECT_THROW(transpose(x, {2, 2}, {0, 2}, y, 4), Error);
  EXPECT_THROW(transpose(x, {2, 2}, {0}, y, 4), Error);
  EXPECT_THROW(transpose(x, {2, 2}, {1, 0}, y, 3), Error);
}

TEST(Movement, StridedCopies) {
  const auto x = counted<float>(60);  // (6, 10)
  std::vector<float> y(60, -1);
  // x[4:1:-2, 1:9:3] into the middle of rows of 5.
  copy_strided(x.data() + 41, {-20, 3}, y.data() + 1, {5, 1}, {2, 3}, 4);
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 3; ++j)
      EXPECT_EQ(y[i * 5 + j + 1], x[(4 - 2 * i) * 10 + 1 + 3 * j]);
  }
  EXPECT_EQ(y[0], -1);
  EXPECT_EQ(y[4], -1);
  // One element repeated, and a column spread out.
  copy_strided(x.data() + 3, {0}, y.data(), {1}, {9}, 4);
  EXPECT_EQ(y[8], x[3]);
  copy_strided(x.data(), {10}, y.data(), {7}, {6}, 4);
  EXPECT_EQ(y[35], x[50]);
  copy_strided(nullptr, {1}, nullptr, {1}, {0}, 4);
}

}  // namespace
}  // namespace gluino::kernels
