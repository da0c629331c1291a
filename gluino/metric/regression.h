#pragma once

#include <gluino/metric/metric.h>

#include <string>
#include <utility>
#include <vector>

/// Metrics of networks that predict numbers. Labels and predictions have one shape; (N,) and (N, 1)
/// count as the same. Each batch gives one value; the metric is the mean of these.
namespace gluino::metric {

/// The mean absolute error.
class GLUINO_API MAE : public EvalMetric {
 public:
  explicit MAE(std::string name = "mae") : EvalMetric(std::move(name)) {}

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;
};

/// The mean squared error.
class GLUINO_API MSE : public EvalMetric {
 public:
  explicit MSE(std::string name = "mse") : EvalMetric(std::move(name)) {}

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;
};

/// The root of each batch's mean squared error.
class GLUINO_API RMSE : public EvalMetric {
 public:
  explicit RMSE(std::string name = "rmse") : EvalMetric(std::move(name)) {}

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;
};

struct PearsonCorrelationOptions {
  /// "macro": the mean of the batches' values; "micro": the value of all elements together.
  std::string average = "macro";
  std::string name = "pearsonr";
};

/// How far predictions follow labels linearly, from -1 to 1; NaN where either does not vary.
class GLUINO_API PearsonCorrelation : public EvalMetric {
 public:
  explicit PearsonCorrelation(const PearsonCorrelationOptions& options = {});

  void reset() override;
  void reset_local() override;
  std::vector<NameValue> get_name_value() const override;
  std::vector<NameValue> get_global_name_value() const override;

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  /// Means, and sums of squared and mixed distances from them, of what was seen so far (Welford,
  /// 1962).
  struct Moments {
    double count = 0;
    double mean_x = 0;
    double mean_y = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    void add(double x, double y);
    double correlation() const;
  };

  bool micro_;
  Moments local_;
  Moments global_;
};

}  // namespace gluino::metric
