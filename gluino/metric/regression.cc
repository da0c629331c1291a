#include <gluino/base/error.h>
#include <gluino/metric/batch.h>
#include <gluino/metric/regression.h>

#include <cmath>

namespace gluino::metric {
namespace {

// Shapes without the trailing axes of size 1, which do not matter.
Shape squeezed(Shape shape) {
  while (shape.ndim() > 1 && shape.back() == 1) shape.erase(shape.ndim() - 1);
  return shape;
}

struct Pair {
  std::vector<double> labels;
  std::vector<double> preds;
};

Pair pair_of(const EvalMetric& metric, const NDArray& label, const NDArray& pred) {
  check(squeezed(label.shape()) == squeezed(pred.shape()), metric.name(), ": labels of shape ",
        label.shape(), " do not fit predictions of shape ", pred.shape());
  return {.labels = numbers(label), .preds = numbers(pred)};
}

template <class F>
double mean_of(const Pair& pair, F error) {
  double sum = 0;
  for (std::size_t i = 0; i < pair.labels.size(); ++i) sum += error(pair.labels[i] - pair.preds[i]);
  return sum / static_cast<double>(pair.labels.size());
}

double square(double x) { return x * x; }

}  // namespace

void MAE::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    count(mean_of(pair_of(*this, labels[i], preds[i]), [](double x) { return std::abs(x); }), 1);
  }
}

void MSE::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    count(mean_of(pair_of(*this, labels[i], preds[i]), square), 1);
  }
}

void RMSE::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    count(std::sqrt(mean_of(pair_of(*this, labels[i], preds[i]), square)), 1);
  }
}

PearsonCorrelation::PearsonCorrelation(const PearsonCorrelationOptions& options)
    : EvalMetric(options.name), micro_(options.average == "micro") {
  check(micro_ || options.average == "macro",
        "PearsonCorrelation: average: expected macro or micro, got '", options.average, "'");
}

void PearsonCorrelation::Moments::add(double x, double y) {
  count += 1;
  const double dx = x - mean_x;
  const double dy = y - mean_y;
  mean_x += dx / count;
  mean_y += dy / count;
  xx += dx * (x - mean_x);
  yy += dy * (y - mean_y);
  xy += dx * (y - mean_y);
}

double PearsonCorrelation::Moments::correlation() const { return xy / std::sqrt(xx * yy); }

void PearsonCorrelation::update_batch(std::span<const NDArray> labels,
                                      std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const Pair pair = pair_of(*this, labels[i], preds[i]);
    Moments batch;
    for (std::size_t k = 0; k < pair.labels.size(); ++k) {
      batch.add(pair.labels[k], pair.preds[k]);
      local_.add(pair.labels[k], pair.preds[k]);
      global_.add(pair.labels[k], pair.preds[k]);
    }
    if (!micro_) count(batch.correlation(), 1);
  }
}

void PearsonCorrelation::reset() {
  EvalMetric::reset();
  local_ = global_ = {};
}

void PearsonCorrelation::reset_local() {
  EvalMetric::reset_local();
  local_ = {};
}

std::vector<NameValue> PearsonCorrelation::get_name_value() const {
  if (!micro_) return EvalMetric::get_name_value();
  return {{name(), local_.correlation()}};
}

std::vector<NameValue> PearsonCorrelation::get_global_name_value() const {
  if (!micro_) return EvalMetric::get_global_name_value();
  return {{name(), global_.correlation()}};
}

namespace {

template <class Metric>
void register_plain(const char* name) {
  register_metric(name, [name](const Options& options) {
    check_options(name, options, {});
    return std::make_shared<Metric>();
  });
}

[[maybe_unused]] const bool registered = [] {
  register_plain<MAE>("mae");
  register_plain<MSE>("mse");
  register_plain<RMSE>("rmse");
  register_plain<PearsonCorrelation>("pearsonr");
  register_plain<PearsonCorrelation>("pearsoncorrelation");
  return true;
}();

}  // namespace
}  // namespace gluino::metric
