#pragma once

#include <gluino/metric/metric.h>

#include <string>
#include <vector>

namespace gluino::metric {

struct BinaryOptions {
  /// "macro": the mean of the batches' values; "micro": the value of all samples together.
  std::string average = "macro";
  std::string name{};
};

/// What metrics of two classes derive from: it counts how often which was taken for which.
/// Predictions are scores (N, 2), labels 0 and 1.
class GLUINO_API BinaryMetric : public EvalMetric {
 public:
  void reset() override;
  void reset_local() override;
  std::vector<NameValue> get_name_value() const override;
  std::vector<NameValue> get_global_name_value() const override;

 protected:
  struct Counts {
    /// Samples of class 1 that were taken for it.
    std::int64_t hits = 0;
    /// Of class 0, taken for 1.
    std::int64_t false_alarms = 0;
    /// Of class 1, taken for 0.
    std::int64_t misses = 0;
    /// Of class 0, taken for it.
    std::int64_t rejections = 0;
  };

  /// `who` begins the errors' messages. Throws Error for another average.
  BinaryMetric(const char* who, const BinaryOptions& options);

  /// The metric's value, of one sample or more.
  virtual double value(const Counts& counts) const = 0;
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  std::vector<NameValue> micro(const Counts& counts) const;

  const char* who_;
  bool micro_;
  Counts local_;
  Counts global_;
};

}  // namespace gluino::metric
