// A leaf tells when its gradient is complete: once per backward, with the final value, while leaves
// nearer to the beginning wait for theirs.

#include <gluino/ops/control/custom.h>

#include "gluon/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;

NDArray leaf(double value, GradReq req = GradReq::write) {
  const NDArray array = nd::full({2}, value);
  array.attach_grad(req);
  return array;
}

// What hooks were told: whose gradient, and its first element then.
struct Told {
  std::vector<std::string> names;
  std::vector<double> values;
  std::vector<NDArray> gradients;

  void listen(const NDArray& array, const std::string& name) {
    autograd::set_gradient_hook(array, [this, name](const NDArray& gradient) {
      names.push_back(name);
      values.push_back(gradient.to_vector<double>()[0]);
      gradients.push_back(gradient);
    });
  }
  void clear() { *this = {}; }
};

template <class F>
NDArray recorded(F f) {
  const auto recording = autograd::record();
  return f();
}

TEST(GradientHook, IsToldInTheOrderOfCompletion) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  const NDArray c = leaf(5);
  Told told;
  told.listen(a, "a");
  told.listen(b, "b");
  told.listen(c, "c");
  const NDArray y = recorded([&] { return nd::ones({2}) * a * b * c; });
  y.backward();
  EXPECT_THAT(told.names, ElementsAre("c", "b", "a"));
  EXPECT_THAT(told.values, ElementsAre(6, 10, 15));
  EXPECT_TRUE(told.gradients[0].same_as(c.grad()));
}

// "b" has its gradient while that of "a", nearer to the beginning, is still what it was.
TEST(GradientHook, IsToldBeforeTheBackwardHasEnded) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  double meanwhile = -1;
  autograd::set_gradient_hook(b,
                              [&](const NDArray&) { meanwhile = a.grad().to_vector<double>()[0]; });
  a.grad().assign(77);
  recorded([&] { return ops::tanh(a) * b; }).backward();
  EXPECT_EQ(meanwhile, 77);
  EXPECT_NE(a.grad().to_vector<double>()[0], 77);
}

// Parts come from several users, from one that uses it twice, and from the heads.
TEST(GradientHook, WaitsForAllParts) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  Told told;
  told.listen(a, "a");
  told.listen(b, "b");
  const NDArray y = recorded([&] { return (a * a) * b * a; });
  const NDArray z = recorded([&] { return b * 7; });
  autograd::backward({y, z, a});
  EXPECT_THAT(told.names, ::testing::UnorderedElementsAre("a", "b"));
  EXPECT_EQ(a.grad().to_vector<double>()[0], 3 * 4 * 3 + 1);
  EXPECT_EQ(b.grad().to_vector<double>()[0], 8 + 7);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(told.values[i], told.gradients[i].to_vector<double>()[0]) << told.names[i];
  }
}

TEST(GradientHook, IsToldWhatWasAddedUp) {
  const NDArray a = leaf(2, GradReq::add);
  Told told;
  told.listen(a, "a");
  for (int i = 0; i < 3; ++i) recorded([&] { return a * 5; }).backward();
  EXPECT_THAT(told.values, ElementsAre(5, 10, 15));
}

TEST(GradientHook, IsToldInEachBackward) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  Told told;
  told.listen(a, "a");
  told.listen(b, "b");
  const NDArray y = recorded([&] { return ops::tanh(a) * b; });
  for (int i = 0; i < 3; ++i) y.backward({}, i < 2);
  EXPECT_THAT(told.names, ElementsAre("b", "a", "b", "a", "b", "a"));
  EXPECT_EQ(told.values[0], told.values[4]);
}

// Behind an operator without a gradient there is 0, and that is final at once.
TEST(GradientHook, IsToldOfGradientsThatAreZero) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  Told told;
  told.listen(a, "a");
  told.listen(b, "b");
  a.grad().assign(77);
  recorded([&] { return ops::BlockGrad(a) * b; }).backward();
  EXPECT_THAT(told.names, ElementsAre("a", "b"));
  EXPECT_THAT(told.values, ElementsAre(0, 2));
}

TEST(GradientHook, IsNotToldOfLeavesOnWhichNothingDepends) {
  const NDArray a = leaf(2);
  const NDArray b = leaf(3);
  Told told;
  told.listen(a, "a");
  told.listen(b, "b");
  recorded([&] { return a * 2; }).backward();
  EXPECT_THAT(told.names, ElementsAre("a"));
  told.clear();
  // autograd::grad leaves the arrays' own gradients alone.
  autograd::grad({recorded([&] { return a * b; })}, {a, b});
  EXPECT_THAT(told.names, ElementsAre());
  autograd::set_gradient_hook(a, {});
  b.attach_grad();
  recorded([&] { return a * b; }).backward();
  EXPECT_THAT(told.names, ElementsAre());
}

// Gradients are the same with hooks on some leaves, on all, and on none.
TEST(GradientHook, ChangesNoBit) {
  const auto gradients = [&](int hooks, bool hybrid) {
    random::seed(3);
    gluon::nn::HybridSequential net("net_");
    net.add(gluon::nn::Dense({.units = 7, .activation = "tanh"}), gluon::nn::BatchNorm(),
            gluon::nn::Dense({.units = 3}));
    net.initialize(init::Xavier());
    net.hybridize(hybrid);
    const NDArray x = pattern({5, 4}, 1);
    net(x);
    int told = 0;
    int set = 0;
    for (const auto& parameter : net.collect_params()) {
      if (parameter.grad_req() == GradReq::null || set >= hooks) continue;
      ++set;
      autograd::set_gradient_hook(parameter.data(), [&](const NDArray&) { ++told; });
    }
    recorded([&] { return (net(x) * net(x * 0.5)).sum(); }).backward();
    EXPECT_EQ(told, set);
    std::vector<float> all;
    for (const auto& parameter : net.collect_params()) {
      if (parameter.grad_req() == GradReq::null) continue;
      const auto values = parameter.grad().to_vector<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
    return all;
  };
  for (const bool hybrid : {false, true}) {
    const auto expected = gradients(0, hybrid);
    EXPECT_EQ(gradients(1, hybrid), expected);
    EXPECT_EQ(gradients(100, hybrid), expected);
  }
}

TEST(GradientHook, MayChangeTheGradientAndItself) {
  const NDArray a = leaf(2);
  int calls = 0;
  autograd::set_gradient_hook(a, [&](const NDArray& gradient) {
    ++calls;
    gradient.assign(gradient * 10);
    autograd::set_gradient_hook(a, {});
  });
  for (int i = 0; i < 2; ++i) {
    recorded([&] { return a * 3; }).backward();
    EXPECT_EQ(a.grad().to_vector<double>()[0], i == 0 ? 30 : 3);
  }
  EXPECT_EQ(calls, 1);
}

TEST(GradientHook, RefusesWhatCannotWork) {
  EXPECT_THAT(message_of([] { autograd::set_gradient_hook(nd::ones({1}), {}); }),
              HasSubstr("attach_grad first"));
  const NDArray a = leaf(2);
  autograd::set_gradient_hook(a, [&](const NDArray&) { (a * 2).backward(); });
  EXPECT_THAT(message_of([&] { recorded([&] { return a * 3; }).backward(); }),
              HasSubstr("in a gradient hook"));
  autograd::set_gradient_hook(a, [](const NDArray&) { fail("a hook's own"); });
  EXPECT_THAT(message_of([&] { recorded([&] { return a * 3; }).backward(); }),
              HasSubstr("a hook's own"));
  autograd::set_gradient_hook(a, {});
  recorded([&] { return a * 3; }).backward();
  EXPECT_EQ(a.grad().to_vector<double>()[0], 3);
}

// The derivative of the square, unless it is told to fail.
class Square : public op::CustomOp {
 public:
  explicit Square(bool fails) : fails_(fails) {}
  void forward(bool, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>&) override {
    assign(out[0], req[0], in[0] * in[0]);
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& in, const std::vector<NDArray>&,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>&) override {
    if (fails_) fail("no square today");
    assign(in_grad[0], req[0], in[0] * out_grad[0] * 2);
  }

 private:
  bool fails_;
};

class SquareProp : public op::CustomOpProp {
 public:
  explicit SquareProp(const Attributes& attributes) : fails_(attributes.contains("fails")) {}
  std::unique_ptr<op::CustomOp> create_operator(const Context&, const std::vector<Shape>&,
                                                const std::vector<DType>&) const override {
    return std::make_unique<Square>(fails_);
  }

 private:
  bool fails_;
};

// A user's operator may fail half way: all leaves are told at the end, in the same order, or none.
TEST(GradientHook, IsToldAtTheEndWhereAnOperatorMayFail) {
  op::register_prop<SquareProp>("square_of_hooks");
  for (const bool fails : {false, true}) {
    const NDArray a = leaf(2);
    const NDArray b = leaf(3);
    Told told;
    told.listen(a, "a");
    told.listen(b, "b");
    const Attributes attributes = fails ? Attributes{{"fails", "1"}} : Attributes{};
    const NDArray y = recorded([&] {
      return ops::Custom({a}, {.op_type = "square_of_hooks", .attributes = attributes}) * b;
    });
    if (fails) {
      EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("no square today"));
      EXPECT_THAT(told.names, ElementsAre());
      EXPECT_EQ(b.grad().to_vector<double>()[0], 0);
    } else {
      y.backward();
      EXPECT_THAT(told.names, ElementsAre("b", "a"));
      EXPECT_THAT(told.values, ElementsAre(4, 12));
    }
  }
}

// A gradient's place is also what the gradient is computed from.
TEST(BackwardFromAGradient, IsComputedFromWhatItWas) {
  const NDArray x = nd::array({1, 2});
  x.attach_grad();
  const NDArray m = nd::array({{1, 2}, {3, 4}});
  x.grad().assign(nd::array({10, 1}));
  recorded([&] { return ops::dot(m, x); }).backward(x.grad());
  EXPECT_THAT(x.grad().to_vector<double>(), ElementsAre(1 * 10 + 3, 2 * 10 + 4));
}

}  // namespace
}  // namespace gluino
