#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/shape.h>

#include <memory>
#include <vector>

namespace gluino {

/// How the elements of a sample input are drawn.
struct Fill {
  enum class Kind {
    uniform,   ///< low to high
    distinct,  ///< a shuffled row of values from low to high, none close to another or to zero
    integers,  ///< whole numbers in [low, high)
  };
  Kind kind = Kind::uniform;
  double low = -1;
  double high = 1;
};

struct SampleInput {
  Shape shape;
  Fill fill{};
};

/// Inputs and options with which the tests run an operator: its gradient against finite
/// differences, its three ways of running against each other.
struct Sample {
  std::shared_ptr<const void> options;
  std::vector<SampleInput> inputs;
};

}  // namespace gluino
