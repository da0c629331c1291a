#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/initializer/initializer.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/params.h>
#include <gluino/ops/elementwise/cast.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

std::vector<float> filled(const init::Initializer& initializer, const std::string& name,
                          const Shape& shape = {2, 3}) {
  const NDArray array = nd::full(shape, 9);
  initializer(name, array);
  return array.to_vector<float>();
}

TEST(Mixed, TheFirstPatternThatMatchesDecides) {
  const auto mixed =
      init::Mixed({"bias", ".*_scale", "fc[0-9]+_", ".*"},
                  {init::One(), init::Initializer([](auto&, const NDArray& a) { a.assign(5.0); }),
                   init::Constant(2), init::Constant(3)});
  EXPECT_THAT(filled(mixed, "bias_weight"), Each(1));
  EXPECT_THAT(filled(mixed, "fc12_weight"), Each(2));
  EXPECT_THAT(filled(mixed, "conv_bias_weight"), Each(3)) << "matches at the beginning only";
  EXPECT_THAT(filled(mixed, "fc1_bias"), Each(0)) << "the chosen one still looks at the name";
  EXPECT_THAT(message_of([&] { filled(mixed, "x_scale"); }), HasSubstr("'x_scale'"));
  EXPECT_THAT(message_of([] { filled(init::Mixed({"a"}, {init::One()}), "b_weight"); }),
              HasSubstr("no pattern matches the parameter 'b_weight'"));
  EXPECT_THAT(message_of([] { init::Mixed({"("}, {init::One()}); }),
              HasSubstr("is no regular expression"));
  EXPECT_THROW(init::Mixed({"a", "b"}, {init::One()}), Error);
  EXPECT_THROW(init::Mixed({"a"}, {init::Initializer()}), Error);
}

TEST(Load, CopiesByNameAndLeavesTheRest) {
  const std::map<std::string, NDArray> arrays = {{"arg:fc_weight", nd::array({{1, 2}, {3, 4}})},
                                                 {"aux:bn_moving_var", nd::array({7, 8}, float64)},
                                                 {"odd", nd::array({5})}};
  const auto load = init::Load(arrays, init::Constant(3));
  EXPECT_THAT(filled(load, "fc_weight", {2, 2}), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(filled(load, "bn_moving_var", {2}), ElementsAre(7, 8));
  EXPECT_THAT(filled(load, "odd", {1}), ElementsAre(5)) << "a name that has no rule";
  EXPECT_THAT(filled(load, "other_weight"), Each(3));
  EXPECT_EQ(message_of([&] { filled(load, "fc_weight", {4}); }),
            "[Load] 'fc_weight': expected shape (4,), got (2, 2)");
  EXPECT_THAT(message_of([&] { filled(init::Load(arrays), "other_weight"); }),
              HasSubstr("no array for the parameter 'other_weight'"));
  const std::string path = str(::testing::TempDir(), "/init_load_", ::getpid());
  nd::save(path, arrays);
  EXPECT_THAT(filled(init::Load(path), "fc_weight", {2, 2}), ElementsAre(1, 2, 3, 4));
  std::remove(path.c_str());
}

// rows of `matrix` times its own columns: scale^2 on the diagonal, else 0.
void expect_orthogonal(const std::vector<float>& w, std::size_t rows, std::size_t columns,
                       double scale) {
  const bool wide = rows <= columns;
  const std::size_t n = wide ? rows : columns;
  const std::size_t length = wide ? columns : rows;
  const auto at = [&](std::size_t vector, std::size_t i) {
    return static_cast<double>(wide ? w[vector * columns + i] : w[i * columns + vector]);
  };
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      double sum = 0;
      for (std::size_t i = 0; i < length; ++i) sum += at(a, i) * at(b, i);
      EXPECT_NEAR(sum, a == b ? scale * scale : 0, 1e-5) << a << ", " << b;
    }
  }
}

TEST(Orthogonal, RowsOrColumnsAreOrthonormal) {
  expect_orthogonal(filled(init::Orthogonal(), "w_weight", {5, 8}), 5, 8, 1.414);
  expect_orthogonal(
      filled(init::Orthogonal({.scale = 2, .rand_type = "normal"}), "w_weight", {9, 2, 2}), 9, 4,
      2);
  expect_orthogonal(filled("orthogonal", "w_weight", {6, 6}), 6, 6, 1.414);
  EXPECT_TRUE(filled("orthogonal", "w_weight", {0, 3}).empty());
  EXPECT_THROW(init::Orthogonal({.rand_type = "gaussian"}), Error);
  EXPECT_THROW(init::Orthogonal().init_weight("w", NDArray({2}, int32)), Error);
}

TEST(Initializer, MadeFromJson) {
  EXPECT_THAT(filled(init::create_from_json("[\"constant\", {\"value\": 0.25}]"), "a_weight"),
              Each(0.25F));
  EXPECT_THAT(filled(init::create_from_json("[\"zero\", {}]"), "a_weight"), Each(0));
  EXPECT_THAT(filled(init::create_from_json("ones"), "a_weight"), Each(1));
  // As MXNet 1.9.1 writes them.
  for (const char* text :
       {R"(["xavier", {"rnd_type": "uniform", "factor_type": "avg", "magnitude": 2.24}])",
        R"(["uniform", {"scale": 0.07}])",
        R"(["msraprelu", {"factor_type": "avg", "slope": 0.25}])",
        R"(["orthogonal", {"scale": 1.414, "rand_type": "uniform"}])",
        R"(["normal", {"sigma": 0.1}])", R"(["one", {}])", R"(["bilinear", {}])"}) {
    EXPECT_TRUE(init::create_from_json(text).defined()) << text;
  }
  random::seed(4);
  const auto direct = filled(init::Xavier({.magnitude = 2.24}), "w_weight");
  random::seed(4);
  EXPECT_EQ(filled(init::create_from_json(R"(["Xavier", {"magnitude": 2.24}])"), "w_weight"),
            direct);
  for (const char* text : {"[", "[]", "[\"zero\"]", "[1, {}]", "[\"zero\", 1]", "[\"zero\", {}, 3]",
                           "[\"zero\", {}", "[\"zero\", {}] x"}) {
    EXPECT_THAT(message_of([&] { init::create_from_json(text); }),
                HasSubstr("initializer: expected"))
        << text;
  }
  EXPECT_THAT(message_of([] { init::create_from_json(R"(["constant", {"value": [1, 2]}])"); }),
              HasSubstr("option 'value': expected a number or text, got array"));
  EXPECT_THAT(message_of([] { init::create_from_json(R"(["zero", {"x": 1}])"); }),
              HasSubstr("no option 'x'"));
  EXPECT_THAT(message_of([] { init::create_from_json("xavir"); }), HasSubstr("'xavir'"));
  EXPECT_THROW(init::create_from_json(std::string(100000, '[')), Error);
}

}  // namespace
}  // namespace gluino
