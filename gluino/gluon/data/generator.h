#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <limits>
#include <optional>

namespace gluino::gluon::data {

/// Random numbers for the augmentation of one sample (SplitMix64: Steele, Lea and Flood, 2014).
/// Cheap to seed, and usable with the distributions of `<random>`.
class GLUINO_API Generator {
 public:
  using result_type = std::uint64_t;

  explicit Generator(std::uint64_t seed) : state_(seed) {}

  static constexpr std::uint64_t min() { return 0; }
  static constexpr std::uint64_t max() { return std::numeric_limits<std::uint64_t>::max(); }
  std::uint64_t operator()();

  /// A number in [0, 1).
  double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

/// While it lives, the random transforms that this thread runs draw from `epoch_seed` and the index
/// of the sample, so that their result does not depend on who runs them, nor in which order.
class GLUINO_API AugmentationScope {
 public:
  explicit AugmentationScope(std::uint64_t epoch_seed);
  AugmentationScope(const AugmentationScope&) = delete;
  AugmentationScope& operator=(const AugmentationScope&) = delete;
  ~AugmentationScope();

 private:
  std::optional<std::uint64_t> before_;
};

/// The generator for sample `index` in the transform number `level` of a chain: that of the
/// AugmentationScope, or, without one, a new one from random::draw_seed().
GLUINO_API Generator sample_generator(std::int64_t index, int level);

}  // namespace gluino::gluon::data
