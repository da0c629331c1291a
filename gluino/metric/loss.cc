#include <gluino/metric/metric.h>

namespace gluino::metric {

void Loss::update_batch(std::span<const NDArray> /*labels*/, std::span<const NDArray> preds) {
  for (const NDArray& pred : preds) {
    const NDArray losses = pred.context().device == Device::cpu ? pred : pred.as_in_context(cpu());
    double sum = 0;
    dispatch(losses.dtype(), [&]<class T>() {
      const T* values = losses.data<T>();
      for (std::int64_t i = 0; i < losses.size(); ++i) sum += static_cast<double>(values[i]);
    });
    count(sum, losses.size());
  }
}

[[maybe_unused]] static const bool registered = [] {
  register_metric("loss", [](const Options& options) {
    check_options("loss", options, {});
    return std::make_shared<Loss>();
  });
  return true;
}();

}  // namespace gluino::metric
