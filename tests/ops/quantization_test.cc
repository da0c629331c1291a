// Bytes for numbers and back. The expected ones are MXNet 1.9.1's.
#include <gluino/ops/nd.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using Values = std::vector<double>;

const NDArray kNumbers = nd::array({-1.5, -1, -0.3, 0, 0.25, 0.5, 1, 2});

std::vector<NDArray> quantized(const Attributes& options, const NDArray& data = kNumbers) {
  return nd::invoke("_contrib_quantize_v2", {data}, options);
}

double range_end(const std::vector<NDArray>& bytes, std::size_t i) {
  return bytes[i].to_vector<double>()[0];
}

TEST(Quantize, ByAGivenRange) {
  const auto by = [](double least, double most, const char* type) {
    return nd::invoke("_contrib_quantize", {kNumbers, nd::array({least}), nd::array({most})},
                      {{"out_type", type}});
  };
  const auto unsigned_bytes = by(0, 3, "uint8");
  EXPECT_EQ(unsigned_bytes[0].dtype(), uint8);
  EXPECT_THAT(unsigned_bytes[0].to_vector<double>(), ElementsAre(0, 0, 0, 0, 21, 42, 85, 170));
  EXPECT_EQ(range_end(unsigned_bytes, 2), 3);
  const auto bytes = by(-1, 3, "int8");
  EXPECT_EQ(bytes[0].dtype(), int8);
  EXPECT_THAT(bytes[0].to_vector<double>(), ElementsAre(-64, -42, -13, 0, 11, 21, 42, 85));
  EXPECT_EQ(range_end(bytes, 1), -3);
  EXPECT_THAT(by(-1, 1, "int8")[0].to_vector<double>(),
              ElementsAre(-128, -127, -38, 0, 32, 64, 127, 127));
  // Of nothing but 0 each number but 0 lies beyond the ends; MXNet gives -128 and 127 for 0, too.
  EXPECT_THAT(by(0, 0, "int8")[0].to_vector<double>(), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0));
}

TEST(Quantize, ByItsOwnRangeOrOneOfTheOptions) {
  const auto bytes = quantized({});
  EXPECT_THAT(bytes[0].to_vector<double>(), ElementsAre(-96, -64, -19, 0, 16, 32, 64, 127));
  EXPECT_EQ(range_end(bytes, 1), -2);
  const auto own = quantized({{"out_type", "uint8"}});
  EXPECT_THAT(own[0].to_vector<double>(), ElementsAre(0, 0, 0, 0, 32, 64, 128, 255));
  EXPECT_EQ(range_end(own, 1), -1.5);
  const auto from_zero =
      quantized({{"out_type", "auto"}, {"min_calib_range", "0"}, {"max_calib_range", "1"}});
  EXPECT_EQ(from_zero[0].dtype(), uint8);
  EXPECT_THAT(from_zero[0].to_vector<double>(), ElementsAre(0, 0, 0, 0, 64, 128, 255, 255));
  const auto both_sides =
      quantized({{"out_type", "auto"}, {"min_calib_range", "-0.5"}, {"max_calib_range", "1"}});
  EXPECT_EQ(both_sides[0].dtype(), int8);
  EXPECT_EQ(range_end(both_sides, 2), 1);
}

TEST(Quantize, BackToNumbers) {
  const auto numbers = [](std::initializer_list<double> bytes, DType type) {
    return nd::invoke("_contrib_dequantize",
                      {nd::array(bytes, type), nd::array({-1.0}), nd::array({2.0})})[0]
        .to_vector<double>();
  };
  const auto near = [](double x) { return ::testing::DoubleNear(x, 1e-6); };
  EXPECT_THAT(numbers({-127, 0, 64}, int8), ElementsAre(near(-1.9921569), 0, near(1.0039216)));
  EXPECT_THAT(numbers({0, 1, 255}, uint8), ElementsAre(0, near(0.0078278), near(1.9960861)));
  EXPECT_THAT(numbers({-1073741824}, int32), ElementsAre(near(-1)));
  // No number is further away than half a step.
  const auto bytes = quantized({});
  const auto back = nd::invoke("_contrib_dequantize", bytes)[0].to_vector<double>();
  for (std::size_t i = 0; i < back.size(); ++i) {
    EXPECT_NEAR(back[i], kNumbers.to_vector<double>()[i], 0.51 * 2 / 127.5);
  }
}

TEST(Quantize, SumsOfProducts) {
  const NDArray sums = nd::array({-2147483647, 0, 1073741824, 536870912}, int32);
  const auto bytes = [&](const Attributes& options) {
    return nd::invoke("_contrib_requantize", {sums, nd::array({-1.0}), nd::array({2.0})}, options);
  };
  const Attributes given = {{"min_calib_range", "-0.5"}, {"max_calib_range", "1"}};
  EXPECT_THAT(bytes(given)[0].to_vector<double>(), ElementsAre(-128, 0, 127, 64));
  EXPECT_EQ(range_end(bytes(given), 1), -1);
  EXPECT_THAT(bytes({{"out_type", "uint8"}, {"min_calib_range", "0"}, {"max_calib_range", "1"}})[0]
                  .to_vector<double>(),
              ElementsAre(0, 0, 255, 128));
  // Their own range: MXNet gives it with its ends, and the bytes with their signs, exchanged.
  EXPECT_THAT(bytes({})[0].to_vector<double>(), ElementsAre(-127, 0, 64, 32));
  EXPECT_EQ(range_end(bytes({}), 2), 2);
}

TEST(Quantize, WhatBytesCannotStandForIsTold) {
  for (const double wrong : {std::nan(""), std::numeric_limits<double>::infinity()}) {
    const NDArray data = nd::array({1, wrong, 2});
    EXPECT_THAT(message_of([&] { quantized({}, data); }), HasSubstr("expected finite numbers"));
    EXPECT_THAT(message_of([&] {
                  nd::invoke("_contrib_quantize", {data, nd::array({0.0}), nd::array({1.0})});
                }),
                HasSubstr("[_contrib_quantize] data"));
    EXPECT_THAT(message_of([&] {
                  nd::invoke("_contrib_quantize", {kNumbers, nd::array({0.0}), nd::array({wrong})});
                }),
                HasSubstr("min_range <= max_range"));
  }
  EXPECT_THAT(message_of([] {
                quantized({{"min_calib_range", "2"}, {"max_calib_range", "1"}});
              }),
              HasSubstr("min_calib_range <= max_calib_range"));
  EXPECT_THAT(message_of([] {
                nd::invoke("_contrib_dequantize", {kNumbers, kNumbers, kNumbers});
              }),
              HasSubstr("expected int8, uint8 or int32, got float32"));
}

TEST(CalibrateEntropy, CutsOffWhereLeastIsLost) {
  const auto calibrated = [](const NDArray& histogram, const char* steps) {
    const auto bins = static_cast<double>(histogram.size());
    std::vector<double> edges;
    for (double i = 0; i <= bins; ++i) edges.push_back(2 * i / bins - 1);
    const auto got =
        nd::invoke("_contrib_calibrate_entropy",
                   {histogram, nd::from(edges, {histogram.size() + 1}).astype(float32)},
                   {{"num_quantized_bins", steps}});
    return Values{range_end(got, 0), range_end(got, 1)};
  };
  const auto near = [](double x) { return ::testing::DoubleNear(x, 1e-5); };
  EXPECT_THAT(calibrated(nd::array({44, 0, 0, 3, 0, 39, 9}), "5"),
              ElementsAre(near(0.7142857), near(5.3072166)));
  EXPECT_THAT(calibrated(nd::array({19, 0, 36, 0, 6}), "5"), ElementsAre(near(1), near(3.4126987)));
  EXPECT_THAT(calibrated(nd::array({24, 0, 12, 1, 38, 39, 0, 46, 24, 17, 37}), "5"),
              ElementsAre(near(0.8181818), near(1.1561829)));
  EXPECT_THAT(message_of([&] {
                calibrated(nd::array({1, 2, 3}), "5");
              }),
              HasSubstr("num_quantized_bins: expected 1 to the number of bins, 3"));
  EXPECT_THAT(message_of([&] {
                calibrated(nd::array({1, -2, 3}), "3");
              }),
              HasSubstr("none below 0"));
}

}  // namespace
}  // namespace gluino
