// Densities against what MXNet 1.9.1 computes, and against the sums and integrals that they have.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::message_of;

void expect_near(const NDArray& got, const std::vector<double>& expected) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], expected[i], 2e-6 * (1 + std::abs(expected[i]))) << i;
  }
}

struct Gradients {
  NDArray density;
  std::vector<NDArray> by;
};

Gradients gradients_of(const std::string& name, const std::vector<NDArray>& in) {
  for (const NDArray& array : in) array.attach_grad();
  Gradients result;
  {
    const auto recording = autograd::record();
    result.density = nd::invoke("_random_pdf_" + name, in, {{"is_log", "True"}})[0];
    result.density.backward();
  }
  for (const NDArray& array : in) result.by.push_back(array.grad());
  return result;
}

TEST(RandomPdf, AreMxnets) {
  const NDArray x = nd::array({{0.5, 1.5, 2}, {1, 2, 3}});
  const NDArray n = nd::array({{0, 1, 2}, {1, 2, 3}});
  const NDArray a = nd::array({0.7, 2}), b = nd::array({2, 0.5});
  const NDArray k = nd::array({2, 3}), p = nd::array({0.3, 0.6});
  expect_near(nd::random_pdf_uniform(x, nd::array({0, 1}), nd::array({2, 4})),
              {0.5, 0.5, 0.5, 1 / 3.0, 1 / 3.0, 1 / 3.0});
  expect_near(nd::random_pdf_normal(x, nd::array({0, 1}), b),
              {0.1933341, 0.1505687, 0.1209854, 0.7978846, 0.1079819, 2.676604e-4});
  expect_near(nd::random_pdf_gamma(x, a, b),
              {0.566816, 0.0551725, 0.0186183, 0.1516327, 0.1839397, 0.1673476});
  expect_near(nd::random_pdf_exponential(x, a),
              {0.4932817, 0.2449563, 0.1726179, 0.2706706, 0.0366313, 0.0049575});
  expect_near(nd::random_pdf_poisson(n, a),
              {0.4965853, 0.3476097, 0.1216634, 0.2706706, 0.2706706, 0.1804470});
  expect_near(nd::random_pdf_negative_binomial(n, k, p),
              {0.09, 0.126, 0.1323, 0.2592, 0.20736, 0.13824});
  expect_near(nd::random_pdf_generalized_negative_binomial(n, k, p),
              {0.2087374, 0.2609218, 0.2119990, 0.1926187, 0.1651017, 0.1297228});
  expect_near(nd::random_pdf_dirichlet(nd::array({{0.2, 0.3, 0.5}, {0.1, 0.1, 0.8}}),
                                       nd::array({{1, 2, 3}, {0.5, 0.5, 2}})),
              {4.5, 5.0929582});
}

TEST(RandomPdf, GradientsOfTheirLogarithmsAreMxnets) {
  const NDArray x = nd::array({{0.5, 1.5, 2}, {1, 2, 3}});
  const Gradients gamma = gradients_of("gamma", {x, nd::array({0.7, 2}), nd::array({2, 0.5})});
  expect_near(gamma.density,
              {-0.5677205, -2.8973043, -3.9836089, -1.8862944, -1.6931472, -1.787682});
  expect_near(gamma.by[0], {-2.6, -2.2, -2.15, 0.5, 0, -1 / 6.0});
  expect_near(gamma.by[1], {6.144981, -1.5560349});
  expect_near(gamma.by[2], {-2.95, 6});
  const NDArray n = nd::array({{0, 1, 2}, {1, 2, 3}});
  const Gradients counts =
      gradients_of("generalized_negative_binomial", {n, nd::array({2, 3}), nd::array({0.3, 0.6})});
  expect_near(counts.by[0], std::vector<double>(6, 0));
  expect_near(counts.by[1], {-0.9375, -0.3571429});
  const Gradients shares =
      gradients_of("dirichlet", {nd::array({{0.2, 0.3, 0.5}}), nd::array({{1, 2, 3}})});
  expect_near(shares.by[0], {0, 1 / 0.3, 4});
  expect_near(shares.by[1], {0.6738955, 0.0793604, 0.0901863});
}

TEST(RandomPdf, ChancesOfAllCountsSumToOne) {
  const NDArray n = nd::arange(0, 400).astype(float64).reshape({1, 400});
  const auto one = [](double value) { return nd::array({value}, float64); };
  expect_near(nd::sum(nd::random_pdf_poisson(n, one(30))), {1});
  expect_near(nd::sum(nd::random_pdf_negative_binomial(n, one(3), one(0.4))), {1});
  expect_near(nd::sum(nd::random_pdf_generalized_negative_binomial(n, one(3), one(0.4))), {1});
  expect_near(nd::random_pdf_poisson(nd::array({0, 1}), nd::array({0, 0})), {1, 0});
}

TEST(RandomPdf, ShapesThatDoNotFit) {
  const auto message = [](const Shape& sample, const Shape& mu) {
    return message_of([&] { nd::random_pdf_normal(nd::ones(sample), nd::ones(mu), nd::ones(mu)); });
  };
  EXPECT_EQ(
      message({3}, {2}),
      "[_random_pdf_normal] sample: expected the axes of the parameters (2,) first, got (3,)");
  EXPECT_EQ(message({2}, {2, 3}),
            "[_random_pdf_normal] sample: expected the axes of the "
            "parameters (2, 3) first, got (2,)");
  EXPECT_EQ(message_of([] {
              nd::random_pdf_dirichlet(nd::ones({2, 3}), nd::ones({2, 4}));
            }),
            "[_random_pdf_dirichlet] sample: expected (..., 4) as alpha has, got (2, 3)");
}

}  // namespace
}  // namespace gluino
