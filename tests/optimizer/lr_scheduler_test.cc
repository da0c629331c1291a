#include <gluino/base/error.h>
#include <gluino/optimizer/core/lr_scheduler.h>
#include <gtest/gtest.h>

#include <vector>

namespace gluino::lr_scheduler {
namespace {

// The expected rates are MXNet 1.9.1's for the updates 1 to 12.
void expect_rates(const LRScheduler& scheduler, const std::vector<double>& expected) {
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto num_update = static_cast<std::int64_t>(i) + 1;
    EXPECT_NEAR(scheduler(num_update), expected[i], 1e-15) << "update " << num_update;
  }
}

TEST(LRScheduler, Factor) {
  expect_rates(FactorScheduler({.step = 3, .factor = 0.5, .stop_factor_lr = 0.06, .base_lr = 0.4}),
               {0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.06, 0.06, 0.06});
  expect_rates(
      FactorScheduler(
          {.step = 4, .factor = 0.5, .base_lr = 0.4, .warm_up = {.steps = 3, .begin_lr = 0.1}}),
      {0.2, 0.3, 0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1, 0.1, 0.1});
}

TEST(LRScheduler, MultiFactor) {
  expect_rates(MultiFactorScheduler({.step = {2, 5, 9},
                                     .factor = 0.1,
                                     .base_lr = 0.4,
                                     .warm_up = {.steps = 2, .begin_lr = 0.1, .mode = "constant"}}),
               {0.1, 0.4, 0.04, 0.04, 0.04, 0.004, 0.004, 0.004, 0.004, 0.0004, 0.0004, 0.0004});
}

TEST(LRScheduler, Poly) {
  expect_rates(PolyScheduler({.max_update = 10,
                              .base_lr = 0.4,
                              .final_lr = 0.01,
                              .warm_up = {.steps = 3, .begin_lr = 0.05}}),
               {0.16666666666666669, 0.2833333333333334, 0.4, 0.296530612244898, 0.2089795918367347,
                0.1373469387755102, 0.0816326530612245, 0.04183673469387755, 0.017959183673469395,
                0.01, 0.01, 0.01});
}

TEST(LRScheduler, Cosine) {
  expect_rates(
      CosineScheduler(
          {.max_update = 10, .base_lr = 0.4, .final_lr = 0.01, .warm_up = {.steps = 2}}),
      {0.2, 0.4, 0.38515650883970093, 0.34288582233137677, 0.2796232693111925, 0.20500000000000002,
       0.1303767306888075, 0.06711417766862325, 0.02484349116029909, 0.01, 0.01, 0.01});
}

TEST(LRScheduler, MistakesAreErrors) {
  EXPECT_THROW(FactorScheduler({.step = 0}), Error);
  EXPECT_THROW(FactorScheduler({.step = 1, .factor = 2}), Error);
  EXPECT_THROW(MultiFactorScheduler({.step = {}}), Error);
  EXPECT_THROW(MultiFactorScheduler({.step = {3, 3}}), Error);
  EXPECT_THROW(PolyScheduler({.max_update = 0}), Error);
  EXPECT_THROW(CosineScheduler({.max_update = 5, .warm_up = {.steps = 5}}), Error);
  EXPECT_THROW(PolyScheduler({.max_update = 5, .warm_up = {.mode = "cubic"}}), Error);
  EXPECT_THROW(PolyScheduler({.max_update = 5, .warm_up = {.steps = -1}}), Error);
  EXPECT_THROW(FactorScheduler({.step = 1})(-1), Error);
  EXPECT_THROW(PolyScheduler({.max_update = 5, .warm_up = {.begin_lr = 0.1}}), Error);
}

}  // namespace
}  // namespace gluino::lr_scheduler
