#pragma once

#include <gluino/base/export.h>

#include <concepts>
#include <cstdint>
#include <span>
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

}  // namespace gluino::random
