// Settings that change in the midst of training.
#include <gluino/optimizer/rules/sgd.h>

#include <algorithm>
#include <functional>

#include "gluon/support.h"

namespace gluino {
namespace {

using testing::expect_near;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;

// SGD with momentum on a weight whose gradient never changes, in double.
struct Reference {
  std::vector<double> weight = pattern({6}, 1).to_vector<double>();
  std::vector<double> gradient = pattern({6}, 2).to_vector<double>();
  std::vector<double> momentum = std::vector<double>(6);
  double rate = 0.1;
  double decay = 0.01;
  double rescale = 1;
  double bound = 0;
  bool trains = true;

  void step(double batch_size) {
    if (!trains) return;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      double g = gradient[i] * rescale / batch_size;
      if (bound > 0) g = std::clamp(g, -bound, bound);
      momentum[i] = 0.9 * momentum[i] - rate * (g + decay * weight[i]);
      weight[i] += momentum[i];
    }
  }
};

struct Training {
  gluon::Parameter weight{"net_weight", {.shape = {6}}};
  std::shared_ptr<optimizer::Optimizer> optimizer;
  std::unique_ptr<gluon::Trainer> trainer;

  explicit Training(const std::vector<Context>& contexts) {
    weight.initialize(init::Zero(), contexts);
    weight.set_data(pattern({6}, 1));
    optimizer = optimizer::create("sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}, {"wd", 0.01}});
    gluon::ParameterDict parameters;
    parameters.add(weight);
    trainer = std::make_unique<gluon::Trainer>(parameters, optimizer);
  }

  void step(double batch_size) const {
    for (const NDArray& copy : weight.list_data()) {
      const double share = 1.0 / static_cast<double>(weight.list_data().size());
      const auto recording = autograd::record();
      const NDArray g = pattern({6}, 2).as_in_context(copy.context()) * share;
      if (weight.grad_req() != GradReq::null) (copy * g).sum().backward();
    }
    trainer->step(batch_size);
  }
};

// Half of the rate it is given, from the second update on.
class Halved : public lr_scheduler::LRScheduler {
 public:
  Halved() : LRScheduler(0.4) {}

 protected:
  double rate(std::int64_t num_update) const override {
    return base_lr() / (num_update > 1 ? 2 : 1);
  }
};

struct Setting {
  const char* name;
  std::function<void(Training&)> change;
  std::function<void(Reference&)> expected;
};

std::vector<Setting> settings() {
  const auto rate = [](double value) { return [=](Reference& r) { r.rate = value; }; };
  const auto decay = [](double value) { return [=](Reference& r) { r.decay = value; }; };
  return {
      {"lr_mult = 0", [](Training& t) { t.weight.set_lr_mult(0); }, rate(0)},
      {"lr_mult = 3", [](Training& t) { t.weight.set_lr_mult(3); }, rate(0.3)},
      {"wd_mult = 0", [](Training& t) { t.weight.set_wd_mult(0); }, decay(0)},
      {"wd_mult = 5", [](Training& t) { t.weight.set_wd_mult(5); }, decay(0.05)},
      {"grad_req = null", [](Training& t) { t.weight.set_grad_req(GradReq::null); },
       [](Reference& r) { r.trains = false; }},
      {"learning rate", [](Training& t) { t.trainer->set_learning_rate(0.02); }, rate(0.02)},
      {"the optimizer's learning rate", [](Training& t) { t.optimizer->set_learning_rate(0.02); },
       rate(0.02)},
      {"wd", [](Training& t) { t.optimizer->set_wd(0.2); }, decay(0.2)},
      {"rescale_grad", [](Training& t) { t.optimizer->set_rescale_grad(0.25); },
       [](Reference& r) { r.rescale = 0.25; }},
      {"clip_gradient", [](Training& t) { t.optimizer->set_clip_gradient(0.05); },
       [](Reference& r) { r.bound = 0.05; }},
      {"scheduler", [](Training& t) { t.optimizer->set_lr_scheduler(std::make_shared<Halved>()); },
       rate(0.2)},
      {"the scheduler's base rate",
       [](Training& t) {
         const auto scheduler = std::make_shared<Halved>();
         t.optimizer->set_lr_scheduler(scheduler);
         scheduler->set_base_lr(0.1);
       },
       rate(0.05)},
      {"lr_mult by index", [](Training& t) { t.optimizer->set_lr_mult(0, 2); }, rate(0.2)},
      {"lr_mult by name",
       [](Training& t) {
         t.optimizer->set_lr_mult({{"net_weight", 2}});
       },
       rate(0.2)},
      {"wd_mult by index", [](Training& t) { t.optimizer->set_wd_mult(0, 0); }, decay(0)},
      {"wd_mult by name",
       [](Training& t) {
         t.optimizer->set_wd_mult({{"net_weight", 0}});
       },
       decay(0)},
      {"both lr_mults",
       [](Training& t) {
         t.weight.set_lr_mult(2);
         t.optimizer->set_lr_mult(0, 2);
       },
       rate(0.4)},
      {"a new name",
       [](Training& t) {
         t.weight.rename("other_bias");
         t.optimizer->set_lr_mult({{"net_weight", 2}, {"other_bias", 3}});
       },
       rate(0.3)},
  };
}

TEST(TrainerSettings, AreFollowedFromTheNextStepOn) {
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    for (const Setting& setting : settings()) {
      SCOPED_TRACE(str(setting.name, " on ", contexts.size(), " contexts"));
      Training training(contexts);
      Reference reference;
      for (int step = 0; step < 3; ++step) {
        training.step(2);
        reference.step(2);
      }
      setting.change(training);
      setting.expected(reference);
      for (int step = 0; step < 3; ++step) {
        training.step(4);
        reference.step(4);
      }
      for (const NDArray& copy : training.weight.list_data()) {
        expect_near(copy, reference.weight, 1e-5);
      }
    }
  }
}

TEST(TrainerSettings, OfAParameterAreThoseItWasMadeWith) {
  gluon::Parameter weight("weight", {.shape = {1}, .lr_mult = 0.5, .wd_mult = 0});
  weight.initialize(init::One(), {cpu()});
  gluon::ParameterDict parameters;
  parameters.add(weight);
  gluon::Trainer trainer(parameters, "sgd", {{"learning_rate", 0.5}, {"wd", 1}});
  {
    const auto recording = autograd::record();
    (weight.data() * 2).backward();
  }
  trainer.step(1);
  EXPECT_EQ(weight.data().asscalar(), 0.5);
}

// The optimizer's own factor is the user's; a step only divides by its batch's size meanwhile.
TEST(TrainerSettings, TheOptimizersFactorIsLeftAsItIs) {
  const auto shared = optimizer::create("sgd", {{"learning_rate", 1}, {"rescale_grad", 0.5}});
  std::vector<gluon::Parameter> weights;
  std::vector<gluon::Trainer> trainers;
  for (int i = 0; i < 2; ++i) {
    gluon::Parameter weight(str(i, "_weight"), {.shape = {1}});
    weight.initialize(init::Zero(), {cpu()});
    gluon::ParameterDict parameters;
    parameters.add(weight);
    trainers.emplace_back(parameters, shared);
    weights.push_back(weight);
    {
      const auto recording = autograd::record();
      (weight.data() * 1).backward();
    }
    trainers.back().step(4);
    EXPECT_EQ(shared->rescale_grad(), 0.5);
    EXPECT_EQ(weight.data().asscalar(), -0.125);
  }
  EXPECT_THROW(trainers[0].step(4), Error);
  EXPECT_EQ(shared->rescale_grad(), 0.5);
}

TEST(TrainerSettings, WrongBatchSizesChangeNothing) {
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    Training training(contexts);
    Training expected(contexts);
    for (const Training* t : {&training, &expected}) {
      for (const NDArray& copy : t->weight.list_data()) {
        const auto recording = autograd::record();
        (copy * 2).sum().backward();
      }
    }
    for (const double size : {0.0, -1.0, double{NAN}, double{INFINITY}}) {
      EXPECT_THAT(message_of([&] { training.trainer->step(size); }),
                  HasSubstr("expected a batch size above 0"));
    }
    training.trainer->step(2);
    expected.trainer->step(2);
    EXPECT_EQ(training.weight.data().to_vector<float>(), expected.weight.data().to_vector<float>());
  }
}

// Parameters that this step's loss does not depend on: last step's gradient is not taken again.
TEST(TrainerSettings, GradientsOfAnEarlierStepAreTold) {
  for (const std::vector<Context>& contexts : {std::vector{cpu(0)}, {cpu(0), cpu(1)}}) {
    for (const bool hybrid : {false, true}) {
      SCOPED_TRACE(str("hybrid ", hybrid, ", contexts ", contexts.size()));
      gluon::nn::HybridSequential first("first_");
      gluon::nn::HybridSequential second("second_");
      gluon::ParameterDict parameters;
      for (auto* net : {&first, &second}) {
        net->add(gluon::nn::Dense({.units = 2, .in_units = 3}));
        net->initialize(init::Xavier(), contexts);
        net->hybridize(hybrid);
        for (const gluon::Parameter& parameter : net->collect_params()) parameters.add(parameter);
      }
      gluon::Trainer trainer(parameters, "sgd", {{"learning_rate", 0.1}});
      const auto run = [&](bool both) {
        for (const Context& context : contexts) {
          const NDArray x = pattern({2, 3}, 0).as_in_context(context);
          const auto recording = autograd::record();
          (both ? first(x) + second(x) : first(x)).backward();
        }
      };
      run(true);
      trainer.step(2);
      const gluon::Parameter other = *second.collect_params().begin();
      const auto before = other.data().to_vector<float>();
      run(false);
      EXPECT_THAT(message_of([&] { trainer.step(2); }), HasSubstr(other.name()));
      trainer.step(2, true);
      EXPECT_EQ(other.data().to_vector<float>(), before);
      for (const gluon::Parameter& parameter : parameters) {
        for (const NDArray& grad : parameter.list_grad()) grad.assign(NAN);
      }
      EXPECT_THROW(trainer.step(2), Error);
      run(true);
      trainer.step(2);
      EXPECT_FALSE(std::isnan(other.data().to_vector<float>()[0]));
    }
  }
}

// The second of two trainers finds gradients that the first has used.
TEST(TrainerSettings, AGradientIsUsedOnce) {
  Training training({cpu()});
  gluon::ParameterDict parameters;
  parameters.add(training.weight);
  gluon::Trainer second(parameters, "sgd", {{"learning_rate", 0.1}});
  training.step(1);
  EXPECT_THAT(message_of([&] { second.step(1); }), HasSubstr("is none of a backward"));
  EXPECT_THAT(message_of([&] { training.trainer->step(1); }), HasSubstr("is none of a backward"));
}

TEST(TrainerSettings, AParameterThatIsMadeLaterIsTrainedFromThenOn) {
  gluon::nn::Dense layer({.units = 1, .prefix = "fc_"});
  gluon::Trainer trainer(layer.collect_params(), "sgd", {{"learning_rate", 0.1}});
  EXPECT_THAT(message_of([&] { trainer.step(1); }), HasSubstr("Parameter fc_weight"));
  layer.initialize(init::Zero(), {cpu(0), cpu(1)});
  EXPECT_THAT(message_of([&] { trainer.step(1); }), HasSubstr("Parameter fc_weight"));
  for (const Context& context : {cpu(0), cpu(1)}) {
    const auto recording = autograd::record();
    layer(nd::ones({1, 2}, float32, context)).backward();
  }
  trainer.step(2);
  for (const NDArray& copy : layer.weight().list_data()) {
    expect_near(copy, {-0.1, -0.1}, 1e-6);
  }
}

TEST(TrainerSettings, AParameterIsUpdatedOnce) {
  gluon::Parameter weight("weight", {.shape = {1}});
  weight.initialize(init::Zero(), {cpu()});
  gluon::ParameterDict parameters;
  parameters.add(weight);
  weight.rename("v");
  parameters.add(weight);
  EXPECT_EQ(parameters.size(), 1U);
  EXPECT_THAT(
      message_of([&] { gluon::Trainer(parameters, std::shared_ptr<optimizer::Optimizer>()); }),
      HasSubstr("expected an optimizer, got none"));
}

}  // namespace
}  // namespace gluino
