#include <apps/digits/tuning/asha.h>
#include <gluino/base/error.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <utility>

namespace digits::tuning {
namespace {

using Costs = std::map<Job, double>;

// The trainings in the order in which one worker makes them.
std::vector<Job> one_by_one(Asha& asha, const Costs& costs) {
  std::vector<Job> jobs;
  while (const auto job = asha.next()) {
    jobs.push_back(*job);
    asha.start(*job);
    const auto cost = costs.find(*job);
    asha.finish(*job, cost == costs.end() ? std::nullopt : std::optional(cost->second));
  }
  return jobs;
}

// By hand. After trial 3, one of the three on the lowest rung may go on: trial 3. Trial 4 is better
// and takes that place, as the best third of four is still one. Trial 7 makes it two thirds: 4 and
// 7. That makes three on the second rung, of which 7 is the best, and goes to the third. At the end
// three of nine have gone on: 4, 7 and 3, as it should be.
TEST(TuneAsha, PromotesAsWorkedOutByHand) {
  Asha asha({.rungs = {1, 3, 9}, .eta = 3, .trials = 9});
  const Costs costs = {{{1, 1}, .5},  {{2, 1}, .4},  {{3, 1}, .3}, {{4, 1}, .1}, {{5, 1}, .6},
                       {{6, 1}, .35}, {{7, 1}, .25}, {{8, 1}, .9}, {{9, 1}, .8}, {{3, 3}, .2},
                       {{4, 3}, .15}, {{7, 3}, .12}, {{7, 9}, .1}};
  const std::vector<Job> expected = {{1, 1}, {2, 1}, {3, 1}, {3, 3}, {4, 1}, {4, 3}, {5, 1},
                                     {6, 1}, {7, 1}, {7, 3}, {7, 9}, {8, 1}, {9, 1}};
  EXPECT_EQ(one_by_one(asha, costs), expected);
}

// Workers do not wait for each other: while trial 3 still runs, two have finished, and a third of
// two is none, so that trial 4 begins.
TEST(TuneAsha, DoesNotWaitForARungToBeFull) {
  Asha asha({.rungs = {1, 3}, .eta = 3, .trials = 5});
  for (std::int64_t trial = 1; trial <= 3; ++trial) {
    EXPECT_EQ(asha.next(), (Job{trial, 1}));
    asha.start({trial, 1});
  }
  asha.finish({2, 1}, 0.5);
  asha.finish({1, 1}, 0.4);
  EXPECT_EQ(asha.next(), (Job{4, 1}));
  asha.start({4, 1});
  asha.finish({4, 1}, 0.9);
  EXPECT_EQ(asha.next(), (Job{1, 3}));
  asha.start({1, 3});
  EXPECT_EQ(asha.next(), (Job{5, 1}));
  asha.start({5, 1});
  EXPECT_EQ(asha.next(), std::nullopt);
  EXPECT_EQ(asha.running(), (std::vector<Job>{{1, 3}, {3, 1}, {5, 1}}));
}

TEST(TuneAsha, FailuresCountAndAreNotPromoted) {
  Asha asha({.rungs = {1, 3}, .eta = 2, .trials = 4});
  EXPECT_EQ(one_by_one(asha, {{{2, 1}, .5}, {{2, 3}, .4}}),
            (std::vector<Job>{{1, 1}, {2, 1}, {2, 3}, {3, 1}, {4, 1}}));
  Asha all_fail({.rungs = {1, 3}, .eta = 2, .trials = 3});
  EXPECT_EQ(one_by_one(all_fail, {}).size(), 3U);
}

TEST(TuneAsha, FewTrialsAreTrainedInFullToo) {
  Asha asha({.rungs = {1, 3, 9}, .eta = 3, .trials = 2});
  EXPECT_EQ(one_by_one(asha, {{{1, 1}, .5}, {{2, 1}, .4}, {{2, 3}, .3}, {{2, 9}, .2}}),
            (std::vector<Job>{{1, 1}, {2, 1}, {2, 3}, {2, 9}}));
  // The best fails further up, so the next one is tried.
  Asha failing({.rungs = {1, 3}, .eta = 3, .trials = 2});
  EXPECT_EQ(one_by_one(failing, {{{1, 1}, .5}, {{2, 1}, .4}, {{1, 3}, .3}}),
            (std::vector<Job>{{1, 1}, {2, 1}, {2, 3}, {1, 3}}));
}

TEST(TuneAsha, WithOneRungItIsAPlainSearch) {
  Asha asha({.rungs = {5}, .eta = 3, .trials = 4});
  EXPECT_EQ(one_by_one(asha, {{{1, 5}, .5}, {{2, 5}, .4}, {{4, 5}, .3}}),
            (std::vector<Job>{{1, 5}, {2, 5}, {3, 5}, {4, 5}}));
}

TEST(TuneAsha, RefusesWhatIsNotOfTheSearch) {
  Asha asha({.rungs = {1, 3}, .eta = 3, .trials = 2});
  EXPECT_THROW(asha.start({3, 1}), gluino::Error);
  EXPECT_THROW(asha.start({0, 1}), gluino::Error);
  EXPECT_THROW(asha.start({1, 2}), gluino::Error);
  EXPECT_THROW(asha.start({1, 3}), gluino::Error);
  EXPECT_THROW(asha.finish({1, 1}, 0.5), gluino::Error);
}

// Whatever the costs, the failures and the order in which workers finish.
TEST(TuneAsha, PromotesOnlyTheBestPartInAnyOrder) {
  std::mt19937 dice(7);
  for (int round = 0; round < 300; ++round) {
    const std::int64_t eta = 2 + dice() % 3;
    const std::int64_t trials = 1 + dice() % 40;
    const std::vector<std::int64_t> rungs = {1, eta, eta * eta};
    Asha asha({.rungs = rungs, .eta = eta, .trials = trials});
    const std::size_t workers = 1 + dice() % 8;
    std::map<std::int64_t, std::vector<double>> finished;  // costs by epochs
    std::map<Job, double> costs;
    std::set<Job> started;
    while (true) {
      const auto job = asha.running().size() < workers ? asha.next() : std::nullopt;
      if (job) {
        ASSERT_TRUE(started.insert(*job).second) << "started twice";
        if (job->epochs > 1) {
          const std::int64_t below = job->epochs / eta;
          const auto& others = finished[below];
          const auto better = std::count_if(others.begin(), others.end(), [&](double cost) {
            return cost < costs.at({job->trial, below});
          });
          // At the very end, something may go on for want of a training in full.
          const bool is_over = asha.running().empty() && std::ssize(finished[1]) == trials;
          if (!is_over) {
            ASSERT_LT(better, std::ssize(others) / eta);
          }
        }
        asha.start(*job);
        continue;
      }
      const auto running = asha.running();
      if (running.empty()) break;
      const Job done = running[dice() % running.size()];
      const bool fails = dice() % 8 == 0;
      costs[done] = fails ? 1e9 : static_cast<double>(dice()) / 1e10;
      finished[done.epochs].push_back(costs[done]);
      asha.finish(done, fails ? std::nullopt : std::optional(costs[done]));
    }
    EXPECT_EQ(std::ssize(finished[1]), trials);
    // A success on the lowest rung leads to trainings of full length.
    const bool any =
        std::any_of(finished[1].begin(), finished[1].end(), [](double cost) { return cost < 1; });
    if (any) {
      EXPECT_GT(std::ssize(finished[eta]), 0);
    }
  }
}

}  // namespace
}  // namespace digits::tuning
