#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using gluon::HybridBlock;
using testing::expect_near;
using testing::message_of;
using testing::pattern;

using Net = std::shared_ptr<HybridBlock>;

struct Case {
  Net net;
  Shape input;
  Shape output;
  std::string text;
};

template <class T, class Options>
Net made(Options options) {
  return std::make_shared<T>(std::move(options));
}

std::vector<Case> cases() {
  const nn::ConvOptions conv{.channels = 4, .kernel_size = 3, .strides = 2, .groups = 2};
  return {
      {made<nn::Conv1D>(conv),
       {2, 6, 9},
       {2, 4, 4},
       "Conv1D(3 -> 4, kernel_size=(3,), stride=(2,), groups=2)"},
      {made<nn::Conv2D>(conv),
       {2, 6, 9, 7},
       {2, 4, 4, 3},
       "Conv2D(3 -> 4, kernel_size=(3, 3), stride=(2, 2), groups=2)"},
      {made<nn::Conv3D>(conv),
       {2, 6, 9, 7, 5},
       {2, 4, 4, 3, 2},
       "Conv3D(3 -> 4, kernel_size=(3, 3, 3), stride=(2, 2, 2), groups=2)"},
      {made<nn::Conv1DTranspose>(conv),
       {2, 6, 4},
       {2, 4, 9},
       "Conv1DTranspose(3 -> 4, kernel_size=(3,), stride=(2,), groups=2)"},
      {made<nn::Conv2DTranspose>(conv),
       {2, 6, 4, 3},
       {2, 4, 9, 7},
       "Conv2DTranspose(3 -> 4, kernel_size=(3, 3), stride=(2, 2), groups=2)"},
      {made<nn::Conv3DTranspose>(conv),
       {2, 6, 4, 3, 2},
       {2, 4, 9, 7, 5},
       "Conv3DTranspose(3 -> 4, kernel_size=(3, 3, 3), stride=(2, 2, 2), groups=2)"},
      {made<nn::Conv2D>(nn::ConvOptions{.channels = 4, .kernel_size = 3, .layout = "NHWC"}),
       {2, 9, 7, 3},
       {2, 7, 5, 4},
       "Conv2D(3 -> 4, kernel_size=(3, 3), stride=(1, 1))"},
      {made<nn::MaxPool1D>(nn::PoolOptions{}),
       {2, 3, 8},
       {2, 3, 4},
       "MaxPool1D(size=(2,), stride=(2,), padding=(0,), ceil_mode=False, global_pool=False, "
       "pool_type=max, layout=NCW)"},
      {made<nn::AvgPool3D>(nn::PoolOptions{}),
       {2, 3, 8, 6, 4},
       {2, 3, 4, 3, 2},
       "AvgPool3D(size=(2, 2, 2), stride=(2, 2, 2), padding=(0, 0, 0), ceil_mode=False, "
       "global_pool=False, pool_type=avg, layout=NCDHW)"},
      {std::make_shared<nn::GlobalMaxPool1D>(),
       {2, 3, 8},
       {2, 3, 1},
       "GlobalMaxPool1D(size=(1,), stride=(1,), padding=(0,), ceil_mode=True, global_pool=True, "
       "pool_type=max, layout=NCW)"},
      {std::make_shared<nn::GlobalAvgPool3D>(),
       {2, 3, 8, 6, 4},
       {2, 3, 1, 1, 1},
       "GlobalAvgPool3D(size=(1, 1, 1), stride=(1, 1, 1), padding=(0, 0, 0), ceil_mode=True, "
       "global_pool=True, pool_type=avg, layout=NCDHW)"},
      {made<nn::InstanceNorm>(nn::InstanceNormLayerOptions{.axis = 2}),
       {2, 3, 4},
       {2, 3, 4},
       "InstanceNorm(eps=1e-05, axis=2, center=True, scale=False, in_channels=4)"},
      {made<nn::LayerNorm>(nn::LayerNormLayerOptions{}),
       {2, 3, 4},
       {2, 3, 4},
       "LayerNorm(eps=1e-05, axis=-1, center=True, scale=True, in_channels=4)"},
      {made<nn::GroupNorm>(nn::GroupNormLayerOptions{.num_groups = 2}),
       {2, 4, 3},
       {2, 4, 3},
       "GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True)"},
      {made<nn::GroupNorm>(nn::GroupNormLayerOptions{.num_groups = 2, .in_channels = 4}),
       {2, 4, 3},
       {2, 4, 3},
       "GroupNorm(eps=1e-05, num_groups=2, center=True, scale=True, in_channels=4)"},
      {made<nn::PReLU>(nn::PReLUOptions{.in_channels = 3}), {2, 3, 4}, {2, 3, 4}, ""},
      {std::make_shared<nn::LeakyReLU>(0.5), {2, 3}, {2, 3}, "LeakyReLU(0.5)"},
      {std::make_shared<nn::ELU>(), {2, 3}, {2, 3}, ""},
      {std::make_shared<nn::SELU>(), {2, 3}, {2, 3}, ""},
      {std::make_shared<nn::GELU>(), {2, 3}, {2, 3}, ""},
      {std::make_shared<nn::Swish>(), {2, 3}, {2, 3}, ""},
      {std::make_shared<nn::ReflectionPad2D>(1), {1, 2, 3, 4}, {1, 2, 5, 6}, ""},
      {std::make_shared<nn::PixelShuffle1D>(3), {2, 6, 4}, {2, 2, 12}, "PixelShuffle1D(3)"},
      {std::make_shared<nn::PixelShuffle2D>(nn::PerAxis{2, 3}),
       {2, 6, 4, 5},
       {2, 1, 8, 15},
       "PixelShuffle2D((2, 3))"},
      {std::make_shared<nn::PixelShuffle3D>(2),
       {1, 8, 2, 3, 4},
       {1, 1, 4, 6, 8},
       "PixelShuffle3D((2, 2, 2))"},
  };
}

TEST(Layers, ShapesTextsGraphsAndFilesFit) {
  for (const auto& [net, in, out, text] : cases()) {
    SCOPED_TRACE(net->type_name());
    net->initialize(init::Uniform(0.5));
    const NDArray x = pattern(in, 1);
    const NDArray y = (*net)(x);
    EXPECT_EQ(y.shape(), out);
    if (!text.empty()) {
      EXPECT_EQ(net->to_string(), text);
    }
    net->hybridize();
    expect_near((*net)(x), y.to_vector<double>());
    const testing::TemporaryFile file;
    net->save_parameters(file.path());
    net->initialize(init::Uniform(0.5), current_context(), true);
    net->load_parameters(file.path());
    expect_near((*net)(x), y.to_vector<double>());
  }
}

TEST(Layers, TransposedConvolutionsAreGradients) {
  nn::Conv2D conv({.channels = 3, .kernel_size = 3, .strides = 2, .use_bias = false});
  nn::Conv2DTranspose back({.channels = 2, .kernel_size = 3, .strides = 2, .use_bias = false});
  conv.initialize();
  back.initialize();
  NDArray x = pattern({1, 2, 7, 9}, 1);
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = conv(x);
  }
  const NDArray dy = pattern(y.shape(), 2);
  y.backward(dy);
  back(dy);
  back.weight().set_data(conv.weight().data());
  expect_near(back(dy), x.grad().to_vector<double>(), 1e-5);
}

TEST(Layers, OutputPaddingMakesTheOutputLarger) {
  nn::Conv1DTranspose net({.channels = 1, .kernel_size = 3, .strides = 2, .output_padding = 1});
  net.initialize();
  EXPECT_EQ(net(pattern({1, 1, 4}, 0)).shape(), Shape({1, 1, 10}));
}

TEST(Layers, PixelShuffleTakesTheLastFactorFromTheNextChannel) {
  nn::PixelShuffle2D net(nn::PerAxis{1, 2});
  expect_near(net(nd::from(std::vector<float>{0, 1, 2, 3, 4, 5}, {1, 2, 1, 3})),
              {0, 3, 1, 4, 2, 5});
}

TEST(Layers, ReflectionPad2DMirrors) {
  nn::ReflectionPad2D net(nn::PerAxis{0, 0, 0, 0, 0, 0, 2, 1});
  expect_near(net(nd::from(std::vector<float>{1, 2, 3}, {1, 1, 1, 3})), {3, 2, 1, 2, 3, 2});
}

TEST(Layers, EmbeddingGivesRowsAndSparseGradients) {
  nn::Embedding net({.input_dim = 4, .output_dim = 2, .sparse_grad = true});
  net.initialize();
  net.weight().set_data(nd::from(std::vector<float>{0, 1, 10, 11, 20, 21, 30, 31}, {4, 2}));
  const NDArray x = nd::from(std::vector<float>{3, 1, 3}, {3});
  NDArray y;
  {
    const auto recording = autograd::record();
    y = net(x);
  }
  expect_near(y, {30, 31, 10, 11, 30, 31});
  y.backward();
  EXPECT_EQ(net.weight().grad().stype(), StorageType::row_sparse);
  EXPECT_EQ(net.to_string(), "Embedding(4 -> 2, float32)");
}

TEST(Layers, WrongOptionsAreToldByName) {
  EXPECT_THAT(message_of([] {
                nn::Conv3D({.channels = 2, .kernel_size = {3, 3}});
              }),
              ::testing::HasSubstr("[Conv3D conv"));
  EXPECT_THAT(message_of([] { nn::Conv1D({.channels = 2, .kernel_size = 3, .layout = "NCHW"}); }),
              ::testing::HasSubstr("layout: expected NCW or NWC, got NCHW"));
  EXPECT_THAT(
      message_of([] { nn::Conv2D({.channels = 2, .kernel_size = 3, .output_padding = 1}); }),
      ::testing::HasSubstr("output_padding is for transposed"));
  EXPECT_THAT(message_of([] { nn::LeakyReLU(-1); }), ::testing::HasSubstr("at least 0"));
  EXPECT_THAT(message_of([] { nn::PixelShuffle2D(0); }), ::testing::HasSubstr("at least 1"));
  nn::PixelShuffle2D shuffle(2, "up_");
  const auto expected = ::testing::HasSubstr("[PixelShuffle2D up] expected data of 4 axes");
  EXPECT_THAT(message_of([&] { shuffle(nd::ones({1, 3, 2, 2})); }), expected);
  EXPECT_THAT(message_of([&] { shuffle(nd::ones({4, 2, 2})); }), expected);
  EXPECT_THAT(message_of([] {
                nn::ReflectionPad2D(nn::PerAxis{1, 2});
              }),
              ::testing::HasSubstr("1 or 8 numbers"));
  EXPECT_THAT(message_of([] {
                nn::MaxPool1D({.pool_size = {2, 2}});
              }),
              ::testing::HasSubstr("expected 1 numbers"));
}

}  // namespace
}  // namespace gluino
