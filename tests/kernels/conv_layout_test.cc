// Convolutions and poolings of images that lie in strips, against those that lie sample by sample.
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/kernels/cpu/convolution/strip_pool.h>

#include "kernels/kernel_test.h"

namespace gluino::kernels {
namespace {

template <class T>
using Array = std::vector<T>;

// The strips of a batch; samples that lack are `filling`.
template <class T>
Array<T> on_strips(const Array<T>& images, std::int64_t batch, T filling) {
  const std::int64_t positions = static_cast<std::int64_t>(images.size()) / batch;
  const std::int64_t strips = strips_of<T>(batch);
  Array<T> out(static_cast<std::size_t>(strips * positions * kStripSamples<T>), filling);
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t p = 0; p < positions; ++p) {
      out[static_cast<std::size_t>((n / kStripSamples<T> * positions + p) * kStripSamples<T> +
                                   n % kStripSamples<T>)] =
          images[static_cast<std::size_t>(n * positions + p)];
    }
  }
  return out;
}

template <class T>
Array<T> off_strips(const Array<T>& strips, std::int64_t batch) {
  const std::int64_t positions =
      static_cast<std::int64_t>(strips.size()) / strips_of<T>(batch) / kStripSamples<T>;
  Array<T> out;
  for (std::int64_t n = 0; n < batch; ++n) {
    for (std::int64_t p = 0; p < positions; ++p) {
      out.push_back(strips[static_cast<std::size_t>(
          (n / kStripSamples<T> * positions + p) * kStripSamples<T> + n % kStripSamples<T>)]);
    }
  }
  return out;
}

template <class T>
struct Results {
  Array<T> y, dx, dweight, dbias;
};

template <class T>
Results<T> results_of(Conv2dGeometry g, bool x_on_strips, bool y_on_strips) {
  const auto lay = [&](const Array<T>& images, bool strips, T filling) {
    return strips ? on_strips(images, g.batch, filling) : images;
  };
  const auto plain = [&](const Array<T>& array, bool strips) {
    return strips ? off_strips(array, g.batch) : array;
  };
  const std::int64_t outputs = g.batch * g.out_channels * g.out_height() * g.out_width();
  const std::int64_t weights =
      g.out_channels * g.group_in_channels() * g.kernel_height * g.kernel_width;
  // What stands for samples that lack may be any number, but for dy's zeros.
  const auto x = lay(random_numbers<T>(g.batch * g.in_channels * g.in_height * g.in_width, -1, 1),
                     x_on_strips, T(77));
  const auto dy = lay(random_numbers<T>(outputs, -1, 1, 2), y_on_strips, T(0));
  const auto weight = random_numbers<T>(weights, -1, 1, 3);
  const auto bias = random_numbers<T>(g.out_channels, -1, 1, 4);
  g.x_on_strips = x_on_strips;
  g.y_on_strips = y_on_strips;
  Results<T> r = {Array<T>(dy.size(), T(55)), Array<T>(x.size(), T(55)),
                  Array<T>(weight.size(), T(55)), Array<T>(bias.size(), T(55))};
  conv2d_forward(g, x.data(), weight.data(), bias.data(), r.y.data(), &unary::relu<T>());
  conv2d_backward_data(g, dy.data(), weight.data(), r.dx.data());
  conv2d_backward_weight(g, x.data(), dy.data(), r.dweight.data(), r.dbias.data());
  const T lacking = x_on_strips && g.batch % kStripSamples<T> != 0 ? r.dx.back() : T(0);
  EXPECT_EQ(lacking, T(0)) << "gradients of samples that lack";
  r.y = plain(r.y, y_on_strips);
  r.dx = plain(r.dx, x_on_strips);
  return r;
}

template <class T>
void check_layouts(const Conv2dGeometry& g) {
  ASSERT_TRUE(conv2d_suits_strips<T>(g));
  const Results<T> expected = results_of<T>(g, false, false);
  EXPECT_GE(*std::min_element(expected.y.begin(), expected.y.end()), T(0));
  for (const auto& [x, y] :
       {std::pair(true, false), std::pair(false, true), std::pair(true, true)}) {
    const Results<T> found = results_of<T>(g, x, y);
    EXPECT_EQ(found.y, expected.y);
    EXPECT_EQ(found.dx, expected.dx);
    EXPECT_EQ(found.dweight, expected.dweight);
    for (std::size_t f = 0; f < expected.dbias.size(); ++f) {
      EXPECT_NEAR(found.dbias[f], expected.dbias[f], 1e-3)
          << "its terms are added in another order";
    }
  }
}

const Conv2dGeometry kWinograd = {.batch = 30,
                                  .in_channels = 24,
                                  .in_height = 9,
                                  .in_width = 13,
                                  .out_channels = 26,
                                  .kernel_height = 3,
                                  .kernel_width = 3,
                                  .pad_h = 1,
                                  .pad_w = 2};
const Conv2dGeometry kStrided = {.batch = 33,
                                 .in_channels = 4,
                                 .in_height = 11,
                                 .in_width = 10,
                                 .out_channels = 6,
                                 .kernel_height = 5,
                                 .kernel_width = 4,
                                 .stride_h = 2,
                                 .stride_w = 2,
                                 .pad_h = 2,
                                 .groups = 2};
const Conv2dGeometry kPlain = {.batch = 32,
                               .in_channels = 30,
                               .in_height = 7,
                               .in_width = 8,
                               .out_channels = 5,
                               .kernel_height = 3,
                               .kernel_width = 3};

TEST(ConvLayouts, GiveTheSameNumbers) {
  for (const Conv2dGeometry& g : {kWinograd, kStrided, kPlain}) {
    check_layouts<float>(g);
    check_layouts<double>(g);
  }
}

TEST(ConvLayouts, GiveTheSameBitsForAnyNumberOfThreads) {
  for (const Conv2dGeometry& g : {kWinograd, kStrided}) {
    set_num_threads(1);
    const auto alone = results_of<float>(g, true, true);
    for (const int threads : {2, 3}) {
      set_num_threads(threads);
      const auto together = results_of<float>(g, true, true);
      EXPECT_EQ(alone.y, together.y);
      EXPECT_EQ(alone.dx, together.dx);
      EXPECT_EQ(alone.dweight, together.dweight);
      EXPECT_EQ(alone.dbias, together.dbias);
    }
  }
  set_num_threads(0);
}

TEST(ConvLayouts, DoNotSuitFewSamplesOrImagesThatAreReadAsTheyLie) {
  Conv2dGeometry one = kWinograd;
  one.batch = 1;
  EXPECT_FALSE(conv2d_suits_strips<float>(one));
  const Conv2dGeometry shallow = {.batch = 32,
                                  .in_channels = 1,
                                  .in_height = 28,
                                  .in_width = 28,
                                  .out_channels = 20,
                                  .kernel_height = 5,
                                  .kernel_width = 5};
  EXPECT_FALSE(conv2d_suits_strips<float>(shallow));
  Conv2dGeometry planes = kPlain;
  planes.kernel_height = planes.kernel_width = 1;
  EXPECT_FALSE(conv2d_suits_strips<float>(planes));
}

TEST(StripPooling, GivesTheSameFromEitherLayout) {
  constexpr std::int64_t kBatch = 18;
  const auto images = random_numbers<float>(kBatch * 3 * 7 * 9, -1, 1);
  const auto heads = random_numbers<float>(kBatch * 3 * 3 * 3, -1, 1, 2);
  Array<float> y_of_first;
  Array<float> dx_of_first;
  for (const bool x_on_strips : {false, true}) {
    for (const bool y_on_strips : {false, true}) {
      const StripBatchPool pool = {kBatch, 3, 7, 9, 2, 3, x_on_strips, y_on_strips};
      const auto x = x_on_strips ? on_strips(images, kBatch, 0.5F) : images;
      const auto dy = y_on_strips ? on_strips(heads, kBatch, 0.0F) : heads;
      Array<float> y(dy.size());
      Array<float> dx(x.size(), 55);
      Array<float> places(static_cast<std::size_t>(strips_of<float>(kBatch)) * 16 * 3 * 3 * 3);
      strip_batch_max_pool(pool, x.data(), y.data(), places.data());
      strip_batch_max_unpool(pool, dy.data(), places.data(), dx.data());
      if (y_on_strips) y = off_strips(y, kBatch);
      if (x_on_strips) dx = off_strips(dx, kBatch);
      if (y_of_first.empty()) {
        y_of_first = y;
        dx_of_first = dx;
      }
      EXPECT_EQ(y, y_of_first);
      EXPECT_EQ(dx, dx_of_first);
    }
  }
  // Against the definition: each gradient stands at the first place of the maximum of its window.
  for (std::int64_t plane = 0; plane < kBatch * 3; ++plane) {
    for (std::int64_t w = 0; w < 9; ++w) {
      const auto at = [&](std::int64_t i) {
        return static_cast<std::size_t>((plane * 7 + w / 3 * 2 + i / 3) * 9 + w % 3 * 3 + i % 3);
      };
      std::int64_t largest = 0;
      for (std::int64_t i = 1; i < 6; ++i) {
        if (images[at(i)] > images[at(largest)]) largest = i;
      }
      const auto window = static_cast<std::size_t>(plane * 9 + w);
      EXPECT_EQ(y_of_first[window], images[at(largest)]);
      for (std::int64_t i = 0; i < 6; ++i) {
        EXPECT_EQ(dx_of_first[at(i)], i == largest ? heads[window] : 0);
      }
    }
  }
}

}  // namespace
}  // namespace gluino::kernels
