#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/loss/base.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

namespace gluino::gluon::loss {

LossBase::LossBase(const std::string& hint, std::optional<double> weight, std::int64_t batch_axis)
    : HybridBlock(new_prefix(hint, "")), weight_(weight), batch_axis_(batch_axis) {}

// Weights (N,) or (N, 1) for losses (N,) or (N, ...): what else would be broadcast to more losses
// than there are. (N,) lies along the axis of the batch, where the losses have that.
NDArray LossBase::aligned(const NDArray& sample_weight, const Shape& losses) const {
  Shape shape = sample_weight.shape();
  const bool has_axis = batch_axis_ >= -losses.ndim() && batch_axis_ < losses.ndim();
  if (shape.ndim() == 1 && losses.ndim() > 1 && has_axis) {
    const int axis = normalize_axis(batch_axis_, losses.ndim());
    Shape along = Shape::filled(losses.ndim(), 1);
    along[losses[axis] == shape[0] ? axis : 0] = shape[0];
    shape = along;
  }
  while (shape.ndim() < losses.ndim()) shape.push_back(1);
  while (shape.ndim() > losses.ndim() && shape.back() == 1) shape.erase(shape.ndim() - 1);
  bool fits = shape.ndim() == losses.ndim();
  // Weights of as many axes, and as many samples, may repeat losses along others of size 1.
  const bool repeats = fits && has_axis && sample_weight.ndim() == losses.ndim() &&
                       shape[normalize_axis(batch_axis_, losses.ndim())] ==
                           losses[normalize_axis(batch_axis_, losses.ndim())];
  for (int i = 0; fits && i < losses.ndim(); ++i) {
    fits = shape[i] == losses[i] || shape[i] == 1 || (repeats && losses[i] == 1);
  }
  check(fits, "sample_weight: expected a shape that can be broadcast to the losses' ", losses,
        ", got ", sample_weight.shape());
  return shape == sample_weight.shape() ? sample_weight : sample_weight.reshape(shape);
}

NDArray LossBase::weighted(const NDArray& value,
                           const std::optional<NDArray>& sample_weight) const {
  NDArray result = value;
  if (sample_weight) result = result * aligned(*sample_weight, value.shape());
  const double factor = weight_.value_or(1) * factor_;
  return factor == 1 ? result : result * factor;
}

NDArray LossBase::shaped(const NDArray& label, const NDArray& pred, const char* what) const {
  check(label.size() == pred.size(), type_name(), ": ", what,
        ": expected as many elements as the predictions have, of shape ", pred.shape(), ", got ",
        label.shape());
  return label.reshape(pred.shape());
}

NDArray LossBase::mean_of_samples(const NDArray& value) const {
  if (value.ndim() == 1) return value;
  return ops::mean(value, {.axis = {batch_axis_}, .exclude = true});
}

std::string LossBase::to_string() const {
  return str(type_name(), "(batch_axis=", batch_axis_,
             ", w=", weight_ ? python_repr(*weight_) : std::string("None"), ")");
}

NDArray Loss::operator()(const NDArray& pred, const NDArray& label, const NDArray& sample_weight) {
  if (!sample_weight.defined()) return call({pred, label});
  return call({pred, label, sample_weight});
}

Nested Loss::forward(const Nested& inputs) {
  const auto [pred, label, weight] = arguments<NDArray, NDArray, std::optional<NDArray>>(inputs);
  return mean_of_samples(
      weighted(loss(pred, weight ? labels_that_weigh(label, *weight) : label), weight));
}

NDArray Loss::labels_that_weigh(const NDArray& label, const NDArray& /*weight*/) const {
  return label;
}

}  // namespace gluino::gluon::loss
