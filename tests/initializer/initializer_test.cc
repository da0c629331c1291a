#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/numpy_draws.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Pointwise;

std::vector<float> filled(const init::Initializer& initializer, const std::string& name,
                          const Shape& shape = {2, 3}) {
  const NDArray array = nd::full(shape, 9);
  initializer(name, array);
  return array.to_vector<float>();
}

TEST(Initializer, LooksAtTheEndOfTheName) {
  const init::Initializer three = init::Constant(3);
  EXPECT_THAT(filled(three, "conv0_weight"), Each(3));
  for (const char* name : {"fc_bias", "bn_beta", "bn_moving_mean", "bn_moving_inv_var",
                           "bn_moving_avg", "data_min", "bias"}) {
    EXPECT_THAT(filled(three, name), Each(0)) << name;
  }
  for (const char* name : {"bn_gamma", "bn_moving_var", "data_max"}) {
    EXPECT_THAT(filled(three, name), Each(1)) << name;
  }
  EXPECT_THAT(message_of([&] { filled(three, "fc_scale"); }), HasSubstr("'fc_scale'"));
}

TEST(Initializer, InitWeightPassesOverTheName) {
  const NDArray bias({4});
  init::One().init_weight("fc_bias", bias);
  EXPECT_THAT(bias.to_vector<float>(), Each(1));
}

TEST(Initializer, MadeByName) {
  EXPECT_THAT(filled("ones", "w_weight"), Each(1));
  EXPECT_THAT(filled("Zeros", "w_weight"), Each(0));
  EXPECT_THAT(filled(init::create("constant", {{"value", "-2.5"}}), "w_weight"), Each(-2.5F));
  random::seed(1);
  const auto direct = filled(init::Xavier({.factor_type = "in", .magnitude = 2}), "w_weight");
  random::seed(1);
  EXPECT_EQ(filled(init::create("xavier", {{"factor_type", "in"}, {"magnitude", "2"}}), "w_weight"),
            direct);
  for (const char* name : {"uniform", "normal", "msraprelu", "zero", "one"}) {
    EXPECT_TRUE(init::create(name).defined()) << name;
  }
}

TEST(Initializer, MistakesAreNamed) {
  EXPECT_THAT(message_of([] { init::create("xavir"); }),
              ::testing::AllOf(HasSubstr("'xavir'"), HasSubstr("xavier")));
  EXPECT_THAT(message_of([] {
                init::create("normal", {{"scale", "1"}});
              }),
              ::testing::AllOf(HasSubstr("'scale'"), HasSubstr("sigma")));
  EXPECT_THAT(message_of([] { init::create("normal", {{"sigma", "1x"}}); }), HasSubstr("'1x'"));
  EXPECT_THAT(message_of([] { init::create("constant"); }), HasSubstr("value"));
  EXPECT_THAT(message_of([] { filled(init::Xavier(), "fc_weight", {5}); }),
              ::testing::AllOf(HasSubstr("fc_weight"), HasSubstr("(5,)")));
  EXPECT_THROW(init::Xavier({.rnd_type = "normal"}), Error);
  EXPECT_THROW(init::Xavier({.factor_type = "mean"}), Error);
  EXPECT_THROW(init::Xavier({.magnitude = -1}), Error);
  EXPECT_THROW(init::Uniform(std::nan("")), Error);
  EXPECT_THROW(init::Normal().init_weight("w", NDArray({2}, int32)), Error);
  EXPECT_THROW(init::Initializer().init_weight("w", NDArray({2})), Error);
  EXPECT_THROW(init::register_initializer("Xavier", nullptr), Error);
}

TEST(Initializer, UsersOwn) {
  const init::Initializer own([](const std::string& name, const NDArray& array) {
    array.assign(static_cast<double>(name.size()));
  });
  EXPECT_THAT(filled(own, "weight"), Each(6));
  EXPECT_EQ(own.to_string(), "custom");
  init::register_initializer("own", [=](const auto&) { return own; });
  EXPECT_THAT(filled("own", "weight"), Each(6));
}

TEST(Initializer, ArraysOfSizeZero) {
  for (const char* name : {"xavier", "uniform", "normal", "msraprelu", "zeros", "ones"}) {
    EXPECT_TRUE(filled(name, "w_weight", {0, 3}).empty()) << name;
  }
  EXPECT_TRUE(filled("bilinear", "w_weight", {2, 1, 0, 0}).empty());
}

// Numbers of MXNet 1.9.1 under npx.set_np().
TEST(Initializer, WeightsThatNumpysOperatorsDraw) {
  const auto drawn = [](const init::Initializer& initializer, const Shape& shape) {
    random::seed(5);
    return filled(initializer, "w_weight", shape);
  };
  const auto first = [&](const init::Initializer& initializer, const Shape& shape) {
    const init::NumpyDraws numpy;
    const auto weights = drawn(initializer, shape);
    return std::vector<float>(weights.begin(), weights.begin() + 3);
  };
  EXPECT_THAT(first(init::Normal(0.1), {3, 4}),
              Pointwise(FloatEq(), {-0.0412222221F, 0.0838336572F, 0.0737063661F}));
  EXPECT_THAT(first(init::Xavier(), {64, 3, 7, 7}),
              Pointwise(FloatEq(), {0.0308433287F, -0.0151661113F, 0.0227627419F}));
  const auto usual = drawn(init::Xavier(), {64, 3, 7, 7});
  const init::NumpyDraws numpy;
  EXPECT_NE(drawn(init::Xavier(), {64, 3, 7, 7}), usual);
}

// Numbers of MXNet 1.9.1 for Bilinear.
TEST(Initializer, Bilinear) {
  EXPECT_THAT(filled("zeros", "upsampling0_weight", {1, 1, 3, 4}),
              ElementsAre(0.0625F, 0.1875F, 0.1875F, 0.0625F, 0.1875F, 0.5625F, 0.5625F, 0.1875F,
                          0.1875F, 0.5625F, 0.5625F, 0.1875F));
}

}  // namespace
}  // namespace gluino
