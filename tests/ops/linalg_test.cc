#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;

NDArray drawn(const Shape& shape, unsigned seed) { return filled({shape}, float64, seed); }

void expect_near(const NDArray& got, const NDArray& expected, double tolerance = 1e-9) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], tolerance) << i;
}

// Symmetric and positive definite: X X^T with something on the diagonal.
NDArray positive(const NDArray& x) {
  const std::int64_t n = x.shape()[x.ndim() - 2];
  std::vector<double> unit(static_cast<std::size_t>(n * n));
  for (std::int64_t i = 0; i < n; ++i) unit[static_cast<std::size_t>(i * n + i)] = 0.5;
  return nd::linalg_syrk(x) + nd::from(unit, {n, n});
}

TEST(Linalg, ProductsOfManyMatricesAreThoseOfEach) {
  const NDArray a = drawn({2, 5, 7}, 1), b = drawn({2, 7, 4}, 2);
  const NDArray products = nd::batch_dot(a, b);
  for (std::int64_t i = 0; i < 2; ++i) {
    expect_near(products[i], nd::dot(a[i], b[i]));
    expect_near(nd::linalg_gemm2(a[i], b[i], {.alpha = 3}), products[i] * 3.0);
  }
}

TEST(Linalg, AFactorTimesItselfIsTheMatrix) {
  const NDArray a = positive(drawn({3, 6, 4}, 3));
  const NDArray l = nd::linalg_potrf(a);
  expect_near(nd::linalg_syrk(l), a);
  // The upper triangle is not read.
  const NDArray other = a.copy();
  other.data<double>()[5] = 99;
  expect_near(nd::linalg_potrf(other), l);
  expect_near(nd::linalg_trsm(l, nd::linalg_gemm2(l, drawn({3, 6, 2}, 4))), drawn({3, 6, 2}, 4));
  // The upper factor, of the upper triangle, is the lower one transposed.
  expect_near(nd::linalg_potrf(nd::linalg_syrk(l), {.lower = false}), l.transpose({0, 2, 1}));
  EXPECT_EQ(nd::invoke("linalg_potrf", {nd::array({{4, 2}, {99, 5}})}, {{"lower", "False"}})[0]
                .to_vector<double>(),
            (std::vector<double>{2, 1, 0, 2}));
}

class FactorOf : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(LowerAndUpper, FactorOf, ::testing::Values(true, false));

TEST_P(FactorOf, HasTheGradientOfFiniteDifferences) {
  const CholeskyOptions options{.lower = GetParam()};
  const NDArray x = drawn({4, 3}, 5), head = drawn({4, 4}, 6);
  x.attach_grad();
  NDArray l;
  {
    const auto recording = autograd::record();
    l = nd::linalg_potrf(positive(x), options);
  }
  l.backward(head);
  const auto value = [&] {
    return (nd::linalg_potrf(positive(x), options) * head).sum().to_vector<double>()[0];
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

TEST(Linalg, InversesAndDeterminants) {
  const NDArray a = drawn({2, 5, 5}, 7);
  NDArray unit = nd::zeros({2, 5, 5}, float64);
  for (std::int64_t i = 0; i < 10; ++i) unit.data<double>()[i / 5 * 25 + i % 5 * 6] = 1;
  expect_near(nd::batch_dot(a, nd::linalg_inverse(a)), unit);
  const NDArray det = nd::linalg_det(a);
  const auto parts = nd::linalg_slogdet(a);
  expect_near(parts[0] * nd::exp(parts[1]), det);
  const NDArray two = nd::array({{2, 1}, {4, 5}}, float64);
  EXPECT_NEAR(nd::linalg_det(two).asscalar(), 6, 1e-12);
  EXPECT_EQ(nd::linalg_det(nd::zeros({2, 2})).asscalar(), 0);
}

TEST(Linalg, RefusesWhatHasNone) {
  EXPECT_EQ(message_of([] {
              nd::linalg_inverse(nd::zeros({2, 2}));
            }),
            "[_linalg_inverse] A: matrix 0 has no inverse");
  EXPECT_EQ(message_of([] {
              nd::linalg_potrf(-nd::ones({1, 1}));
            }),
            "[_linalg_potrf] A: matrix 0 is not positive definite");
  EXPECT_EQ(message_of([] {
              nd::linalg_det(nd::ones({2, 3}));
            }),
            "[_linalg_det] A: expected square matrices (..., N, N), got (2, 3)");
  EXPECT_EQ(message_of([] {
              nd::batch_dot(nd::ones({2, 3, 4}), nd::ones({3, 4, 5}));
            }),
            "[batch_dot] rhs: expected 2 along axis 0 to match (2, 3, 4), got (3, 4, 5)");
}

TEST(Indexing, RefusesPlacesOutside) {
  const NDArray x = nd::ones({2, 3});
  EXPECT_EQ(message_of([&] {
              nd::gather_nd(x, nd::array({{0.F}, {3.F}}));
            }),
            "[gather_nd] IndexError: indices: 3 is no place on axis 1 of (2, 3)");
  EXPECT_EQ(message_of([&] {
              nd::index_copy(x, nd::array({2}), nd::ones({1, 3}));
            }),
            "[_contrib_index_copy] IndexError: index_vector: 2 is no place on axis 0 of (2, 3)");
}

TEST(Indexing, CountsNegativePlacesFromTheEnd) {
  const NDArray x = nd::array({{1, 2, 3}, {4, 5, 6}});
  EXPECT_EQ(nd::gather_nd(x, nd::array({{-1, 0}, {0, -1}})).to_vector<float>(),
            (std::vector<float>{4, 3}));
}

// Of parts at one place the last stands there, and gets the gradient.
TEST(Indexing, TheLastOfSeveralPartsStays) {
  const NDArray x = nd::array({1, 2, 3});
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::scatter_nd(x, nd::array({{0, 0, 1}}), {.shape = {3}});
  }
  y.backward(nd::array({5, 6, 7}));
  EXPECT_EQ(y.to_vector<float>(), (std::vector<float>{2, 3, 0}));
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{0, 5, 6}));
}

}  // namespace
}  // namespace gluino
