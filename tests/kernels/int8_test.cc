// Kernels of quantized layers against sums of whole numbers written down plainly, for every
// instruction set that this processor has.
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gtest/gtest.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Weights = std::vector<std::int8_t>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// All values that there are, the ends often.
template <class T>
std::vector<T> random_bytes(std::int64_t n, int low, int high, unsigned seed) {
  std::mt19937 engine(seed);
  std::uniform_int_distribution<int> draw(low - 20, high + 20);
  std::vector<T> values(at(n));
  for (T& value : values) value = static_cast<T>(std::clamp(draw(engine), low, high));
  return values;
}

// Calls f once per instruction set, from the best one of this processor on.
template <class F>
void for_instruction_sets(F f) {
  const Int8Unit best = int8_unit();
  for (const Int8Unit unit : {Int8Unit::amx, Int8Unit::vnni}) {
    if (unit > best) continue;
    int8_unit() = unit;
    SCOPED_TRACE(int8_unit_name());
    f();
  }
  int8_unit() = Int8Unit::vectors;
  const std::int64_t supported = hwy::SupportedTargets();
  for (const std::int64_t least : {HWY_AVX3, HWY_AVX2, HWY_STATIC_TARGET}) {
    // Of Highway's targets the better one has the lower bit.
    hwy::SetSupportedTargetsForTest(supported & -least);
    SCOPED_TRACE(hwy::TargetName(least));
    f();
  }
  hwy::SetSupportedTargetsForTest(supported);
  int8_unit() = best;
}

// A layer whose floats are the sums themselves.
struct ExactLayer {
  ExactLayer(const Int8Packing& packing, const Weights& weight, int zero_point)
      : packed(at(packing.bytes())),
        offset(at(packing.padded_columns())),
        ones(at(packing.padded_columns()), 1),
        zeros(at(packing.padded_columns())) {
    int8_pack(packing, weight.data(), packed.data());
    const std::int64_t depth = packing.segments * packing.segment_bytes;
    for (std::int64_t i = 0; i < packing.columns * depth; ++i) {
      offset[at(i / depth)] += weight[at(i)] * zero_point;
    }
  }
  Int8Layer layer() const {
    return {packed.data(), {offset.data(), ones.data(), zeros.data(), nullptr}, {}};
  }

  Weights packed;
  std::vector<std::int32_t> offset;
  std::vector<float> ones, zeros;
};

TEST(Int8, ProductsAreExact) {
  for_instruction_sets([] {
    unsigned seed = 0;
    for (const std::int64_t rows : {1, 2, 3, 5, 7, 13, 25, 49}) {
      for (const auto& [depth, columns] : std::vector<std::pair<std::int64_t, std::int64_t>>{
               {1, 1}, {4, 16}, {7, 17}, {64, 130}, {123, 50}, {800, 10}, {257, 300}, {0, 3}}) {
        SCOPED_TRACE(::testing::Message() << rows << " x " << depth << " x " << columns);
        const auto x = random_bytes<std::uint8_t>(rows * depth, 0, 255, ++seed);
        const auto w = random_bytes<std::int8_t>(columns * depth, -127, 127, ++seed);
        const ExactLayer exact({columns, 1, depth}, w, 128);
        std::vector<float> y(at(rows * columns));
        int8_fully_connected({rows, depth, columns}, x.data(), exact.layer(), y.data());
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t c = 0; c < columns; ++c) {
            std::int64_t sum = 0;
            for (std::int64_t k = 0; k < depth; ++k) {
              sum += (x[at(r * depth + k)] - 128) * w[at(c * depth + k)];
            }
            ASSERT_EQ(y[at(r * columns + c)], static_cast<float>(sum)) << r << ", " << c;
          }
        }
      }
    }
  });
}

// y[n, f, i, j], pooled, from the definition.
std::vector<float> plain_convolution(const Int8Convolution& task, const Bytes& x,
                                     const Weights& w) {
  const Conv2dGeometry& g = task.conv;
  const auto value = [&](std::int64_t n, std::int64_t h, std::int64_t v, std::int64_t c) {
    if (h < 0 || h >= g.in_height || v < 0 || v >= g.in_width) return 0;
    return x[at(((n * g.in_height + h) * g.in_width + v) * g.in_channels + c)] - task.zero_point;
  };
  const auto convolved = [&](std::int64_t n, std::int64_t f, std::int64_t i, std::int64_t j) {
    std::int64_t sum = 0;
    for (std::int64_t kh = 0; kh < g.kernel_height; ++kh) {
      for (std::int64_t kw = 0; kw < g.kernel_width; ++kw) {
        for (std::int64_t c = 0; c < g.in_channels; ++c) {
          const std::int64_t tap = (f * g.kernel_height + kh) * g.kernel_width + kw;
          sum += value(n, i * g.stride_h + kh * g.dilate_h - g.pad_h,
                       j * g.stride_w + kw * g.dilate_w - g.pad_w, c) *
                 w[at(tap * g.in_channels + c)];
        }
      }
    }
    return sum;
  };
  std::vector<float> y;
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t f = 0; f < g.out_channels; ++f) {
      for (std::int64_t i = 0; i < task.out_height(); ++i) {
        for (std::int64_t j = 0; j < task.out_width(); ++j) {
          std::int64_t largest = std::numeric_limits<std::int64_t>::min();
          for (std::int64_t p = 0; p < task.pool_h * task.pool_w; ++p) {
            largest = std::max(largest, convolved(n, f, i * task.pool_h + p / task.pool_w,
                                                  j * task.pool_w + p % task.pool_w));
          }
          y.push_back(static_cast<float>(largest));
        }
      }
    }
  }
  return y;
}

const std::vector<Int8Convolution> kConvolutions = {
    {{.batch = 3,
      .in_channels = 1,
      .in_height = 12,
      .in_width = 12,
      .out_channels = 20,
      .kernel_height = 5,
      .kernel_width = 5},
     2,
     2,
     128},
    {{.batch = 2,
      .in_channels = 20,
      .in_height = 9,
      .in_width = 12,
      .out_channels = 50,
      .kernel_height = 5,
      .kernel_width = 5},
     2,
     2,
     128},
    {{.batch = 2,
      .in_channels = 3,
      .in_height = 7,
      .in_width = 8,
      .out_channels = 17,
      .kernel_height = 3,
      .kernel_width = 3,
      .pad_h = 1,
      .pad_w = 1},
     1,
     1,
     0},
    {{.batch = 1,
      .in_channels = 5,
      .in_height = 11,
      .in_width = 9,
      .out_channels = 33,
      .kernel_height = 3,
      .kernel_width = 2,
      .stride_h = 2,
      .stride_w = 3,
      .pad_h = 2,
      .pad_w = 1},
     1,
     2,
     77},
    {{.batch = 2,
      .in_channels = 3,
      .in_height = 10,
      .in_width = 10,
      .out_channels = 4,
      .kernel_height = 3,
      .kernel_width = 3,
      .pad_w = 2,
      .dilate_h = 2,
      .dilate_w = 2},
     3,
     1,
     128},
    {{.batch = 4,
      .in_channels = 64,
      .in_height = 4,
      .in_width = 4,
      .out_channels = 128,
      .kernel_height = 1,
      .kernel_width = 1},
     1,
     1,
     0},
};

struct ConvolutionData {
  explicit ConvolutionData(const Int8Convolution& task)
      : x(random_bytes<std::uint8_t>(
            task.conv.batch * task.conv.in_channels * task.conv.in_height * task.conv.in_width, 0,
            255, 1)),
        w(random_bytes<std::int8_t>(task.conv.out_channels * task.conv.in_channels *
                                        task.conv.kernel_height * task.conv.kernel_width,
                                    -127, 127, 2)),
        exact(int8_packing(task.conv), w, task.zero_point) {}
  Bytes x;
  Weights w;
  ExactLayer exact;
};

TEST(Int8, ConvolutionsAreExact) {
  for_instruction_sets([] {
    for (const Int8Convolution& task : kConvolutions) {
      const ConvolutionData data(task);
      const auto expected = plain_convolution(task, data.x, data.w);
      std::vector<float> y(expected.size());
      int8_convolution(task, data.x.data(), data.exact.layer(), y.data());
      EXPECT_EQ(y, expected) << task.conv.in_channels << " channels";
    }
  });
}

// Bytes are the floats, quantized, with the channels last.
TEST(Int8, ConvolutionsGiveBytesWithTheChannelsLast) {
  for (const Int8Convolution& task : kConvolutions) {
    const ConvolutionData data(task);
    Int8Layer layer = data.exact.layer();
    layer.epilogue.function = &unary::relu<float>();
    layer.out_scale = Int8Scale{1000, 3};
    const auto plain = plain_convolution(task, data.x, data.w);
    Bytes y(plain.size());
    int8_convolution(task, data.x.data(), layer, y.data());
    const std::int64_t plane = task.out_height() * task.out_width();
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(plain.size()); ++i) {
      const std::int64_t sample = i / (plane * task.conv.out_channels);
      const std::int64_t filter = i / plane % task.conv.out_channels;
      const std::int64_t place = (sample * plane + i % plane) * task.conv.out_channels + filter;
      const float value = std::max(plain[at(i)], 0.F) * (1 / 1000.F);
      const float expected = std::clamp(std::nearbyint(value) + 3, 0.F, 255.F);
      ASSERT_EQ(y[at(place)], expected) << i;
    }
  }
}

TEST(Int8, QuantizesToTheNearestByte) {
  for_instruction_sets([] {
    const float inf = std::numeric_limits<float>::infinity();
    const std::vector<float> x = {0,  0.24F, 0.25F, 0.26F, 0.75F,  -0.25F, -0.26F, 63.5F,
                                  64, -64,   -70,   1e30F, -1e30F, inf,    -inf,   NAN,
                                  1,  -1,    0.5F,  -0.5F, 31.74F, 31.76F, 100};
    const Bytes expected = {128, 128, 128, 129, 130, 128, 127, 255, 255, 0,   0,  255,
                            0,   255, 0,   0,   130, 126, 129, 127, 191, 192, 255};
    Bytes q(x.size());
    int8_quantize(x.data(), q.data(), static_cast<std::int64_t>(x.size()), {0.5F, 128});
    EXPECT_EQ(q, expected);
  });
}

TEST(Int8, QuantizesWithTheChannelsLast) {
  const auto x = random_numbers<float>(2 * 3 * 5, 0, 255);
  Bytes q(x.size());
  int8_quantize_channels_last(x.data(), 2, 3, 5, {1, 0}, q.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t place = i / 15 * 15 + i % 5 * 3 + i / 5 % 3;
    EXPECT_EQ(q[place], std::nearbyint(x[i])) << i;
  }
}

// The same bytes from any number of threads, with shapes large enough to be split.
TEST(Int8, AnyNumberOfThreadsGivesTheSame) {
  Int8Convolution task = kConvolutions[1];
  task.conv.batch = 33;
  const ConvolutionData data(task);
  Int8Layer layer = data.exact.layer();
  layer.epilogue.function = &unary::tanh<float>();
  layer.out_scale = Int8Scale{0.01F, 128};
  expect_same_bits_for_any_threads([&] {
    Bytes y(at(33 * 50 * task.out_height() * task.out_width()));
    int8_convolution(task, data.x.data(), layer, y.data());
    return y;
  });
  const auto w = random_bytes<std::int8_t>(500 * 800, -127, 127, 5);
  const auto x = random_bytes<std::uint8_t>(100 * 800, 0, 255, 6);
  const ExactLayer exact({500, 1, 800}, w, 128);
  for (const std::int64_t rows : {1, 100}) {
    expect_same_bits_for_any_threads([&] {
      std::vector<float> y(at(rows * 500));
      int8_fully_connected({rows, 800, 500}, x.data(), exact.layer(), y.data());
      return y;
    });
  }
}

}  // namespace
}  // namespace gluino::kernels
