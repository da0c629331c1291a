// A forked process computes, whatever the threads of its parent were doing.
#include <child_process.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/gluon/data/dataloader.h>
#include <gluino/gluon/loss.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/gluon/trainer.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/nd.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace gluino {
namespace {

using Values = std::vector<float>;

class ForkGluonTest : public testing::Test {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "sanitizers do not bear forks beside threads";
  }
  ~ForkGluonTest() override { set_num_threads(0); }
};

// The same at every call, and no draw from what threads share.
NDArray numbers(const Shape& shape) {
  Values values(static_cast<std::size_t>(shape.size()));
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
  return nd::from(values, shape);
}

Values product() { return nd::dot(numbers({150, 90}), numbers({90, 130})).to_vector<float>(); }

gluon::nn::HybridSequential network() {
  random::seed(7);
  gluon::nn::HybridSequential net;
  net.add(gluon::nn::Conv2D({.channels = 6, .kernel_size = {3, 3}}));
  net.add(gluon::nn::Dense({.units = 32, .activation = "relu"}));
  net.add(gluon::nn::Dense({.units = 5}));
  net.initialize(init::Xavier());
  net.hybridize();
  return net;
}

// Some steps of training; gives the losses at the end.
Values train(gluon::nn::HybridSequential& net, const NDArray& x) {
  gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}});
  gluon::loss::SoftmaxCrossEntropyLoss loss;
  NDArray result;
  for (int step = 0; step < 3; ++step) {
    {
      const auto recording = autograd::record();
      result = loss(net(x), nd::zeros({x.shape()[0]}));
    }
    result.backward();
    trainer.step(static_cast<double>(x.shape()[0]));
  }
  return result.to_vector<float>();
}

// Threads that compute until the end of the scope.
class Busy {
 public:
  explicit Busy(const std::vector<std::function<void()>>& bodies) {
    for (const auto& body : bodies) {
      threads_.emplace_back([this, body] {
        while (!stop_) body();
      });
    }
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

TEST_F(ForkGluonTest, TheChildHasTheBitsOfItsParent) {
  for (const int threads : {1, 2, 4}) {
    set_num_threads(threads);
    const Values expected = product();
    auto net = network();
    const NDArray x = numbers({8, 1, 12, 12});
    const Values scores = net(x).to_vector<float>();
    const ChildProcess child([&] {
      return product() == expected && net(x).to_vector<float>() == scores &&
             num_threads() == threads;
    });
    EXPECT_TRUE(child.succeeds()) << threads << " threads";
    // Its training is its own, and that of the parent is the same.
    std::optional<Values> loss;
    for (int i = 0; i < 2; ++i) {
      auto copy = network();
      copy(x);
      if (loss) {
        const ChildProcess trains([&] { return train(copy, x) == *loss; }, ChildProcess::End::exit);
        EXPECT_TRUE(trains.succeeds());
      } else {
        loss = train(copy, x);
      }
    }
  }
}

TEST_F(ForkGluonTest, InTheMiddleOfTheWorkOfOtherThreads) {
  set_num_threads(2);
  const Values expected = product();
  auto net = network();
  const NDArray x = numbers({8, 1, 12, 12});
  const Values scores = net(x).to_vector<float>();
  const FrozenGraph frozen = net.freeze(x);
  const NDArray kept = nd::ones({100, 100});
  const Busy busy({[] {
                     const NDArray large = nd::zeros({300, 300});
                     nd::dot(large, large);
                   },
                   [] {
                     std::vector<NDArray> small;
                     for (std::int64_t i = 1; i < 200; ++i) small.push_back(nd::ones({i, 10}));
                   },
                   [&] { net(x); }, [&] { frozen(x); }});
  for (int i = 0; i < 25; ++i) {
    const ChildProcess child([&] {
      std::vector<NDArray> many;
      for (std::int64_t n = 1; n < 300; ++n) many.push_back(nd::full({n, 17}, 2));
      const ChildProcess grandchild([&] { return product() == expected; });
      return product() == expected && net(x).to_vector<float>() == scores &&
             frozen(x).to_vector<float>().size() == scores.size() &&
             kept.to_vector<float>() == Values(10000, 1) && grandchild.succeeds();
    });
    ASSERT_TRUE(child.succeeds()) << "fork " << i;
  }
}

TEST_F(ForkGluonTest, MemoryIsCountedInTheChild) {
  std::atomic<bool> stop = false;
  std::vector<NDArray> from_another_thread;
  std::atomic<bool> made = false;
  std::thread other([&] {
    for (int i = 0; i < 50; ++i) from_another_thread.push_back(nd::ones({100}));
    made = true;
    while (!stop) std::this_thread::yield();
  });
  while (!made) std::this_thread::yield();
  const std::size_t before = pool_statistics().in_use;
  const ChildProcess child([&] {
    const std::size_t here = pool_statistics().in_use;
    from_another_thread.clear();
    const std::size_t after = pool_statistics().in_use;
    return here == before && after < before;
  });
  EXPECT_TRUE(child.succeeds());
  stop = true;
  other.join();
}

}  // namespace
}  // namespace gluino
