// Factors and parts of matrices: by what defines them, numbers of MXNet, and finite differences.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;
using Values = std::vector<double>;

NDArray drawn(const Shape& shape, unsigned seed) { return filled({shape}, float64, seed); }

void expect_near(const NDArray& got, const NDArray& expected, double tolerance = 1e-9) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], tolerance) << i;
}

NDArray transposed(const NDArray& x) { return nd::swapaxes(x, {.dim1 = -2, .dim2 = -1}); }

NDArray unit(std::int64_t count, std::int64_t n) {
  return nd::linalg_makediag(nd::ones({count, n}, float64));
}

// The gradient of sum(heads * f(x)) against finite differences.
template <class F>
void expect_gradient(const NDArray& x, const std::vector<NDArray>& heads, F f) {
  x.attach_grad();
  std::vector<NDArray> out;
  {
    const auto recording = autograd::record();
    out = f();
  }
  autograd::backward(out, heads);
  const auto value = [&] {
    const auto now = f();
    double sum = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      const NDArray part = nd::sum(now[i] * heads[i]);
      sum += part.data<double>()[0];
    }
    return sum;
  };
  for (std::int64_t i = 0; i < x.size(); ++i) {
    constexpr double kStep = 1e-6;
    double& element = x.data<double>()[i];
    const double before = element;
    element = before + kStep;
    const double above = value();
    element = before - kStep;
    const double below = value();
    element = before;
    EXPECT_NEAR(x.grad().data<double>()[i], (above - below) / (2 * kStep), 1e-6) << i;
  }
}

TEST(Factors, PartsArePackedAsInMXNet) {
  const NDArray x = nd::reshape(nd::arange(0, 16, 1, float64), {.shape = {4, 4}});
  const auto diagonal = [&](std::int64_t offset) {
    return nd::linalg_extractdiag(x, {.offset = offset}).to_vector<double>();
  };
  EXPECT_EQ(diagonal(0), (Values{0, 5, 10, 15}));
  EXPECT_EQ(diagonal(1), (Values{1, 6, 11}));
  EXPECT_EQ(diagonal(-2), (Values{8, 13}));
  const auto triangle = [&](std::int64_t offset, bool lower) {
    return nd::linalg_extracttrian(x, {.offset = offset, .lower = lower}).to_vector<double>();
  };
  EXPECT_EQ(triangle(0, true), (Values{0, 4, 5, 8, 9, 10, 12, 13, 14, 15}));
  EXPECT_EQ(triangle(0, false), (Values{0, 1, 5, 2, 6, 10, 3, 7, 11, 15}));
  EXPECT_EQ(triangle(1, true), (Values{1, 2, 6, 3, 7, 11}));
  EXPECT_EQ(triangle(-1, false), (Values{4, 8, 9, 12, 13, 14}));
  EXPECT_EQ(nd::linalg_maketrian(nd::array({1, 2, 3}), {.offset = 1}).to_vector<float>(),
            (std::vector<float>{0, 1, 2, 0, 0, 3, 0, 0, 0}));
}

TEST(Factors, PartsOutsideOfAMatrixAreRefused) {
  EXPECT_EQ(message_of([] {
              nd::linalg_extractdiag(nd::ones({2, 2}), {.offset = -2});
            }),
            "[_linalg_extractdiag] offset: expected one of a diagonal of (2, 2), got -2");
  EXPECT_EQ(message_of([] { nd::linalg_maketrian(nd::ones({4})); }),
            "[_linalg_maketrian] A: expected M (M + 1) / 2 numbers for a triangle of M rows, got "
            "(4,)");
}

TEST(Factors, SumsOfLogarithmsAreThoseOfDeterminants) {
  const NDArray x = nd::abs(drawn({2, 4, 4}, 1)) + 0.1;
  const NDArray triangle = nd::linalg_maketrian(nd::linalg_extracttrian(x));
  expect_near(nd::linalg_sumlogdiag(x), nd::linalg_slogdet(triangle)[1]);
}

TEST(Factors, AnInverseIsMadeOfTheFactor) {
  const NDArray x = nd::linalg_syrk(drawn({2, 5, 7}, 2)) + unit(2, 5);
  expect_near(nd::linalg_potri(nd::linalg_potrf(x)), nd::linalg_inverse(x));
  const CholeskyOptions upper{.lower = false};
  expect_near(nd::linalg_potri(nd::linalg_potrf(x, upper), upper), nd::linalg_inverse(x));
  EXPECT_EQ(message_of([] {
              nd::linalg_potri(nd::zeros({1, 1}));
            }),
            "[_linalg_potri] A: matrix 0 has a 0 on its diagonal");
}

// Blocks, what is beside them, and nothing of the other triangle, whatever it holds.
TEST(Factors, ProductsWithTrianglesAreThoseWithMatricesThatHoldThem) {
  for (const bool lower : {true, false}) {
    for (const bool transpose : {true, false}) {
      const NDArray a = drawn({2, 67, 67}, 3), b = drawn({2, 67, 35}, 4);
      const NDArray triangle =
          nd::linalg_maketrian(nd::linalg_extracttrian(a, {.lower = lower}), {.lower = lower});
      a.data<double>()[lower ? 66 : 66 * 67] = NAN;
      const NDArray left =
          nd::linalg_trmm(a, b, {.transpose = transpose, .lower = lower, .alpha = 2});
      expect_near(left, nd::linalg_gemm2(triangle, b, {.transpose_a = transpose, .alpha = 2}));
      const NDArray right = nd::linalg_trmm(
          a, transposed(b), {.transpose = transpose, .rightside = true, .lower = lower});
      expect_near(right,
                  nd::linalg_gemm2(b, triangle, {.transpose_a = true, .transpose_b = transpose}));
    }
  }
}

TEST(Factors, ALowerTriangleTimesOrthonormalRows) {
  const NDArray a = drawn({2, 4, 6}, 5);
  const auto parts = nd::linalg_gelqf(a);
  expect_near(nd::batch_dot(parts[1], parts[0]), a);
  expect_near(nd::linalg_syrk(parts[0]), unit(2, 4));
  expect_near(nd::linalg_maketrian(nd::linalg_extracttrian(parts[1])), parts[1]);
  // The signs are LAPACK's.
  const auto two = nd::linalg_gelqf(nd::array({{3, 4}, {1, 2}}, float64));
  expect_near(two[1], nd::array({{-5, 0}, {-2.2, 0.4}}, float64));
}

TEST(Factors, EigenvectorsAndValues) {
  for (const std::int64_t n : {1, 2, 3, 20, 61}) {
    const NDArray x = drawn({2, n, n}, 6);
    const NDArray a = x + transposed(x);
    const auto parts = nd::linalg_syevd(a);
    const NDArray vectors = parts[0];
    expect_near(nd::linalg_syrk(vectors), unit(2, n));
    const NDArray scaled = nd::batch_dot(nd::linalg_makediag(parts[1]), vectors);
    expect_near(nd::batch_dot(vectors, scaled, {.transpose_a = true}), a, 1e-8);
    const auto values = parts[1].to_vector<double>();
    for (std::int64_t i = 1; i < n; ++i) {
      EXPECT_LE(values[static_cast<std::size_t>(i - 1)], values[static_cast<std::size_t>(i)]);
    }
    // The upper triangle is not read; of each vector the largest element is positive.
    const NDArray lower = nd::linalg_maketrian(nd::linalg_extracttrian(a));
    expect_near(nd::linalg_syevd(lower)[1], parts[1], 1e-10);
    expect_near(nd::max(vectors, {.axis = {2}}), nd::max(nd::abs(vectors), {.axis = {2}}));
  }
}

TEST(Factors, EigenvaluesOfWhatIsHard) {
  const auto values = [](const NDArray& a) { return nd::linalg_syevd(a)[1].to_vector<double>(); };
  EXPECT_EQ(values(nd::zeros({3, 3}, float64)), (Values{0, 0, 0}));
  expect_near(nd::linalg_syevd(nd::array({{0, 1}, {1, 0}}, float64))[1],
              nd::array({-1, 1}, float64));
  const Values large = values(nd::array({{1e300, 1e300}, {1e300, 1e300}}, float64));
  EXPECT_NEAR(large[1] / 2e300, 1, 1e-12);
  EXPECT_NEAR(large[0] / 2e300, 0, 1e-12);
  EXPECT_TRUE(std::isnan(values(nd::array({{NAN, 1}, {1, 0}}, float64))[0]));
  EXPECT_TRUE(std::isnan(values(nd::array({{1, 1}, {HUGE_VAL, 0}}, float64))[1]));
}

TEST(Factors, HaveTheGradientsOfFiniteDifferences) {
  const NDArray x = drawn({4, 4}, 7);
  expect_gradient(x, {drawn({4, 4}, 8), drawn({4}, 9)},
                  [&] { return nd::linalg_syevd(x + transposed(x)); });
  const NDArray y = drawn({3, 3}, 10) + unit(1, 3)[0] * 2.0;
  expect_gradient(y, {drawn({3, 3}, 11)},
                  [&] { return std::vector<NDArray>{nd::linalg_potri(y)}; });
  expect_gradient(y, {drawn({3, 3}, 11)},
                  [&] { return std::vector<NDArray>{nd::linalg_potri(y, {.lower = false})}; });
}

// MXNet's own, of eigenvalues that are equal.
TEST(Factors, EqualEigenvaluesHaveAGradientThatIsANumber) {
  const NDArray x = nd::array({{2, 0}, {0, 2}}, float64);
  x.attach_grad();
  std::vector<NDArray> out;
  {
    const auto recording = autograd::record();
    out = nd::linalg_syevd(x);
  }
  autograd::backward(out, {nd::array({{1, 2}, {3, 4}}, float64), nd::ones({2}, float64)});
  EXPECT_EQ(x.grad().to_vector<double>(), (Values{1, 5e99, 5e99, 1}));
}

}  // namespace
}  // namespace gluino
