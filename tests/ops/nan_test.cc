#include <cmath>

#include "ops/support.h"

// NaN must not get lost on the way: a number in its place would look like a result. What is
// expected is what MXNet 1.9.1 gives, but for maximum pooling, which drops NaN there, and the sign.
namespace gluino {
namespace {

constexpr double kNan = NAN;
constexpr double kInf = INFINITY;

NDArray odd() { return nd::array({kNan, -1, 0, 2, kInf, -kInf}); }

// The results and gradients of a call by name; -99 stands for "not compared".
struct Case {
  const char* op;
  Attributes options;
  std::vector<double> y;
  std::vector<double> dx;
};

void expect_equal(const NDArray& got, const std::vector<double>& expected, const char* what) {
  const auto values = got.to_vector<double>();
  ASSERT_EQ(values.size(), expected.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << what << " " << i << " is " << values[i];
    } else if (std::isinf(expected[i])) {
      EXPECT_EQ(values[i], expected[i]) << what << " " << i;
    } else {
      EXPECT_NEAR(values[i], expected[i], 1e-6) << what << " " << i;
    }
  }
}

TEST(Nan, GoesThroughFunctionsAndTheirGradients) {
  const std::vector<Case> cases = {
      {"relu", {}, {kNan, 0, 0, 2, kInf, 0}, {kNan, 0, 0, 1, 1, 0}},
      {"Activation", {{"act_type", "relu"}}, {kNan, 0, 0, 2, kInf, 0}, {kNan, 0, 0, 1, 1, 0}},
      {"sigmoid",
       {},
       {kNan, 0.26894143, 0.5, 0.88079708, 1, 0},
       {kNan, 0.19661194, 0.25, 0.10499359, 0, 0}},
      {"tanh",
       {},
       {kNan, -0.76159416, 0, 0.96402758, 1, -1},
       {kNan, 0.41997434, 1, 0.07065082, 0, 0}},
      {"softsign", {}, {kNan, -0.5, 0, 2.0 / 3, kNan, kNan}, {kNan, 0.25, 1, 1.0 / 9, 0, 0}},
      {"log_sigmoid",
       {},
       {kNan, -1.31326169, -0.69314718, -0.12692801, 0, -kInf},
       {kNan, 0.73105858, 0.5, 0.11920292, 0, 1}},
      {"mish",
       {},
       {kNan, -0.30340146, 0, 1.94395896, kInf, kNan},
       {kNan, 0.05921675, 0.6, 1.0693179, 1, kNan}},
      {"abs", {}, {kNan, 1, 0, 2, kInf, kInf}, {kNan, -1, 0, 1, 1, -1}},
      {"square", {}, {kNan, 1, 0, 4, kInf, kInf}, {kNan, -2, 0, 4, kInf, -kInf}},
      {"sqrt",
       {},
       {kNan, kNan, 0, 1.41421356, kInf, kNan},
       {kNan, kNan, kInf, 0.35355338, 0, kNan}},
      {"clip", {{"a_min", "-1"}, {"a_max", "1"}}, {kNan, -1, 0, 1, 1, -1}, {1, 1, 1, 0, 0, 0}},
      {"LeakyReLU", {}, {kNan, -0.25, 0, 2, kInf, -kInf}, {1, 0.25, 0.25, 1, 1, 0.25}},
      {"round", {}, {kNan, -1, 0, 2, kInf, -kInf}, {0, 0, 0, 0, 0, 0}},
      {"_maximum_scalar", {{"scalar", "0.5"}}, {kNan, 0.5, 0.5, 2, kInf, 0.5}, {0, 0, 0, 1, 1, 0}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.op);
    const NDArray x = odd();
    x.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = nd::invoke(c.op, {x}, c.options)[0];
    }
    y.backward();
    expect_equal(y, c.y, "output");
    expect_equal(x.grad(), c.dx, "gradient");
  }
}

TEST(Nan, GoesThroughPairsWhicheverItIsOf) {
  const NDArray a = nd::array({kNan, 1, kNan, 2});
  const NDArray b = nd::array({1, kNan, kNan, 3});
  for (const char* op : {"broadcast_maximum", "broadcast_minimum", "broadcast_hypot",
                         "broadcast_mod", "_maximum", "_minimum"}) {
    SCOPED_TRACE(op);
    const auto y = nd::invoke(op, {a, b})[0].to_vector<double>();
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(std::isnan(y[i])) << i;
    EXPECT_FALSE(std::isnan(y[3]));
  }
}

TEST(Nan, AsAnIndexIsNoClass) {
  const NDArray index = nd::array({kNan, 1, -1, 5});
  EXPECT_EQ(nd::one_hot(index, {.depth = 3}).to_vector<float>(),
            (std::vector<float>{0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(nd::take(nd::array({1, 2, 3}), index).to_vector<float>(),
            (std::vector<float>{1, 2, 1, 3}));
  EXPECT_EQ(nd::take(nd::array({1, 2, 3}), index, {.mode = "wrap"}).to_vector<float>(),
            (std::vector<float>{2, 2, 3, 3}));
}

// Wherever it stands, and in rows of any length.
TEST(Nan, IsWhatARowOfNumbersGives) {
  for (const std::int64_t n : {1, 3, 16, 33, 100, 2000}) {
    for (std::int64_t at = 0; at < n; at += n / 5 + 1) {
      for (const DType dtype : {float32, float64}) {
        NDArray x = nd::ones({2, n}, dtype);
        x.reshape({2 * n}).slice(n + at, n + at + 1) *= kNan;
        for (const char* op :
             {"max", "min", "sum", "mean", "prod", "norm", "softmax", "log_softmax"}) {
          const Attributes options = {{"axis", "1"}};
          const auto y = nd::invoke(op, {x}, options)[0].to_vector<double>();
          EXPECT_FALSE(std::isnan(y.front())) << op;
          EXPECT_TRUE(std::isnan(y.back())) << op << " of " << n << ", NaN at " << at;
        }
        for (const char* op : {"argmax", "argmin"}) {
          EXPECT_EQ(nd::invoke(op, {x}, {{"axis", "1"}})[0].to_vector<double>()[1],
                    static_cast<double>(at))
              << op;
        }
      }
    }
  }
}

TEST(Nan, IsTheMaximumOfARegionWhereverItStands) {
  for (std::int64_t at = 0; at < 4; ++at) {
    NDArray x = nd::ones({1, 1, 2, 2});
    x.reshape({4}).slice(at, at + 1) *= kNan;
    x.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = nd::invoke("ROIPooling", {x, nd::array({{0, 0, 0, 1, 1}})},
                     {{"pooled_size", "(1, 1)"}, {"spatial_scale", "1"}})[0];
    }
    y.backward();
    EXPECT_TRUE(std::isnan(y.to_vector<double>()[0])) << at;
    EXPECT_EQ(x.grad().to_vector<double>()[static_cast<std::size_t>(at)], 1);
  }
}

TEST(Nan, OfABoxIsThatOfItsOverlaps) {
  const NDArray boxes = nd::array({{0, 0, 1, 1}, {0, 0, kNan, 1}, {0, 0, 0, 0}});
  const auto shares = nd::invoke("_contrib_box_iou", {boxes, boxes}, {})[0].to_vector<double>();
  EXPECT_EQ(shares[0], 1);
  EXPECT_EQ(shares[8], 0);
  for (const std::size_t i : {1, 3, 4, 5, 7}) EXPECT_TRUE(std::isnan(shares[i])) << i;
}

}  // namespace
}  // namespace gluino
