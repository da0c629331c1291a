#pragma once

#include <gluino/base/export.h>
#include <gluino/base/function_ref.h>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <random>
#include <span>
#include <utility>
#include <vector>

/// Random numbers. One seed governs all of them: initial weights, dropout, shuffling and
/// augmentation.
namespace gluino::random {

namespace detail {
GLUINO_API void seed_with(double seed);
}

/// Starts all streams anew. The default seed is 0.
GLUINO_API void seed(std::int64_t seed);
/// The same for numbers such as 1e9. Throws Error unless it is a whole one that 64 bits can hold.
template <std::floating_point T>
void seed(T seed) {
  detail::seed_with(static_cast<double>(seed));
}

/// The seed in force.
GLUINO_API std::int64_t current_seed();
/// How often seed() was called. What is to repeat a program's draws tells by it that they depend on
/// a seed given in between.
GLUINO_API std::uint64_t times_seeded();

/// Where the streams are, so that a program that was stopped can draw the numbers that would have
/// come next.
struct State {
  std::int64_t seed = 0;
  /// How many numbers shuffle and draw_seed have taken since the seed was given.
  std::uint64_t shuffled = 0;
  /// The same for each of the streams of uniform and normal numbers; empty when none was drawn.
  std::vector<std::uint64_t> drawn;
  /// The same for the stream of places by their chances, and of orders.
  std::uint64_t one_by_one = 0;
};
GLUINO_API State state();
/// Seeds anew and goes through the numbers that were drawn: a second for about 10^9 of them. Throws
/// Error, and changes nothing, when `drawn` has another length than state() gives.
GLUINO_API void set_state(const State& state);

/// Fills `out` with numbers uniform in [low, high): the numbers that MXNet 1.x draws on a CPU.
GLUINO_API void uniform(std::span<float> out, double low, double high);
GLUINO_API void uniform(std::span<double> out, double low, double high);

/// Fills `out` with normally distributed numbers: those that MXNet 1.x draws on a CPU.
GLUINO_API void normal(std::span<float> out, double mean, double deviation);
GLUINO_API void normal(std::span<double> out, double mean, double deviation);

/// Puts `items` into a random order (Fisher-Yates), from a stream of its own, so that shuffling
/// data leaves the weights that a seed gives as they are.
GLUINO_API void shuffle(std::span<std::int64_t> items);

/// A number from the stream that shuffle uses: a seed for someone's own generator.
GLUINO_API std::uint64_t draw_seed();

// The streams that numbers come from, for those who make distributions of them.

/// A generator that knows how far it has come.
template <class Engine>
class Counting {
 public:
  template <class Seed>
  void seed(Seed seed) {
    engine_.seed(seed);
    drawn_ = 0;
  }
  auto operator()() {
    ++drawn_;
    return engine_();
  }
  void go_to(std::uint64_t drawn) {
    engine_.discard(drawn - drawn_);
    drawn_ = drawn;
  }
  std::uint64_t drawn() const { return drawn_; }

 private:
  Engine engine_;
  std::uint64_t drawn_ = 0;
};

/// A row of 32-bit numbers, and what is made of them one at a time.
class Stream : public Counting<std::mt19937> {
 public:
  /// Uniform in [0, 1), as libstdc++'s generate_canonical makes it from 32-bit draws.
  template <std::floating_point T>
  T canonical() {
    T value;
    if constexpr (std::same_as<T, float>) {
      value = static_cast<float>((*this)()) * 0x1p-32F;
    } else {
      const auto low = static_cast<double>((*this)());
      value = (low + static_cast<double>((*this)()) * 0x1p32) * 0x1p-64;
    }
    return value < T(1) ? value : std::nextafter(T(1), T(0));
  }

  /// Two numbers with mean 0 and deviation 1 by Marsaglia's polar method, in the order in which
  /// libstdc++'s normal_distribution gives them.
  template <std::floating_point T>
  std::pair<T, T> normal_pair() {
    for (;;) {
      const T x = T(2) * canonical<T>() - T(1);
      const T y = T(2) * canonical<T>() - T(1);
      const T r2 = x * x + y * y;
      if (r2 > T(1) || r2 == T(0)) continue;
      const T factor = std::sqrt(T(-2) * std::log(r2) / r2);
      return {y * factor, x * factor};
    }
  }
  /// The first of such a pair: MXNet begins anew for every number.
  template <std::floating_point T>
  T normal() {
    return normal_pair<T>().first;
  }

  /// A whole number below `count`, at least 1: the quotient by equal parts of the range of draws,
  /// as libstdc++ up to version 10 makes std::uniform_int_distribution.
  std::uint32_t below(std::uint32_t count) {
    const std::uint32_t part = UINT32_MAX / count;
    const std::uint32_t end = part * count;
    for (;;) {
      const auto drawn = static_cast<std::uint32_t>((*this)());
      if (drawn < end) return drawn / part;
    }
  }
};

/// Calls draw(stream, begin, end) for stretches that together cover [0, count), none but the last
/// shorter than `shortest`, each with a stream of its own, several threads at once: MXNet's scheme,
/// by which nothing depends on how many.
GLUINO_API void in_stretches(
    std::int64_t count,
    FunctionRef<void(Stream& stream, std::int64_t begin, std::int64_t end)> draw,
    std::int64_t shortest = 64);

/// Calls draw with the one stream from which MXNet draws numbers one by one: places by their
/// chances, and orders.
GLUINO_API void one_by_one(FunctionRef<void(Stream& stream)> draw);

}  // namespace gluino::random
