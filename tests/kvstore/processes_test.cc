#include <gluino/autograd/autograd.h>
#include <gluino/kvstore/kvstore.h>
#include <gluino/kvstore/tree_sum.h>
#include <gluino/ndarray/sparse_array.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <functional>
#include <thread>

#include "child_process.h"
#include "kvstore/on_workers.h"
#include "kvstore/support.h"

namespace gluino {
namespace {

using kv::KVStore;
using ::testing::HasSubstr;
using testing::message_of;
using testing::on_good_workers;
using testing::on_workers;

// A shard's numbers, of sizes so different that each order of adding has other bits.
NDArray shard(int number, const Shape& shape, DType dtype = float32, const Context& at = cpu()) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    values.push_back(std::sin(double(number * 7919 + i * 31)) * std::pow(10.0, (number + i) % 5));
  }
  return nd::from(values, shape).as_in_context(at).astype(dtype);
}

NDArray sum_of_shards(int shards, const Shape& shape, DType dtype = float32) {
  std::vector<NDArray> all;
  for (int i = 0; i < shards; ++i) all.push_back(shard(i, shape, dtype));
  NDArray sum(shape, dtype);
  kvstore::tree_sum(all, sum);
  return sum;
}

std::vector<NDArray> own_shards(const KVStore& store, int shards, const Shape& shape,
                                DType dtype = float32) {
  std::vector<NDArray> own;
  for (int i = shards * store.rank() / store.num_workers();
       i < shards * (store.rank() + 1) / store.num_workers(); ++i) {
    own.push_back(shard(i, shape, dtype, cpu(static_cast<int>(own.size()))));
  }
  return own;
}

TEST(Processes, OneThatWasStartedAloneIsTheOnlyWorker) {
  const KVStore store = kv::create("dist_sync");
  EXPECT_EQ(store.type(), "dist_sync");
  EXPECT_EQ(store.rank(), 0);
  EXPECT_EQ(store.num_workers(), 1);
  store.barrier();
  store.init("w", nd::ones({2}));
  store.push("w", {nd::full({2}, 3), nd::full({2}, 4)});
  EXPECT_EQ(testing::pulled(store, "w", {2}).to_vector<float>(), (std::vector<float>{7, 7}));
}

TEST(Processes, AddUpInOneTree) {
  for (const int workers : {2, 3, 4}) {
    on_good_workers(workers, [&] {
      const KVStore store = kv::create("dist_sync");
      ASSERT_EQ(store.num_workers(), workers);
      for (const DType dtype : {float32, float64, float16, int32}) {
        const std::string key = str(dtype);
        for (const Shape& shape : {Shape{3}, Shape{0}, Shape{700, 1000}}) {
          const std::vector<NDArray> own = own_shards(store, 4, shape, dtype);
          EXPECT_EQ(store.reduce(key, own).to_vector<double>(),
                    sum_of_shards(4, shape, dtype).to_vector<double>());
        }
      }
      // Many small ones, begun together.
      const std::vector<NDArray> own = own_shards(store, 4, {5});
      for (int key = 0; key < 100; ++key) store.start(key, own);
      for (int key = 0; key < 100; ++key) {
        EXPECT_EQ(store.reduce(key, own).to_vector<float>(),
                  sum_of_shards(4, {5}).to_vector<float>());
      }
    });
  }
}

// A sum that nobody has asked for, since something failed in between, say, is not taken for the
// next one.
TEST(Processes, SumAnewWhatWasChangedSinceItWasBegun) {
  on_good_workers(2, [] {
    const KVStore store = kv::create("dist_sync");
    for (const std::int64_t size : {3, 1'000'000}) {
      const NDArray gradient = nd::full({size}, store.rank() + 1);
      store.start("w", gradient);
      store.barrier();
      gradient.assign(10 * (store.rank() + 1));
      store.start("w", gradient);
      EXPECT_EQ(store.reduce("w", gradient).to_vector<float>(),
                std::vector<float>(static_cast<std::size_t>(size), 30));
    }
  });
}

TEST(Processes, HaveWorkerZerosValues) {
  on_good_workers(3, [] {
    const KVStore store = kv::create("dist_device_sync");
    store.init("w", nd::full({2, 3}, store.rank() + 1));
    EXPECT_EQ(testing::value_at(store, "w"), 1);
    store.set_optimizer(optimizer::create("sgd", {{"learning_rate", 1}}));
    store.push("w", nd::full({2, 3}, store.rank() + 1));
    EXPECT_EQ(testing::value_at(store, "w"), 1 - 6);
    const NDArray out = nd::zeros({2, 3});
    store.broadcast("v", nd::full({2, 3}, store.rank() + 7), out);
    EXPECT_EQ(out.to_vector<float>()[0], 7);
    // Each worker stores as many rows as its number says, and one.
    const NDArray rows = nd::zeros({4, 2});
    rows.slice(0, store.rank() + 1).assign(nd::full({store.rank() + 1, 2}, store.rank() + 3));
    const NDArray sparse = nd::sparse::stored_as(rows, StorageType::row_sparse);
    store.unify("rows", sparse);
    EXPECT_EQ(sparse.stype(), StorageType::row_sparse);
    EXPECT_EQ(nd::sparse::stored_as(sparse, StorageType::dense).to_vector<float>(),
              (std::vector<float>{3, 3, 0, 0, 0, 0, 0, 0}));
    store.barrier();
  });
}

TEST(Processes, AddUpStoredRows) {
  for (const int workers : {2, 3}) {
    on_good_workers(workers, [&] {
      const KVStore store = kv::create("dist_sync");
      const Shape shape = {6, 2};
      std::vector<NDArray> own;
      NDArray expected = nd::zeros(shape);
      for (int i = 0; i < 4; ++i) {
        const NDArray dense = nd::zeros(shape);
        // Rows that some share; shard 2 has none.
        if (i != 2) dense.slice(i, i + 2).assign(shard(i, {2, 2}));
        const int owner = i * workers / 4;
        if (owner == store.rank()) {
          own.push_back(nd::sparse::stored_as(dense, StorageType::row_sparse));
        }
      }
      const auto all = own_shards(store, 4, shape);
      ASSERT_FALSE(own.empty());
      const NDArray sum = store.reduce("rows", own);
      EXPECT_EQ(sum.stype(), StorageType::row_sparse);
      EXPECT_EQ(sum.shape(), shape);
      for (const int i : {0, 1, 3}) {
        expected.slice(i, i + 2).assign(expected.slice(i, i + 2).copy() + shard(i, {2, 2}));
      }
      EXPECT_THAT(nd::sparse::stored_as(sum, StorageType::dense).to_vector<double>(),
                  ::testing::Pointwise(::testing::DoubleNear(1e-2), expected.to_vector<double>()));
    });
  }
}

// As MXNet compresses: what is at least the threshold counts as that, and the rest is kept.
TEST(Processes, SendTwoBits) {
  for (const int workers : {1, 2, 4}) {
    on_good_workers(workers, [&] {
      const KVStore store = kv::create("dist_sync");
      store.set_gradient_compression({{"type", "2bit"}, {"threshold", "0.5"}});
      std::vector<NDArray> own;
      for (int i = 0; i < 4 / workers; ++i) own.push_back(nd::array({0.3, -0.2, 0.7, -0.9, 0}));
      const auto summed = [&] { return store.reduce("w", own).to_vector<float>(); };
      EXPECT_EQ(summed(), (std::vector<float>{0, 0, 2, -2, 0}));
      EXPECT_EQ(summed(), (std::vector<float>{2, 0, 2, -2, 0}));
      EXPECT_EQ(summed(), (std::vector<float>{0, -2, 2, -2, 0}));
      own[0] = nd::array({NAN, INFINITY, 0.7, -0.9, 0});
      const std::vector<float> broken = summed();
      EXPECT_TRUE(std::isnan(broken[0]) && std::isnan(broken[1]));
      EXPECT_EQ(broken[2], 2);
    });
  }
}

TEST(Processes, SendNumbersAsTheyAreAgain) {
  on_good_workers(2, [] {
    const KVStore store = kv::create("dist_sync");
    store.set_gradient_compression({{"type", "2bit"}, {"threshold", "0.5"}});
    EXPECT_EQ(store.reduce("w", nd::full({2}, 2)).to_vector<float>(), (std::vector<float>{1, 1}));
    store.set_gradient_compression({{"type", "none"}});
    EXPECT_EQ(store.reduce("w", nd::full({2}, 2)).to_vector<float>(), (std::vector<float>{4, 4}));
    EXPECT_THAT(message_of([&] {
                  store.set_gradient_compression({{"type", "2bit"}, {"threshold", "inf"}});
                }),
                HasSubstr("a finite number above 0, got 'inf'"));
  });
}

// A network, trained on shards: whoever has them, the weights have the same bits. `early`: the
// gradients are summed while backward runs; `changes`: worker 0 alone changes some in between.
std::vector<float> trained(const std::string& kvstore, int shards, bool changes = false) {
  const KVStore store = kv::create(kvstore);
  random::seed(7);
  std::vector<Context> places;
  const int first = shards * store.rank() / store.num_workers();
  const int last = shards * (store.rank() + 1) / store.num_workers();
  for (int i = first; i < last; ++i) places.push_back(cpu(i));
  gluon::nn::HybridSequential net;
  net.add(gluon::nn::Dense({.units = 16, .activation = "tanh", .in_units = 6}),
          gluon::nn::Dense({.units = 3}));
  net.initialize(init::Uniform(), places);
  gluon::Trainer trainer(net.collect_params(), "adam", {{"learning_rate", 0.01}},
                         {.kvstore = store});
  for (int step = 0; step < 5; ++step) {
    std::vector<NDArray> losses;
    {
      const auto recording = autograd::record();
      for (const Context& place : places) {
        const NDArray x = shard(place.id + 10 * step, {4, 6}, float32, place) * 1e-3;
        losses.push_back((net(x) * net(x)).sum());
      }
    }
    autograd::backward(losses);
    if (changes) {
      for (const auto& parameter : net.collect_params()) {
        for (const NDArray& grad : parameter.list_grad()) {
          if (first == 0) grad.assign(grad * 0.5);
        }
      }
    }
    trainer.step(4.0 * shards);
  }
  std::vector<float> weights;
  for (const auto& parameter : net.collect_params()) {
    for (const float value : parameter.data().to_vector<float>()) weights.push_back(value);
  }
  return weights;
}

TEST(Processes, TrainToTheSameBitsInAnyNumber) {
  const std::vector<float> expected = trained("device", 4);
  for (const int workers : {1, 2, 3, 4}) {
    on_good_workers(workers, [&] { EXPECT_EQ(trained("dist_sync", 4), expected); });
  }
}

// Each worker makes the updates, and would draw noise of its own.
TEST(Processes, HaveTheSameNoise) {
  on_good_workers(2, [] {
    const KVStore check_store = kv::create("dist_sync");
    const auto expect_alike = [&](const std::string& name, const NDArray& own) {
      const NDArray first = nd::zeros(own.shape());
      check_store.broadcast(name, own, first);
      EXPECT_EQ(own.to_vector<float>(), first.to_vector<float>()) << name;
    };
    random::seed(check_store.rank());
    const KVStore store = kv::create("dist_sync");
    store.init("w", nd::zeros({3}));
    store.set_optimizer(optimizer::create("sgld"));
    store.push("w", nd::ones({3}));
    const NDArray value = nd::zeros({3});
    store.pull("w", value);
    expect_alike("store", value);
    for (const bool on_kvstore : {true, false}) {
      gluon::nn::Dense net({.units = 2, .in_units = 3});
      net.initialize();
      gluon::Trainer trainer(net.collect_params(), "sgld", {},
                             {.kvstore = "dist_sync", .update_on_kvstore = on_kvstore});
      for (int step = 0; step < 2; ++step) {
        {
          const auto recording = autograd::record();
          net(nd::ones({2, 3})).sum().backward();
        }
        trainer.step(4);
      }
      expect_alike(on_kvstore ? "on the store" : "by the trainer", net.weight().data());
    }
  });
}

// Sums that have set out are taken back where one worker has changed its gradients since.
TEST(Processes, SumWhatGradientsAreAtTheStep) {
  on_good_workers(2, [&] {
    const std::vector<float> one = trained("dist_sync", 2, true);
    const std::vector<float> unchanged = trained("dist_sync", 2);
    EXPECT_NE(one, unchanged);
    const KVStore store = kv::create("dist_sync");
    const NDArray mine = nd::from(one, Shape{std::ssize(one)});
    const NDArray sum = store.reduce("check", mine).copy();
    EXPECT_EQ(sum.to_vector<float>(), (mine + mine).to_vector<float>());
  });
}

TEST(Processes, WhoDoesSomethingElseIsTold) {
  const testing::Ended ended = on_workers(2, [] {
    const KVStore store = kv::create("dist_sync");
    const NDArray ones = nd::ones({store.rank() == 0 ? 3 : 4});
    store.reduce("w", ones);
  });
  if (std::getenv("GLUINO_TEST_WORKERS") != nullptr) return;
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("workers must do the same in the same order"));
  EXPECT_THAT(ended.output, HasSubstr("gradients of 'w'"));
}

// As many numbers, of other arrays: they would be added up in silence.
void expect_told(const std::function<void(const KVStore& store)>& differ,
                 const std::string& sentence) {
  const testing::Ended ended = on_workers(2, [&] { differ(kv::create("dist_sync")); });
  if (std::getenv("GLUINO_TEST_WORKERS") != nullptr) return;
  EXPECT_NE(ended.code, 0);
  EXPECT_THAT(ended.output, HasSubstr("workers must do the same in the same order"));
  EXPECT_THAT(ended.output, HasSubstr(sentence));
}

TEST(Processes, WhoInitsAnotherShapeIsTold) {
  expect_told(
      [](const KVStore& store) {
        store.init("w", nd::ones(store.rank() == 0 ? Shape{2, 3} : Shape{3, 2}));
      },
      "value of 'w' (3, 2)");
}

TEST(Processes, WhoPushesAnotherShapeIsTold) {
  expect_told(
      [](const KVStore& store) {
        store.reduce("w", nd::ones(store.rank() == 0 ? Shape{2, 3} : Shape{3, 2}));
      },
      "gradients of 'w' (2, 3)");
}

TEST(Processes, WhoSumsOtherKeysBehindTheFirstIsTold) {
  expect_told(
      [](const KVStore& store) {
        const NDArray ones = nd::ones({3});
        store.init({"a", "b", "c"}, {ones, ones, ones});
        store.push({"a", store.rank() == 0 ? "b" : "c"}, {ones, ones});
      },
      "'a' (3,), 'c' (3,)");
}

TEST(Processes, WhoDiffersBehindWhatAMessageHasRoomForIsTold) {
  expect_told(
      [](const KVStore& store) {
        const NDArray ones = nd::ones({3});
        for (int key = 100; key < 140; ++key) store.start(key, ones);
        store.reduce(140 + store.rank(), ones);
      },
      "differ further on");
}

TEST(Processes, WhoUpdatesWithAnotherNumberIsTold) {
  expect_told(
      [](const KVStore& store) {
        store.set_optimizer(
            optimizer::create("sgd", {{"momentum", store.rank() == 0 ? 0.9 : 0.1 + 0.2}}));
      },
      "updates with momentum 0.30000000000000004");
}

TEST(Processes, WhoUpdatesByAnotherRuleIsTold) {
  expect_told(
      [](const KVStore& store) {
        store.set_optimizer(optimizer::create(store.rank() == 0 ? "adam" : "adamax"));
      },
      "updates with optimizer adamax");
}

TEST(Processes, WhoUpdatesByAnotherScheduleIsTold) {
  expect_told(
      [](const KVStore& store) {
        const lr_scheduler::MultiFactorScheduler schedule(
            {.step = {1000, 2000 + store.rank()}, .factor = 0.1});
        store.set_optimizer(optimizer::create("nag", {{"lr_scheduler", schedule}}));
      },
      "updates with lr_scheduler.step 1000, 2001");
}

TEST(Processes, WhoCompressesWithAnotherThresholdIsTold) {
  expect_told(
      [](const KVStore& store) {
        store.set_gradient_compression(
            {{"type", "2bit"}, {"threshold", store.rank() == 0 ? "0.5" : "0.25"}});
        store.reduce("w", nd::ones({3}));
      },
      "threshold 0.25");
}

TEST(Processes, WhoEndsEarlyIsNotWaitedFor) {
  const auto begin = std::chrono::steady_clock::now();
  const testing::Ended ended = on_workers(3, [] {
    const KVStore store = kv::create("dist_sync");
    store.barrier();
    if (store.rank() != 1) {
      EXPECT_THAT(message_of([&] { store.reduce("w", nd::ones({3})); }),
                  HasSubstr("worker 1 of 3 has ended"));
      std::exit(7);
    }
  });
  if (std::getenv("GLUINO_TEST_WORKERS") != nullptr) return;
  EXPECT_EQ(ended.code, 7) << ended.output;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

// A worker that is stopped says nothing, and mpirun sees nothing.
TEST(Processes, ASilentWorkerIsFoundWithinSeconds) {
  const testing::Ended ended = on_workers(3, [] {
    const KVStore store = kv::create("dist_sync");
    store.barrier();
    if (store.rank() == 2) raise(SIGSTOP);
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_THAT(message_of([&] { store.reduce("w", nd::ones({3})); }),
                HasSubstr("worker 2 of 3 does not answer"));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
    EXPECT_THAT(message_of([&] { store.barrier(); }), HasSubstr("worker 2 of 3"));
    std::_Exit(::testing::Test::HasFailure() ? 1 : 9);
  });
  if (std::getenv("GLUINO_TEST_WORKERS") != nullptr) return;
  EXPECT_EQ(ended.code, 9) << ended.output;
}

// The threads that a worker has may hold the sanitizer's locks at any moment.
class ForkedWorker : public ::testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers do not bear forks beside threads";
  }
};

TEST_F(ForkedWorker, IsNoWorker) {
  on_good_workers(2, [] {
    const KVStore store = kv::create("dist_sync");
    store.barrier();
    const ChildProcess child([&] {
      return message_of([&] { store.barrier(); }).find("a forked process is no worker") !=
                 std::string::npos &&
             message_of([] { kv::create("dist_sync"); }).find("no worker") != std::string::npos;
    });
    EXPECT_TRUE(child.succeeds());
    store.barrier();
  });
}

// Not a worker that it would have to take leave for, and no thread to wait for.
TEST_F(ForkedWorker, Ends) {
  for (const int workers : {1, 2}) {
    on_good_workers(workers, [] {
      const KVStore store = kv::create("dist_sync");
      store.barrier();
      for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(ChildProcess([] { return true; }, ChildProcess::End::exit).succeeds());
      }
      store.barrier();
    });
  }
}

// Each would be the only worker.
TEST(Processes, ThatAnotherEngineHasStartedAreRefused) {
  const testing::Ended ended = on_workers(1, [] {
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK"}) unsetenv(name);
    const auto told = [](const char* name, const char* value) {
      setenv(name, value, 1);
      const std::string message = message_of([] { kv::create("dist_sync"); });
      unsetenv(name);
      return message;
    };
    EXPECT_THAT(told("PMI_SIZE", "3"), HasSubstr("as one of 3 (PMI_SIZE)"));
    EXPECT_THAT(told("DMLC_NUM_WORKER", "2"), HasSubstr("MXNet's launcher"));
    EXPECT_THAT(told("DMLC_ROLE", "server"), HasSubstr("as a server"));
    setenv("DMLC_NUM_WORKER", "1", 1);
    EXPECT_EQ(kv::create("dist_sync").num_workers(), 1);
  });
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST(Processes, NeedOpenMPI) {
  const testing::Ended ended = on_workers(1, [] {
    setenv("GLUINO_MPI", "/nowhere/libmpi.so", 1);
    EXPECT_THAT(message_of([] { kv::create("dist_sync"); }),
                ::testing::AllOf(HasSubstr("Open MPI"), HasSubstr("/nowhere/libmpi.so")));
    // Another library is none of it.
    setenv("GLUINO_MPI", "libm.so.6", 1);
    EXPECT_THAT(message_of([] { kv::create("dist_sync"); }), HasSubstr("expected Open MPI's"));
    // Local stores need none.
    EXPECT_EQ(kv::create("device").num_workers(), 1);
  });
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(message_of([] { kv::create("dist_async"); }), HasSubstr("'dist_sync'"));
}

}  // namespace
}  // namespace gluino
