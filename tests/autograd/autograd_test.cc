#include <gluino/gluino.h>
#include <gluino/ndarray/storage.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using testing::message_of;

using ::testing::HasSubstr;
using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

// y computed by f while it is recorded.
template <class F>
NDArray recorded(F f) {
  const auto recording = autograd::record();
  return f();
}

NDArray leaf(std::initializer_list<double> numbers, GradReq req = GradReq::write) {
  NDArray x = nd::array(numbers);
  x.attach_grad(req);
  return x;
}

TEST(Scopes, NestAndPutBackWhatWas) {
  EXPECT_FALSE(autograd::is_recording());
  EXPECT_FALSE(autograd::is_training());
  {
    const auto recording = autograd::record();
    EXPECT_TRUE(autograd::is_recording());
    EXPECT_TRUE(autograd::is_training());
    {
      const auto pausing = autograd::pause();
      EXPECT_FALSE(autograd::is_recording());
      EXPECT_FALSE(autograd::is_training());
      const auto training = autograd::train_mode();
      EXPECT_FALSE(autograd::is_recording());
      EXPECT_TRUE(autograd::is_training());
    }
    {
      const auto predicting = autograd::predict_mode();
      EXPECT_TRUE(autograd::is_recording());
      EXPECT_FALSE(autograd::is_training());
    }
    EXPECT_TRUE(autograd::is_recording());
    EXPECT_TRUE(autograd::is_training());
  }
  EXPECT_FALSE(autograd::is_recording());
  const auto recording = autograd::record(false);
  EXPECT_FALSE(autograd::is_training());
}

TEST(Scopes, SurviveExceptions) {
  EXPECT_THROW(
      {
        const auto recording = autograd::record();
        nd::dot(nd::ones({2, 3}), nd::ones({2, 3}));
      },
      Error);
  EXPECT_FALSE(autograd::is_recording());
  EXPECT_FALSE(autograd::is_training());
  const NDArray x = leaf({1, 2});
  const NDArray y = recorded([&] { return x * x; });
  EXPECT_THROW(y.backward(nd::ones({3})), Error);
  EXPECT_FALSE(autograd::is_training());
  y.backward();
  EXPECT_EQ(values(x.grad()), (Values{2, 4}));
}

TEST(Backward, WritesAddsOrLeaves) {
  const NDArray write = leaf({1, 2});
  const NDArray add = leaf({1, 2}, GradReq::add);
  const NDArray none = leaf({1, 2}, GradReq::null);
  EXPECT_FALSE(none.grad().defined());
  for (int i = 1; i <= 2; ++i) {
    recorded([&] { return write * add * none * 3; }).backward();
    EXPECT_EQ(values(write.grad()), (Values{3, 12}));
    EXPECT_EQ(values(add.grad()), (Values{3.0 * i, 12.0 * i}));
  }
}

TEST(Backward, AddsUpAllUsesOfAnArray) {
  const NDArray x = leaf({1, 2, 3});
  recorded([&] { return x * x + x; }).backward();
  EXPECT_EQ(values(x.grad()), (Values{3, 5, 7}));
  recorded([&] {
    const NDArray y = x * 2;
    const NDArray z = y * y;
    return z + y * z;
  }).backward();
  // 4 x^2 + 8 x^3
  EXPECT_EQ(values(x.grad()), (Values{32, 112, 240}));
}

TEST(Backward, WeighsWithHeadGradients) {
  const NDArray x = leaf({1, 2, 3});
  const NDArray y = recorded([&] { return x * x; });
  y.backward(nd::array({1, 10, 100}));
  EXPECT_EQ(values(x.grad()), (Values{2, 40, 600}));
  const NDArray a = recorded([&] { return x * 2; });
  const NDArray b = recorded([&] { return x * x; });
  autograd::backward({a, b}, {nd::array({1, 1, 1}), NDArray()});
  EXPECT_EQ(values(x.grad()), (Values{4, 6, 8}));
  autograd::backward({x});
  EXPECT_EQ(values(x.grad()), (Values{1, 1, 1}));
}

TEST(Backward, RefusesHeadsThatDoNotFit) {
  const NDArray x = leaf({1, 2});
  const NDArray y = recorded([&] { return x * x; });
  EXPECT_THAT(message_of([&] { y.backward(nd::ones({3})); }),
              HasSubstr("head gradient: expected shape (2,), got (3,)"));
  EXPECT_THAT(message_of([&] { y.backward(nd::ones({2}, float64)); }),
              HasSubstr("head gradient: expected float32, got float64"));
  EXPECT_THAT(message_of([&] { y.backward(nd::ones({2}, float32, cpu(1))); }),
              HasSubstr("head gradient: expected one on cpu(0), got cpu(1)"));
  EXPECT_THAT(message_of([&] {
                autograd::backward({y}, {nd::ones({2}), nd::ones({2})});
              }),
              HasSubstr("1 heads, but 2 head gradients"));
  EXPECT_THAT(message_of([&] { nd::ones({2}).backward(); }), HasSubstr("not computed under"));
  EXPECT_THAT(message_of([&] { nd::ones({2}, int32).attach_grad(); }), HasSubstr("real numbers"));
}

TEST(Backward, RunsTwiceOnlyIfTold) {
  const NDArray x = leaf({3});
  const NDArray y = recorded([&] { return x * x; });
  y.backward({}, true);
  y.backward();
  EXPECT_EQ(values(x.grad()), (Values{6}));
  EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("retain_graph"));
}

TEST(Grad, GivesNewArraysAndTouchesNoOther) {
  const NDArray x = leaf({1, 2});
  const NDArray w = leaf({3, 4});
  const NDArray y = recorded([&] { return x * x * w; });
  const auto grads = autograd::grad({y}, {x});
  EXPECT_EQ(values(grads[0]), (Values{6, 16}));
  EXPECT_EQ(values(x.grad()), (Values{0, 0}));
  EXPECT_EQ(values(w.grad()), (Values{0, 0}));
  EXPECT_FALSE(autograd::has_fresh_grad(w));

  const NDArray head = nd::ones({2, 1});
  const NDArray z = recorded([&] { return x.reshape({2, 1}); });
  autograd::grad({z}, {x}, {head})[0].assign(7);
  EXPECT_EQ(values(head), (Values{1, 1}));

  const NDArray other = leaf({1});
  const NDArray v = recorded([&] { return x * 2; });
  EXPECT_THROW(autograd::grad({v}, {nd::ones({2})}), Error);
  EXPECT_THAT(message_of([&] { autograd::grad({v}, {other}); }), HasSubstr("do not depend"));
}

TEST(InPlace, IsRefusedWhereItWouldChangeWhatIsRecorded) {
  const NDArray x = leaf({1, 2});
  const auto recording = autograd::record();
  const NDArray y = x * 2;
  EXPECT_THROW(x += 1, Error);
  EXPECT_THROW(y *= y, Error);
  EXPECT_THROW(y.assign(0), Error);
  const NDArray plain = nd::ones({2});
  plain += 1;
  EXPECT_EQ(values(plain), (Values{2, 2}));
  // The product's gradient would need what plain held before.
  EXPECT_THROW(plain *= y, Error);
}

TEST(InPlace, SumsOfLossesAreRecorded) {
  const NDArray x = leaf({1, 2});
  const NDArray total = nd::zeros({2});
  {
    const auto recording = autograd::record();
    total += x * x;
  }
  total.backward();
  EXPECT_EQ(values(x.grad()), (Values{2, 4}));
}

TEST(Detach, CutsTheHistory) {
  const NDArray x = leaf({1, 2});
  const NDArray y = recorded([&] {
    const NDArray z = x * x;
    return z.detach() * x;
  });
  y.backward();
  EXPECT_EQ(values(x.grad()), (Values{1, 4}));
}

TEST(Views, PassGradientsOn) {
  const NDArray x = nd::array({{1, 2, 3}, {4, 5, 6}});
  x.attach_grad();
  recorded([&] {
    return x.reshape({3, 2}).T().flatten() * nd::array({{1, 2, 3}, {4, 5, 6}});
  }).backward();
  EXPECT_EQ(values(x.grad()), (Values{1, 4, 2, 5, 3, 6}));
  recorded([&] { return x[1] * x[0]; }).backward();
  EXPECT_EQ(values(x.grad()), (Values{4, 5, 6, 1, 2, 3}));
  recorded([&] { return x.slice(1, 2).sum() + x[-1][0]; }).backward();
  EXPECT_EQ(values(x.grad()), (Values{0, 0, 0, 2, 1, 1}));
  recorded([&] { return x.expand_dims(0).squeeze().astype(float64); }).backward();
  EXPECT_EQ(values(x.grad()), Values(6, 1));
  EXPECT_THROW(recorded([&] { return x.slice(1, 5); }), Error);
}

TEST(Copies, PassGradientsOn) {
  const NDArray x = leaf({1, 2});
  recorded([&] { return x.copy() * x.as_in_context(cpu(0)); }).backward();
  EXPECT_EQ(values(x.grad()), (Values{2, 4}));
  const NDArray far = recorded([&] { return (x * 3).as_in_context(cpu(1)) * 2; });
  EXPECT_EQ(far.context(), cpu(1));
  far.backward();
  EXPECT_EQ(values(x.grad()), (Values{6, 6}));
  EXPECT_EQ(x.grad().context(), cpu(0));
}

TEST(Contexts, HeadsOfSeveralAreDifferentiatedTogether) {
  const NDArray a = leaf({1, 2});
  const NDArray b = a.copyto(cpu(1));
  b.attach_grad();
  std::vector<NDArray> losses;
  {
    const auto recording = autograd::record();
    losses = {a * a, b * 3};
  }
  autograd::backward(losses);
  EXPECT_EQ(values(a.grad()), (Values{2, 4}));
  EXPECT_EQ(values(b.grad()), (Values{3, 3}));
  EXPECT_EQ(b.grad().context(), cpu(1));
}

TEST(FreshGradients, AreToldFromStaleOnes) {
  const NDArray x = leaf({1});
  EXPECT_FALSE(autograd::has_fresh_grad(x));
  recorded([&] { return x * 2; }).backward();
  EXPECT_TRUE(autograd::has_fresh_grad(x));
  autograd::clear_fresh_grad(x);
  EXPECT_FALSE(autograd::has_fresh_grad(x));
  autograd::mark_fresh_grad(x);
  EXPECT_TRUE(autograd::has_fresh_grad(x));
  EXPECT_THROW(autograd::mark_fresh_grad(nd::ones({1})), Error);
}

TEST(DeepGraphs, AMillionStepsAreDifferentiatedAndFreed) {
  constexpr int kSteps = 1'000'000;
  const auto before = pool_statistics().in_use;
  {
    const NDArray x = leaf({1});
    NDArray y = x;
    {
      const auto recording = autograd::record();
      for (int i = 0; i < kSteps; ++i) y = y + 1;
    }
    y.backward();
    EXPECT_EQ(values(x.grad()), (Values{1}));
    EXPECT_EQ(y.asscalar(), 1 + kSteps);
  }
  EXPECT_EQ(pool_statistics().in_use, before);
}

// Of arrays of 40,000 bytes a sum's gradient needs none.
TEST(DeepGraphs, NoValuesAreKeptForNothing) {
  const NDArray x = nd::ones({10'000});
  x.attach_grad();
  NDArray y = x;
  const auto before = pool_statistics().in_use;
  const auto recording = autograd::record();
  for (int i = 0; i < 100; ++i) y = y + 1;
  EXPECT_LT(pool_statistics().in_use - before, 5 * x.bytes());
}

TEST(DeepGraphs, AreFreedWithoutBackward) {
  const NDArray x = leaf({1});
  const auto recording = autograd::record();
  const auto before = pool_statistics().in_use;
  NDArray y = x;
  for (int i = 0; i < 100'000; ++i) y = y * 1.0 + x;
  EXPECT_EQ(y.asscalar(), 100'001);
  EXPECT_GT(pool_statistics().in_use, before + 100'000 * sizeof(float)) << "nothing was recorded";
  y = NDArray();
  EXPECT_EQ(pool_statistics().in_use, before);
}

}  // namespace
}  // namespace gluino
