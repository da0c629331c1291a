#include <gluino/kernels/cpu/convolution/strip_pool.h>
#include <gluino/kernels/cpu/pooling/pooling.h>

#include <random>

#include "kernels/kernel_test.h"

// Maximum pooling of numbers among which are NaN and infinities, in windows that may lie in nothing
// but padding: NaN comes out, and takes the gradient; the maximum of nothing is -inf.
namespace gluino::kernels {
namespace {

// Numbers of which every `rarity`-th is odd.
template <class T>
std::vector<T> odd_numbers(std::int64_t n, int rarity, std::mt19937& generator) {
  constexpr T kInf = std::numeric_limits<T>::infinity();
  const std::vector<T> odd = {std::numeric_limits<T>::quiet_NaN(),
                              -std::numeric_limits<T>::quiet_NaN(), kInf, -kInf};
  std::vector<T> numbers(static_cast<std::size_t>(n));
  for (T& number : numbers) {
    const bool is_odd = generator() % static_cast<unsigned>(rarity) == 0;
    number = is_odd ? odd[generator() % 4] : static_cast<T>(generator() % 10);
  }
  return numbers;
}

std::int64_t draw(std::mt19937& generator, std::int64_t low, std::int64_t high) {
  return std::uniform_int_distribution<std::int64_t>(low, high)(generator);
}

// Any windows that Pooling may ask for; with "full" some lie beyond the image.
Pool2D random_pool(std::mt19937& generator) {
  Pool2D p;
  const auto axis = [&](std::int64_t& in, std::int64_t& out, std::int64_t& kernel,
                        std::int64_t& stride, std::int64_t& pad) {
    kernel = draw(generator, 1, 5);
    stride = draw(generator, 1, 6);
    pad = draw(generator, 0, kernel - 1);
    in = draw(generator, std::max<std::int64_t>(1, kernel - 2 * pad), 40);
    const std::int64_t room = in + 2 * pad - kernel;
    out = (draw(generator, 0, 1) == 1 ? room + stride - 1 : room) / stride + 1;
  };
  axis(p.in_h, p.out_h, p.kernel_h, p.stride_h, p.pad_h);
  axis(p.in_w, p.out_w, p.kernel_w, p.stride_w, p.pad_w);
  if (draw(generator, 0, 9) == 0) {  // the whole plane
    p = {.in_h = p.in_h, .in_w = p.in_w, .out_h = 1, .out_w = 1};
    p.kernel_h = p.in_h;
    p.kernel_w = p.in_w;
  } else if (draw(generator, 0, 4) == 0) {  // blocks of 2 x 2
    p = {.in_h = p.in_h + 1, .in_w = p.in_w + 1};
    p.out_h = p.in_h / 2;
    p.out_w = p.in_w / 2;
    p.kernel_h = p.kernel_w = p.stride_h = p.stride_w = 2;
  }
  return p;
}

// The place of the first largest number of window (i, j), NaN being larger than all; -1 if none.
template <class T>
std::int32_t place_of_max(const Pool2D& p, const T* x, std::int64_t i, std::int64_t j) {
  std::int64_t best = -1;
  for (std::int64_t h = i * p.stride_h - p.pad_h; h < i * p.stride_h - p.pad_h + p.kernel_h; ++h) {
    for (std::int64_t w = j * p.stride_w - p.pad_w; w < j * p.stride_w - p.pad_w + p.kernel_w;
         ++w) {
      if (h < 0 || h >= p.in_h || w < 0 || w >= p.in_w) continue;
      const std::int64_t at = h * p.in_w + w;
      if (best < 0 || (!std::isnan(x[best]) && (std::isnan(x[at]) || x[at] > x[best]))) best = at;
    }
  }
  return static_cast<std::int32_t>(best);
}

template <class T>
bool same(T a, T b) {
  return a == b || (std::isnan(a) && std::isnan(b));
}

template <class T>
void check_pool(const Pool2D& p, int rarity, std::mt19937& generator) {
  constexpr std::int64_t kPlanes = 3;
  const std::int64_t in = p.in_h * p.in_w;
  const std::int64_t out = p.out_h * p.out_w;
  const auto x = odd_numbers<T>(kPlanes * in, rarity, generator);
  std::vector<T> y(static_cast<std::size_t>(kPlanes * out)), alone(y.size()), dy(y.size());
  for (T& head : dy) head = static_cast<T>(draw(generator, 1, 9));
  std::vector<T> dx(x.size()), expected_dx(x.size());
  std::vector<std::int32_t> argmax(y.size());
  max_pool(x.data(), y.data(), argmax.data(), kPlanes, p);
  max_pool<T>(x.data(), alone.data(), nullptr, kPlanes, p);
  max_pool_gradient(dy.data(), argmax.data(), dx.data(), kPlanes, p);
  for (std::int64_t o = 0; o < kPlanes * out; ++o) {
    const auto at = static_cast<std::size_t>(o);
    const T* const plane = x.data() + o / out * in;
    const std::int32_t place = place_of_max(p, plane, o % out / p.out_w, o % p.out_w);
    ASSERT_EQ(argmax[at], place) << "window " << o;
    const T expected = place < 0 ? std::numeric_limits<T>::lowest() : plane[place];
    ASSERT_TRUE(same(y[at], expected)) << y[at] << " for " << expected;
    ASSERT_TRUE(same(alone[at], expected)) << alone[at] << " for " << expected;
    if (place >= 0) expected_dx[static_cast<std::size_t>(o / out * in + place)] += dy[at];
  }
  EXPECT_EQ(dx, expected_dx);
}

TEST(PoolingNan, ComesOutOfEveryWindowAndTakesItsGradient) {
  std::mt19937 generator(3);
  for (int round = 0; round < 600 && !::testing::Test::HasFatalFailure(); ++round) {
    const Pool2D p = random_pool(generator);
    SCOPED_TRACE(::testing::Message()
                 << p.in_h << " x " << p.in_w << ", kernel " << p.kernel_h << " x " << p.kernel_w
                 << ", stride " << p.stride_h << " x " << p.stride_w << ", pad " << p.pad_h << " x "
                 << p.pad_w << ", out " << p.out_h << " x " << p.out_w);
    check_pool<float>(p, round % 2 == 0 ? 3 : 60, generator);
    check_pool<double>(p, 5, generator);
  }
}

template <class T>
void check_strips(const StripBatchPool& pool, std::mt19937& generator) {
  const std::int64_t planes = pool.batch * pool.channels;
  const std::int64_t in = pool.height * pool.width;
  const std::int64_t out = pool.out_height() * pool.out_width();
  const auto x = odd_numbers<T>(planes * in, 4, generator);
  std::vector<T> y(static_cast<std::size_t>(planes * out)), dy(y.size(), 1), dx(x.size());
  std::vector<T> places(static_cast<std::size_t>((planes + 64 * pool.channels) * out));
  strip_batch_max_pool(pool, x.data(), y.data(), places.data());
  strip_batch_max_unpool(pool, dy.data(), places.data(), dx.data());
  Pool2D p{.in_h = pool.height, .in_w = pool.width};
  p.kernel_h = p.stride_h = pool.pool_h;
  p.kernel_w = p.stride_w = pool.pool_w;
  for (std::int64_t o = 0; o < planes * out; ++o) {
    const T* const plane = x.data() + o / out * in;
    const auto at = static_cast<std::size_t>(o);
    const auto place =
        place_of_max(p, plane, o % out / pool.out_width(), o % out % pool.out_width());
    ASSERT_TRUE(same(y[at], plane[place])) << y[at] << " for " << plane[place];
    ASSERT_EQ(dx[static_cast<std::size_t>(o / out * in + place)], 1) << "window " << o;
  }
}

TEST(PoolingNan, ComesOutOfStrips) {
  std::mt19937 generator(5);
  for (int round = 0; round < 50 && !::testing::Test::HasFatalFailure(); ++round) {
    StripBatchPool pool{};
    pool.batch = draw(generator, 1, 40);
    pool.channels = draw(generator, 1, 3);
    pool.pool_h = draw(generator, 1, 3);
    pool.pool_w = draw(generator, 1, 3);
    pool.height = draw(generator, pool.pool_h, 9);
    pool.width = draw(generator, pool.pool_w, 9);
    check_strips<float>(pool, generator);
    check_strips<double>(pool, generator);
  }
}

}  // namespace
}  // namespace gluino::kernels
