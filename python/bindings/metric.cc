// What metrics count in a batch. Python's metrics keep the sums, which users read and change.
#include <gluino/metric/batch.h>
#include <gluino/metric/metric.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/reduce/reduce.h>

#include <memory>
#include <utility>

#include "bindings.h"

namespace gluino::python {
namespace {

using metric::numbers;

std::vector<NDArray> arrays_in(nb::handle given, const char* what) {
  std::vector<NDArray> arrays;
  const auto add = [&](nb::handle each) {
    check(is_array(each.ptr()), "TypeError: ", what, ": expected arrays, got ",
          nb::cast<std::string>(nb::str(each.type())));
    arrays.push_back(array_in(each.ptr()));
  };
  if (nb::isinstance<nb::list>(given) || nb::isinstance<nb::tuple>(given)) {
    for (const nb::handle each : nb::borrow<nb::sequence>(given)) add(each);
  } else if (!given.is_none()) {
    add(given);
  }
  return arrays;
}

// What does not fit is a ValueError, as from NumPy.
template <class F>
auto with_value_errors(F&& f) {
  try {
    return f();
  } catch (const Error& error) {
    const std::string text = error.what();
    fail(text.starts_with("TypeError: ") ? "" : "ValueError: ", text);
  }
}

/// A metric of the library by name, asked for one batch at a time. It remembers none.
class Batch {
 public:
  Batch(std::string name, metric::Options options)
      : name_(std::move(name)),
        options_(std::move(options)),
        metric_(metric::create(name_, options_)) {}

  /// The sum over the batch, and how many instances it goes over.
  std::pair<double, std::int64_t> operator()(nb::handle labels, nb::handle preds) const {
    return with_value_errors([&] {
      const LabelCheck as_mxnet(false);
      metric_->reset();
      // One pair is what nearly every call has.
      if (is_array(labels.ptr()) && is_array(preds.ptr())) {
        metric_->update(array_in(labels.ptr()), array_in(preds.ptr()));
      } else {
        check(labels.is_none() || is_array(labels.ptr()) == is_array(preds.ptr()),
              "expected labels and predictions both as lists, or both as arrays");
        metric_->update(arrays_in(labels, "labels"), arrays_in(preds, "preds"));
      }
      const metric::EvalMetric::Counted counted = metric_->counted();
      return std::pair(counted.sum, counted.instances);
    });
  }

  std::pair<std::string, metric::Options> state() const { return {name_, options_}; }

 private:
  std::string name_;
  metric::Options options_;
  std::shared_ptr<metric::EvalMetric> metric_;
};

// Rounded to float where the predictions are no finer, as MXNet's numbers are: programs compare
// with them.
double rounded_as(const NDArray& pred, double value) {
  return pred.dtype() == float64 ? value : static_cast<float>(value);
}

// The sum of -log(probability of the label + eps), probabilities taken as `least` at least, and
// over how many rows it goes: those of other labels than the ignored one.
std::pair<double, std::int64_t> negative_logs(nb::handle labels, nb::handle preds, double eps,
                                              double least, std::optional<double> ignored) {
  return with_value_errors([&] {
    check(is_array(labels.ptr()) == is_array(preds.ptr()),
          "expected labels and predictions both as lists, or both as arrays");
    const std::vector<NDArray> all_labels = arrays_in(labels, "labels");
    const std::vector<NDArray> all_preds = arrays_in(preds, "preds");
    metric::check_label_count(all_labels, all_preds);
    double sum = 0;
    std::int64_t rows = 0;
    for (std::size_t i = 0; i < all_labels.size(); ++i) {
      const NDArray& pred = all_preds[i];
      const metric::ScoredBatch batch = metric::scored_batch("metric", all_labels[i], pred, false);
      const std::vector<double> given = numbers(all_labels[i]);
      double of_batch = 0;
      for (std::size_t row = 0; row < given.size(); ++row) {
        if (ignored && given[row] == *ignored) continue;
        check(batch.labels[row] >= 0, "label ", given[row], " is none of ", batch.classes,
              " classes, in row ", row);
        const double probability = std::max(batch.row(row)[batch.labels[row]], least);
        of_batch -= rounded_as(pred, std::log(rounded_as(pred, probability + eps)));
        ++rows;
      }
      sum += rounded_as(pred, of_batch);
    }
    return std::pair(sum, rows);
  });
}

/// The classes of a batch's labels and predictions: scores along axis 1, unless the shapes are the
/// same.
struct Classes {
  std::vector<double> labels;
  std::vector<double> preds;
};

Classes classes_of(const NDArray& label, const NDArray& pred) {
  const bool scores = pred.shape() != label.shape();
  check(!scores || pred.ndim() >= 2, "labels of shape ", label.shape(),
        " do not fit predictions of shape ", pred.shape());
  Classes classes{.labels = numbers(label),
                  .preds = numbers(scores ? nd::argmax(pred, {.axis = 1}) : pred)};
  check(classes.labels.size() == classes.preds.size(), "labels of shape ", label.shape(),
        " do not fit predictions of shape ", pred.shape());
  for (std::vector<double>* each : {&classes.labels, &classes.preds}) {
    for (double& value : *each) value = std::trunc(value);
  }
  return classes;
}

// Of two classes: predicted and true, predicted only, true only, neither.
nb::tuple binary_counts(const NDArray& label, const NDArray& pred) {
  return with_value_errors([&] {
    const Classes classes = classes_of(label, pred);
    if (pred.shape() == label.shape()) {
      for (const double value : numbers(pred)) {
        check(value == 0 || value == 1,
              "expected predictions of two classes, 0 and 1, or scores (N, 2), got ", value);
      }
    }
    std::int64_t hits = 0;
    std::int64_t false_alarms = 0;
    std::int64_t misses = 0;
    std::int64_t rejections = 0;
    for (std::size_t i = 0; i < classes.labels.size(); ++i) {
      const double is = classes.labels[i];
      // Of more scores than two, each but that of class 1 says that it is not.
      const bool said = classes.preds[i] == 1;
      check(is == 0 || is == 1, "expected labels of two classes, 0 and 1, got ", is, " in row ", i);
      hits += said && is == 1;
      false_alarms += said && is == 0;
      misses += !said && is == 1;
      rejections += !said && is == 0;
    }
    return nb::make_tuple(hits, false_alarms, misses, rejections);
  });
}

// A square of counts, of at least `classes` rows: entry (p, l) says how often class l was taken
// for p.
NDArray confusion(const NDArray& label, const NDArray& pred, std::int64_t classes) {
  return with_value_errors([&] {
    const Classes found = classes_of(label, pred);
    constexpr double kMostClasses = 1 << 14;
    for (const std::vector<double>* each : {&found.labels, &found.preds}) {
      for (const double value : *each) {
        check(value >= 0 && value < kMostClasses, "expected class numbers from 0 on, got ", value);
        classes = std::max(classes, static_cast<std::int64_t>(value) + 1);
      }
    }
    NDArray counts = nd::zeros({classes, classes}, int64, cpu());
    std::int64_t* const entries = counts.data<std::int64_t>();
    for (std::size_t i = 0; i < found.labels.size(); ++i) {
      ++entries[static_cast<std::int64_t>(found.preds[i]) * classes +
                static_cast<std::int64_t>(found.labels[i])];
    }
    counts.note_change();
    return counts;
  });
}

// How many elements, the means of labels and predictions, and the sums of squared and mixed
// distances from them.
nb::tuple moments(const NDArray& label, const NDArray& pred) {
  return with_value_errors([&] {
    check(label.shape() == pred.shape(), "labels of shape ", label.shape(),
          " do not fit predictions of shape ", pred.shape());
    const std::vector<double> x = numbers(label);
    const std::vector<double> y = numbers(pred);
    // So that the mean of equal numbers is that number, and their distances from it are 0.
    double mean_x = 0;
    double mean_y = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      const auto count = static_cast<double>(i + 1);
      mean_x += (x[i] - mean_x) / count;
      mean_y += (y[i] - mean_y) / count;
    }
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      xx += (x[i] - mean_x) * (x[i] - mean_x);
      yy += (y[i] - mean_y) * (y[i] - mean_y);
      xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return nb::make_tuple(x.size(), mean_x, mean_y, xx, yy, xy);
  });
}

}  // namespace

void bind_metric(nb::module_& m) {
  nb::module_ metrics = m.def_submodule("metric", "What metrics count in a batch.");
  nb::class_<Batch>(metrics, "Batch")
      .def(nb::init<std::string, metric::Options>())
      .def("__call__", &Batch::operator(), nb::arg("labels").none(), nb::arg("preds").none())
      .def("__getstate__", &Batch::state)
      .def("__setstate__", [](Batch& self, const std::pair<std::string, metric::Options>& state) {
        new (&self) Batch(state.first, state.second);
      });
  metrics.def("negative_logs", &negative_logs, nb::arg("labels"), nb::arg("preds"), nb::arg("eps"),
              nb::arg("least"), nb::arg("ignored").none());
  metrics.def("binary_counts", &binary_counts);
  metrics.def("confusion", &confusion);
  metrics.def("moments", &moments);
}

}  // namespace gluino::python
