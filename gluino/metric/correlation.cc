#include <gluino/base/error.h>
#include <gluino/metric/batch.h>
#include <gluino/metric/correlation.h>
#include <gluino/ops/reduce/reduce.h>

#include <algorithm>
#include <utility>

namespace gluino::metric {
namespace {

// A confusion of as many classes takes 2 GiB.
constexpr std::size_t kMostClasses = std::size_t{1} << 14;

// The classes that an array names.
std::vector<std::size_t> classes_in(const NDArray& array) {
  std::vector<std::size_t> classes;
  for (const double value : numbers(array)) {
    check(value > -1 && value < static_cast<double>(kMostClasses),
          "PCC: expected classes from 0 to ", kMostClasses - 1, ", got ", value, " in row ",
          classes.size());
    classes.push_back(static_cast<std::size_t>(std::max(value, 0.0)));
  }
  return classes;
}

}  // namespace

MCC::MCC(const MCCOptions& options)
    : BinaryMetric("MCC", {.average = options.average, .name = options.name}) {}

double MCC::value(const Counts& counts) const {
  const auto hits = static_cast<double>(counts.hits);
  const auto false_alarms = static_cast<double>(counts.false_alarms);
  const auto misses = static_cast<double>(counts.misses);
  const auto rejections = static_cast<double>(counts.rejections);
  double product = 1;
  for (const double sum :
       {hits + false_alarms, hits + misses, rejections + false_alarms, rejections + misses}) {
    if (sum > 0) product *= sum;
  }
  return (hits * rejections - false_alarms * misses) / std::sqrt(product);
}

PCC::PCC(const PCCOptions& options) : EvalMetric(options.name) {}

void PCC::Confusion::grow(std::size_t to) {
  if (to <= classes) return;
  std::vector<std::int64_t> larger(to * to);
  for (std::size_t row = 0; row < classes; ++row) {
    std::copy_n(counts.begin() + static_cast<std::ptrdiff_t>(row * classes), classes,
                larger.begin() + static_cast<std::ptrdiff_t>(row * to));
  }
  counts = std::move(larger);
  classes = to;
}

double PCC::Confusion::correlation() const {
  std::vector<double> of_preds(classes);
  std::vector<double> of_labels(classes);
  double total = 0;
  double agreed = 0;
  for (std::size_t pred = 0; pred < classes; ++pred) {
    for (std::size_t label = 0; label < classes; ++label) {
      const auto count = static_cast<double>(counts[pred * classes + label]);
      of_preds[pred] += count;
      of_labels[label] += count;
      total += count;
      if (pred == label) agreed += count;
    }
  }
  double together = agreed * total;
  double spread_of_preds = 0;
  double spread_of_labels = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    together -= of_preds[c] * of_labels[c];
    spread_of_preds += of_preds[c] * (total - of_preds[c]);
    spread_of_labels += of_labels[c] * (total - of_labels[c]);
  }
  if (spread_of_preds == 0 || spread_of_labels == 0) return std::nan("");
  return together / std::sqrt(spread_of_preds * spread_of_labels);
}

void PCC::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  // All is read before anything is counted.
  std::vector<std::pair<std::size_t, std::size_t>> taken;
  std::size_t classes = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const bool scores = preds[i].shape() != labels[i].shape();
    check(!scores || preds[i].ndim() >= 2, "PCC: labels of shape ", labels[i].shape(),
          " do not fit predictions of shape ", preds[i].shape());
    const auto said = classes_in(scores ? ops::argmax(preds[i], {.axis = 1}) : preds[i]);
    const auto is = classes_in(labels[i]);
    check(said.size() == is.size(), "PCC: labels of shape ", labels[i].shape(),
          " do not fit predictions of shape ", preds[i].shape());
    for (std::size_t row = 0; row < is.size(); ++row) {
      taken.emplace_back(said[row], is[row]);
      classes = std::max({classes, said[row] + 1, is[row] + 1});
    }
  }
  for (Confusion* confusion : {&local_, &global_}) {
    confusion->grow(classes);
    for (const auto& [pred, label] : taken) ++confusion->counts[pred * confusion->classes + label];
  }
}

void PCC::reset() {
  EvalMetric::reset();
  local_ = global_ = {};
}

void PCC::reset_local() {
  EvalMetric::reset_local();
  local_ = {};
}

std::vector<NameValue> PCC::get_name_value() const { return {{name(), local_.correlation()}}; }

std::vector<NameValue> PCC::get_global_name_value() const {
  return {{name(), global_.correlation()}};
}

namespace {

template <class Metric>
void register_without_options(const char* name) {
  register_metric(name, [name](const Options& options) {
    check_options(name, options, {});
    return std::make_shared<Metric>();
  });
}

[[maybe_unused]] const bool registered = [] {
  register_without_options<MCC>("mcc");
  register_without_options<PCC>("pcc");
  return true;
}();

}  // namespace
}  // namespace gluino::metric
