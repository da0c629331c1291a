#include <cmath>
#include <limits>

#include "ops/support.h"

// No random operator draws numbers from a distribution that there is not.
namespace gluino {
namespace {

using testing::message_of;

TEST(RandomParameters, BoundsAndDeviationsThatAreNone) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  for (const auto& [low, high] : std::vector<std::pair<double, double>>{
           {1, -1}, {nan, 1}, {0, nan}, {-inf, 0}, {0, inf}, {-3e38, 3e38}}) {
    EXPECT_THROW(nd::random::uniform({.low = low, .high = high, .shape = {2}}), Error)
        << low << " " << high;
  }
  for (const double scale : {-1.0, -1e-300, nan, inf}) {
    EXPECT_THROW(nd::random::normal({.scale = scale, .shape = {2}}), Error) << scale;
  }
  for (const double loc : {nan, inf, -inf}) {
    EXPECT_THROW(nd::random::normal({.loc = loc, .shape = {2}}), Error) << loc;
  }
  for (const double p : {-0.1, 1.0, 1.5, nan, inf}) {
    EXPECT_THROW(nd::Dropout(nd::ones({2}), {.p = p}), Error) << p;
  }
  EXPECT_EQ(message_of([] { nd::random::uniform({.low = 1, .high = -1, .shape = {2}}); }),
            "[_random_uniform] expected finite bounds, low at most high, got 1 and -1");
  EXPECT_EQ(message_of([] { nd::random::normal({.scale = -1, .shape = {2}}); }),
            "[_random_normal] scale: expected a finite number of at least 0, got -1");
}

TEST(RandomParameters, ABoundTwiceAndNoDeviationGiveThatNumber) {
  EXPECT_EQ(nd::random::uniform({.low = 3, .high = 3, .shape = {2}}).to_vector<double>(),
            (std::vector<double>{3, 3}));
  EXPECT_EQ(nd::random::normal({.loc = 2, .scale = 0, .shape = {2}}).to_vector<double>(),
            (std::vector<double>{2, 2}));
}

// Whatever numbers the options of any random operator are: they are refused, or what comes out are
// numbers.
TEST(RandomParameters, AnyNumberIsRefusedOrGivesNumbers) {
  for (const Op* op : Op::all()) {
    if (!op->random) continue;
    for (const Field& field : op->fields) {
      for (const char* value : {"-1", "0", "1", "2", "-1e300", "1e300", "nan", "inf", "-inf",
                                "3.5e38", "-3.5e38", "1e-320"}) {
        Attributes options = {{field.name, value}};
        std::vector<NDArray> inputs(op->all_inputs.size(), nd::ones({5}));
        if (inputs.empty()) options["shape"] = "(5,)";
        options[field.name] = value;
        try {
          const autograd::Scope training = autograd::train_mode();
          for (const float y : nd::invoke(op->name, inputs, options)[0].to_vector<float>()) {
            EXPECT_TRUE(std::isfinite(y)) << op->name << ", " << field.name << " = " << value;
          }
        } catch (const Error&) {
        }
      }
    }
  }
}

}  // namespace
}  // namespace gluino
