#pragma once

#include <gluino/metric/binary.h>

#include <string>
#include <vector>

/// Metrics of networks that choose among classes, which say how far the choices follow the labels.
namespace gluino::metric {

struct MCCOptions {
  /// "macro": the mean of the batches' values; "micro": the value of all samples together.
  std::string average = "macro";
  std::string name = "mcc";
};

/// Matthews' correlation coefficient of two classes, -1 to 1; 0 where only one class was met, or
/// only one was chosen (Matthews, 1975). Predictions are scores (N, 2).
class GLUINO_API MCC : public BinaryMetric {
 public:
  explicit MCC(const MCCOptions& options = {});

 protected:
  double value(const Counts& counts) const override;
};

struct PCCOptions {
  std::string name = "pcc";
};

/// Pearson's correlation of labels and predictions for any number of classes, which for two is
/// MCC's (Gorodkin, 2004); NaN where only one class was met, or only one was chosen. It is that of
/// all samples together, never a mean of batches. Predictions are scores with the classes along
/// axis 1, or classes in an array of the labels' shape; fractions are cut off. The number of
/// classes grows with those that are met, up to 16384.
class GLUINO_API PCC : public EvalMetric {
 public:
  explicit PCC(const PCCOptions& options = {});

  void reset() override;
  void reset_local() override;
  std::vector<NameValue> get_name_value() const override;
  std::vector<NameValue> get_global_name_value() const override;

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  /// Entry p * classes + l says how often class l was taken for p.
  struct Confusion {
    std::size_t classes = 0;
    std::vector<std::int64_t> counts;
    void grow(std::size_t to);
    double correlation() const;
  };

  Confusion local_;
  Confusion global_;
};

}  // namespace gluino::metric
