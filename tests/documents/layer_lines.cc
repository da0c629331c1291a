// Those of layers; see class_lines.cc.
#include <gluino/gluino.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

namespace nn = gluon::nn;

TEST(LayerLines, Layers) {
  const NDArray x = nd::ones({2, 3});
  const NDArray images = nd::ones({2, 3, 8, 8});
  nn::HybridSequential net;

  // layers: Activation
  net.add(nn::Activation("relu"));

  // layers: Dense
  net.add(nn::Dense({.units = 4, .activation = "relu"}));

  // layers: Dropout
  net.add(nn::Dropout(0.5));

  // layers: BatchNorm
  net.add(nn::BatchNorm({.momentum = 0.9}));

  // layers: BatchNormReLU
  net.add(nn::BatchNormReLU());

  // layers: SyncBatchNorm
  net.add(gluon::contrib::nn::SyncBatchNorm());

  // layers: Flatten
  net.add(nn::Flatten());

  // layers: HybridLambda
  net.add(nn::HybridLambda([](const NDArray& in) { return in * 2; }));

  // layers: Lambda
  const nn::Lambda twice([](const NDArray& in) { return in * 2; });

  // layers: Identity
  net.add(gluon::contrib::nn::Identity());

  net.initialize(init::Xavier());
  EXPECT_EQ(net(x).shape(), Shape({2, 4}));

  // layers: HybridSequential
  nn::HybridSequential hybrid;
  hybrid.add(nn::Dense({.units = 4}));

  // layers: Sequential
  nn::Sequential eager;
  eager.add(nn::Dense({.units = 4}));

  // layers: Concurrent
  gluon::contrib::nn::Concurrent branches({.axis = 1});
  branches.add(nn::Dense({.units = 4}));

  // layers: HybridConcurrent
  gluon::contrib::nn::HybridConcurrent hybrid_branches({.axis = 1});
  hybrid_branches.add(nn::Dense({.units = 4}));

  // layers: SymbolBlock
  gluon::SymbolBlock symbols(sym::relu(sym::var("x")), {"x"});

  for (gluon::Block* block :
       {static_cast<gluon::Block*>(&hybrid), static_cast<gluon::Block*>(&eager),
        static_cast<gluon::Block*>(&branches), static_cast<gluon::Block*>(&hybrid_branches)}) {
    block->initialize();
  }
  EXPECT_EQ(hybrid(x).shape(), Shape({2, 4}));
  EXPECT_EQ(eager(x).shape(), Shape({2, 4}));
  EXPECT_EQ(branches(x).shape(), Shape({2, 4}));
  EXPECT_EQ(hybrid_branches(x).shape(), Shape({2, 4}));
  EXPECT_EQ(symbols(x).shape(), x.shape());
}

TEST(LayerLines, ActivationsAndNormalizations) {
  nn::HybridSequential net;

  // layers: LeakyReLU
  net.add(nn::LeakyReLU(0.1));

  // layers: ELU
  net.add(nn::ELU(1.0));

  // layers: SELU
  net.add(nn::SELU());

  // layers: GELU
  net.add(nn::GELU());

  // layers: PReLU
  net.add(nn::PReLU());

  // layers: Swish
  net.add(nn::Swish());

  // layers: InstanceNorm
  net.add(nn::InstanceNorm());

  // layers: GroupNorm
  net.add(nn::GroupNorm({.num_groups = 3}));

  // layers: ReflectionPad2D
  net.add(nn::ReflectionPad2D(1));

  // layers: LayerNorm
  net.add(nn::LayerNorm());

  net.initialize();
  EXPECT_EQ(net(nd::ones({2, 3, 8, 8})).shape(), Shape({2, 3, 10, 10}));
}

TEST(LayerLines, LooksUp) {
  // layers: SparseEmbedding
  gluon::contrib::nn::SparseEmbedding rows({.input_dim = 10, .output_dim = 4});

  rows.initialize();
  EXPECT_EQ(rows(nd::ones({3})).shape(), Shape({3, 4}));

  // layers: Embedding
  nn::Embedding embedding({.input_dim = 10, .output_dim = 4});

  embedding.initialize();
  EXPECT_EQ(embedding(nd::array({1, 2, 3})).shape(), Shape({3, 4}));
}

TEST(LayerLines, LayersOfOneAxis) {
  nn::HybridSequential net;

  // layers: Conv1D
  net.add(nn::Conv1D({.channels = 4, .kernel_size = 3, .padding = 1}));

  // layers: Conv1DTranspose
  net.add(nn::Conv1DTranspose({.channels = 4, .kernel_size = 2, .strides = 2}));

  // layers: MaxPool1D
  net.add(nn::MaxPool1D({.pool_size = 2}));

  // layers: AvgPool1D
  net.add(nn::AvgPool1D({.pool_size = 2}));

  // layers: PixelShuffle1D
  net.add(nn::PixelShuffle1D(2));

  // layers: GlobalMaxPool1D
  net.add(nn::GlobalMaxPool1D());

  // layers: GlobalAvgPool1D
  net.add(nn::GlobalAvgPool1D());

  net.initialize();
  EXPECT_EQ(net(nd::ones({2, 3, 8})).shape(), Shape({2, 2, 1}));
}

TEST(LayerLines, LayersOfTwoAxes) {
  nn::HybridSequential net;

  // layers: Conv2DTranspose
  net.add(nn::Conv2DTranspose({.channels = 4, .kernel_size = 2, .strides = 2}));

  // layers: PixelShuffle2D
  net.add(nn::PixelShuffle2D(2));

  net.initialize();
  EXPECT_EQ(net(nd::ones({2, 3, 4, 4})).shape(), Shape({2, 1, 16, 16}));
}

TEST(LayerLines, LayersOfThreeAxes) {
  nn::HybridSequential net;

  // layers: Conv3D
  net.add(nn::Conv3D({.channels = 4, .kernel_size = 3, .padding = 1}));

  // layers: Conv3DTranspose
  net.add(nn::Conv3DTranspose({.channels = 8, .kernel_size = 2, .strides = 2}));

  // layers: MaxPool3D
  net.add(nn::MaxPool3D({.pool_size = 2}));

  // layers: AvgPool3D
  net.add(nn::AvgPool3D({.pool_size = 2}));

  // layers: PixelShuffle3D
  net.add(nn::PixelShuffle3D(2));

  // layers: GlobalMaxPool3D
  net.add(nn::GlobalMaxPool3D());

  // layers: GlobalAvgPool3D
  net.add(nn::GlobalAvgPool3D());

  net.initialize();
  EXPECT_EQ(net(nd::ones({1, 3, 4, 4, 4})).shape(), Shape({1, 1, 1, 1, 1}));
}

TEST(LayerLines, ConvolutionsAndPooling) {
  nn::HybridSequential net;

  // layers: Conv2D
  net.add(nn::Conv2D({.channels = 4, .kernel_size = 3, .padding = 1}));

  // layers: MaxPool2D
  net.add(nn::MaxPool2D({.pool_size = 2}));

  // layers: AvgPool2D
  net.add(nn::AvgPool2D({.pool_size = 2}));

  // layers: GlobalMaxPool2D
  net.add(nn::GlobalMaxPool2D());

  // layers: GlobalAvgPool2D
  net.add(nn::GlobalAvgPool2D());

  net.initialize();
  EXPECT_EQ(net(nd::ones({2, 3, 8, 8})).shape(), Shape({2, 4, 1, 1}));
}

}  // namespace
}  // namespace gluino
