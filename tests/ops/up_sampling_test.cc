// UpSampling beside what mxnet/numbers.json tells: the weight that symbols make, files, mistakes.
#include <gluino/graph/sym.h>
#include <gluino/initializer/initializer.h>
#include <gluino/ops/nd.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Symbol bilinear() {
  return sym::UpSampling(sym::var("x"), {.scale = 3, .sample_type = "bilinear", .num_filter = 2},
                         "up");
}

TEST(UpSampling, ASymbolMakesTheWeightThatBilinearNeeds) {
  const Symbol up = bilinear();
  EXPECT_THAT(up.list_arguments(), ElementsAre("x", "up_weight"));
  const auto shapes = up.infer_shape({{"x", Shape{4, 2, 5, 3}}});
  EXPECT_EQ(shapes.arguments[1], Shape({2, 1, 5, 5}));
  EXPECT_EQ(shapes.outputs[0], Shape({4, 2, 15, 9}));
  EXPECT_EQ(up.attr_dict().at("up_weight").at("__init__"), "[\"bilinear\", {}]");
}

// MXNet counts the weight if the program gave one.
TEST(UpSampling, FilesMayCountTheWeightOrNot) {
  const std::string json = bilinear().tojson();
  ASSERT_THAT(json, HasSubstr("\"num_args\": \"2\""));
  std::string other = json;
  other.replace(other.find("\"num_args\": \"2\""), 15, "\"num_args\": \"1\"");
  EXPECT_EQ(sym::load_json(other).tojson(), json);
}

TEST(UpSampling, OfBilinearWeightsMakesARampARamp) {
  const NDArray weight({1, 1, 4, 4}, float32, cpu());
  const auto fill = init::Bilinear();
  fill("up_weight", weight);
  NDArray ramp = nd::from(std::vector<double>{0, 1, 2, 3, 4, 5}, {1, 1, 1, 6}).astype(float32);
  ramp = nd::tile(ramp, {.reps = {1, 1, 5, 1}});
  const NDArray up = nd::UpSampling(ramp, weight, {.scale = 2});
  const auto row = up.to_vector<float>();
  for (int i = 2; i < 10; ++i) {  // inside
    EXPECT_FLOAT_EQ(row[static_cast<std::size_t>(4 * 12 + i)], static_cast<float>(i) / 2 - 0.25F);
  }
}

TEST(UpSampling, TellsWhichImagesDoNotFit) {
  const NDArray x = nd::ones({2, 3, 4, 4});
  const auto message = [&](const std::vector<NDArray>& images, const UpSamplingOptions& options) {
    try {
      nd::UpSampling(images, options);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_THAT(message({x, nd::ones({2, 3, 3, 4})}, {.scale = 2}),
              HasSubstr("arg1: expected images of which 8 x 8 pixels are a multiple"));
  EXPECT_THAT(message({x, nd::ones({2, 3, 2, 4})}, {.scale = 2}), HasSubstr("alike in height"));
  EXPECT_THAT(message({x, nd::ones({1, 3, 2, 2})}, {.scale = 2}), HasSubstr("expected 2 images"));
  EXPECT_THAT(message({x, nd::ones({2, 2, 2, 2})}, {.scale = 2, .multi_input_mode = "sum"}),
              HasSubstr("expected 3 channels"));
  EXPECT_THAT(message({x}, {.scale = 2, .sample_type = "bilinear"}),
              HasSubstr("expected 2 inputs (data, weight), got 1"));
  EXPECT_THAT(message({x, x}, {.scale = 2, .sample_type = "bilinear"}),
              HasSubstr("expected shape"));
  EXPECT_THAT(message({x, nd::ones({3, 1, 4, 4})},
                      {.scale = 2, .sample_type = "bilinear", .num_filter = 2}),
              HasSubstr("expected num_filter 2 channels"));
  EXPECT_THAT(message({x}, {.scale = 0}), HasSubstr("scale: expected from 1"));
}

}  // namespace
}  // namespace gluino
