#include <gluino/gluon/data/vision/transforms.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gluon_data/support.h"

namespace gluino::gluon::data::vision::transforms {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;

NDArray counting(const Shape& shape, DType dtype) {
  NDArray x(shape, dtype);
  dispatch(dtype, [&]<class T>() {
    for (std::int64_t i = 0; i < x.size(); ++i) x.data<T>()[i] = static_cast<T>(float(i % 256));
  });
  return x;
}

// What MXNet 1.9.1 printed for the image 0, 1, ..., 11 of shape (2, 2, 3).
const std::vector<float> kToTensor{0.0F,        0.01176471F, 0.02352941F, 0.03529412F,
                                   0.00392157F, 0.01568628F, 0.02745098F, 0.03921569F,
                                   0.00784314F, 0.01960784F, 0.03137255F, 0.04313726F};
const std::vector<float> kNormalized{-0.1F,        -0.0882353F,  -0.07647059F, -0.06470588F,
                                     -0.09803922F, -0.09215686F, -0.08627451F, -0.08039216F,
                                     -0.07303922F, -0.07009804F, -0.06715687F, -0.06421569F};

TEST(ToTensor, GivesTheNumbersOfMxnet) {
  for (const DType dtype : {uint8, float32, int32}) {
    const NDArray y = ToTensor()(counting({2, 2, 3}, dtype));
    EXPECT_EQ(y.shape(), Shape({3, 2, 2}));
    EXPECT_EQ(y.dtype(), float32);
    EXPECT_THAT(y.to_vector<float>(), Pointwise(FloatNear(1e-8), kToTensor));
  }
}

// In bits: what `x.astype(float32) / 255` is, for every pixel and every tail of a vector.
TEST(ToTensor, DividesExactly) {
  for (const std::int64_t width : {0, 1, 7, 8, 15, 31, 256, 777}) {
    const NDArray x = counting({2, width, 1}, uint8);
    const std::vector<float> y = ToTensor()(x).to_vector<float>();
    for (std::size_t i = 0; i < y.size(); ++i) {
      ASSERT_EQ(y[i], static_cast<float>(x.data<std::uint8_t>()[i]) / 255.0F);
    }
  }
}

TEST(ToTensor, ABatchIsItsSamples) {
  for (const std::int64_t channels : {1, 3, 4, 0}) {
    const NDArray images = counting({5, 7, 6, channels}, uint8);
    const NDArray batch = ToTensor().batch(images);
    EXPECT_EQ(batch.shape(), Shape({5, channels, 7, 6}));
    EXPECT_EQ(batch.to_vector<float>(), ToTensor()(images).to_vector<float>());
    for (std::int64_t i = 0; i < 5; ++i) {
      EXPECT_EQ(batch[i].to_vector<float>(), ToTensor()(images[i]).to_vector<float>());
    }
  }
}

TEST(ToTensor, RefusesWhatIsNoImage) {
  EXPECT_THAT(error_of([] {
                ToTensor()(nd::zeros({28, 28}));
              }),
              HasSubstr("ToTensor: expected an image (height, width, channels)"));
  EXPECT_THAT(error_of([] { ToTensor()(nd::zeros({1, 1, 1, 1, 1})); }), HasSubstr("ToTensor"));
}

TEST(Normalize, GivesTheNumbersOfMxnet) {
  const Compose both({ToTensor(), Normalize({.mean = {0.1, 0.2, 0.3}, .std = {1, 2, 4}})});
  EXPECT_TRUE(both.has_batch());
  const NDArray image = counting({2, 2, 3}, uint8);
  EXPECT_THAT(both(image).to_vector<float>(), Pointwise(FloatNear(1e-7), kNormalized));
  const NDArray batch = both.batch(image.view({1, 2, 2, 3}));
  EXPECT_EQ(batch.shape(), Shape({1, 3, 2, 2}));
  EXPECT_EQ(batch.to_vector<float>(), both(image).to_vector<float>());
}

TEST(Normalize, RefusesWhatDoesNotFit) {
  EXPECT_THAT(error_of([] {
                Normalize({.mean = {1, 2}})(nd::zeros({3, 2, 2}));
              }),
              HasSubstr("mean: expected one number or 3"));
  EXPECT_THAT(error_of([] { Normalize({.mean = {0}, .std = {0}}); }), HasSubstr("std"));
  EXPECT_THAT(error_of([] { Normalize({.mean = {}}); }), HasSubstr("expected a mean"));
  EXPECT_THAT(error_of([] { Normalize({})(nd::zeros({3, 2, 2}, uint8)); }), HasSubstr("float32"));
  EXPECT_THAT(error_of([] { Normalize({})(nd::zeros({2, 2})); }), HasSubstr("(2, 2)"));
}

TEST(Compose, OfPlainFunctionsWorksSampleBySample) {
  const auto twice = [](const NDArray& x) { return scaled(x, 2); };
  const Compose plain({ToTensor(), twice});
  EXPECT_FALSE(plain.has_batch());
  EXPECT_FALSE(plain.is_random());
  EXPECT_EQ(plain(counting({1, 1, 1}, uint8)).asscalar(), 0);
  const Compose random(
      {twice, [](const NDArray& x, Generator& g) { return scaled(x, g.uniform()); }});
  EXPECT_TRUE(random.is_random());
  const NDArray x = nd::ones({2});
  EXPECT_THAT(Compose({})(x).to_vector<float>(), testing::ElementsAre(1, 1));
}

}  // namespace
}  // namespace gluino::gluon::data::vision::transforms
