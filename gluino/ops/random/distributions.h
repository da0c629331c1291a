#pragma once

#include <gluino/base/random.h>

#include <array>
#include <cstdint>
#include <type_traits>

/// The distributions: their parameters, and how numbers are drawn from a stream.
namespace gluino::distributions {

using random::Stream;

/// Where a parameter may lie.
enum class Range { any, at_least_0, above_0, chance, part, count };

bool lies_in(double value, Range range);

/// What the sentence about one that does not lie there expects.
const char* described(Range range);

/// A parameter is an option where it is one number, and an input where each element has its own.
struct Parameter {
  const char* name;
  /// Its name as an input.
  const char* input;
  Range range;
  const char* doc;
};

/// How numbers T are drawn: `count` from a stream, all with the same parameters, of which the
/// second is 0 where there is but one.
template <class T>
struct Draw {
  /// Whether parameters are rounded to float, and numbers drawn in it.
  bool in_float;
  void (*numbers)(Stream& stream, T* to, std::int64_t count, double first, double second);
};

struct Distribution {
  const char* name;
  const char* doc;
  std::size_t count;  // of parameters
  std::array<Parameter, 2> parameters;
  Draw<float> floats;
  Draw<double> doubles;
  /// What becomes float16 when all are drawn.
  Draw<float> halves;

  template <class T>
  const Draw<T>& in() const {
    if constexpr (std::is_same_v<T, float>) {
      return floats;
    } else {
      return doubles;
    }
  }
};

extern const Distribution uniform, normal, gamma, exponential, poisson, negative_binomial, binomial,
    generalized_negative_binomial;

}  // namespace gluino::distributions
