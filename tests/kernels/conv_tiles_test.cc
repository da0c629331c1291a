// Convolutions with 3x3 kernels by Winograd's algorithm: on strips, and of images as they lie.
#include <gluino/base/parallel.h>

#include "kernels/conv_numbers.h"

namespace gluino::kernels {
namespace {

using namespace conv_numbers;

// Tiles that reach over the border, strips that are not full, a block of tiles and several.
TEST(Convolution, WinogradTiles) {
  Conv2dGeometry g = {.batch = 29,
                      .in_channels = 24,
                      .in_height = 9,
                      .in_width = 11,
                      .out_channels = 26,
                      .kernel_height = 3,
                      .kernel_width = 3};
  for (const std::int64_t pad : {0, 1, 2}) {
    g.pad_h = pad;
    g.pad_w = 2 - pad;
    ASSERT_TRUE(winograd_suits<float>(forward_pass(g)) && winograd_suits<float>(data_pass(g)));
    expect_right<float>(g);
    expect_right<double>(g);
  }
  g.in_height = 22;
  g.in_width = 23;
  expect_right<float>(g);
}

// A few images, whose channels lie side by side: tiles over the border, vectors and panels that are
// not full, several blocks of tiles.
TEST(Convolution, TilesOfImages) {
  Conv2dGeometry g = {.batch = 3,
                      .in_channels = 19,
                      .in_height = 13,
                      .in_width = 10,
                      .out_channels = 35,
                      .kernel_height = 3,
                      .kernel_width = 3};
  for (const std::int64_t pad : {0, 1, 2}) {
    g.pad_h = pad;
    g.pad_w = 2 - pad;
    ASSERT_EQ(image_tile<float>(forward_pass(g), false), 2);
    expect_right<float>(g);
    expect_right<double>(g);
  }
  g.in_height = g.in_width = 41;
  ASSERT_EQ(image_tile<float>(forward_pass(g), false), 4);
  expect_right<float>(g);
  expect_right<double>(g);
}

// As many as fill half of a strip and more: several images in a block of tiles, and each by itself.
TEST(Convolution, TilesOfManyImages) {
  Conv2dGeometry g = {.batch = 10,
                      .in_channels = 18,
                      .in_height = 9,
                      .in_width = 7,
                      .out_channels = 33,
                      .kernel_height = 3,
                      .kernel_width = 3,
                      .pad_h = 1,
                      .pad_w = 1};
  for (const std::int64_t size : {7, 16, 45}) {
    g.in_height = size;
    ASSERT_EQ(image_tile<float>(forward_pass(g), false), 4);
    ASSERT_TRUE(image_gradient_suits<float>(forward_pass(g)));
    expect_right<float>(g);
    expect_right<double>(g);
  }
}

// The same bits on any number of threads.
TEST(Convolution, TilesOfManyImagesOnSeveralThreads) {
  const Conv2dGeometry g = {.batch = 9,
                            .in_channels = 32,
                            .in_height = 30,
                            .in_width = 30,
                            .out_channels = 32,
                            .kernel_height = 3,
                            .kernel_width = 3};
  const Arrays in(g);
  set_num_threads(1);
  const Results<float> alone(g, in, true);
  for (const int threads : {2, 3}) {
    set_num_threads(threads);
    EXPECT_EQ(Results<float>(g, in, true), alone) << threads;
  }
  set_num_threads(0);
}

// Weights that were transformed beforehand, for either size of tiles; the bits of an image are
// those that it has alone, on any number of threads.
TEST(Convolution, TilesOfImagesWithReadyWeights) {
  for (const std::int64_t size : {5, 8, 17}) {
    const Conv2dGeometry g = {.batch = 4,
                              .in_channels = 33,
                              .in_height = size,
                              .in_width = size + 1,
                              .out_channels = 20,
                              .kernel_height = 3,
                              .kernel_width = 3,
                              .pad_h = 1,
                              .pad_w = 1};
    const Arrays in(g);
    const auto x = as<float>(in.x);
    const auto weight = as<float>(in.weight);
    const auto bias = as<float>(in.bias);
    Sums wanted(static_cast<std::int64_t>(in.dy.size()));
    for_each_term(g, [&](std::int64_t i, std::int64_t w, std::int64_t o) {
      wanted.add(o, in.x[static_cast<std::size_t>(i)] * in.weight[static_cast<std::size_t>(w)]);
    });
    const std::size_t image = in.dy.size() / 4;
    const std::size_t plane = image / 20;
    for (std::size_t o = 0; o < in.dy.size(); ++o) {
      wanted.add(static_cast<std::int64_t>(o), in.bias[o / plane % 20]);
    }
    for (const std::int64_t tile : {2, 4}) {
      const ConvPass pass = forward_pass(g);
      std::vector<float> tiled(static_cast<std::size_t>(tiled_weights_size<float>(pass, tile)));
      tile_weights(pass, tile, weight.data(), tiled.data());
      std::vector<float> y(in.dy.size(), float(kUnwritten));
      image_tiles_conv<float>(pass, tile, x.data(), tiled.data(), bias.data(), y.data(), nullptr);
      expect_near(y, wanted, "y", g);
      set_num_threads(1);
      ConvPass alone = pass;
      alone.batch = 1;
      std::vector<float> last(image, float(kUnwritten));
      image_tiles_conv<float>(alone, tile, x.data() + 3 * x.size() / 4, tiled.data(), bias.data(),
                              last.data(), nullptr);
      set_num_threads(0);
      EXPECT_TRUE(std::equal(last.begin(), last.end(), y.end() - std::ptrdiff_t(image))) << tile;
    }
  }
}

}  // namespace
}  // namespace gluino::kernels
