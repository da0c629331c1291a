// Functions with a gradient of a user's.
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/function.h>
#include <gluino/gluon/hybrid_block.h>
#include <gluino/ops/nd.h>

#include "error_message.h"

namespace gluino {
namespace {

using autograd::apply_function;
using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using testing::message_of;

class Sigmoid : public autograd::Function {
 public:
  explicit Sigmoid(double factor = 1) : factor_(factor) {}

 protected:
  Arrays forward(const Arrays& in) override {
    EXPECT_FALSE(autograd::is_recording());
    const NDArray y = 1 / (1 + nd::exp(-in[0]));
    save_for_backward({y});
    return {y};
  }
  Arrays backward(const Arrays& out_grads) override {
    EXPECT_FALSE(autograd::is_recording());
    const NDArray& y = saved_tensors()[0];
    return {out_grads[0] * y * (1 - y) * factor_};
  }

 private:
  double factor_;
};

// A sum and a product; the gradients are those of the sum and the product, but for a factor of 10.
class SumAndProduct : public autograd::Function {
  Arrays forward(const Arrays& in) override {
    save_for_backward(in);
    return {in[0] + in[1], in[0] * in[1]};
  }
  Arrays backward(const Arrays& out_grads) override {
    const Arrays& in = saved_tensors();
    return {(out_grads[0] + out_grads[1] * in[1]) * 10, (out_grads[0] + out_grads[1] * in[0]) * 10};
  }
};

class PassedOn : public autograd::Function {
  Arrays forward(const Arrays& in) override { return {in[0], in[0]}; }
  Arrays backward(const Arrays& out_grads) override { return {out_grads[0] + out_grads[1] * 2}; }
};

// What it gives as gradients is said from outside.
class Wrong : public autograd::Function {
 public:
  explicit Wrong(Arrays grads) : grads_(std::move(grads)) {}

 private:
  Arrays forward(const Arrays& in) override { return {in[0] * 2}; }
  Arrays backward(const Arrays& /*out_grads*/) override { return grads_; }
  Arrays grads_;
};

TEST(Function, GivesItsOwnGradient) {
  const NDArray x = nd::array({0, 1, -2});
  x.attach_grad();
  const NDArray plain = nd::sigmoid(x);
  for (const double factor : {1.0, 3.0}) {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = apply_function<Sigmoid>({x}, factor)[0];
      (y * 2).sum().backward();
    }
    EXPECT_EQ(y.to_vector<float>()[1], plain.to_vector<float>()[1]);
    const float end = static_cast<float>(factor) * 2;
    EXPECT_THAT(x.grad().to_vector<float>(),
                ElementsAre(FloatNear(end * 0.25F, 1e-6F), FloatNear(end * 0.1966119F, 1e-6F),
                            FloatNear(end * 0.1049936F, 1e-6F)));
  }
}

TEST(Function, TakesAndGivesSeveralArrays) {
  const NDArray a = nd::array({2}), b = nd::array({5});
  a.attach_grad();
  b.attach_grad();
  {
    const auto recording = autograd::record();
    const auto made = apply_function<SumAndProduct>({a, b});
    EXPECT_THAT(made[1].to_vector<float>(), ElementsAre(10));
    (made[0] + made[1]).backward();
  }
  EXPECT_THAT(a.grad().to_vector<float>(), ElementsAre(60));
  EXPECT_THAT(b.grad().to_vector<float>(), ElementsAre(30));
  // Of one output alone the other's gradient is 0.
  {
    const auto recording = autograd::record();
    apply_function<SumAndProduct>({a, b})[0].backward();
  }
  EXPECT_THAT(a.grad().to_vector<float>(), ElementsAre(10));
}

TEST(Function, MayPassItsInputsOn) {
  const NDArray x = nd::array({1, 2});
  x.attach_grad();
  {
    const auto recording = autograd::record();
    const auto made = apply_function<PassedOn>({x});
    EXPECT_NE(made[0].data(), x.data());
    EXPECT_NE(made[0].data(), made[1].data());
    (made[0] * 3 + made[1]).sum().backward();
  }
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(5, 5));
}

TEST(Function, ComputesAlsoWhereNothingIsRecorded) {
  const NDArray x = nd::zeros({0, 3});
  EXPECT_EQ(apply_function<Sigmoid>({x})[0].shape(), Shape({0, 3}));
  x.attach_grad();
  const auto recording = autograd::record();
  apply_function<Sigmoid>({x})[0].sum().backward();
  EXPECT_EQ(x.grad().shape(), Shape({0, 3}));
}

TEST(Function, MistakesAreTold) {
  const NDArray x = nd::array({1, 2});
  x.attach_grad();
  const auto refusal = [&](const std::vector<NDArray>& grads) {
    return message_of([&] {
      const auto recording = autograd::record();
      apply_function<Wrong>({x}, grads)[0].sum().backward();
    });
  };
  EXPECT_THAT(refusal({}), HasSubstr("expected 1 gradients, one for each input, got 0"));
  EXPECT_THAT(refusal({NDArray()}), HasSubstr("expected the input's shape (2,), got None"));
  EXPECT_THAT(refusal({nd::zeros(3)}), HasSubstr("expected the input's shape (2,), got (3,)"));

  const auto once = std::make_shared<Sigmoid>();
  apply_function(once, {x});
  EXPECT_THAT(message_of([&] { apply_function(once, {x}); }), HasSubstr("called already"));
  EXPECT_THAT(message_of([&] { apply_function(nullptr, {x}); }), HasSubstr("expected an object"));
  EXPECT_THAT(message_of([&] { apply_function<Sigmoid>({NDArray()}); }),
              HasSubstr("an input has no array"));
  const auto recording = autograd::record();
  const NDArray y = apply_function<Sigmoid>({x})[0];
  EXPECT_THAT(message_of([&] { autograd::grad({y}, {x}, {}, {.create_graph = true}); }),
              HasSubstr("operators of the library"));
}

class Hybrid : public gluon::HybridBlock {
  NDArray forward(const NDArray& x) override { return apply_function<Sigmoid>({x})[0]; }
};

TEST(Function, IsNoPartOfAGraph) {
  const NDArray x = nd::array({1, 2});
  Hybrid block;
  block.hybridize();
  const auto recording = autograd::record();
  EXPECT_THAT(message_of([&] { block(x); }), HasSubstr("cannot be a part of a hybridized block"));
}

}  // namespace
}  // namespace gluino
