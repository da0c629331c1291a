#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

namespace gluino {

/// g = clip(rescale_grad * grad); history += the mean of g^2 of each row; w -= lr * g /
/// sqrt(history + epsilon). AdaGrad with one rate for each row, for embeddings.
struct GroupAdagradUpdateOptions {
  double lr = 0.01;
  double rescale_grad = 1;
  double clip_gradient = -1;
  double epsilon = 1e-5;
};

namespace nd {

/// Changes weight (N, ...) and history (N, 1, ...) in place. Rows that a row_sparse gradient does
/// not store stay as they are.
GLUINO_API void group_adagrad_update(const NDArray& weight, const NDArray& grad,
                                     const NDArray& history,
                                     const GroupAdagradUpdateOptions& options);

}  // namespace nd
}  // namespace gluino
