#include <apps/digits/serving/engine.h>
#include <apps/digits/serving/model_store.h>
#include <gluino/base/error.h>
#include <gluino/gluon/nn/nn.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>

namespace digits::serving {
namespace {

using namespace std::chrono_literals;

std::shared_ptr<const ServedModel> make_model(const std::string& net) {
  auto network = std::make_shared<gluino::gluon::nn::HybridSequential>(make_network({.net = net}));
  network->initialize();
  return std::make_shared<const ServedModel>(net,
                                             Model{.net = network, .info = {}, .description = net},
                                             std::vector<std::vector<gluino::NDArray>>());
}

// Answers with the largest score of its first image.
class LargestScore : public Task {
 public:
  LargestScore(std::shared_ptr<const ServedModel> model, std::size_t images, float pixel)
      : Task(std::move(model)), images_(images), pixel_(pixel) {}
  std::size_t prepare() override {
    if (pixel_ < 0) throw Refusal(422, "expected a pixel");
    return images_;
  }
  void write_images(float* to) const override { std::fill_n(to, images_ * kPixels, pixel_); }
  Response answer(std::span<const float> scores) override {
    if (images_ == 0) return {.body = "none"};
    EXPECT_EQ(scores.size(), 10 * images_);
    return {.body = gluino::str(*std::max_element(scores.begin(), scores.begin() + 10))};
  }

 private:
  std::size_t images_;
  float pixel_;
};

// Collects answers, and waits until there are enough.
class Answers {
 public:
  void take(std::vector<Finished> answers) {
    const std::lock_guard lock(mutex_);
    for (Finished& each : answers) {
      EXPECT_TRUE(all_.emplace(each.ticket, std::move(each.response)).second);
    }
    more_.notify_all();
  }
  std::map<Ticket, Response> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(more_.wait_for(lock, 60s, [&] { return all_.size() >= count; }));
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable more_;
  std::map<Ticket, Response> all_;
};

TEST(EngineThreads, EveryTaskHasItsOwnAnswer) {
  const auto mlp = make_model("mlp");
  const auto lenet = make_model("lenet");
  constexpr Ticket kEach = 60;
  constexpr Ticket kThreads = 3;
  // What each would be answered alone.
  const auto make_task = [&](Ticket ticket) {
    const auto& model = ticket % 2 == 0 ? mlp : lenet;
    const float pixel = ticket % 7 == 0 ? -1 : static_cast<float>(ticket % 5) / 5;
    return std::make_unique<LargestScore>(model, ticket % 3 == 0 ? ticket % 9 : 1, pixel);
  };
  std::map<Ticket, Response> alone;
  {
    Answers answers;
    Engine engine({.threads = 1, .queue = {.batch = 1, .max_wait = 0us}},
                  [&](std::vector<Finished> some) { answers.take(std::move(some)); });
    for (Ticket t = 0; t < kEach * kThreads; ++t) {
      engine.submit(t, make_task(t), Engine::Lane::quick);
    }
    alone = answers.wait_for(kEach * kThreads);
  }
  Answers answers;
  Engine engine({.threads = 2, .queue = {.batch = 16, .max_wait = 500us}, .long_capacity = 1000},
                [&](std::vector<Finished> some) { answers.take(std::move(some)); });
  std::vector<std::thread> threads;
  for (Ticket thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (Ticket i = 0; i < kEach; ++i) {
        const Ticket ticket = thread * kEach + i;
        engine.submit(ticket, make_task(ticket),
                      i % 4 == 0 ? Engine::Lane::slow : Engine::Lane::quick);
        engine.counts();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto together = answers.wait_for(kEach * kThreads);
  for (const auto& [ticket, response] : alone) {
    EXPECT_EQ(together.at(ticket).status, response.status);
    if (response.status != 200 || response.body == "none") {
      EXPECT_EQ(together.at(ticket).body, response.body);
    } else {
      EXPECT_NEAR(std::stod(together.at(ticket).body), std::stod(response.body), 1e-4) << ticket;
    }
  }
}

TEST(EngineThreads, WhatWaitsIsAnsweredBeforeTheEnd) {
  const auto model = make_model("mlp");
  Answers answers;
  {
    Engine engine({.threads = 1, .queue = {.batch = 4, .max_wait = 10s}},
                  [&](std::vector<Finished> some) { answers.take(std::move(some)); });
    for (Ticket t = 0; t < 10; ++t) {
      engine.submit(t, std::make_unique<LargestScore>(model, 1, 0.5F), Engine::Lane::quick);
    }
  }
  EXPECT_EQ(answers.wait_for(10).size(), 10U);
}

TEST(BatchQueueThreads, GivesOutEverythingOnceAndRefusesWhatIsTooMuch) {
  BatchQueue<std::unique_ptr<int>> queue({.capacity = 8, .batch = 3, .max_wait = 100us});
  constexpr int kEach = 300;
  std::mutex mutex;
  std::map<int, int> taken;
  std::vector<std::thread> takers;
  for (int i = 0; i < 2; ++i) {
    takers.emplace_back([&] {
      for (;;) {
        const auto batch = queue.take();
        if (batch.empty()) return;
        EXPECT_LE(batch.size(), 3U);
        const std::lock_guard lock(mutex);
        for (const auto& item : batch) ++taken[*item];
      }
    });
  }
  std::vector<std::thread> givers;
  for (int i = 0; i < 3; ++i) {
    givers.emplace_back([&, i] {
      for (int k = 0; k < kEach; ++k) {
        auto item = std::make_unique<int>(i * kEach + k);
        while (!queue.push(item)) {
          ASSERT_TRUE(item) << "a refused item stays";
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::thread& giver : givers) giver.join();
  queue.close();
  for (std::thread& taker : takers) taker.join();
  EXPECT_EQ(taken.size(), 3U * kEach);
  for (const auto& [item, count] : taken) EXPECT_EQ(count, 1) << item;
  auto late = std::make_unique<int>(1);
  EXPECT_FALSE(queue.push(late));
}

}  // namespace
}  // namespace digits::serving
