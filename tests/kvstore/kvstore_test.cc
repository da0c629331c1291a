#include <gluino/kvstore/kvstore.h>
#include <gluino/ops/elementwise/copies.h>

#include <functional>

#include "gluon/support.h"

namespace gluino {
namespace {

using kv::KVStore;
using ::testing::ElementsAre;
using testing::expect_near;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::TemporaryFile;

const std::vector<std::string>& types() {
  static const std::vector<std::string> kAll = {"local", "device", "local_update_cpu",
                                                "local_allreduce_cpu", "local_allreduce_device"};
  return kAll;
}

NDArray pulled(const KVStore& store, const kv::Key& key, const Shape& shape = {2, 3}) {
  const NDArray out = nd::full(shape, -1);
  store.pull(key, out);
  return out;
}

// The only value of all elements.
double value_at(const KVStore& store, const kv::Key& key) {
  const auto values = pulled(store, key).to_vector<double>();
  for (const double value : values) EXPECT_EQ(value, values[0]);
  return values[0];
}

TEST(KVStore, IsMadeByMXNetsNames) {
  for (const std::string& type : types()) {
    EXPECT_EQ(kvstore::create(type).type(), type);
  }
  EXPECT_EQ(kv::create().type(), "local");
  EXPECT_EQ(kv::create("Device").type(), "device");
  for (const std::string type : {"dist_sync", "dist_device_sync", "dist_async"}) {
    EXPECT_THAT(message_of([&] { kv::create(type); }),
                ::testing::AllOf(HasSubstr("'" + type + "'"), HasSubstr("'local', 'device'"),
                                 HasSubstr("several processes is not supported")));
  }
  EXPECT_THAT(message_of([] { kv::create("locl"); }),
              ::testing::AllOf(HasSubstr("'locl'"), HasSubstr("'local', 'device'"),
                               ::testing::Not(HasSubstr("processes"))));
  EXPECT_THAT(message_of([] { KVStore().push(3, nd::ones({1})); }), HasSubstr("kvstore::create"));
}

TEST(KVStore, KnowsThatThereIsOneProcess) {
  const KVStore store = kv::create("local");
  EXPECT_EQ(store.rank(), 0);
  EXPECT_EQ(store.num_workers(), 1);
  store.barrier();
  EXPECT_TRUE(store.is_capable("optimizer"));
  EXPECT_THAT(message_of([&] { store.is_capable("magic"); }), HasSubstr("'magic'"));
}

// The numbers are those that MXNet 1.9.1 gives.
TEST(KVStore, GivesWhatWasPushedLast) {
  for (const std::string& type : types()) {
    const KVStore store = kv::create(type);
    const NDArray first = nd::full({2, 3}, 2);
    store.init(3, first);
    first.assign(77);  // the store has a copy
    EXPECT_EQ(value_at(store, 3), 2);
    store.push(3, nd::full({2, 3}, 8));
    EXPECT_EQ(value_at(store, 3), 8);
    std::vector<NDArray> copies;
    copies.reserve(4);
    for (int i = 0; i < 4; ++i) copies.push_back(nd::ones({2, 3}, float32, cpu(i)));
    store.push(3, copies, -1);
    EXPECT_EQ(value_at(store, 3), 4);
    const NDArray a = nd::zeros({2, 3});
    const NDArray b = nd::zeros({2, 3}, float64, cpu(1));
    store.pull(3, {a, b});
    EXPECT_EQ(a.to_vector<double>(), std::vector<double>(6, 4));
    EXPECT_EQ(b.to_vector<double>(), std::vector<double>(6, 4));
    EXPECT_EQ(b.context(), cpu(1));
    for (const NDArray& copy : copies) {  // what was pushed stays
      EXPECT_EQ(copy.to_vector<double>(), std::vector<double>(6, 1));
    }
  }
}

TEST(KVStore, TakesOneKeyOrSeveralNumbersOrNames) {
  const NDArray one = nd::ones({2, 3});
  const NDArray two = one * 2;
  const KVStore numbers = kv::create("local");
  numbers.init({5, 7, 9}, {one, two, one});
  numbers.push({5, 7}, {{one, one}, {two, one}});
  EXPECT_EQ(value_at(numbers, 5), 2);
  EXPECT_EQ(value_at(numbers, 7), 3);
  EXPECT_EQ(value_at(numbers, 9), 1);
  const NDArray x = nd::zeros({2, 3});
  const NDArray y = nd::zeros({2, 3});
  numbers.pull({7, 5}, {x, y});
  EXPECT_EQ(x.to_vector<double>()[0], 3);
  EXPECT_EQ(y.to_vector<double>()[0], 2);

  const std::vector<std::string> keys = {"a", "b"};
  const std::vector<NDArray> values = {one, two};
  const std::vector<std::vector<NDArray>> copies = {{one, two}, {two, two}};
  const KVStore names = kv::create("device");
  names.init(keys, values);
  names.push(keys, copies);
  EXPECT_EQ(value_at(names, "a"), 3);
  EXPECT_EQ(value_at(names, std::string("b")), 4);
  names.push(std::vector<std::string>{}, std::vector<NDArray>{});
}

// As MXNet: [5, 5, 5] is one update with all three.
TEST(KVStore, AddsUpAKeyThatOccursSeveralTimes) {
  const KVStore store = kv::create("local");
  store.init(5, nd::ones({2, 3}));
  int updates = 0;
  store.set_updater([&](const kv::Key& key, const NDArray& pushed, const NDArray& stored) {
    EXPECT_EQ(key, 5);
    ++updates;
    stored.assign(stored + pushed * 2);
  });
  const NDArray one = nd::ones({2, 3});
  store.push({5, 5, 5}, {one, one, one});
  EXPECT_EQ(updates, 1);
  EXPECT_EQ(value_at(store, 5), 7);
}

TEST(KVStore, PushesAndPullsAtOnce) {
  const KVStore store = kv::create("device");
  const NDArray at_start = nd::zeros({2, 3});
  store.broadcast("w", nd::full({2, 3}, 5), at_start);
  EXPECT_EQ(at_start.to_vector<double>()[0], 5);
  const NDArray a = nd::ones({2, 3});
  const NDArray b = nd::full({2, 3}, 2, float32, cpu(1));
  const NDArray out = nd::zeros({2, 3});
  store.pushpull("w", {a, b}, out);
  EXPECT_EQ(out.to_vector<double>()[5], 3);
  EXPECT_EQ(a.to_vector<double>()[5], 1);
  store.pushpull("w", {a, b});
  EXPECT_EQ(a.to_vector<double>()[5], 3);
  EXPECT_EQ(b.to_vector<double>()[5], 3);
  store.init("v", a);
  store.pushpull({"v", "w"}, {a, {a, b}});  // 3; 3 + 3, where a is pulled last
  EXPECT_EQ(a.to_vector<double>()[5], 6);
  EXPECT_EQ(value_at(store, "v"), 3);
}

// What is added up may be an array of the store's.
TEST(KVStore, SumsOfItsOwnSumsAreRight) {
  const KVStore store = kv::create("local");
  const NDArray one = nd::ones({2, 3});
  const NDArray sum = store.reduce(1, {one, one});
  EXPECT_EQ(store.reduce(1, {one, sum}).to_vector<double>()[0], 3);
  const NDArray again = store.reduce(1, {one, one});
  EXPECT_EQ(store.reduce(1, {again, again}).to_vector<double>()[0], 4);
  EXPECT_TRUE(store.reduce(1, one).same_as(one));
}

// ((a + b) + c) + d in float, whatever the threads, contexts and types of store.
TEST(KVStore, SumsHaveTheSameBitsForAnyNumberOfThreads) {
  const Shape shape{123, 457};
  std::vector<NDArray> copies;
  copies.reserve(5);
  for (int i = 0; i < 5; ++i) {
    copies.push_back((pattern(shape, i) * (0.1 + i)).as_in_context(cpu(i)));
  }
  std::vector<float> expected(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] = copies[0].data<float>()[i];
  for (std::size_t k = 1; k < copies.size(); ++k) {
    for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += copies[k].data<float>()[i];
  }
  for (const std::string& type : types()) {
    for (const int threads : {1, 2, 3, 7}) {
      set_num_threads(threads);
      const KVStore store = kv::create(type);
      store.init(1, nd::zeros(shape));
      store.push(1, copies);
      EXPECT_EQ(pulled(store, 1, shape).to_vector<float>(), expected) << type << " " << threads;
    }
  }
  set_num_threads(0);
}

TEST(KVStore, SumsAnyType) {
  for (const DType type : {float32, float64, int32, int64, uint8}) {
    const KVStore store = kv::create("local");
    const NDArray value = nd::full({3}, 5, type);
    store.init(0, nd::zeros({3}, type));
    store.push(0, {value, value.as_in_context(cpu(1))});
    const NDArray out = nd::zeros({3}, type);
    store.pull(0, out);
    EXPECT_EQ(out.to_vector<double>(), std::vector<double>(3, 10)) << to_string(type);
  }
}

TEST(KVStore, TakesArraysOfSizeZero) {
  const KVStore store = kv::create("local");
  const NDArray none = nd::zeros(Shape{0, 4});
  store.init("w", none);
  store.push("w", {none, none});
  store.pull("w", none);
  EXPECT_EQ(store.reduce("w", {none, none}).shape(), (Shape{0, 4}));
}

struct Mistake {
  std::string what;
  std::function<void(const KVStore&)> make;
  std::string told;
};

std::vector<Mistake> mistakes() {
  const NDArray x = nd::ones({2, 3});
  return {
      {"push without init", [=](const KVStore& s) { s.push(4, x); }, "key 4 has no value yet"},
      {"pull without init", [=](const KVStore& s) { s.pull(4, x); }, "pull: key 4 has no value"},
      {"one of several",
       [=](const KVStore& s) {
         s.push({3, 4}, {x, x});
       },
       "key 4 has no value"},
      {"init again", [=](const KVStore& s) { s.init(3, x); }, "key 3 has a value already"},
      {"init of two alike",
       [=](const KVStore& s) {
         s.init({5, 5}, {x, x});
       },
       "key 5 has a value"},
      {"init of one again",
       [=](const KVStore& s) {
         s.init({5, 3}, {x, x});
       },
       "key 3 has a value"},
      {"a name", [=](const KVStore& s) { s.init("w", x); }, "are numbers; they cannot be mixed"},
      {"push of a name", [=](const KVStore& s) { s.push("w", x); }, "key 'w': the keys of this"},
      {"both kinds",
       [=](const KVStore& s) {
         s.init({8, "w"}, {x, x});
       },
       "cannot be mixed"},
      {"shape",
       [=](const KVStore& s) {
         s.push(3, nd::ones({3, 2}));
       },
       "expected shape (2, 3), got (3, 2)"},
      {"shape of a copy",
       [=](const KVStore& s) {
         s.push(3, {x, nd::ones({4})});
       },
       "got (4,)"},
      {"shape pulled", [=](const KVStore& s) { s.pull(3, nd::ones({6})); }, "got (6,)"},
      {"type", [=](const KVStore& s) { s.push(3, x.astype(float64)); },
       "expected float32, got float64"},
      {"type of a copy",
       [=](const KVStore& s) {
         s.push(3, {x, x.astype(int32)});
       },
       "got int32"},
      {"no array", [=](const KVStore& s) { s.push(3, NDArray()); }, "refers to none"},
      {"no arrays", [=](const KVStore& s) { s.push(3, std::vector<NDArray>{}); }, "got none"},
      {"init with none", [=](const KVStore& s) { s.init(5, NDArray()); }, "refers to none"},
      {"init with copies",
       [=](const KVStore& s) {
         s.init({5}, {{x, x}});
       },
       "expected one array"},
      {"counts",
       [=](const KVStore& s) {
         s.push({3, 6}, {x});
       },
       "each of 2 keys, got 1"},
      {"counts pulled",
       [=](const KVStore& s) {
         s.pull({3, 6}, {x});
       },
       "each of 2 keys, got 1"},
      {"outs of pushpull", [=](const KVStore& s) { s.pushpull(3, x, nd::ones({1})); }, "got (1,)"},
      {"outs of several",
       [=](const KVStore& s) {
         s.pushpull({3, 6}, {x, x}, {x, nd::ones({1})});
       },
       "got (1,)"},
      {"broadcast", [=](const KVStore& s) { s.broadcast(5, x, nd::ones({1})); }, "got (1,)"},
      {"rows", [=](const KVStore& s) { s.row_sparse_pull(3, x, nd::zeros({1})); }, "row_sparse"},
      {"compression",
       [](const KVStore& s) {
         s.set_gradient_compression({{"type", "2bit"}});
       },
       "not supported"},
      {"states", [](const KVStore& s) { s.save_optimizer_states("x"); }, "no optimizer"},
      {"no states", [](const KVStore& s) { s.load_optimizer_states("x"); }, "no optimizer"},
      {"a key that init made", [=](const KVStore& s) { s.share(3, x); }, "somebody else reads"},
      {"the number of a key", [](const KVStore& s) { s.index(4); }, "key 4 has no value"},
  };
}

TEST(KVStore, TellsMistakesAndChangesNothing) {
  for (const Mistake& mistake : mistakes()) {
    SCOPED_TRACE(mistake.what);
    const KVStore store = kv::create("local");
    store.init({3, 6}, {nd::full({2, 3}, 2), nd::full({2, 3}, 4)});
    EXPECT_THAT(message_of([&] { mistake.make(store); }), HasSubstr(mistake.told));
    EXPECT_EQ(value_at(store, 3), 2);
    EXPECT_EQ(value_at(store, 6), 4);
    store.init(5, nd::ones({2, 3}));  // no half init is left
  }
}

TEST(KVStore, NothingIsRecorded) {
  const KVStore store = kv::create("local");
  const NDArray x = nd::ones({2, 3});
  x.attach_grad();
  const auto recording = autograd::record();
  store.init(0, x);
  store.push(0, {x * 2, x * 3});
  const NDArray out = nd::zeros({2, 3});
  store.pull(0, out);
  EXPECT_EQ(out.to_vector<double>()[0], 5);
  EXPECT_THROW(out.backward(), Error);
}

// An optimizer -----------------------------------------------------------------------------------

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

}  // namespace
}  // namespace gluino
