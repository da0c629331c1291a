#pragma once

#include <gluino/metric/binary.h>

#include <optional>
#include <string>
#include <vector>

/// Metrics of networks that choose among classes.
namespace gluino::metric {

struct TopKAccuracyOptions {
  std::int64_t top_k = 2;
  std::string name = "top_k_accuracy";
};

/// The share of samples whose label is among the top_k classes with the largest scores, of which
/// equal ones count in their order. Predictions are scores (N, classes). The name gets "_<top_k>".
class GLUINO_API TopKAccuracy : public EvalMetric {
 public:
  /// Throws Error when top_k is below 2; Accuracy is for 1.
  explicit TopKAccuracy(const TopKAccuracyOptions& options = {});

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  std::int64_t top_k_;
};

struct F1Options {
  /// "macro": the mean of the batches' values; "micro": the value of all samples together.
  std::string average = "macro";
  std::string name = "f1";
};

/// The harmonic mean of precision and recall of class 1 of two; 0 where neither is above 0.
/// Predictions are scores (N, 2).
class GLUINO_API F1 : public BinaryMetric {
 public:
  explicit F1(const F1Options& options = {});

 protected:
  double value(const Counts& counts) const override;
};

struct CrossEntropyOptions {
  /// Added to the probabilities.
  double eps = 1e-12;
  std::string name = "cross-entropy";
};

/// The mean of -log(probability of the label). Predictions are probabilities (N, classes).
class GLUINO_API CrossEntropy : public EvalMetric {
 public:
  explicit CrossEntropy(const CrossEntropyOptions& options = {});

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  double eps_;
};

/// The same under another name, as in MXNet.
class GLUINO_API NegativeLogLikelihood : public CrossEntropy {
 public:
  explicit NegativeLogLikelihood(const CrossEntropyOptions& options = {.name = "nll-loss"})
      : CrossEntropy(options) {}
};

struct PerplexityOptions {
  /// Samples with this label do not count.
  std::optional<std::int64_t> ignore_label{};
  std::string name = "perplexity";
};

/// e to the mean of -log(probability of the label), probabilities taken as 1e-10 at least.
/// Predictions are probabilities (..., classes).
class GLUINO_API Perplexity : public EvalMetric {
 public:
  explicit Perplexity(const PerplexityOptions& options = {});

  std::vector<NameValue> get_name_value() const override;
  std::vector<NameValue> get_global_name_value() const override;

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  std::optional<std::int64_t> ignore_label_;
};

}  // namespace gluino::metric
