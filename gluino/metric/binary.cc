#include <gluino/base/error.h>
#include <gluino/metric/batch.h>
#include <gluino/metric/binary.h>

namespace gluino::metric {

BinaryMetric::BinaryMetric(const char* who, const BinaryOptions& options)
    : EvalMetric(options.name), who_(who), micro_(options.average == "micro") {
  check(micro_ || options.average == "macro", who, ": average: expected macro or micro, got '",
        options.average, "'");
}

void BinaryMetric::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  Counts batch;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const ScoredBatch scored = scored_batch(who_, labels[i], preds[i], true);
    check(scored.classes == 2, who_, ": expected predictions of shape (N, 2), got ",
          preds[i].shape());
    for (std::size_t row = 0; row < scored.labels.size(); ++row) {
      const bool said = scored.row(row)[1] > scored.row(row)[0];
      const bool is = scored.labels[row] == 1;
      batch.hits += said && is;
      batch.false_alarms += said && !is;
      batch.misses += !said && is;
      batch.rejections += !said && !is;
    }
  }
  for (Counts* all : {&local_, &global_}) {
    all->hits += batch.hits;
    all->false_alarms += batch.false_alarms;
    all->misses += batch.misses;
    all->rejections += batch.rejections;
  }
  if (!micro_) count(value(batch), 1);
}

void BinaryMetric::reset() {
  EvalMetric::reset();
  local_ = global_ = {};
}

void BinaryMetric::reset_local() {
  EvalMetric::reset_local();
  local_ = {};
}

std::vector<NameValue> BinaryMetric::micro(const Counts& counts) const {
  const bool any = counts.hits + counts.false_alarms + counts.misses + counts.rejections > 0;
  return {{name(), any ? value(counts) : std::nan("")}};
}

std::vector<NameValue> BinaryMetric::get_name_value() const {
  return micro_ ? micro(local_) : EvalMetric::get_name_value();
}

std::vector<NameValue> BinaryMetric::get_global_name_value() const {
  return micro_ ? micro(global_) : EvalMetric::get_global_name_value();
}

}  // namespace gluino::metric
