#include <gluino/kernels/cpu/support/turn.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <numeric>
#include <vector>

namespace gluino::kernels {
namespace {

template <class T>
void expect_turned(std::int64_t rows, std::int64_t columns) {
  const std::int64_t in_step = columns + 3, out_step = rows + 2;
  std::vector<T> in(static_cast<std::size_t>(rows * in_step));
  std::iota(in.begin(), in.end(), T(1));
  std::vector<T> out(static_cast<std::size_t>(columns * out_step), T(-1));
  turn(in.data(), in_step, rows, columns, out.data(), out_step);
  for (std::int64_t c = 0; c < columns; ++c) {
    for (std::int64_t r = 0; r < out_step; ++r) {
      const T expected = r < rows ? in[static_cast<std::size_t>(r * in_step + c)] : T(-1);
      ASSERT_EQ(out[static_cast<std::size_t>(c * out_step + r)], expected) << r << ", " << c;
    }
  }
}

TEST(Turn, MovesEachElementAndNothingElse) {
  for (const std::int64_t rows : {1, 3, 4, 16, 17, 49, 64}) {
    for (const std::int64_t columns : {1, 2, 4, 5, 9, 16, 33}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      expect_turned<float>(rows, columns);
      expect_turned<double>(rows, columns);
    }
  }
}

}  // namespace
}  // namespace gluino::kernels
