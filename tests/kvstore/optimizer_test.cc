// A store that updates: its weights, multipliers, states, and arrays that it shares.
#include <gluino/ops/elementwise/copies.h>

#include <filesystem>

#include "kvstore/support.h"

namespace gluino {
namespace {

using kv::KVStore;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::pulled;
using testing::TemporaryFile;
using testing::types;
using testing::value_at;

TEST(KVStoreOptimizer, UpdatesTheWeightWithTheSum) {
  for (const std::string& type : types()) {
    const KVStore store = kv::create(type);
    const NDArray one = nd::ones({2, 3});
    store.init({"a_weight", "b_weight"}, {one, one});
    store.set_optimizer(optimizer::create("sgd", {{"learning_rate", 0.25}}));
    store.push("b_weight", {one, one.as_in_context(cpu(1))});
    EXPECT_EQ(value_at(store, "a_weight"), 1);
    EXPECT_EQ(value_at(store, "b_weight"), 0.5);
    const NDArray weight = nd::zeros({2, 3});
    store.pushpull("b_weight", one, weight);
    EXPECT_EQ(weight.to_vector<double>()[0], 0.25);
    store.set_updater({});
    store.push("b_weight", one);
    EXPECT_EQ(value_at(store, "b_weight"), 1);
  }
}

TEST(KVStoreOptimizer, FindsMultipliersByNameAndByNumber) {
  const NDArray one = nd::ones({2, 3});
  const KVStore names = kv::create("local");
  names.init({"a", "b"}, {one, one});
  const auto by_name = optimizer::create("sgd", {{"learning_rate", 0.25}});
  by_name->set_lr_mult({{"b", 2}});
  names.set_optimizer(by_name);
  names.push({"a", "b"}, {one, one});
  EXPECT_EQ(value_at(names, "a"), 0.75);
  EXPECT_EQ(value_at(names, "b"), 0.5);
  const KVStore numbers = kv::create("local");
  numbers.init({70, 20}, {one, one});
  const auto by_index = optimizer::create("sgd", {{"learning_rate", 0.25}});
  by_index->set_lr_mult(20, 2);
  numbers.set_optimizer(by_index);
  numbers.push({70, 20}, {one, one});
  EXPECT_EQ(value_at(numbers, 70), 0.75);
  EXPECT_EQ(value_at(numbers, 20), 0.5);
  EXPECT_EQ(numbers.index(20), 20);
  EXPECT_EQ(names.index("b"), 1);
}

// A training that stops and is taken up again has the bits of one that went on.
TEST(KVStoreOptimizer, StatesAreSavedAndLoaded) {
  const TemporaryFile file;
  for (const std::string name : {"sgd", "adam", "rmsprop"}) {
    const auto make = [&](const NDArray& weight) {
      const KVStore store = kv::create("device");
      store.init("w", weight);
      store.set_optimizer(optimizer::create(name, {{"learning_rate", 0.125}}));
      return store;
    };
    const auto push = [](const KVStore& store, int from, int to) {
      for (int i = from; i < to; ++i) store.push("w", {pattern({2, 3}, i), pattern({2, 3}, 2 * i)});
    };
    const KVStore whole = make(pattern({2, 3}, 9));
    push(whole, 0, 3);
    whole.save_optimizer_states(file.path());
    const KVStore second = make(pulled(whole, "w"));
    second.load_optimizer_states(file.path());
    push(whole, 3, 5);
    push(second, 3, 5);
    EXPECT_TRUE(ops::same_bits(pulled(whole, "w"), pulled(second, "w"))) << name;
  }
  const KVStore other = kv::create("local");
  other.set_optimizer(optimizer::create("sgd"));
  other.load_optimizer_states(file.path());  // nothing is known of its values yet
  other.init("w", nd::ones({5}));
  EXPECT_THAT(message_of([&] { other.load_optimizer_states(file.path()); }),
              HasSubstr("of w for this optimizer"));
}

// A store and a loop of one's own may share an updater.
TEST(KVStoreOptimizer, MayBeAnUpdaterThatThereIsAlready) {
  const auto updater =
      optimizer::get_updater(optimizer::create("sgd", {{"learning_rate", 1}, {"momentum", 0.5}}));
  const NDArray weight = nd::zeros({2, 3});
  const NDArray one = nd::ones({2, 3});
  updater(3, one, weight);
  const KVStore store = kv::create("local");
  store.init(3, weight);
  store.set_updater(updater);
  EXPECT_TRUE(store.updates_with(updater));
  store.push(3, one);
  EXPECT_EQ(value_at(store, 3), -2.5);  // -1, then -(0.5 * 1 + 1)
  EXPECT_EQ(updater.states().at(3)[0].to_vector<double>()[0], -1.5);
  store.set_updater([](const kv::Key&, const NDArray& pushed, const NDArray& stored) {
    stored.assign(stored - pushed);
  });
  EXPECT_FALSE(store.updates_with(updater));
  store.push(3, one);
  EXPECT_EQ(value_at(store, 3), -3.5);
}

TEST(KVStoreShared, UpdatesTheArrayItself) {
  const KVStore store = kv::create("device");
  const NDArray weight = nd::ones({2, 3});
  store.share("w", weight);
  store.set_optimizer(optimizer::create("sgd", {{"learning_rate", 0.25}}));
  store.push("w", {nd::ones({2, 3}), nd::ones({2, 3})});
  EXPECT_EQ(weight.to_vector<double>()[0], 0.5);
  weight.assign(8);
  EXPECT_EQ(value_at(store, "w"), 8);
  const NDArray other = nd::zeros({4});
  store.share("w", other);
  EXPECT_EQ(pulled(store, "w", {4}).to_vector<double>()[0], 0);
  EXPECT_THAT(message_of([&] { store.init("w", other); }), HasSubstr("has a value already"));
}

// Adam counts its updates by place: what was read goes on wherever the value is.
TEST(KVStoreOptimizer, StatesThatWereReadGoOnAtAnyPlace) {
  const std::string path = ::testing::TempDir() + "/gluino_kvstore_states";
  const auto store_at = [](const Context& place) {
    const KVStore store = kv::create("local");
    store.init("w", nd::ones({1}).as_in_context(place));
    store.set_optimizer(optimizer::create("adam", {{"learning_rate", 0.1}}));
    return store;
  };
  const auto push = [](const KVStore& store, const Context& place) {
    store.push("w", nd::ones({1}).as_in_context(place));
    const NDArray value = nd::zeros({1}).as_in_context(place);
    store.pull("w", value);
    return value.asscalar<float>();
  };
  const KVStore first = store_at(cpu(0));
  for (int i = 0; i < 5; ++i) push(first, cpu(0));
  first.save_optimizer_states(path);
  std::vector<float> found;
  for (const Context& place : {cpu(0), cpu(1)}) {
    const KVStore other = store_at(place);
    other.load_optimizer_states(path);
    found.push_back(push(other, place));
  }
  std::filesystem::remove(path);
  EXPECT_EQ(found[0], found[1]);
}

}  // namespace
}  // namespace gluino
