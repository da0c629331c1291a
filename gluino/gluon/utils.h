#pragma once

#include <gluino/ndarray/ndarray.h>

#include <vector>

namespace gluino::gluon::utils {

struct SplitOptions {
  std::int64_t batch_axis = 0;
  /// Throws Error when the batch cannot be cut into equal parts; else the first parts have a sample
  /// more than the last ones, which may have none.
  bool even_split = true;
};

/// Cuts a batch into `num_slice` parts along the batch axis.
GLUINO_API std::vector<NDArray> split_data(const NDArray& data, int num_slice,
                                           const SplitOptions& options = {});

/// Cuts a batch into one part per context and brings each part there.
GLUINO_API std::vector<NDArray> split_and_load(const NDArray& data,
                                               const std::vector<Context>& contexts,
                                               const SplitOptions& options = {});

/// Scales the arrays together so that the norm of all of them is at most `max_norm`. Returns the
/// norm that they had.
GLUINO_API double clip_global_norm(const std::vector<NDArray>& arrays, double max_norm);

}  // namespace gluino::gluon::utils
