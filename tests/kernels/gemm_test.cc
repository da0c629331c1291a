#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/gemm.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <limits>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace gluino::kernels {
namespace {

template <class T>
std::vector<T> random_values(std::int64_t count, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::vector<T> values(static_cast<std::size_t>(count));
  for (T& value : values) value = static_cast<T>(uniform(engine));
  return values;
}

// How a matrix lies in memory.
enum class Order { kRows, kColumns, kScattered };

template <class T>
MatrixView<T> view(const std::vector<T>& data, std::int64_t rows, std::int64_t columns,
                   Order order) {
  switch (order) {
    case Order::kRows:
      return {data.data(), rows, columns, columns + 3, 1};
    case Order::kColumns:
      return {data.data(), rows, columns, 1, rows + 1};
    default:
      return {data.data(), rows, columns, 2 * columns + 1, 2};
  }
}

struct Case {
  std::int64_t m, n, k;
  Order a, b;
  bool row_bias, column_bias, accumulate;
};

// C against sums in double, element by element.
template <class T>
void expect_product(const Case& x) {
  const auto a_data = random_values<T>(2 * (x.m + 4) * (x.k + 4), 1);
  const auto b_data = random_values<T>(2 * (x.k + 4) * (x.n + 4), 2);
  const MatrixView<T> a = view(a_data, x.m, x.k, x.a);
  const MatrixView<T> b = view(b_data, x.k, x.n, x.b);
  const auto row_bias = random_values<T>(x.m, 3);
  const auto column_bias = random_values<T>(x.n, 4);
  const std::int64_t stride = x.n + 2;
  const auto before = random_values<T>(x.m * stride, 5);
  auto c = before;
  gemm(a, b, c.data(), stride,
       {.row_bias = x.row_bias ? row_bias.data() : nullptr,
        .column_bias = x.column_bias ? column_bias.data() : nullptr,
        .accumulate = x.accumulate});
  const double tolerance = std::numeric_limits<T>::epsilon() * (8 + double(x.k));
  for (std::int64_t i = 0; i < x.m; ++i) {
    for (std::int64_t j = 0; j < stride; ++j) {
      const auto at = static_cast<std::size_t>(i * stride + j);
      if (j >= x.n) {
        ASSERT_EQ(c[at], before[at]) << "written beyond the columns of C";
        continue;
      }
      double sum = x.accumulate ? double(before[at]) : 0.0;
      for (std::int64_t p = 0; p < x.k; ++p) {
        sum += double(a.data[i * a.row_stride + p * a.column_stride]) *
               double(b.data[p * b.row_stride + j * b.column_stride]);
      }
      if (x.row_bias) sum += double(row_bias[static_cast<std::size_t>(i)]);
      if (x.column_bias) sum += double(column_bias[static_cast<std::size_t>(j)]);
      ASSERT_NEAR(double(c[at]), sum, tolerance)
          << "element (" << i << ", " << j << ") of " << x.m << " x " << x.n << ", k " << x.k;
    }
  }
}

void expect_product_of_both_types(const Case& x) {
  expect_product<float>(x);
  expect_product<double>(x);
}

TEST(Gemm, EveryTileSizeAndOrder) {
  for (const Order a : {Order::kRows, Order::kColumns, Order::kScattered}) {
    for (const Order b : {Order::kRows, Order::kColumns, Order::kScattered}) {
      for (std::int64_t m : {0, 1, 2, 5, 7, 13, 26}) {
        for (std::int64_t n : {0, 1, 3, 8, 16, 17, 35}) {
          for (std::int64_t k : {0, 1, 9}) {
            expect_product_of_both_types({m, n, k, a, b, m % 2 == 0, n % 2 == 0, k % 2 == 0});
          }
        }
      }
    }
  }
}

TEST(Gemm, SizesBeyondOneBlock) {
  expect_product_of_both_types({200, 300, 400, Order::kRows, Order::kRows, false, true, false});
  expect_product_of_both_types({200, 40, 800, Order::kColumns, Order::kRows, true, false, true});
  expect_product_of_both_types({30, 70, 4500, Order::kRows, Order::kColumns, true, true, false});
  expect_product_of_both_types({7, 40, 4500, Order::kRows, Order::kRows, true, true, true});
  expect_product_of_both_types({3, 2500, 700, Order::kRows, Order::kScattered, true, true, true});
}

TEST(Gemm, OneRowOrOneColumn) {
  for (const Order order : {Order::kRows, Order::kColumns, Order::kScattered}) {
    expect_product_of_both_types({1, 700, 301, Order::kRows, order, true, true, true});
    expect_product_of_both_types({1, 65, 77, Order::kScattered, order, true, false, false});
    expect_product_of_both_types({700, 1, 301, order, Order::kRows, false, true, true});
    expect_product_of_both_types({65, 1, 33, order, Order::kScattered, true, true, false});
  }
}

RC_GTEST_PROP(Gemm, RandomShapes, ()) {
  const auto size = [](int most) { return *rc::gen::inRange<std::int64_t>(0, most); };
  const auto order = [] {
    return *rc::gen::element(Order::kRows, Order::kColumns, Order::kScattered);
  };
  const Case x = {size(50),
                  size(50),
                  size(90),
                  order(),
                  order(),
                  *rc::gen::arbitrary<bool>(),
                  *rc::gen::arbitrary<bool>(),
                  *rc::gen::arbitrary<bool>()};
  expect_product<float>(x);
  RC_ASSERT(!testing::Test::HasFatalFailure());
}

// The way through one row, one column, nothing to sum, tiles at the edge, and several blocks.
TEST(Gemm, ActivationComesLast) {
  for (const auto& [m, n, k] : {std::tuple{1, 40, 9}, {40, 1, 9}, {5, 7, 0}, {50, 70, 900}}) {
    const auto a = random_values<float>(m * k, 1);
    const auto b = random_values<float>(n * k, 2);
    const auto bias = random_values<float>(n, 3);
    std::vector<float> plain(static_cast<std::size_t>(m * n)), bent = plain;
    const MatrixView<float> left = {a.data(), m, k, k, 1}, right = {b.data(), k, n, 1, k};
    gemm<float>(left, right, plain.data(), n, {.column_bias = bias.data()});
    const auto bend = [](const float* x, float* y, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] * 2 + 1;
    };
    gemm<float>(left, right, bent.data(), n, {.column_bias = bias.data(), .activation = bend});
    for (std::size_t i = 0; i < plain.size(); ++i) EXPECT_EQ(bent[i], plain[i] * 2 + 1);
  }
}

TEST(Gemm, RightOperandPackedOnce) {
  for (const auto& [m, n, k] : {std::tuple{1, 40, 9}, {7, 65, 900}, {130, 70, 5000}, {3, 5, 0}}) {
    const auto a = random_values<double>(m * k, 1);
    const auto b = random_values<double>(n * k, 2);
    const auto bias = random_values<double>(n, 3);
    const MatrixView<double> left = {a.data(), m, k, k, 1}, right = {b.data(), k, n, 1, k};
    std::vector<double> packed(static_cast<std::size_t>(packed_size<double>(k, n)));
    pack_matrix(right, packed.data());
    const auto expected = [&, m = m, n = n, k = k](std::int64_t i, std::int64_t j) {
      double sum = bias[static_cast<std::size_t>(j)];
      for (std::int64_t p = 0; p < k; ++p) sum += left.data[i * k + p] * right.data[j * k + p];
      return sum;
    };
    std::vector<double> first;
    for (const int threads : {1, 2, 3}) {
      set_num_threads(threads);
      std::vector<double> c(static_cast<std::size_t>(m * n));
      gemm_packed(left, packed.data(), n, c.data(), n, {.column_bias = bias.data()});
      if (first.empty()) first = c;
      EXPECT_EQ(c, first) << threads << " threads";
    }
    set_num_threads(0);
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        ASSERT_NEAR(first[static_cast<std::size_t>(i * n + j)], expected(i, j), 1e-11);
      }
    }
  }
}

TEST(Gemm, TheSameBitsForAnyNumberOfThreads) {
  for (const auto& [m, n, k] :
       {std::tuple{100, 128, 784}, {1, 1100, 700}, {300, 260, 500}, {400, 260, 500}}) {
    const auto a = random_values<float>(m * k, 1);
    const auto b = random_values<float>(n * k, 2);
    // What a dense layer computes: forward, and the gradient to its weights.
    const std::pair<MatrixView<float>, MatrixView<float>> products[] = {
        {{a.data(), m, k, k, 1}, {b.data(), k, n, 1, k}},
        {{a.data(), m, k, 1, m}, {b.data(), k, n, n, 1}}};
    for (const auto& [left, right] : products) {
      std::vector<float> first;
      for (const int threads : {1, 2, 3, 4}) {
        set_num_threads(threads);
        std::vector<float> c(static_cast<std::size_t>(m * n));
        gemm(left, right, c.data(), n);
        if (first.empty()) first = c;
        EXPECT_EQ(c, first) << threads << " threads";
      }
    }
  }
  set_num_threads(0);
}

}  // namespace
}  // namespace gluino::kernels
