#pragma once

#include <gluino/ops/core/invoke.h>

namespace gluino {

struct UniformOptions {
  double low = 0;
  double high = 1;
  Shape shape{};
  Context ctx = current_context();
  DType dtype = float32;
};

struct NormalOptions {
  double loc = 0;
  double scale = 1;
  Shape shape{};
  Context ctx = current_context();
  DType dtype = float32;
};

namespace nd::random {

/// Numbers uniform in [low, high): those that MXNet 1.x draws for the seed. In half precision they
/// are those of float32, rounded, so that one may be `high` itself.
/// Throws Error unless low <= high, both finite.
GLUINO_API NDArray uniform(const UniformOptions& options);
/// Normally distributed numbers with mean loc and standard deviation scale, both finite, scale not
/// below 0: else throws Error.
GLUINO_API NDArray normal(const NormalOptions& options);

}  // namespace nd::random
}  // namespace gluino
