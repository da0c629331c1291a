// Trainer's options about the store: whatever sums and whoever updates, the bits are the same.
#include <gluino/base/file.h>

#include <functional>
#include <optional>

#include "gluon/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFile;

using Contexts = std::vector<Context>;
using Options = std::map<std::string, double>;

const std::vector<std::pair<std::string, Options>>& optimizers() {
  static const std::vector<std::pair<std::string, Options>> kAll = {
      {"sgd", {{"learning_rate", 0.1}, {"wd", 0.01}}},
      {"sgd", {{"learning_rate", 0.1}, {"momentum", 0.9}}},
      {"adam", {{"learning_rate", 0.01}}}};
  return kAll;
}

gluon::nn::HybridSequential network(const Contexts& contexts) {
  random::seed(3);
  gluon::nn::HybridSequential net("net_");
  const auto scope = net.name_scope();
  net.add(gluon::nn::Dense({.units = 5, .activation = "tanh", .in_units = 4}),
          gluon::nn::Dense({.units = 3, .in_units = 5}));
  net.initialize(init::Xavier(), contexts);
  return net;
}

void backward(gluon::Block& net, int step, std::int64_t rows = 6) {
  const gluon::Parameter any = *net.collect_params().begin();
  const auto x = gluon::utils::split_and_load(pattern({rows, 4}, step).astype(any.dtype()),
                                              any.list_ctx(), {.even_split = false});
  for (const NDArray& part : x) {
    const auto recording = autograd::record();
    net(part).backward();
  }
}

void train(gluon::Block& net, gluon::Trainer& trainer, int from, int to) {
  for (int step = from; step < to; ++step) {
    backward(net, step);
    trainer.step(6);
  }
}

std::vector<float> bits_of(const gluon::Block& net) {
  std::vector<float> all;
  for (const gluon::Parameter& parameter : net.collect_params()) {
    for (const NDArray& copy : parameter.list_data()) {
      const auto values = copy.to_vector<float>();
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  return all;
}

struct Way {
  std::string name;
  gluon::TrainerOptions options;
};

std::vector<Way> ways() {
  std::vector<Way> all;
  for (const std::string type :
       {"local", "device", "local_update_cpu", "local_allreduce_cpu", "local_allreduce_device"}) {
    all.push_back({type, {.kvstore = type}});
    all.push_back({type + " updates", {.kvstore = type, .update_on_kvstore = true}});
    all.push_back({type + " made", {.kvstore = kv::create(type)}});
    all.push_back(
        {type + " made, sums", {.kvstore = kv::create(type), .update_on_kvstore = false}});
  }
  return all;
}

TEST(TrainerKVStore, EveryWayGivesTheSameBits) {
  for (const Contexts& contexts : {Contexts{cpu(0)}, Contexts{cpu(2)}, Contexts{cpu(0), cpu(1)},
                                   Contexts{cpu(3), cpu(0), cpu(1)}}) {
    for (const auto& [optimizer, options] : optimizers()) {
      auto expected = network(contexts);
      gluon::Trainer usual(expected.collect_params(), optimizer, options);
      train(expected, usual, 0, 4);
      for (const Way& way : ways()) {
        SCOPED_TRACE(str(way.name, ", ", optimizer, ", contexts ", contexts.size()));
        auto net = network(contexts);
        gluon::Trainer trainer(net.collect_params(), optimizer, options, way.options);
        train(net, trainer, 0, 4);
        EXPECT_EQ(bits_of(net), bits_of(expected));
      }
    }
  }
}

TEST(TrainerKVStore, TheHalvesOfAStepAreForStoresThatSum) {
  for (const Way& way : ways()) {
    SCOPED_TRACE(way.name);
    const bool updates = way.options.update_on_kvstore.value_or(way.options.kvstore.is_made());
    auto net = network({cpu(0), cpu(1)});
    auto expected = network({cpu(0), cpu(1)});
    gluon::Trainer trainer(net.collect_params(), "adam", {}, way.options);
    gluon::Trainer whole(expected.collect_params(), "adam");
    backward(net, 0);
    backward(expected, 0);
    whole.step(6);
    if (updates) {
      EXPECT_THAT(message_of([&] { trainer.allreduce_grads(); }),
                  HasSubstr("update_on_kvstore = false"));
      EXPECT_THAT(message_of([&] { trainer.update(6); }), HasSubstr("update_on_kvstore = false"));
      trainer.step(6);
    } else {
      trainer.allreduce_grads();
      trainer.update(6);
    }
    EXPECT_EQ(bits_of(net), bits_of(expected));
  }
}

// Who asks for no store sums by themselves.
TEST(TrainerKVStore, WithoutOneGradientsAreSummedByTheCaller) {
  for (const gluon::TrainerOptions& none :
       {gluon::TrainerOptions{.kvstore = nullptr}, gluon::TrainerOptions{.kvstore = "none"}}) {
    auto one = network({cpu(0)});
    auto alone = network({cpu(0)});
    gluon::Trainer without(one.collect_params(), "adam", {}, none);
    gluon::Trainer usual(alone.collect_params(), "adam");
    train(one, without, 0, 3);
    train(alone, usual, 0, 3);
    EXPECT_EQ(bits_of(one), bits_of(alone));

    auto two = network({cpu(0), cpu(1)});
    auto expected = network({cpu(0), cpu(1)});
    gluon::Trainer trainer(two.collect_params(), "adam", {}, none);
    gluon::Trainer sums(expected.collect_params(), "adam");
    backward(two, 0);
    backward(expected, 0);
    const auto before = bits_of(two);
    EXPECT_THAT(message_of([&] { trainer.step(6); }), HasSubstr("without a kvstore"));
    trainer.allreduce_grads();  // as in MXNet: there is nothing that could
    EXPECT_THAT(message_of([&] { trainer.update(6); }), HasSubstr("without a kvstore"));
    EXPECT_EQ(bits_of(two), before);
    for (const gluon::Parameter& parameter : two.collect_params()) {
      const auto grads = parameter.list_grad();
      const NDArray sum = grads[0] + grads[1].as_in_context(cpu(0));
      for (const NDArray& grad : grads) grad.assign(sum.as_in_context(grad.context()));
    }
    trainer.step(6);
    sums.step(6);
    EXPECT_EQ(bits_of(two), bits_of(expected));
  }
}

TEST(TrainerKVStore, AStoreThatUpdatesHasTheWeights) {
  const kv::KVStore store = kv::create("device");
  auto net = network({cpu(0), cpu(1)});
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}}, {.kvstore = store});
  train(net, trainer, 0, 2);
  int key = 0;
  for (const gluon::Parameter& parameter : net.collect_params()) {
    const NDArray weight = nd::zeros(parameter.shape());
    store.pull(key++, weight);
    EXPECT_EQ(weight.to_vector<float>(), parameter.data(cpu(1)).to_vector<float>());
  }
  EXPECT_THAT(message_of([&] { store.pull(key, nd::zeros({1})); }), HasSubstr("no value yet"));
}

// What may happen to a network in the midst of its training; whoever updates follows.
TEST(TrainerKVStore, FollowsParametersThatMoveAndChange) {
  const TemporaryFile file;
  const std::vector<std::function<void(gluon::Block&, gluon::Trainer&)>> changes = {
      [](gluon::Block& net, gluon::Trainer&) {
        net.collect_params().reset_ctx({cpu(2), cpu(0)});
      },
      [](gluon::Block& net, gluon::Trainer&) { net.collect_params().reset_ctx({cpu(1)}); },
      [](gluon::Block& net, gluon::Trainer&) { net.cast(float64); },
      [](gluon::Block& net, gluon::Trainer&) {
        const gluon::Parameter first = *net.collect_params().begin();
        first.set_data(nd::ones(first.shape()));
      },
      [](gluon::Block&, gluon::Trainer& trainer) { trainer.set_learning_rate(0.5); },
      [&](gluon::Block&, gluon::Trainer& trainer) {
        trainer.save_states(file.path());
        trainer.load_states(file.path());
      }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    for (const Way& way : ways()) {
      SCOPED_TRACE(str("change ", i, ", ", way.name));
      auto net = network({cpu(0), cpu(1)});
      auto expected = network({cpu(0), cpu(1)});
      gluon::Trainer trainer(net.collect_params(), "adam", {}, way.options);
      gluon::Trainer usual(expected.collect_params(), "adam");
      for (auto [each, by] : {std::pair(&net, &trainer), std::pair(&expected, &usual)}) {
        train(*each, *by, 0, 2);
        changes[i](*each, *by);
        train(*each, *by, 2, 4);
      }
      EXPECT_EQ(bits_of(net), bits_of(expected));
    }
  }
}

// States are the Trainer's, whoever updates: one may go on with what the other has written.
TEST(TrainerKVStore, StatesAreTheSameFile) {
  const TemporaryFile file;
  const TemporaryFile other;
  auto whole = network({cpu(0), cpu(1)});
  gluon::Trainer sums(whole.collect_params(), "adam");
  auto net = network({cpu(0), cpu(1)});
  const kv::KVStore store = kv::create("local");
  gluon::Trainer updates(net.collect_params(), "adam", {}, {.kvstore = store});
  train(whole, sums, 0, 2);
  train(net, updates, 0, 2);
  sums.save_states(file.path());
  updates.save_states(other.path());
  EXPECT_EQ(read_file(file.path()), read_file(other.path()));
  store.save_optimizer_states(other.path(), true);
  EXPECT_EQ(read_file(file.path()), read_file(other.path()));
  train(whole, sums, 2, 4);
  updates.load_states(file.path());
  train(net, updates, 2, 4);
  EXPECT_EQ(bits_of(net), bits_of(whole));
}

TEST(TrainerKVStore, ContextsWithoutABackwardAreLeftOutIfAsked) {
  auto net = network({cpu(0), cpu(1)});
  auto expected = network({cpu(0), cpu(1)});
  gluon::Trainer trainer(net.collect_params(), "adam", {}, {.update_on_kvstore = true});
  gluon::Trainer usual(expected.collect_params(), "adam");
  for (auto [each, by] : {std::pair(&net, &trainer), std::pair(&expected, &usual)}) {
    train(*each, *by, 0, 1);
    {
      const auto recording = autograd::record();
      (*each)(pattern({2, 4}, 1).as_in_context(cpu(1))).backward();
    }
    EXPECT_THAT(message_of([&, trainer = by] { trainer->step(2); }), HasSubstr("on cpu(0)"));
    by->step(2, true);
  }
  EXPECT_EQ(bits_of(net), bits_of(expected));
}

TEST(TrainerKVStore, RefusesWhatCannotWork) {
  auto net = network({cpu(0), cpu(1)});
  const auto params = net.collect_params();
  const auto told = [&](const gluon::TrainerOptions& options) {
    return message_of([&] { gluon::Trainer(params, "sgd", {}, options); });
  };
  EXPECT_THAT(told({.kvstore = "dist_async"}), HasSubstr("'dist_sync'"));
  EXPECT_THAT(told({.kvstore = "lokal"}), HasSubstr("'local', 'device'"));
  EXPECT_THAT(told({.kvstore = nullptr, .update_on_kvstore = true}), HasSubstr("there is none"));
  EXPECT_THAT(told({.compression_params = {{"type", "2bit"}}}), HasSubstr("for 'dist_sync'"));

  // Two that update on one store would take each other's states.
  const kv::KVStore store = kv::create("device");
  gluon::Trainer first(params, "sgd", {}, {.kvstore = store});
  gluon::Trainer second(params, "sgd", {}, {.kvstore = store});
  backward(net, 0);
  const auto before = bits_of(net);
  EXPECT_THAT(message_of([&] { first.step(6); }), HasSubstr("a store of its own"));
  EXPECT_EQ(bits_of(net), before);
  second.step(6);
  // One whose keys are somebody else's, or names.
  const kv::KVStore used = kv::create("device");
  used.init(0, nd::ones({1}));
  gluon::Trainer third(params, "sgd", {}, {.kvstore = used});
  backward(net, 0);
  EXPECT_THAT(message_of([&] { third.step(6); }), HasSubstr("key 0 has a value from init"));
  const kv::KVStore names = kv::create("device");
  names.init("w", nd::ones({1}));
  gluon::Trainer fourth(params, "sgd", {}, {.kvstore = names});
  EXPECT_THAT(message_of([&] { fourth.step(6); }), HasSubstr("are names"));
}

}  // namespace
}  // namespace gluino
