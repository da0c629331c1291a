#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/metric/batch.h>
#include <gluino/metric/metric.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

namespace gluino::metric {
namespace {

// Scores of a batch as (outer, classes, inner).
struct Layout {
  std::int64_t outer;
  std::int64_t classes;
  std::int64_t inner;
};

// The type to compare elements in: half-precision types convert at every comparison otherwise.
template <class T>
using Comparable = std::conditional_t<std::is_arithmetic_v<T>, T, float>;

// As argmax has it: NaN is larger than any number.
template <class T>
bool is_larger(T score, T best) {
  return (score > best) | ((score != score) & (best == best));
}

// The first largest of contiguous scores.
template <class T>
std::int64_t first_largest(const T* scores, std::int64_t classes) {
  Comparable<T> best = scores[0];
  std::int64_t index = 0;
  for (std::int64_t c = 1; c < classes; ++c) {
    const Comparable<T> score = scores[c];
    const bool larger = is_larger(score, best);
    best = larger ? score : best;
    index = larger ? c : index;
  }
  return index;
}

// The same for `count` neighbours whose scores are `stride` apart, side by side.
template <class T>
void first_largest_of_each(const T* scores, std::int64_t classes, std::int64_t stride,
                           std::int64_t count, std::int64_t* indices) {
  constexpr std::int64_t kBlock = 64;
  std::array<Comparable<T>, kBlock> best;
  for (std::int64_t begin = 0; begin < count; begin += kBlock) {
    const std::int64_t n = std::min(kBlock, count - begin);
    for (std::int64_t j = 0; j < n; ++j) {
      best[static_cast<std::size_t>(j)] = scores[begin + j];
      indices[begin + j] = 0;
    }
    for (std::int64_t c = 1; c < classes; ++c) {
      const T* row = scores + c * stride + begin;
      for (std::int64_t j = 0; j < n; ++j) {
        Comparable<T>& largest = best[static_cast<std::size_t>(j)];
        const Comparable<T> score = row[j];
        const bool larger = is_larger(score, largest);
        largest = larger ? score : largest;
        indices[begin + j] = larger ? c : indices[begin + j];
      }
    }
  }
}

template <class T>
void find_classes(const T* scores, const Layout& layout, std::int64_t* indices) {
  for (std::int64_t o = 0; o < layout.outer; ++o) {
    const T* part = scores + o * layout.classes * layout.inner;
    if (layout.inner == 1) {
      indices[o] = first_largest(part, layout.classes);
    } else {
      first_largest_of_each(part, layout.classes, layout.inner, layout.inner,
                            indices + o * layout.inner);
    }
  }
}

template <class T>
std::int64_t as_class(T value) {
  if constexpr (std::is_integral_v<T>) {
    return value;
  } else {
    // What no integer can hold is no class; the conversion would be undefined.
    const auto number = static_cast<double>(value);
    constexpr double kLimit = 0x1p62;
    if (!(std::abs(number) < kLimit)) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(number);
  }
}

NDArray at_cpu(const NDArray& array) {
  return array.context().device == Device::cpu ? array : array.as_in_context(cpu());
}

void to_classes(const NDArray& pred, const NDArray& label, std::int64_t axis,
                std::vector<std::int64_t>& classes) {
  const Shape& shape = pred.shape();
  if (shape == label.shape()) {
    classes.resize(static_cast<std::size_t>(pred.size()));
    dispatch(pred.dtype(), [&]<class T>() {
      std::transform(pred.data<T>(), pred.data<T>() + pred.size(), classes.begin(), as_class<T>);
    });
    return;
  }
  const int at = normalize_axis(axis, shape.ndim(), "Accuracy: axis");
  const Layout layout{shape.size_between(0, at), shape[at],
                      shape.size_between(at + 1, shape.ndim())};
  classes.resize(static_cast<std::size_t>(layout.outer * layout.inner));
  if (classes.empty()) return;
  check(layout.classes > 0, "Accuracy: predictions of shape ", shape, " have no classes");
  check_labels("Accuracy", labels_of(label), {.classes = layout.classes});
  dispatch(pred.dtype(), [&]<class T>() { find_classes(pred.data<T>(), layout, classes.data()); });
}

std::int64_t count_equal(const NDArray& label, const std::vector<std::int64_t>& classes) {
  std::int64_t equal = 0;
  dispatch(label.dtype(), [&]<class T>() {
    const T* labels = label.data<T>();
    for (std::size_t i = 0; i < classes.size(); ++i) equal += as_class(labels[i]) == classes[i];
  });
  return equal;
}

}  // namespace

Accuracy::Accuracy(const AccuracyOptions& options)
    : EvalMetric(options.name), axis_(options.axis) {}

void Accuracy::update_batch(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check_label_count(labels, preds);
  std::int64_t equal = 0;
  std::int64_t instances = 0;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const NDArray label = at_cpu(labels[i]);
    const NDArray pred = at_cpu(preds[i]);
    to_classes(pred, label, axis_, classes_);
    check(label.size() == static_cast<std::int64_t>(classes_.size()), "Accuracy: labels of shape ",
          label.shape(), " do not fit predictions of shape ", pred.shape());
    equal += count_equal(label, classes_);
    instances += label.size();
  }
  count(static_cast<double>(equal), instances);
}

[[maybe_unused]] static const bool registered = [] {
  for (const char* name : {"acc", "accuracy"}) {
    register_metric(name, [](const Options& options) {
      check_options("accuracy", options, {"axis"});
      const auto axis = options.find("axis");
      const double value = axis == options.end() ? 1 : axis->second;
      return std::make_shared<Accuracy>(AccuracyOptions{.axis = whole_number(value, "axis")});
    });
  }
  return true;
}();

}  // namespace gluino::metric
