#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

/// How good a network's outputs are, summed up batch by batch.
namespace gluino::metric {

using NameValue = std::pair<std::string, double>;

/// What metrics derive from. A metric counts twice: since reset_local (what a progress line shows)
/// and since reset (a whole epoch).
class GLUINO_API EvalMetric {
 public:
  explicit EvalMetric(std::string name) : name_(std::move(name)) {}
  virtual ~EvalMetric() = default;
  EvalMetric(const EvalMetric&) = delete;
  EvalMetric& operator=(const EvalMetric&) = delete;

  /// Adds a batch: what should have come out, then what came out.
  void update(const NDArray& label, const NDArray& pred);
  /// The same for several pairs. Throws Error when the lists differ in length, unless the metric
  /// says otherwise.
  void update(const std::vector<NDArray>& labels, const std::vector<NDArray>& preds);

  virtual void reset();
  virtual void reset_local();

  /// The name and the mean of what was counted; NaN when nothing was. Throws Error for a composite
  /// metric, which has several: see get_name_value.
  NameValue get() const;
  virtual std::vector<NameValue> get_name_value() const;
  /// The same, counted since reset.
  virtual std::vector<NameValue> get_global_name_value() const;

  /// What was counted since reset, so that counting can go on from there another time.
  struct Counted {
    double sum = 0;
    std::int64_t instances = 0;
  };
  Counted counted() const { return {global_.sum, global_.instances}; }
  /// Begins anew from what counted() gave.
  void go_on_from(const Counted& counted);

  const std::string& name() const { return name_; }
  /// "EvalMetric: {'accuracy': 0.9877}", numbers written as Python does.
  std::string to_string() const;

 protected:
  /// Adds the batch; a class calls count() here.
  virtual void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) = 0;
  /// Adds `sum` over `instances` to both counts.
  void count(double sum, std::int64_t instances);
  /// Hands a batch to another metric.
  static void forward(EvalMetric& metric, std::span<const NDArray> labels,
                      std::span<const NDArray> preds) {
    metric.update_batch(labels, preds);
  }

 private:
  struct Count {
    double sum = 0;
    std::int64_t instances = 0;
    double mean() const;
  };

  std::string name_;
  Count local_;
  Count global_;
};

GLUINO_API std::ostream& operator<<(std::ostream& out, const EvalMetric& metric);

struct AccuracyOptions {
  /// The axis of the classes.
  std::int64_t axis = 1;
  std::string name = "accuracy";
};

/// The share of predictions that equal the label. A prediction of another shape than its label
/// holds scores, of which the first largest along `axis` counts. Labels and classes may be of any
/// type; fractions are cut off.
class GLUINO_API Accuracy : public EvalMetric {
 public:
  explicit Accuracy(const AccuracyOptions& options = {});

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  std::int64_t axis_;
  /// Kept between batches, so that none allocates.
  std::vector<std::int64_t> classes_;
};

/// The mean of all elements of the predictions, which are losses. Labels are ignored: any number of
/// them, or an NDArray() that refers to nothing.
class GLUINO_API Loss : public EvalMetric {
 public:
  explicit Loss(std::string name = "loss") : EvalMetric(std::move(name)) {}

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;
};

/// Several metrics that are updated, reset and read as one.
class GLUINO_API CompositeEvalMetric : public EvalMetric {
 public:
  explicit CompositeEvalMetric(std::vector<std::shared_ptr<EvalMetric>> metrics = {});

  void add(std::shared_ptr<EvalMetric> metric);
  const std::vector<std::shared_ptr<EvalMetric>>& metrics() const { return metrics_; }

  void reset() override;
  void reset_local() override;
  std::vector<NameValue> get_name_value() const override;
  std::vector<NameValue> get_global_name_value() const override;

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  std::vector<std::shared_ptr<EvalMetric>> metrics_;
};

struct CustomMetricOptions {
  std::string name = "custom";
  /// Outputs beyond the number of labels are ignored instead of being an Error.
  bool allow_extra_outputs = false;
};

/// A user's own function of (label, prediction).
class GLUINO_API CustomMetric : public EvalMetric {
 public:
  /// Gives the sum, and over how many instances it goes.
  using Counting =
      std::function<std::pair<double, std::int64_t>(const NDArray& label, const NDArray& pred)>;
  /// Gives one value per batch; the metric is the mean of these.
  using Value = std::function<double(const NDArray& label, const NDArray& pred)>;

  explicit CustomMetric(Counting function, CustomMetricOptions options = {});
  explicit CustomMetric(Value function, CustomMetricOptions options = {});

 protected:
  void update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) override;

 private:
  Counting function_;
  bool allow_extra_outputs_;
};

/// Throws Error when the numbers of labels and predictions differ.
GLUINO_API void check_label_count(std::span<const NDArray> labels, std::span<const NDArray> preds);
/// Options by name, for create().
using Options = std::map<std::string, double>;
using Factory = std::function<std::shared_ptr<EvalMetric>(const Options& options)>;

/// The metric of that name, in lower or upper case, as MXNet calls it: "acc" or "accuracy", "loss",
/// "ce", "mse", ...; create("top_k_accuracy", {{"top_k", 5}}). Throws Error, listing what is known,
/// for other names and options.
GLUINO_API std::shared_ptr<EvalMetric> create(const std::string& name, const Options& options = {});
/// A composite of the metrics of those names.
GLUINO_API std::shared_ptr<EvalMetric> create(const std::vector<std::string>& names);
GLUINO_API std::shared_ptr<EvalMetric> create(std::initializer_list<std::string> names);

/// Throws Error unless every option is one of `known`; `who` begins the message.
GLUINO_API void check_options(const char* who, const Options& options,
                              std::initializer_list<const char*> known);

/// Makes create() know one more name. Throws Error when it is taken.
GLUINO_API void register_metric(const std::string& name, Factory factory);

}  // namespace gluino::metric
