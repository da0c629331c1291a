#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace gluino::io {

/// Scrambles 64 bits: the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
constexpr std::uint64_t scramble(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

/// Random numbers that follow from a seed and the number of a stream alone, by integer arithmetic
/// and exact division only, so that they are the same on every machine, which the distributions of
/// the standard library are not.
class RandomStream {
 public:
  RandomStream(std::uint64_t seed, std::uint64_t stream)
      : state_(scramble(seed + kStep) ^ scramble(stream * kStep + 1)) {}

  std::uint64_t bits() { return scramble(state_ += kStep); }

  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11) / 9007199254740992.0; }

  /// Uniform in [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Bell-shaped with mean 0, deviation 1 and no tails beyond 3.5: the sum of four uniform ones.
  double bell() {
    const std::uint64_t four = bits();
    const std::uint64_t sum =
        (four & 0xFFFF) + ((four >> 16) & 0xFFFF) + ((four >> 32) & 0xFFFF) + (four >> 48);
    constexpr double kSquareRootOf3 = 1.7320508075688772;
    return (static_cast<double>(sum) / 65536.0 - 1.999969482421875) * kSquareRootOf3;
  }

  bool chance(double probability) { return uniform() < probability; }

  /// Uniform in 0..count-1.
  int below(int count) {
    return static_cast<int>((bits() >> 32) * static_cast<std::uint64_t>(count) >> 32);
  }

 private:
  static constexpr std::uint64_t kStep = 0x9E3779B97F4A7C15u;
  std::uint64_t state_;
};

/// Puts the numbers into a random order (Fisher and Yates).
inline void shuffle(std::vector<std::int64_t>& order, RandomStream& random) {
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[static_cast<std::size_t>(random.bits() % i)]);
  }
}

}  // namespace gluino::io
