#include <gluino/kernels/cpu/bf16_convolution/bf16_conv_pool.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>

#include "kernels/bf16_conv_sums.h"

namespace gluino::kernels {
namespace {

struct Arrays {
  explicit Arrays(const ConvPoolGeometry& g)
      : x(random_floats(g.conv.batch * g.conv.in_channels * g.conv.in_height * g.conv.in_width, 1)),
        weight(random_floats(g.conv.out_channels * g.conv.group_in_channels() *
                                 g.conv.kernel_height * g.conv.kernel_width,
                             2)),
        bias(random_floats(g.conv.out_channels, 3)),
        dy(random_floats(g.conv.batch * g.conv.out_channels * g.out_height() * g.out_width(), 4)) {}
  std::vector<float> x, weight, bias, dy;
};

struct Results {
  Results(const ConvPoolGeometry& g, const UnaryKernel<float>& f, const Arrays& in)
      : y(in.dy.size()),
        places(static_cast<std::size_t>(strips_of<float>(g.conv.batch) * kStripSamples<float> *
                                        g.out_positions())),
        dx(in.x.size()),
        dweight(in.weight.size()),
        dbias(in.bias.size()) {
    bf16_conv_pool_forward(g, in.x.data(), in.weight.data(), in.bias.data(), f, y.data(),
                           places.data());
    bf16_conv_pool_backward(g, f,
                            {.x = in.x.data(),
                             .weight = in.weight.data(),
                             .y = y.data(),
                             .places = places.data(),
                             .dy = in.dy.data(),
                             .dx = dx.data(),
                             .dweight = dweight.data(),
                             .dbias = dbias.data()});
  }
  std::vector<float> all() const {
    std::vector<float> joined = y;
    for (const auto* part : {&dx, &dweight, &dbias}) {
      joined.insert(joined.end(), part->begin(), part->end());
    }
    return joined;
  }
  std::vector<float> y, places, dx, dweight, dbias;
};

// The convolution in double, of rounded factors.
Sums convolution(const Conv2dGeometry& g, const Arrays& in) {
  const std::int64_t plane = g.out_height() * g.out_width();
  Sums y(std::vector<float>(static_cast<std::size_t>(g.batch * g.out_channels * plane)));
  for_each_term(g, [&](std::int64_t x, std::int64_t w, std::int64_t o) {
    y.add(o, rounded(in.x[static_cast<std::size_t>(x)]) *
                 rounded(in.weight[static_cast<std::size_t>(w)]));
  });
  for (std::size_t o = 0; o < y.sum.size(); ++o) {
    const std::int64_t f = static_cast<std::int64_t>(o) / plane % g.out_channels;
    y.add(static_cast<std::int64_t>(o), double(in.bias[static_cast<std::size_t>(f)]));
  }
  return y;
}

// relu leaves the gradient what it is or makes it 0, so that what is rounded is known.
void expect_right(const ConvPoolGeometry& g) {
  const Conv2dGeometry& c = g.conv;
  const Arrays in(g);
  const Results found(g, unary::relu<float>(), in);
  const Sums conv = convolution(c, in);
  Sums y(in.dy), dx(in.x), dweight(in.weight), dbias(in.bias);
  std::vector<double> dconv(conv.sum.size());
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(in.dy.size()); ++i) {
    const std::int64_t column = i % g.out_width() * g.pool_w;
    const std::int64_t row = i / g.out_width() % g.out_height() * g.pool_h;
    const std::int64_t plane = i / (g.out_width() * g.out_height());
    std::int64_t largest = -1;
    for (std::int64_t p = 0; p < g.pool_h * g.pool_w; ++p) {
      const std::int64_t at =
          (plane * c.out_height() + row + p / g.pool_w) * c.out_width() + column + p % g.pool_w;
      const auto value = [&](std::int64_t j) { return conv.sum[static_cast<std::size_t>(j)]; };
      if (largest < 0 || value(at) > value(largest)) largest = at;
    }
    const auto at = static_cast<std::size_t>(largest);
    y.sum[static_cast<std::size_t>(i)] = std::max(0.0, conv.sum[at]);
    y.magnitude[static_cast<std::size_t>(i)] = conv.magnitude[at];
    if (conv.sum[at] <= 0) continue;
    const float dy = in.dy[static_cast<std::size_t>(i)];
    dconv[at] = rounded(dy);
    dbias.add(plane % c.out_channels, double(dy));
  }
  for_each_term(c, [&](std::int64_t x, std::int64_t w, std::int64_t o) {
    const double d = dconv[static_cast<std::size_t>(o)];
    dx.add(x, d * rounded(in.weight[static_cast<std::size_t>(w)]));
    dweight.add(w, d * rounded(in.x[static_cast<std::size_t>(x)]));
  });
  expect_near(found.y, y, "y", c);
  expect_near(found.dx, dx, "dx", c);
  expect_near(found.dweight, dweight, "dweight", c);
  expect_near(found.dbias, dbias, "dbias", c);
}

class Bf16ConvPool : public Bf16Kernels {};
INSTANTIATE_TEST_SUITE_P(Units, Bf16ConvPool, all_bf16_units(), bf16_unit_name);

TEST_P(Bf16ConvPool, LayersOfLeNet) {
  expect_right({geometry(17, 1, 12, 13, 20, 5), 2, 2});
  expect_right({geometry(9, 20, 8, 8, 50, 5), 2, 2});
}

TEST_P(Bf16ConvPool, WindowsThatLeaveRestsAndStrides) {
  ConvPoolGeometry g = {geometry(35, 9, 9, 10, 10, 3), 3, 2};
  expect_right(g);
  g.conv.stride_h = 2;
  g.conv.stride_w = 2;
  g.pool_h = 1;
  expect_right(g);
  g.conv.in_channels = 8;
  g.conv.groups = 2;
  expect_right(g);
}

TEST_P(Bf16ConvPool, LargeWindows) {
  const ConvPoolGeometry largest = {geometry(8, 8, 18, 18, 8, 3), 16, 16};
  EXPECT_TRUE(bf16_conv_pool_suits(largest));
  expect_right(largest);
  EXPECT_FALSE(bf16_conv_pool_suits({geometry(8, 8, 22, 22, 8, 3), 20, 20}));
}

TEST_P(Bf16ConvPool, SameBitsForAnyNumberOfThreads) {
  const ConvPoolGeometry layers[] = {{geometry(50, 1, 14, 14, 20, 5), 2, 2},
                                     {geometry(41, 20, 6, 7, 50, 3), 2, 2}};
  for (const ConvPoolGeometry& g : layers) {
    const Arrays in(g);
    expect_same_bits_for_any_threads([&] { return Results(g, unary::tanh<float>(), in).all(); });
  }
}

}  // namespace
}  // namespace gluino::kernels
