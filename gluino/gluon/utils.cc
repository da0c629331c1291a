#include <gluino/base/error.h>
#include <gluino/gluon/utils.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/movement/movement.h>

#include <cmath>

namespace gluino::gluon::utils {

std::vector<NDArray> split_data(const NDArray& data, int num_slice, const SplitOptions& options) {
  const int axis = normalize_axis(options.batch_axis, data.ndim(), "split_data: batch_axis");
  const std::int64_t size = data.shape()[axis];
  check(num_slice >= 1, "split_data: expected at least one part, got ", num_slice);
  check(!options.even_split || size % num_slice == 0, "split_data: a batch of ", size,
        " cannot be cut into ", num_slice,
        " equal parts; use a batch size that can, or even_split = false");
  std::vector<NDArray> parts;
  std::int64_t begin = 0;
  for (int i = 0; i < num_slice; ++i) {
    const std::int64_t end = begin + size / num_slice + (i < size % num_slice ? 1 : 0);
    parts.push_back(axis == 0 ? data.slice(begin, end)
                              : ops::slice_axis(data, {.axis = axis, .begin = begin, .end = end}));
    begin = end;
  }
  return parts;
}

std::vector<NDArray> split_and_load(const NDArray& data, const std::vector<Context>& contexts,
                                    const SplitOptions& options) {
  check(!contexts.empty(), "split_and_load: expected at least one context");
  if (contexts.size() == 1) return {data.as_in_context(contexts[0])};
  std::vector<NDArray> parts = split_data(data, static_cast<int>(contexts.size()), options);
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = parts[i].as_in_context(contexts[i]);
  return parts;
}

double clip_global_norm(const std::vector<NDArray>& arrays, double max_norm) {
  check(!arrays.empty(), "clip_global_norm: expected at least one array");
  double squares = 0;
  for (const NDArray& array : arrays) {
    const double norm = array.norm().asscalar<double>();
    squares += norm * norm;
  }
  const double norm = std::sqrt(squares);
  check(std::isfinite(norm), "clip_global_norm: the norm is ", norm);
  if (norm > max_norm) {
    for (const NDArray& array : arrays) array *= max_norm / norm;
  }
  return norm;
}

}  // namespace gluino::gluon::utils
