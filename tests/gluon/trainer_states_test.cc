#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;

using Options = std::map<std::string, double>;

nn::HybridSequential network() {
  nn::HybridSequential net("net_");
  const auto scope = net.name_scope();
  net.add(nn::Dense({.units = 6, .activation = "tanh"}), nn::Dense({.units = 3}));
  random::seed(3);
  return net;
}

void train(nn::HybridSequential& net, gluon::Trainer& trainer, int from, int to) {
  gluon::loss::SoftmaxCrossEntropyLoss loss;
  for (int step = from; step < to; ++step) {
    const std::vector<Context> contexts = net.collect_params().begin()->list_ctx();
    for (const Context& context : contexts) {
      const NDArray x = pattern({4, 5}, step + context.id).as_in_context(context);
      const auto recording = autograd::record();
      loss(net(x), nd::array({0, 2, 1, 1}, float32, context)).backward();
    }
    trainer.step(4);
  }
}

std::string bits_of(const nn::HybridSequential& net) {
  std::string bits;
  for (const gluon::Parameter& parameter : net.collect_params()) {
    for (const NDArray& array : parameter.list_data()) {
      bits.append(static_cast<const char*>(array.data()), array.bytes());
    }
  }
  return bits;
}

class TrainerStates : public ::testing::Test {
 protected:
  ~TrainerStates() override {
    std::remove(states_.c_str());
    std::remove(weights_.c_str());
  }
  std::string states_ = str(::testing::TempDir(), "/trainer_states_", ::getpid());
  std::string weights_ = states_ + ".params";
};

TEST_F(TrainerStates, ATrainingTakenUpHasTheBitsOfOneThatWentOn) {
  const std::vector<std::pair<std::string, Options>> optimizers = {
      {"sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}}}, {"adam", {}}, {"rmsprop", {}}};
  for (const auto& [name, options] : optimizers) {
    for (const auto& contexts : {std::vector<Context>{cpu(0)}, {cpu(0), cpu(1)}}) {
      SCOPED_TRACE(str(name, " on ", contexts.size(), " contexts"));
      auto whole = network();
      whole.initialize(init::Xavier(), contexts);
      gluon::Trainer going(whole.collect_params(), name, options);
      train(whole, going, 0, 6);

      auto first = network();
      first.initialize(init::Xavier(), contexts);
      gluon::Trainer stopped(first.collect_params(), name, options);
      train(first, stopped, 0, 3);
      first.save_parameters(weights_);
      stopped.save_states(states_);

      auto second = network();
      second.load_parameters(weights_, {.ctx = contexts});
      auto other_rate = options;
      other_rate["learning_rate"] = 0.5;  // the file has the right one
      gluon::Trainer resumed(second.collect_params(), name, other_rate);
      resumed.load_states(states_);
      train(second, resumed, 3, 6);
      EXPECT_EQ(bits_of(second), bits_of(whole));
    }
  }
}

// States are those of the optimizer and the parameters that they were made for.
TEST_F(TrainerStates, StatesOfOthersAreRefused) {
  auto net = network();
  net.initialize();
  gluon::Trainer adam(net.collect_params(), "adam");
  train(net, adam, 0, 2);
  adam.save_states(states_);
  gluon::Trainer sgd(net.collect_params(), "sgd", {{"learning_rate", 0.7}});
  EXPECT_THAT(message_of([&] { sgd.load_states(states_); }),
              HasSubstr("expected 0 states of net_dense0_weight for this optimizer, found 2"));
  EXPECT_EQ(sgd.learning_rate(), 0.7);
  nn::Dense small({.units = 2, .in_units = 3});
  small.initialize();
  gluon::Trainer of_small(small.collect_params(), "adam");
  EXPECT_THAT(message_of([&] { of_small.load_states(states_); }),
              HasSubstr("found float32 (6, 5)"));
  net.save_parameters(weights_);
  EXPECT_THAT(message_of([&] { adam.load_states(weights_); }),
              HasSubstr("no states of an optimizer"));
  EXPECT_THAT(message_of([&] { adam.load_states(states_ + ".missing"); }), HasSubstr(".missing"));
}

// Without a momentum there are no states, only counts of updates.
TEST_F(TrainerStates, CountsWithoutStatesAreRefusedByAnOptimizerThatHasSome) {
  auto net = network();
  net.initialize();
  gluon::Trainer sgd(net.collect_params(), "sgd");
  train(net, sgd, 0, 2);
  sgd.save_states(states_);
  sgd.load_states(states_);
  gluon::Trainer adam(net.collect_params(), "adam");
  EXPECT_THAT(message_of([&] { adam.load_states(states_); }),
              HasSubstr("expected 2 states of net_dense0_weight for this optimizer, found 0"));
}

// Parameters whose shapes are not known yet get their states when they are made.
TEST_F(TrainerStates, MayBeLoadedBeforeTheFirstForward) {
  auto whole = network();
  whole.initialize(init::Xavier());
  gluon::Trainer going(whole.collect_params(), "adam");
  train(whole, going, 0, 2);
  whole.save_parameters(weights_);
  going.save_states(states_);
  train(whole, going, 2, 4);

  auto second = network();
  second.initialize(init::Xavier());
  gluon::Trainer resumed(second.collect_params(), "adam");
  resumed.load_states(states_);
  second.load_parameters(weights_);
  train(second, resumed, 2, 4);
  EXPECT_EQ(bits_of(second), bits_of(whole));
}

}  // namespace
}  // namespace gluino
