#include <gluino/kvstore/processes/schedule.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <numeric>
#include <vector>

namespace gluino::kvstore {
namespace {

using Numbers = std::vector<float>;

// Carries out all workers' steps, as messages between them would.
class Simulation {
 public:
  Simulation(std::vector<std::vector<Numbers>> slots, std::vector<std::vector<Step>> steps)
      : slots_(std::move(slots)), steps_(std::move(steps)), next_(slots_.size()), sent_(next_) {}

  // False when nobody can go on, though not all are done.
  bool run() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t worker = 0; worker < steps_.size(); ++worker) {
        while (advance(worker)) moved = true;
      }
    }
    for (std::size_t worker = 0; worker < steps_.size(); ++worker) {
      if (next_[worker] != steps_[worker].size()) return false;
    }
    return std::all_of(messages_.begin(), messages_.end(),
                       [](const auto& each) { return each.second.empty(); });
  }

  const Numbers& result(std::size_t worker) const { return slots_[worker][0]; }

 private:
  bool advance(std::size_t worker) {
    if (next_[worker] == steps_[worker].size()) return false;
    const Step& step = steps_[worker][next_[worker]];
    const int self = static_cast<int>(worker);
    if (step.to != Step::kNobody && sent_[worker] == next_[worker]) {
      const Numbers& slot = slots_[worker][static_cast<std::size_t>(step.send_slot)];
      messages_[{self, step.to}].emplace_back(slot.begin() + step.send.begin,
                                              slot.begin() + step.send.end);
      ++sent_[worker];
    }
    Numbers arrived;
    if (step.from != Step::kNobody) {
      auto& queue = messages_[{step.from, self}];
      if (queue.empty()) return false;
      arrived = queue.front();
      queue.pop_front();
    } else if (step.to == Step::kNobody) {
      const Numbers& slot = slots_[worker][static_cast<std::size_t>(step.send_slot)];
      arrived.assign(slot.begin() + step.send.begin, slot.begin() + step.send.end);
    }
    EXPECT_EQ(static_cast<std::int64_t>(arrived.size()), step.receive.size());
    for (std::size_t i = 0; i < arrived.size(); ++i) {
      float& target = slots_[worker][static_cast<std::size_t>(step.receive_slot)]
                            [static_cast<std::size_t>(step.receive.begin) + i];
      target = step.adds ? target + arrived[i] : arrived[i];
    }
    sent_[worker] = ++next_[worker];
    return true;
  }

  std::vector<std::vector<Numbers>> slots_;
  std::vector<std::vector<Step>> steps_;
  std::vector<std::size_t> next_;
  std::vector<std::size_t> sent_;
  std::map<std::pair<int, int>, std::deque<Numbers>> messages_;
};

Numbers added(const Numbers& a, const Numbers& b) {
  Numbers sum(a.size());
  std::transform(a.begin(), a.end(), b.begin(), sum.begin(), std::plus<>());
  return sum;
}

Numbers tree_sum(const std::vector<Numbers>& shards, const Range& range) {
  if (range.size() == 1) return shards[static_cast<std::size_t>(range.begin)];
  const std::int64_t middle = middle_of(range);
  return added(tree_sum(shards, {range.begin, middle}), tree_sum(shards, {middle, range.end}));
}

std::vector<Numbers> random_shards(std::int64_t shards, std::int64_t n) {
  std::vector<Numbers> all;
  for (std::int64_t shard = 0; shard < shards; ++shard) {
    all.emplace_back();
    for (std::int64_t i = 0; i < n; ++i) {
      all.back().push_back(std::sin(static_cast<float>(shard * 7919 + i * 31)) *
                           std::pow(10.0F, static_cast<float>((shard * 5 + i) % 7)));
    }
  }
  return all;
}

void expect_tree_sum(const std::vector<std::int64_t>& counts, std::int64_t n) {
  const Shards layout(counts);
  const std::vector<Numbers> shards = random_shards(layout.size(), n);
  std::vector<std::vector<Numbers>> slots;
  std::vector<std::vector<Step>> steps;
  for (int worker = 0; worker < layout.workers(); ++worker) {
    slots.emplace_back();
    for (const Range& slot : layout.slots(worker)) slots.back().push_back(tree_sum(shards, slot));
    steps.push_back(sum_steps(layout, worker, n));
  }
  Simulation simulation(slots, steps);
  ASSERT_TRUE(simulation.run());
  const Numbers expected = tree_sum(shards, {0, layout.size()});
  for (std::size_t worker = 0; worker < counts.size(); ++worker) {
    EXPECT_EQ(simulation.result(worker), expected);
  }
}

// The same shards cut otherwise give the same bits, at every worker.
RC_GTEST_PROP(Schedule, SumsInOneTreeWhoeverHasWhichShard, ()) {
  const auto workers = *rc::gen::inRange<std::size_t>(1, 12);
  const auto counts =
      *rc::gen::container<std::vector<std::int64_t>>(workers, rc::gen::inRange<std::int64_t>(1, 6));
  expect_tree_sum(counts, *rc::gen::inRange<std::int64_t>(0, 20));
}

TEST(Schedule, SumsOfEvenShardsGoByHalves) {
  for (const std::size_t workers : {2, 4, 8, 16}) {
    for (const std::int64_t each : {1, 2, 4}) {
      expect_tree_sum(std::vector<std::int64_t>(workers, each), 37);
      EXPECT_TRUE(Shards(std::vector<std::int64_t>(workers, each)).is_even());
    }
    constexpr std::int64_t kElements = 1024;
    const Shards layout(std::vector<std::int64_t>(workers, 1));
    std::int64_t sent = 0;
    for (const Step& step : sum_steps(layout, 1, kElements)) sent += step.send.size();
    EXPECT_LT(sent, 2 * kElements);
  }
  EXPECT_FALSE(Shards(std::vector<std::int64_t>{3, 3}).is_even());
  EXPECT_FALSE(Shards(std::vector<std::int64_t>{1, 2}).is_even());
  EXPECT_FALSE(Shards(std::vector<std::int64_t>{1, 1, 1}).is_even());
}

TEST(Schedule, BroadcastsTheFirstWorkersNumbers) {
  for (std::size_t workers = 1; workers < 20; ++workers) {
    std::vector<std::vector<Numbers>> slots;
    std::vector<std::vector<Step>> steps;
    for (std::size_t worker = 0; worker < workers; ++worker) {
      slots.push_back({Numbers(5, static_cast<float>(worker + 1))});
      steps.push_back(broadcast_steps(static_cast<int>(workers), static_cast<int>(worker), 5));
    }
    Simulation simulation(slots, steps);
    ASSERT_TRUE(simulation.run());
    for (std::size_t worker = 0; worker < workers; ++worker) {
      EXPECT_EQ(simulation.result(worker), Numbers(5, 1));
    }
  }
}

RC_GTEST_PROP(Schedule, GathersAllParts, ()) {
  const auto sizes = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(0, 5)));
  const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  Numbers expected;
  std::vector<std::vector<Numbers>> slots;
  std::vector<std::vector<Step>> steps;
  for (std::size_t worker = 0; worker < sizes.size(); ++worker) {
    const auto begin = expected.size();
    expected.resize(begin + static_cast<std::size_t>(sizes[worker]),
                    static_cast<float>(worker + 1));
    slots.push_back({Numbers(static_cast<std::size_t>(all), -1)});
    std::fill(slots.back()[0].begin() + static_cast<std::ptrdiff_t>(begin),
              slots.back()[0].begin() + static_cast<std::ptrdiff_t>(expected.size()),
              static_cast<float>(worker + 1));
    steps.push_back(gather_steps(sizes, static_cast<int>(worker)));
  }
  Simulation simulation(slots, steps);
  RC_ASSERT(simulation.run());
  for (std::size_t worker = 0; worker < sizes.size(); ++worker) {
    RC_ASSERT(simulation.result(worker) == expected);
  }
}

// Nobody is through before the last has come.
TEST(Schedule, ABarrierHearsOfAll) {
  for (int workers = 2; workers < 20; ++workers) {
    std::vector<std::vector<bool>> known;
    for (int worker = 0; worker < workers; ++worker) {
      known.emplace_back(workers, false);
      known.back()[static_cast<std::size_t>(worker)] = true;
    }
    const std::size_t rounds = barrier_steps(workers, 0).size();
    for (std::size_t round = 0; round < rounds; ++round) {
      const auto before = known;
      for (int worker = 0; worker < workers; ++worker) {
        const Step step = barrier_steps(workers, worker)[round];
        EXPECT_EQ(barrier_steps(workers, step.to)[round].from, worker);
        for (int other = 0; other < workers; ++other) {
          if (before[static_cast<std::size_t>(step.from)][static_cast<std::size_t>(other)]) {
            known[static_cast<std::size_t>(worker)][static_cast<std::size_t>(other)] = true;
          }
        }
      }
    }
    for (const auto& each : known) EXPECT_THAT(each, ::testing::Each(true));
  }
}

}  // namespace
}  // namespace gluino::kvstore
