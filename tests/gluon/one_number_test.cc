#include "gluon/support.h"

// Layers take one number for the height and the width.
namespace gluino::gluon {
namespace {

TEST(OneNumber, IsBothSizesOfALayer) {
  const NDArray x = nd::ones({1, 2, 9, 8});
  nn::Conv2D one({.channels = 3, .kernel_size = 3, .strides = 2, .padding = 1, .dilation = 2});
  nn::Conv2D both({.channels = 3,
                   .kernel_size = {3, 3},
                   .strides = {2, 2},
                   .padding = {1, 1},
                   .dilation = {2, 2}});
  for (nn::Conv2D* layer : {&one, &both}) layer->initialize("ones");
  EXPECT_EQ(one(x).to_vector<float>(), both(x).to_vector<float>());
  EXPECT_EQ(one.weight().shape(), Shape({3, 2, 3, 3}));
  EXPECT_EQ(one.to_string(), both.to_string());
}

TEST(OneNumber, IsBothSizesOfAPool) {
  const NDArray x = nd::arange(0, 72).reshape({1, 1, 9, 8});
  const auto expect_same = [&](HybridBlock&& one, HybridBlock&& both) {
    EXPECT_EQ(one(x).shape(), both(x).shape());
    EXPECT_EQ(one(x).to_vector<float>(), both(x).to_vector<float>());
    EXPECT_EQ(one.to_string(), both.to_string());
  };
  expect_same(nn::MaxPool2D({.pool_size = 3, .strides = 2, .padding = 1}),
              nn::MaxPool2D({.pool_size = {3, 3}, .strides = {2, 2}, .padding = {1, 1}}));
  expect_same(nn::AvgPool2D({.pool_size = 3}), nn::AvgPool2D({.pool_size = {3, 3}}));
}

TEST(OneNumber, InBracesIsNotTwo) {
  EXPECT_THROW(nn::Conv2D({.channels = 1, .kernel_size = {3}}), Error);
  EXPECT_THROW(nn::Conv2D({.channels = 1, .kernel_size = {3, 3, 3}}), Error);
}

// The layer is named, and what was not converted: the images.
TEST(WrongTypes, PixelsAreToldToBeConverted) {
  nn::HybridSequential net;
  net.add(nn::Conv2D({.channels = 2, .kernel_size = 3}));
  net.initialize();
  const NDArray pixels = nd::zeros({1, 1, 5, 5}, uint8);
  for (const bool hybridized : {false, true}) {
    net.hybridize(hybridized);
    for (int call = 0; call < 2; ++call) {
      const std::string message = testing::message_of([&] { net(pixels); });
      EXPECT_NE(message.find("got uint8"), std::string::npos) << message;
      EXPECT_NE(message.find("ToTensor"), std::string::npos) << message;
      net(pixels.astype(float32));
    }
  }
}

}  // namespace
}  // namespace gluino::gluon
