#include "kvstore/support.h"

namespace gluino {
namespace {

using kv::KVStore;
using ::testing::HasSubstr;
using testing::message_of;
using testing::pattern;
using testing::pulled;
using testing::types;
using testing::value_at;

TEST(KVStore, IsMadeByMXNetsNames) {
  for (const std::string& type : types()) {
    EXPECT_EQ(kvstore::create(type).type(), type);
  }
  EXPECT_EQ(kv::create().type(), "local");
  EXPECT_EQ(kv::create("Device").type(), "device");
  EXPECT_THAT(message_of([&] { kv::create("dist_async"); }),
              ::testing::AllOf(HasSubstr("'dist_async'"), HasSubstr("take 'dist_sync'")));
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

// ((a + b) + (c + d)) + e in float, whatever the threads, contexts and types of store.
TEST(KVStore, SumsHaveTheSameBitsForAnyNumberOfThreads) {
  const Shape shape{123, 457};
  std::vector<NDArray> copies;
  copies.reserve(5);
  for (int i = 0; i < 5; ++i) {
    copies.push_back((pattern(shape, i) * (0.1 + i)).as_in_context(cpu(i)));
  }
  std::vector<float> expected(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto at = [&](std::size_t k) { return copies[k].data<float>()[i]; };
    expected[i] = ((at(0) + at(1)) + (at(2) + at(3))) + at(4);
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

TEST(KVStore, RowsOfSparseValues) {
  const NDArray dense = nd::array({{1, 2}, {3, 4}, {5, 6}});
  for (const auto stype : {StorageType::row_sparse, StorageType::dense}) {
    const KVStore store = kv::create();
    store.init("w", dense.tostype(stype));
    const NDArray out = nd::sparse::zeros(StorageType::row_sparse, {3, 2});
    store.row_sparse_pull("w", out, nd::array({2, 0, 2}));
    EXPECT_EQ(out.indices().to_vector<std::int64_t>(), (std::vector<std::int64_t>{0, 2}));
    EXPECT_EQ(out.stored_values().to_vector<double>(), (std::vector<double>{1, 2, 5, 6}));
    EXPECT_THROW(store.row_sparse_pull("w", out, nd::array({3})), Error);
    EXPECT_THROW(store.row_sparse_pull("w", nd::zeros({3, 2}), nd::array({0})), Error);
  }
}

// The sum stores the rows that any of the copies does.
TEST(KVStore, SumsSparseValues) {
  const auto rows = [](double row) {
    return nd::sparse::row_sparse_array(nd::array({{1, 1}}), nd::array({row}), {3, 2});
  };
  const KVStore store = kv::create();
  store.init(3, nd::sparse::zeros(StorageType::row_sparse, {3, 2}));
  store.push(3, {rows(2), rows(0), rows(2)});
  const NDArray dense = nd::zeros({3, 2});
  const NDArray sparse = nd::sparse::zeros(StorageType::row_sparse, {3, 2});
  store.pull(3, {dense, sparse});
  const std::vector<double> sum{1, 1, 0, 0, 2, 2};
  EXPECT_EQ(dense.to_vector<double>(), sum);
  const auto held = [&] { return sparse.tostype(StorageType::dense).to_vector<double>(); };
  EXPECT_EQ(held(), std::vector<double>(6, 0));  // sparse ones are left out
  store.pull(3, sparse, 0, false);
  EXPECT_EQ(held(), sum);
}

}  // namespace
}  // namespace gluino
