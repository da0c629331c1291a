#pragma once

#include <gluino/base/export.h>
#include <gluino/ops/core/tensor.h>

namespace gluino {

/// sum = a + b of gradients: three tensors at one place, of one shape and one type of real numbers,
/// half precision included, of which `sum` may be `a`.
GLUINO_API void accumulate(const Tensor& a, const Tensor& b, const Tensor& sum);

}  // namespace gluino
