// Module's option kvstore: whatever sums and whoever updates, the bits are the same.
#include <gluino/base/file.h>
#include <gluino/kvstore/kvstore.h>
#include <gmock/gmock.h>

#include "module/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::LogLines;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFile;

Symbol network() {
  Symbol x = sym::FullyConnected(sym::var("data"), {.num_hidden = 5}, "fc1");
  x = sym::FullyConnected(sym::tanh(x), {.num_hidden = 3}, "fc2");
  return sym::SoftmaxOutput(x, {}, "softmax");
}

io::NDArrayIter samples() {
  return io::NDArrayIter(pattern({14, 4}, 3), nd::array({0, 1, 2, 0, 1, 2, 1, 1, 0, 2, 2, 1, 0, 0}),
                         {.batch_size = 4});
}

using Contexts = std::vector<Context>;

mod::Module trained(const Contexts& contexts, const kv::KVStoreRef& store,
                    const std::string& optimizer = "adam") {
  random::seed(3);
  mod::Module module(network(), {.context = contexts});
  auto iter = samples();
  module.fit(iter, {.kvstore = store,
                    .optimizer = optimizer,
                    .optimizer_params = {{"learning_rate", 0.1}, {"wd", 0.01}},
                    .initializer = init::Xavier(),
                    .num_epoch = 2});
  return module;
}

std::vector<kv::KVStoreRef> stores() {
  std::vector<kv::KVStoreRef> all = {nullptr, "", "none"};
  for (const std::string type :
       {"local", "device", "local_update_cpu", "local_allreduce_cpu", "local_allreduce_device"}) {
    all.emplace_back(type);
    all.emplace_back(kv::create(type));
  }
  return all;
}

void expect_same(const ArrayMap& found, const ArrayMap& expected) {
  for (const auto& [name, array] : expected) {
    EXPECT_EQ(found.at(name).to_vector<float>(), array.to_vector<float>()) << name;
  }
}

TEST(ModuleKVStore, EveryWayGivesTheSameBitsAndStates) {
  const LogLines log;
  const TemporaryFile file;
  for (const Contexts& contexts :
       {Contexts{cpu(0)}, Contexts{cpu(1)}, Contexts{cpu(0), cpu(1)}, Contexts{cpu(2), cpu(0)}}) {
    for (const std::string optimizer : {"sgd", "adam"}) {
      const mod::Module usual = trained(contexts, "local", optimizer);
      usual.save_optimizer_states(file.path());
      const std::string states = read_file(file.path());
      const auto expected = usual.get_params().arg_params;
      for (const kv::KVStoreRef& store : stores()) {
        SCOPED_TRACE(str(contexts.size(), " contexts, ", optimizer));
        const mod::Module module = trained(contexts, store, optimizer);
        expect_same(module.get_params().arg_params, expected);
        module.save_optimizer_states(file.path());
        EXPECT_EQ(read_file(file.path()), states);
      }
    }
  }
}

TEST(ModuleKVStore, AStoreThatIsGivenHasTheWeightsByName) {
  const LogLines log;
  const kv::KVStore store = kv::create("device");
  store.init("mine", nd::ones({1}));  // a key more: names keep their multipliers and states
  const mod::Module module = trained({cpu(0), cpu(1)}, store);
  expect_same(module.get_params().arg_params,
              trained({cpu(0), cpu(1)}, "local").get_params().arg_params);
  for (const auto& [name, weight] : module.get_params().arg_params) {
    const NDArray found = nd::zeros(weight.shape());
    store.pull(name, found);
    EXPECT_EQ(found.to_vector<float>(), weight.to_vector<float>()) << name;
  }
}

TEST(ModuleKVStore, StatesAreTakenUpWhoeverUpdates) {
  const LogLines log;
  const TemporaryFile file;
  const io::DataBatch batch{{pattern({4, 4}, 5)}, {nd::array({0, 1, 2, 0})}};
  mod::Module whole = trained({cpu(0), cpu(1)}, "local");
  whole.save_optimizer_states(file.path());
  mod::Module second(network(), {.context = {cpu(0), cpu(1)}});
  second.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
  second.init_params({.arg_params = whole.get_params().arg_params});
  const kv::KVStore store = kv::create("local");
  store.init("mine", nd::ones({1}));
  second.init_optimizer({.kvstore = store,
                         .optimizer = "adam",
                         .optimizer_params = {{"learning_rate", 0.1}, {"wd", 0.01}}});
  mod::Module plain(network(), {.context = {cpu(0), cpu(1)}});
  plain.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
  plain.init_params({.arg_params = whole.get_params().arg_params});
  plain.init_optimizer({.kvstore = kv::create("device"),
                        .optimizer = "adam",
                        .optimizer_params = {{"learning_rate", 0.1}, {"wd", 0.01}}});
  plain.load_optimizer_states(file.path());
  for (mod::Module* module : {&whole, &plain}) module->train_step(batch);
  expect_same(plain.get_params().arg_params, whole.get_params().arg_params);
  // In a store with other keys the weights have other numbers, and the file is not of them.
  EXPECT_THAT(message_of([&] { second.load_optimizer_states(file.path()); }),
              HasSubstr("but there are 4 parameters"));
}

TEST(ModuleKVStore, BorrowsTheStoreWithTheOptimizer) {
  const LogLines log;
  const io::DataBatch batch{{pattern({4, 4}, 5)}, {nd::array({0, 1, 2, 0})}};
  std::vector<ArrayMap> results;
  for (const kv::KVStoreRef& store : {kv::KVStoreRef("local"), kv::KVStoreRef(kv::create())}) {
    mod::Module one = trained({cpu(0)}, store);
    mod::Module other(network());
    other.bind({{"data", {4, 4}}}, {{"softmax_label", {4}}});
    other.init_params({.arg_params = one.get_params().arg_params});
    other.borrow_optimizer(one);
    for (mod::Module* module : {&other, &one, &other}) module->train_step(batch);
    results.push_back(one.get_params().arg_params);
    results.push_back(other.get_params().arg_params);
  }
  expect_same(results[2], results[0]);
  expect_same(results[3], results[1]);
}

TEST(ModuleKVStore, FeedForwardTakesTheSame) {
  const LogLines log;
  const auto fit = [](const kv::KVStoreRef& store) {
    random::seed(3);
    model::FeedForward model(network(), {.ctx = {cpu(0), cpu(1)},
                                         .num_epoch = 2,
                                         .initializer = init::Xavier(),
                                         .learning_rate = 0.1,
                                         .momentum = 0.9});
    auto iter = samples();
    model.fit(iter, {.kvstore = store});
    return model.arg_params();
  };
  const ArrayMap expected = fit("local");
  for (const kv::KVStoreRef& store : stores()) expect_same(fit(store), expected);
  EXPECT_THAT(message_of([&] { fit("dist_async"); }), HasSubstr("'dist_async'"));
}

TEST(ModuleKVStore, RefusesWhatCannotWork) {
  const LogLines log;
  const io::DataBatch batch{{pattern({4, 4}, 5)}, {nd::array({0, 1, 2, 0})}};
  const kv::KVStore store = kv::create("device");
  mod::Module first = trained({cpu(0)}, store);
  trained({cpu(0)}, store);
  EXPECT_THAT(message_of([&] { first.train_step(batch); }), HasSubstr("a store of its own"));
  const kv::KVStore used = kv::create("device");
  used.init("fc1_weight", nd::ones({1}));
  EXPECT_THAT(message_of([&] { trained({cpu(0)}, used); }), HasSubstr("'fc1_weight' has a value"));
  const kv::KVStore numbers = kv::create("device");
  numbers.init(7, nd::ones({1}));
  EXPECT_THAT(message_of([&] { trained({cpu(0)}, numbers); }), HasSubstr("are numbers"));
}

}  // namespace
}  // namespace gluino
