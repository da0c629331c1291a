#pragma once

#include <gluino/base/error.h>
#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/labels.h>

#include <cmath>
#include <cstdint>
#include <vector>

/// What metrics read of a batch.
namespace gluino::metric {

/// An array's elements as double, wherever it is.
inline std::vector<double> numbers(const NDArray& array) {
  return array.as_in_context(cpu()).to_vector<double>();
}

/// Rows of scores, one per label, with the labels' classes.
struct ScoredBatch {
  std::vector<std::int64_t> labels;
  std::vector<double> scores;
  std::size_t classes = 0;

  const double* row(std::size_t i) const { return scores.data() + i * classes; }
};

/// What check_labels looks at.
inline Tensor labels_of(const NDArray& label) {
  return {label.data(), label.shape(), label.dtype()};
}

/// Reads scores (..., classes) and as many labels as there are rows. Throws Error, naming `who`,
/// for other shapes and, with `in_range`, for labels that are no class.
inline ScoredBatch scored_batch(const char* who, const NDArray& label, const NDArray& pred,
                                bool in_range) {
  check(pred.ndim() >= 2, who, ": expected predictions of shape (N, classes), got ", pred.shape());
  ScoredBatch batch{.labels = {},
                    .scores = numbers(pred),
                    .classes = static_cast<std::size_t>(pred.shape().back())};
  const std::int64_t rows = pred.shape().size_between(0, pred.ndim() - 1);
  check(label.size() == rows, who, ": labels of shape ", label.shape(),
        " do not fit predictions of shape ", pred.shape());
  for (const double value : numbers(label)) {
    const bool fits = value > -1 && value < static_cast<double>(batch.classes);
    check(fits || !in_range, who, ": label ", value, " is none of ", batch.classes,
          " classes, in row ", batch.labels.size());
    batch.labels.push_back(fits ? static_cast<std::int64_t>(value) : -1);
  }
  return batch;
}

}  // namespace gluino::metric
