#pragma once

#include <gluino/gluon/data/generator.h>

#include <cmath>
#include <cstdint>

namespace digits {

/// Which picture is made: the same numbers, the same picture, whoever makes it and in whatever
/// order.
struct SampleKey {
  std::uint64_t seed = 0;
  std::int64_t epoch = 0;
  /// Of the sample in its data set.
  std::int64_t number = 0;
};

/// Random numbers for one sample.
class Dice {
 public:
  explicit Dice(const SampleKey& key) : generator_(seed_of(key)) {}

  /// In [low, high).
  double between(double low, double high) { return low + (high - low) * generator_.uniform(); }
  bool happens(double probability) { return generator_.uniform() < probability; }
  /// 0 to count - 1.
  std::int64_t below(std::int64_t count) {
    return static_cast<std::int64_t>(generator_.uniform() * static_cast<double>(count));
  }
  /// Around 0, nearly normal, with the deviation 1: a sum, because no two libraries compute the
  /// same logarithm.
  double normal() {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += generator_.uniform();
    return (sum - 2) * std::sqrt(3.0);
  }

 private:
  static std::uint64_t seed_of(const SampleKey& key) {
    std::uint64_t seed = key.seed;
    for (const std::int64_t part : {key.epoch, key.number}) {
      seed = gluino::gluon::data::Generator(seed)() + static_cast<std::uint64_t>(part);
    }
    return gluino::gluon::data::Generator(seed)();
  }

  gluino::gluon::data::Generator generator_;
};

}  // namespace digits
