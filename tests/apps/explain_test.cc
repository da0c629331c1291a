#include <apps/program.h>
#include <gmock/gmock.h>

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
  EXPECT_THAT(mlp.out, HasSubstr("us on 1 thread."));
}

}  // namespace
}  // namespace digits_test
