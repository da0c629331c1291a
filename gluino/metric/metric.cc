#include <gluino/base/error.h>
#include <gluino/metric/metric.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <ostream>

namespace gluino::metric {
namespace {

// As Python's repr: the fewest digits that read back as the same number, with a point or an
// exponent.
std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::array<char, 64> buffer;
  const auto write = [&](std::chars_format format) {
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format);
    return std::string(buffer.data(), end.ptr);
  };
  const double size = std::abs(value);
  if (size != 0 && (size < 1e-4 || size >= 1e16)) return write(std::chars_format::scientific);
  const std::string text = write(std::chars_format::fixed);
  return text.find('.') == std::string::npos ? text + ".0" : text;
}

}  // namespace

void check_label_count(std::span<const NDArray> labels, std::span<const NDArray> preds) {
  check(labels.size() == preds.size(), "metric: expected as many labels as predictions, got ",
        labels.size(), " and ", preds.size());
}

double EvalMetric::Count::mean() const {
  if (instances == 0) return std::numeric_limits<double>::quiet_NaN();
  return sum / static_cast<double>(instances);
}

void EvalMetric::update(const NDArray& label, const NDArray& pred) {
  update_batch(std::span(&label, 1), std::span(&pred, 1));
}

void EvalMetric::update(const std::vector<NDArray>& labels, const std::vector<NDArray>& preds) {
  update_batch(labels, preds);
}

void EvalMetric::reset() {
  local_ = {};
  global_ = {};
}

void EvalMetric::reset_local() { local_ = {}; }

void EvalMetric::count(double sum, std::int64_t instances) {
  for (Count* count : {&local_, &global_}) {
    count->sum += sum;
    count->instances += instances;
  }
}

NameValue EvalMetric::get() const {
  const std::vector<NameValue> values = get_name_value();
  check(values.size() == 1, "the metric '", name_, "' has ", values.size(),
        " values; read them with get_name_value");
  return values[0];
}

std::vector<NameValue> EvalMetric::get_name_value() const { return {{name_, local_.mean()}}; }

std::vector<NameValue> EvalMetric::get_global_name_value() const {
  return {{name_, global_.mean()}};
}

std::string EvalMetric::to_string() const {
  std::string text;
  for (const auto& [name, value] : get_name_value()) {
    text += (text.empty() ? "'" : ", '") + name + "': " + python_repr(value);
  }
  return "EvalMetric: {" + text + "}";
}

std::ostream& operator<<(std::ostream& out, const EvalMetric& metric) {
  return out << metric.to_string();
}

}  // namespace gluino::metric
