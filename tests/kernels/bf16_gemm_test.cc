#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/products/bf16_gemm.h>
#include <gluino/kernels/cpu/products/bf16_operand.h>

#include "kernels/bf16_test.h"

namespace gluino::kernels {
namespace {

struct Case {
  std::int64_t m, n, k;
  bool a_rows, b_rows;  // row-major, else column-major
  bool row_bias, column_bias, accumulate;
};

MatrixView<float> view(const std::vector<float>& data, std::int64_t rows, std::int64_t columns,
                       bool row_major) {
  if (row_major) return {data.data(), rows, columns, columns + 3, 1};
  return {data.data(), rows, columns, 1, rows + 1};
}

std::vector<float> product_of(const Case& x, const std::vector<float>& before) {
  const auto a = random_floats((x.m + 4) * (x.k + 4), 1);
  const auto b = random_floats((x.k + 4) * (x.n + 4), 2);
  const auto row_bias = random_floats(x.m, 3);
  const auto column_bias = random_floats(x.n, 4);
  auto c = before;
  bf16_gemm(view(a, x.m, x.k, x.a_rows), view(b, x.k, x.n, x.b_rows), c.data(), x.n + 2,
            {.row_bias = x.row_bias ? row_bias.data() : nullptr,
             .column_bias = x.column_bias ? column_bias.data() : nullptr,
             .accumulate = x.accumulate});
  return c;
}

// C against sums in double of the rounded operands, element by element.
void expect_product(const Case& x) {
  const auto a_data = random_floats((x.m + 4) * (x.k + 4), 1);
  const auto b_data = random_floats((x.k + 4) * (x.n + 4), 2);
  const auto a = view(a_data, x.m, x.k, x.a_rows);
  const auto b = view(b_data, x.k, x.n, x.b_rows);
  const auto row_bias = random_floats(x.m, 3);
  const auto column_bias = random_floats(x.n, 4);
  const auto before = random_floats(x.m * (x.n + 2), 5);
  const auto c = product_of(x, before);
  const double tolerance = 1.2e-7 * (8 + double(x.k));
  for (std::int64_t i = 0; i < x.m; ++i) {
    for (std::int64_t j = 0; j < x.n + 2; ++j) {
      const auto at = static_cast<std::size_t>(i * (x.n + 2) + j);
      if (j >= x.n) {
        ASSERT_EQ(c[at], before[at]) << "written beyond the columns of C";
        continue;
      }
      double sum = x.accumulate ? double(before[at]) : 0.0;
      for (std::int64_t p = 0; p < x.k; ++p) {
        sum += rounded(a.data[i * a.row_stride + p * a.column_stride]) *
               rounded(b.data[p * b.row_stride + j * b.column_stride]);
      }
      if (x.row_bias) sum += double(row_bias[static_cast<std::size_t>(i)]);
      if (x.column_bias) sum += double(column_bias[static_cast<std::size_t>(j)]);
      ASSERT_NEAR(double(c[at]), sum, tolerance)
          << "element (" << i << ", " << j << ") of " << x.m << " x " << x.n << ", k " << x.k;
    }
  }
}

class Bf16Gemm : public Bf16Kernels {};
INSTANTIATE_TEST_SUITE_P(Units, Bf16Gemm, all_bf16_units(), bf16_unit_name);

TEST_P(Bf16Gemm, EveryTileSizeAndOrder) {
  for (const bool a_rows : {false, true}) {
    for (const bool b_rows : {false, true}) {
      for (std::int64_t m : {0, 1, 2, 7, 16, 17, 33}) {
        for (std::int64_t n : {0, 1, 15, 16, 18, 35}) {
          for (std::int64_t k : {1, 2, 31, 32, 69}) {
            expect_product({m, n, k, a_rows, b_rows, m % 2 == 0, n % 2 == 0, k % 2 == 0});
          }
        }
      }
    }
  }
}

TEST_P(Bf16Gemm, SizesBeyondOneBlock) {
  expect_product({100, 50, 800, true, false, false, true, false});
  expect_product({30, 70, 4500, true, false, true, true, false});
  expect_product({7, 40, 4500, true, true, false, true, true});
  expect_product({5, 260, 4097, false, true, false, true, false});
  expect_product({260, 5, 4097, false, false, false, true, false});
}

TEST_P(Bf16Gemm, TakesTheActivationLast) {
  for (const bool a_rows : {false, true}) {
    for (const std::int64_t k : {40, 4200}) {
      const auto a = random_floats(20 * k, 1);
      const auto b = random_floats(50 * k, 2);
      const MatrixView<float> left = a_rows ? MatrixView<float>{a.data(), 20, k, k, 1}
                                            : MatrixView<float>{a.data(), 20, k, 1, 20};
      const MatrixView<float> right = {b.data(), k, 50, 1, k};
      std::vector<float> plain(1000);
      std::vector<float> activated(1000);
      bf16_gemm(left, right, plain.data(), 50);
      bf16_gemm(left, right, activated.data(), 50, {.activation = unary::relu<float>().forward});
      for (std::size_t i = 0; i < plain.size(); ++i) {
        ASSERT_EQ(activated[i], std::max(plain[i], 0.0F)) << i;
      }
    }
  }
}

TEST_P(Bf16Gemm, KeepsWhatIsNoNumberInItsRow) {
  std::vector<float> a(17 * 33, 1);
  a[3 * 33 + 32] = std::nanf("");
  const std::vector<float> b(33 * 5, 1);
  std::vector<float> c(17 * 5);
  bf16_gemm({a.data(), 17, 33, 33, 1}, {b.data(), 33, 5, 5, 1}, c.data(), 5);
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (i / 5 == 3) {
      EXPECT_TRUE(std::isnan(c[i]));
    } else {
      EXPECT_EQ(c[i], 33);
    }
  }
}

TEST_P(Bf16Gemm, SameBitsForAnyNumberOfThreads) {
  for (const Case& x : {Case{100, 500, 800, true, false, false, true, false},
                        Case{100, 800, 500, true, true, false, false, false},
                        Case{500, 800, 100, false, true, true, false, true},
                        Case{16, 3000, 64, true, true, false, true, false}}) {  // one row of blocks
    const auto before = random_floats(x.m * (x.n + 2), 5);
    expect_same_bits_for_any_threads([&] { return product_of(x, before); });
  }
}

TEST(Bf16GemmRule, CutsIntoEqualTasksWhatIsWorthSeveralThreads) {
  set_num_threads(2);
  EXPECT_EQ(bf16_task_size(7, 100), 7);     // 3.5 us in all
  EXPECT_EQ(bf16_task_size(7, 400), 3);     // three tasks of up to 6 us
  EXPECT_EQ(bf16_task_size(16, 10000), 2);  // four for each thread at most
  EXPECT_EQ(bf16_task_size(3, 100000), 1);
  EXPECT_EQ(bf16_task_size(1, 0), 1);
  set_num_threads(0);
}

TEST(Bf16GemmRule, RefusesZeroSizesAndFewRows) {
  const float x = 0;
  const auto suits = [&](std::int64_t m, std::int64_t n, std::int64_t k) {
    return bf16_gemm_suits({&x, m, k, k, 1}, {&x, k, n, n, 1});
  };
  EXPECT_TRUE(suits(100, 500, 800));
  EXPECT_TRUE(suits(100, 10, 64));
  EXPECT_FALSE(suits(1, 500, 800));
  EXPECT_FALSE(suits(100, 0, 800));
  EXPECT_FALSE(suits(0, 500, 800));
  EXPECT_FALSE(suits(100, 500, 0));
}

TEST(Bf16Unit, EveryProcessorHasOne) {
  ASSERT_FALSE(bf16_units().empty());
  EXPECT_EQ(bf16_units().back(), &bf16_portable());
  EXPECT_EQ(&bf16_unit(), bf16_units().front());
}

}  // namespace
}  // namespace gluino::kernels
