// Whole arrays of random numbers, bit for bit as MXNet 1.9.1 drew them on a CPU with seed 42. Their
// bytes are compared through the hash FNV-1a.
#include <gluino/base/random.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

namespace gluino {
namespace {

struct Drawn {
  std::size_t count;
  double first;
  std::uint64_t hash;
  /// The third of three numbers drawn afterwards.
  double later;
};

template <class T>
std::uint64_t hash_of(const std::vector<T>& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  std::vector<unsigned char> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  for (const unsigned char byte : bytes) hash = (hash ^ byte) * 0x100000001b3;
  return hash;
}

template <class T, class Draw>
void expect_drawn(const std::vector<Drawn>& expected, Draw draw) {
  for (const Drawn& drawn : expected) {
    random::seed(42);
    std::vector<T> values(drawn.count);
    draw(std::span(values));
    EXPECT_EQ(values[0], static_cast<T>(drawn.first)) << drawn.count << " numbers";
    EXPECT_EQ(hash_of(values), drawn.hash) << drawn.count << " numbers";
    std::vector<T> more(3);
    draw(std::span(more));
    EXPECT_EQ(more[2], static_cast<T>(drawn.later)) << "after " << drawn.count << " numbers";
  }
  random::seed(0);
}

const auto draw_uniform = [](auto out) { random::uniform(out, -2, 3); };
const auto draw_normal = [](auto out) { random::normal(out, 0.5, 2); };

TEST(RandomOracle, UniformFloat32) {
  expect_drawn<float>({{1, 2.14546824, 0x1bdbe6c7cd52c07, 0.828676939},
                       {64, 2.14546824, 0x74642103627fcbba, 2.49641371},
                       {65, 2.14546824, 0xfce843f1621becf3, 2.2190361},
                       {1001, 2.14546824, 0xd16624b8f33b444, -1.91692638},
                       {70001, 2.14546824, 0xc9235cbb90ef1d30, 2.38290071}},
                      draw_uniform);
}

TEST(RandomOracle, NormalFloat32) {
  expect_drawn<float>({{1, 1.55888557, 0xaa0a3b2d7e141c50, -0.00370770693},
                       {64, 1.55888557, 0x6b901cc2a7b17384, -0.976374865},
                       {65, 1.55888557, 0x134b08a9b8083f8a, -0.393894076},
                       {1001, 1.55888557, 0x7cfe9aabd9308b98, 1.32540381},
                       {70001, 1.55888557, 0x9211dc8d7f8c3b7f, -1.12886691}},
                      draw_normal);
}

TEST(RandomOracle, UniformFloat64) {
  expect_drawn<double>({{1, 1.7391745448451181, 0xe8ace2238322ab77, 0.71104226790042135},
                        {64, 1.7391745448451181, 0x1e733be3f22b921a, 1.5755322643916658},
                        {65, 1.7391745448451181, 0x15c7e7e11a6e00a2, 2.3829004556670812},
                        {1001, 1.7391745448451181, 0xc9bf71866d0be803, 2.2432818971736257},
                        {70001, 1.7391745448451181, 0xe4c4a5f589e97158, -0.87776303442047032}},
                       draw_uniform);
}

TEST(RandomOracle, NormalFloat64) {
  expect_drawn<double>({{1, 1.3380570819933739, 0x609a0bdbd5828d91, -2.2316284277108061},
                        {64, 1.3380570819933739, 0x2d665b6b57b77582, 0.11164699168496378},
                        {65, 1.3380570819933739, 0xf688734b984577e0, -0.86881137487920301},
                        {1001, 1.3380570819933739, 0x951b43eed3dc5689, -2.2830399865739079},
                        {70001, 1.3380570819933739, 0x2e5a4c4fc312c305, 1.0490928293202861}},
                       draw_normal);
}

TEST(RandomOracle, ShufflingLeavesTheOtherStreamsAlone) {
  random::seed(42);
  std::vector<std::int64_t> items = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  random::shuffle(items);
  std::vector<float> values(1);
  random::uniform(std::span(values), -2, 3);
  EXPECT_EQ(values[0], 2.14546824F);
  std::sort(items.begin(), items.end());
  for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(items[static_cast<std::size_t>(i)], i);
  random::seed(0);
}

}  // namespace
}  // namespace gluino
