#include <apps/program.h>
#include <gluino/base/error.h>
#include <gluino/kernels/cpu/support/instruction_set.h>
#include <gmock/gmock.h>

#include <string_view>

namespace digits_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(DigitsExplain, ShowsWhatBecameOfTheNetwork) {
  const Result lenet = run(words("explain --batch-size 32 --runs 1"));
  ASSERT_EQ(lenet.code, 0) << lenet.err;
  EXPECT_THAT(lenet.out, HasSubstr("conv0_fwd+"));
  EXPECT_THAT(lenet.out, HasSubstr("strips of 16 samples, innermost"));
  EXPECT_THAT(lenet.out, HasSubstr("(32, 50, 4, 4)"));
  EXPECT_THAT(lenet.out, HasSubstr("KiB planned"));
  EXPECT_THAT(lenet.out, Not(HasSubstr("gradient")));
}

TEST(DigitsExplain, OfTrainingTheGradientToo) {
  const Result mlp = run(words("explain --net mlp --train --batch-size 7 --runs 1 --threads 1"));
  ASSERT_EQ(mlp.code, 0) << mlp.err;
  EXPECT_THAT(mlp.out, HasSubstr("product 7 x 784 x 128"));
  EXPECT_THAT(mlp.out, HasSubstr("gradient"));
  EXPECT_THAT(mlp.out, HasSubstr("product 128 x 7 x 784"));
  EXPECT_THAT(mlp.out, HasSubstr("us on 1 thread, "));
}

#if defined(__x86_64__)
TEST(DigitsExplain, TheEnvironmentLimitsTheInstructionSet) {
  const auto with = [](const std::string& most) {
    return run(words("explain --net mlp --batch-size 1 --runs 1"),
               {.environment = {{"GLUINO_MAX_ISA", most}}});
  };
  const Result baseline = with("baseline");
  EXPECT_THAT(baseline.out, HasSubstr(", baseline."));
  EXPECT_EQ(baseline.err, "");
  const Result wrong = with("sse9");
  EXPECT_EQ(wrong.code, 0);
  EXPECT_THAT(wrong.err,
              HasSubstr("GLUINO_MAX_ISA: expected avx512, avx2 or baseline, got \"sse9\""));
  // Builds with sanitizers have no code for AVX-512.
  const std::string_view best = gluino::kernels::instruction_set();
  EXPECT_THAT(with("avx512").out, HasSubstr(gluino::str(", ", best, ".")));
  if (best == "baseline") GTEST_SKIP() << "this processor has no AVX2";
  EXPECT_THAT(with("avx2").out, HasSubstr(", AVX2."));
}
#endif

}  // namespace
}  // namespace digits_test
