#include <gluino/kernels/cpu/bf16_convolution/bf16_conv.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kernels/bf16_conv_sums.h"

namespace gluino::kernels {
namespace {

struct Arrays {
  explicit Arrays(const Conv2dGeometry& g)
      : x(random_floats(g.batch * g.in_channels * g.in_height * g.in_width, 1)),
        weight(random_floats(
            g.out_channels * g.group_in_channels() * g.kernel_height * g.kernel_width, 2)),
        bias(random_floats(g.out_channels, 3)),
        dy(random_floats(g.batch * g.out_channels * g.out_height() * g.out_width(), 4)) {}
  std::vector<float> x, weight, bias, dy;
};

struct Results {
  Results(const Conv2dGeometry& g, const Arrays& in)
      : y(in.dy.size()), dx(in.x.size()), dweight(in.weight.size()), dbias(in.bias.size()) {
    bf16_conv_forward(g, in.x.data(), in.weight.data(), in.bias.data(), y.data());
    bf16_conv_backward_data(g, in.dy.data(), in.weight.data(), dx.data());
    bf16_conv_backward_weight(g, in.x.data(), in.dy.data(), dweight.data(), dbias.data());
  }
  std::vector<float> all() const {
    std::vector<float> joined = y;
    for (const auto* part : {&dx, &dweight, &dbias}) {
      joined.insert(joined.end(), part->begin(), part->end());
    }
    return joined;
  }
  std::vector<float> y, dx, dweight, dbias;
};

// Against sums in double of products of the rounded factors.
void expect_right(const Conv2dGeometry& g) {
  const Arrays in(g);
  const Results found(g, in);
  Sums y(in.dy), dx(in.x), dweight(in.weight), dbias(in.bias);
  for_each_term(g, [&](std::int64_t x, std::int64_t w, std::int64_t o) {
    const auto at = [](const std::vector<float>& values, std::int64_t i) {
      return rounded(values[static_cast<std::size_t>(i)]);
    };
    y.add(o, at(in.x, x) * at(in.weight, w));
    dx.add(x, at(in.dy, o) * at(in.weight, w));
    dweight.add(w, at(in.dy, o) * at(in.x, x));
  });
  const std::int64_t plane = g.out_height() * g.out_width();
  for (std::size_t o = 0; o < in.dy.size(); ++o) {
    const std::int64_t f = static_cast<std::int64_t>(o) / plane % g.out_channels;
    y.add(static_cast<std::int64_t>(o), double(in.bias[static_cast<std::size_t>(f)]));
    dbias.add(f, double(in.dy[o]));
  }
  expect_near(found.y, y, "y", g);
  expect_near(found.dx, dx, "dx", g);
  expect_near(found.dweight, dweight, "dweight", g);
  expect_near(found.dbias, dbias, "dbias", g);
}

class Bf16Conv : public Bf16Kernels {};
INSTANTIATE_TEST_SUITE_P(Units, Bf16Conv, all_bf16_units(), bf16_unit_name);

TEST_P(Bf16Conv, LayersOfLeNet) {
  expect_right(geometry(17, 1, 12, 11, 20, 5));
  expect_right(geometry(9, 20, 8, 7, 50, 5));
}

TEST_P(Bf16Conv, ManyChannels) {
  expect_right(geometry(8, 65, 4, 5, 33, 3));
  expect_right(geometry(8, 33, 3, 3, 66, 3));
}

TEST_P(Bf16Conv, StridesBordersAndDilations) {
  Conv2dGeometry g = geometry(10, 6, 9, 8, 10, 3);
  g.stride_h = 2;
  g.stride_w = 3;
  g.pad_h = 1;
  g.pad_w = 2;
  expect_right(g);
  g.dilate_h = 2;
  g.dilate_w = 3;
  expect_right(g);
  g.stride_w = 1;
  expect_right(g);
}

TEST_P(Bf16Conv, Groups) {
  Conv2dGeometry g = geometry(9, 8, 6, 5, 40, 3);
  g.groups = 2;
  g.pad_h = g.pad_w = 1;
  expect_right(g);
}

TEST_P(Bf16Conv, KernelsLargerThanTheImage) {
  Conv2dGeometry g = geometry(8, 3, 2, 3, 9, 5);
  g.pad_h = g.pad_w = 3;
  expect_right(g);
  expect_right(geometry(8, 2, 19, 20, 9, 18));
}

RC_GTEST_PROP(Bf16Convolution, RandomGeometries, ()) {
  const auto draw = [](std::int64_t low, std::int64_t high) {
    return *rc::gen::inRange<std::int64_t>(low, high);
  };
  Conv2dGeometry g = geometry(draw(1, 20), draw(1, 5), draw(1, 9), draw(1, 9), draw(1, 20), 1);
  g.groups = draw(1, 3);
  g.in_channels *= g.groups;
  g.out_channels *= g.groups;
  g.kernel_height = draw(1, 5);
  g.kernel_width = draw(1, 5);
  g.stride_h = draw(1, 4);
  g.stride_w = draw(1, 4);
  g.pad_h = draw(0, 4);
  g.pad_w = draw(0, 4);
  g.dilate_h = draw(1, 3);
  g.dilate_w = draw(1, 3);
  RC_PRE(g.out_height() > 0 && g.out_width() > 0);
  expect_right(g);
}

TEST_P(Bf16Conv, TakesWhatGains) {
  const bool tiles = bf16_unit().by_tiles;
  EXPECT_TRUE(bf16_conv_suits(geometry(8, 20, 12, 12, 50, 5)));
  EXPECT_TRUE(bf16_conv_suits(geometry(100, 16, 32, 32, 16, 3)));
  EXPECT_FALSE(bf16_conv_suits(geometry(7, 20, 12, 12, 50, 5)));
  EXPECT_FALSE(bf16_conv_suits(geometry(32, 24, 16, 16, 24, 1)));
  // Vectors leave a single channel, and what float32 has Winograd's tiles for, to float32.
  EXPECT_EQ(bf16_conv_suits(geometry(100, 1, 28, 28, 20, 5)), tiles);
  for (const int batch : {8, 32, 100}) {
    EXPECT_EQ(bf16_conv_suits(geometry(batch, 128, 16, 16, 128, 3)), tiles) << batch;
  }
  Conv2dGeometry strided = geometry(32, 128, 16, 16, 128, 3);
  strided.stride_h = 2;
  strided.stride_w = 2;
  EXPECT_TRUE(bf16_conv_suits(strided));
  Conv2dGeometry depthwise = geometry(32, 64, 16, 16, 64, 3);
  EXPECT_EQ(bf16_conv_suits(depthwise), tiles);
  depthwise.groups = 64;
  EXPECT_FALSE(bf16_conv_suits(depthwise));
}

TEST_P(Bf16Conv, RefusesZeroSizes) {
  EXPECT_FALSE(bf16_conv_suits(geometry(0, 20, 12, 12, 50, 5)));
  EXPECT_FALSE(bf16_conv_suits(geometry(16, 0, 12, 12, 50, 5)));
  EXPECT_FALSE(bf16_conv_suits(geometry(16, 20, 12, 12, 0, 5)));
  EXPECT_FALSE(bf16_conv_suits(geometry(16, 20, 4, 12, 50, 5)));
}

TEST_P(Bf16Conv, SameBitsForAnyNumberOfThreads) {
  for (const Conv2dGeometry& g : {geometry(50, 1, 14, 14, 20, 5), geometry(41, 20, 6, 7, 50, 3),
                                  geometry(9, 4, 6, 7, 8, 3)}) {
    const Arrays in(g);
    expect_same_bits_for_any_threads([&] { return Results(g, in).all(); });
  }
}

}  // namespace
}  // namespace gluino::kernels
