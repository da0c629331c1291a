#include <gluino/base/error.h>
#include <gluino/ops/core/labels.h>

#include <string>
#include <type_traits>

namespace gluino {
namespace {

// The first label that is no class, or -1. Comparisons with NaN are false.
template <class T>
std::int64_t first_wrong(const T* labels, std::int64_t count, const LabelRule& rule) {
  using Number = std::conditional_t<std::is_integral_v<T>, std::int64_t,
                                    std::conditional_t<std::is_same_v<T, double>, double, float>>;
  const auto classes = static_cast<Number>(rule.classes);
  for (std::int64_t i = 0; i < count; ++i) {
    const auto label = static_cast<Number>(labels[i]);
    if (label > Number(-1) && label < classes) continue;
    if (!rule.ignored || static_cast<double>(label) != *rule.ignored) return i;
  }
  return -1;
}

// "(2, 3)": the place of element i of a row-major array.
std::string place(std::int64_t i, const Shape& shape) {
  Shape at = shape;
  for (int axis = shape.ndim() - 1; axis >= 0; --axis) {
    at[axis] = i % shape[axis];
    i /= shape[axis];
  }
  std::string text;
  for (const std::int64_t index : at) text += (text.empty() ? "" : ", ") + std::to_string(index);
  return "(" + text + ")";
}

}  // namespace

void check_labels(std::string_view who, const Tensor& labels, const LabelRule& rule) {
  const Mode& mode = current_mode();
  if (!mode.check_labels) return;
  dispatch(labels.dtype, [&]<class T>() {
    const T* values = labels.as<T>();
    const std::int64_t wrong = first_wrong(values, labels.size(), rule);
    if (wrong < 0) return;
    fail("[", who, mode.layer.empty() ? "" : " ", mode.layer, "] ", rule.what, " ",
         static_cast<double>(values[wrong]), " at position ", place(wrong, labels.shape),
         " is outside the ", rule.classes, " ", rule.of);
  });
}

}  // namespace gluino
