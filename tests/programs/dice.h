#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace gluino::programs {

/// Random choices, the same for a seed with every standard library.
class Dice {
 public:
  // Seeds in a row must not give rows that overlap.
  explicit Dice(std::uint64_t seed) : state_(seed) { state_ = next() ^ (seed << 32U); }

  /// A number in [0, n).
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  /// A number in [first, last].
  int between(int first, int last) { return first + below(last - first + 1); }
  bool chance(double share) { return static_cast<double>(next() >> 11) * 0x1p-53 < share; }
  template <class T>
  const T& among(const std::vector<T>& items) {
    return items[static_cast<std::size_t>(below(static_cast<int>(items.size())))];
  }
  template <class T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) {
      std::swap(items[i - 1], items[static_cast<std::size_t>(below(static_cast<int>(i)))]);
    }
  }

 private:
  // Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace gluino::programs
