// The recorded gradient of a product, where it is hard: zeros, many numbers, numbers far from 1.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using Values = std::vector<double>;

struct Gradients {
  Values first;
  Values second;  // of the sum of first times weights
};

NDArray weights_like(const NDArray& x) {
  Values weights;
  for (std::int64_t i = 0; i < x.size(); ++i) weights.push_back(static_cast<double>(i % 5) - 1.5);
  return nd::array(weights, x.dtype()).reshape(x.shape());
}

Gradients of_product(const NDArray& x, const ReduceOptions& options = {}) {
  x.attach_grad();
  const auto recording = autograd::record();
  const NDArray y = nd::prod(x, options);
  const NDArray first = autograd::grad({y}, {x}, {}, {.create_graph = true})[0];
  (first * weights_like(x)).sum().backward();
  return {first.to_vector<double>(), x.grad().to_vector<double>()};
}

// prod of all but those at i and j, by multiplying them.
double product_without(const Values& x, std::size_t i, std::size_t j) {
  double product = 1;
  for (std::size_t k = 0; k < x.size(); ++k) {
    if (k != i && k != j) product *= x[k];
  }
  return product;
}

TEST(ProdDerivative, IsExactWithAnyNumberOfZeros) {
  const std::vector<Values> cases = {{3},
                                     {0},
                                     {2, 0},
                                     {0, 0},
                                     {1.5, -2, 3, 0.5, 4},
                                     {1.5, 0, 3, 0.5, 4, -1},
                                     {0, -2, 3, 0, 4, 5, 7},
                                     {0, 0, 0, 2, 5, 7, 3, 2, 2}};
  for (const Values& values : cases) {
    const NDArray x = nd::array(values, float64);
    SCOPED_TRACE(x.to_string());
    const Values weights = weights_like(x).to_vector<double>();
    const Gradients got = of_product(x);
    for (std::size_t i = 0; i < values.size(); ++i) {
      EXPECT_DOUBLE_EQ(got.first[i], product_without(values, i, i)) << i;
      double second = 0;
      for (std::size_t k = 0; k < values.size(); ++k) {
        if (k != i) second += weights[k] * product_without(values, i, k);
      }
      EXPECT_NEAR(got.second[i], second, 1e-12 * (1 + std::abs(second))) << i;
    }
  }
}

// Of finite differences of the kernel's gradient, along any axes.
TEST(ProdDerivative, IsThatOfFiniteDifferencesAlongAnyAxes) {
  constexpr double kStep = 1e-6;
  for (const ReduceOptions& options :
       {ReduceOptions{}, {.axis = {1}}, {.axis = {0, 2}, .keepdims = true}, {.axis = {-1}}}) {
    const NDArray x = testing::filled({{3, 5, 2}}, float64, 3);
    for (const std::int64_t zero : {4, 11, 12}) x.data<double>()[zero] = 0;
    x.note_change();
    const Values weights = weights_like(x).to_vector<double>();
    const Values got = of_product(x, options).second;
    const auto weighted = [&] {
      const NDArray copy = x.copy();
      copy.attach_grad();
      {
        const auto recording = autograd::record();
        nd::prod(copy, options).backward();
      }
      double sum = 0;
      const Values first = copy.grad().to_vector<double>();
      for (std::size_t i = 0; i < first.size(); ++i) sum += first[i] * weights[i];
      return sum;
    };
    for (std::int64_t i = 0; i < x.size(); ++i) {
      double& value = x.data<double>()[i];
      const double before = value;
      value = before + kStep;
      const double above = weighted();
      value = before - kStep;
      const double below = weighted();
      value = before;
      EXPECT_NEAR(got[static_cast<std::size_t>(i)], (above - below) / (2 * kStep), 1e-6) << i;
    }
  }
}

// For n^2 numbers there would be no memory.
TEST(ProdDerivative, OfManyNumbersTakesMemoryForFew) {
  constexpr std::int64_t kCount = 100'001;
  Values values;
  for (std::int64_t i = 0; i < kCount; ++i) values.push_back(i % 2 == 0 ? 1.25 : 0.8);
  const NDArray x = nd::array(values, float64);
  const Gradients got = of_product(x);
  const Values weights = weights_like(x).to_vector<double>();
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += weights[i] / values[i];
  for (std::size_t i = 0; i < values.size(); i += 1009) {
    const double first = 1.25 / values[i];
    EXPECT_NEAR(got.first[i], first, 1e-9);
    EXPECT_NEAR(got.second[i], first * (sum - weights[i] / values[i]), 1e-6 * std::abs(sum));
  }
}

// As those of the kernel: what lies beyond the range on the way is no loss.
TEST(ProdDerivative, NumbersFarFromOneAreNoLoss) {
  std::vector<float> values = {1e30F, 1e30F, 1e-30F, 1e-25F};
  for (int i = 0; i < 600; ++i) values.insert(values.begin(), 1e20F);
  for (int i = 0; i < 600; ++i) values.push_back(1e-20F);
  const NDArray x = nd::array(values);
  x.attach_grad();
  {
    const auto recording = autograd::record();
    nd::prod(x).backward();
  }
  const Values kernels = x.grad().to_vector<double>();
  const auto recording = autograd::record();
  const Values recorded =
      autograd::grad({nd::prod(x)}, {x}, {}, {.create_graph = true})[0].to_vector<double>();
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    EXPECT_NEAR(recorded[i], kernels[i], 1e-5 * std::abs(kernels[i])) << i;
  }
}

}  // namespace
}  // namespace gluino
