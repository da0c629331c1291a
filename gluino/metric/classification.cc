#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/metric/batch.h>
#include <gluino/metric/classification.h>

#include <algorithm>
#include <cmath>

namespace gluino::metric {
namespace {

// How many classes come before `label` when they are sorted by score, equal ones in their order.
std::int64_t rank_of(const double* scores, std::size_t classes, std::int64_t label) {
  const double own = scores[label];
  std::int64_t before = 0;
  for (std::int64_t c = 0; c < static_cast<std::int64_t>(classes); ++c) {
    before += scores[c] > own || (scores[c] == own && c < label);
  }
  return before;
}

}  // namespace

TopKAccuracy::TopKAccuracy(const TopKAccuracyOptions& options)
    : EvalMetric(str(options.name, "_", options.top_k)), top_k_(options.top_k) {
  check(top_k_ > 1, "TopKAccuracy: top_k: expected at least 2, got ", top_k_,
        "; Accuracy is for 1");
}

void TopKAccuracy::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  std::int64_t correct = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const ScoredBatch batch = scored_batch("TopKAccuracy", labels[i], preds[i], false);
    rows += batch.labels.size();
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
      const std::int64_t label = batch.labels[row];
      correct += label >= 0 && rank_of(batch.row(row), batch.classes, label) < top_k_;
    }
  }
  count(static_cast<double>(correct), static_cast<std::int64_t>(rows));
}

F1::F1(const F1Options& options)
    : BinaryMetric("F1", {.average = options.average, .name = options.name}) {}

double F1::value(const Counts& counts) const {
  const auto twice = static_cast<double>(2 * counts.hits);
  const auto errors = static_cast<double>(counts.false_alarms + counts.misses);
  return counts.hits == 0 ? 0 : twice / (twice + errors);
}

CrossEntropy::CrossEntropy(const CrossEntropyOptions& options)
    : EvalMetric(options.name), eps_(options.eps) {}

void CrossEntropy::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  double sum = 0;
  std::size_t rows = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const ScoredBatch batch = scored_batch(name().c_str(), labels[i], preds[i], true);
    rows += batch.labels.size();
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
      sum -= std::log(batch.row(row)[batch.labels[row]] + eps_);
    }
  }
  count(sum, static_cast<std::int64_t>(rows));
}

Perplexity::Perplexity(const PerplexityOptions& options)
    : EvalMetric(options.name), ignore_label_(options.ignore_label) {}

void Perplexity::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  double sum = 0;
  std::int64_t counted = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const ScoredBatch batch = scored_batch("Perplexity", labels[i], preds[i], false);
    const std::vector<double> given = numbers(labels[i]);
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
      if (ignore_label_ && given[row] == static_cast<double>(*ignore_label_)) continue;
      check(batch.labels[row] >= 0, "Perplexity: label ", given[row], " is none of ", batch.classes,
            " classes, and not ignored, in row ", row);
      sum -= std::log(std::max(1e-10, batch.row(row)[batch.labels[row]]));
      ++counted;
    }
  }
  count(sum, counted);
}

std::vector<NameValue> Perplexity::get_name_value() const {
  return {{name(), std::exp(EvalMetric::get_name_value()[0].second)}};
}

std::vector<NameValue> Perplexity::get_global_name_value() const {
  return {{name(), std::exp(EvalMetric::get_global_name_value()[0].second)}};
}

namespace {

double option(const Options& options, const char* name, double otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : found->second;
}

template <class Metric>
void register_cross_entropy(std::initializer_list<const char*> names, const char* own) {
  for (const char* name : names) {
    register_metric(name, [own](const Options& options) {
      check_options(own, options, {"eps"});
      return std::make_shared<Metric>(
          CrossEntropyOptions{.eps = option(options, "eps", 1e-12), .name = own});
    });
  }
}

[[maybe_unused]] const bool registered = [] {
  for (const char* name : {"topkaccuracy", "top_k_accuracy", "top_k_acc"}) {
    register_metric(name, [](const Options& options) {
      check_options("top_k_accuracy", options, {"top_k"});
      const auto top_k = whole_number(option(options, "top_k", 1), "top_k");
      return std::make_shared<TopKAccuracy>(TopKAccuracyOptions{.top_k = top_k});
    });
  }
  register_metric("f1", [](const Options& options) {
    check_options("f1", options, {});
    return std::make_shared<F1>();
  });
  register_cross_entropy<CrossEntropy>({"ce", "crossentropy", "cross-entropy"}, "cross-entropy");
  register_cross_entropy<NegativeLogLikelihood>({"nll_loss", "negativeloglikelihood", "nll-loss"},
                                                "nll-loss");
  register_metric("perplexity", [](const Options& options) {
    check_options("perplexity", options, {"ignore_label"});
    PerplexityOptions perplexity;
    if (options.contains("ignore_label")) {
      perplexity.ignore_label = whole_number(options.at("ignore_label"), "ignore_label");
    }
    return std::make_shared<Perplexity>(perplexity);
  });
  return true;
}();

}  // namespace
}  // namespace gluino::metric
