// After something has thrown in the midst of a step, training goes on as if it had not.
#include <gluino/ops/control/custom.h>
#include <gluino/ops/elementwise/copies.h>
#include <gluino/optimizer/rules/adam.h>

#include <stdexcept>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using testing::pattern;

using Contexts = std::vector<Context>;

enum class Place { nowhere, forward, hook, custom_forward, custom_backward, optimizer };
Place failing = Place::nowhere;

void fail_at(Place place) {
  if (failing == place) throw std::runtime_error("out of ink");
}

class Twice : public op::CustomOp {
  void forward(bool /*is_train*/, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& /*aux*/) override {
    fail_at(Place::custom_forward);
    assign(out[0], req[0], in[0] * 2);
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& /*in*/, const std::vector<NDArray>& /*out*/,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& /*aux*/) override {
    fail_at(Place::custom_backward);
    assign(in_grad[0], req[0], out_grad[0] * 2);
  }
};

class TwiceProp : public op::CustomOpProp {
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    return std::make_unique<Twice>();
  }
};

[[maybe_unused]] const bool registered = [] {
  op::register_prop<TwiceProp>("test_failing_twice");
  return true;
}();

// Fails at the second parameter, when the first one is updated already.
class FailingAdam : public optimizer::Adam {
 public:
  FailingAdam() : Adam({.learning_rate = 0.01}) {}
  void update(std::int64_t index, const NDArray& weight, const NDArray& grad,
              optimizer::State& state) override {
    const Step step = next_step(index, weight, state, 2);
    if (index == 1) fail_at(Place::optimizer);
    nd::adam_update(weight, grad, state[0], state[1],
                    {.lr = step.lr / static_cast<double>(step.count)});
  }
};

class Net : public gluon::HybridBlock {
 public:
  explicit Net(const std::string& prefix) : HybridBlock(prefix) {
    first_->register_forward_hook(
        [](const gluon::Block&, const NDArray&, const NDArray&) { fail_at(Place::hook); });
  }
  NDArray forward(const NDArray& x) override {
    const NDArray y = nd::Custom({first_(x)}, {.op_type = "test_failing_twice"});
    fail_at(Place::forward);
    return second_(y);
  }

 private:
  gluon::Child<nn::Dense> first_ = child<nn::Dense>("first", {.units = 5, .in_units = 4});
  gluon::Child<nn::Dense> second_ = child<nn::Dense>("second", {.units = 3, .in_units = 5});
};

void backward(Net& net, const Contexts& contexts, int step) {
  gluon::loss::L2Loss loss;
  std::vector<NDArray> losses;
  {
    const auto recording = autograd::record();
    for (const Context& context : contexts) {
      const NDArray x = pattern({4, 4}, step + context.id).as_in_context(context);
      losses.push_back(loss(net(x), pattern({4, 3}, step).as_in_context(context)));
    }
  }
  autograd::backward(losses);
}

// Six steps; the third is made twice where something fails in it.
std::vector<NDArray> trained(Place place, bool hybrid, const Contexts& contexts) {
  random::seed(5);
  Net net("net_");
  net.initialize(init::Xavier(), contexts);
  if (hybrid) net.hybridize();
  gluon::Trainer trainer(net.collect_params(), std::make_shared<FailingAdam>());
  for (int step = 0; step < 6; ++step) {
    if (step == 2) {
      failing = place;
      if (place == Place::optimizer) {
        backward(net, contexts, step);
        EXPECT_ANY_THROW(trainer.step(8));
      } else if (place != Place::nowhere) {
        EXPECT_ANY_THROW(backward(net, contexts, step));
      }
      failing = Place::nowhere;
    }
    const Mode& mode = current_mode();
    EXPECT_TRUE(mode.recorder == nullptr && !mode.training && !mode.dry_run && mode.layer.empty());
    const bool half = step == 2 && place == Place::optimizer;
    if (!half) backward(net, contexts, step);
    trainer.step(8, half);  // the first parameter has had its step
  }
  std::vector<NDArray> values;
  for (const gluon::Parameter& parameter : net.collect_params()) {
    for (const NDArray& copy : parameter.list_data()) values.push_back(copy);
  }
  return values;
}

TEST(Failures, LeaveATrainingThatGoesOn) {
  for (const Contexts& contexts : {Contexts{cpu(0)}, Contexts{cpu(0), cpu(1)}}) {
    for (const bool hybrid : {false, true}) {
      const std::vector<NDArray> expected = trained(Place::nowhere, hybrid, contexts);
      for (const Place place : {Place::forward, Place::hook, Place::custom_forward,
                                Place::custom_backward, Place::optimizer}) {
        // Compiled graphs run neither a block's forward nor its children's hooks.
        if (hybrid && (place == Place::forward || place == Place::hook)) continue;
        SCOPED_TRACE(str("place ", static_cast<int>(place), ", hybrid ", hybrid, ", contexts ",
                         contexts.size()));
        const std::vector<NDArray> found = trained(place, hybrid, contexts);
        for (std::size_t i = 0; i < found.size(); ++i) {
          EXPECT_TRUE(ops::same_bits(found[i], expected[i])) << "array " << i;
        }
      }
    }
  }
}

// Inside of a recording, of names and of layers.
TEST(Failures, LeaveTheThreadAsItWas) {
  Net net("net_");
  net.initialize();
  nn::HybridSequential outer("outer_");
  const auto names = outer.name_scope();
  const LayerName layer("layer");
  for (const bool training : {true, false}) {
    const auto recording = autograd::record(training);
    for (const Place place : {Place::forward, Place::hook, Place::custom_forward}) {
      for (const bool hybrid : {false, true}) {
        net.hybridize(hybrid);
        failing = place;
        EXPECT_ANY_THROW(net(pattern({2, 4}, 0)));
        failing = Place::nowhere;
        EXPECT_TRUE(autograd::is_recording());
        EXPECT_EQ(autograd::is_training(), training);
        EXPECT_FALSE(current_mode().dry_run);
        EXPECT_EQ(current_mode().layer, "layer");
        EXPECT_EQ(nn::Dense({.units = 1, .prefix = "fc_"}).prefix(), "outer_fc_");
      }
    }
  }
  EXPECT_FALSE(autograd::is_recording());
}

TEST(Failures, OfAnInitializerLeaveTheValues) {
  nn::Dense layer({.units = 2, .in_units = 2, .prefix = "fc_"});
  layer.initialize(init::One(), {cpu(0), cpu(1)});
  const init::Initializer broken = init::Initializer::for_any_name(
      [](const std::string&, const NDArray&) { throw std::runtime_error("out of ink"); });
  EXPECT_ANY_THROW(layer.weight().initialize(broken, {cpu(1)}, true));
  EXPECT_EQ(layer.weight().list_ctx(), (Contexts{cpu(0), cpu(1)}));
  EXPECT_EQ(layer.weight().data(cpu(1)).to_vector<float>(), (std::vector<float>{1, 1, 1, 1}));

  nn::Dense waiting({.units = 2, .prefix = "fc_"});
  waiting.initialize(broken);
  EXPECT_ANY_THROW(waiting(nd::ones({1, 3})));
  waiting.initialize(init::One());
  EXPECT_EQ(waiting(nd::ones({1, 3})).to_vector<float>(), (std::vector<float>{3, 3}));
}

}  // namespace
}  // namespace gluino
