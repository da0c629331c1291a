#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/core/invoke.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/reduce/reduce.h>
#include <gluino/optimizer/core/optimizer.h>

/// What steps share that are made of several operators on arrays.
namespace gluino::optimizer {

/// Throws Error, beginning with `who`, while autograd records: steps are no part of that.
inline void check_not_recorded(const char* who) {
  check(current_mode().recorder == nullptr, "[", who,
        "] weights are updated in place: do it outside autograd::record");
}

/// The rescaled gradient, plus `decay` if given, within the optimizer's bounds.
inline NDArray clipped(const Optimizer& optimizer, const NDArray& grad, const NDArray& decay = {}) {
  NDArray head = grad * optimizer.rescale_grad();
  if (decay.defined()) head = head + decay;
  const double bound = optimizer.clip_gradient();
  return bound > 0 ? ops::clip(head, {.a_min = -bound, .a_max = bound}) : head;
}

/// The root of the sum of squares: (1,), of half precision in float32.
inline NDArray norm_of(const NDArray& array) {
  const bool is_half = array.dtype() == float16 || array.dtype() == bfloat16;
  return ops::norm(is_half ? array.astype(float32) : array);
}

}  // namespace gluino::optimizer
