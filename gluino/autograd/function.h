#pragma once

#include <gluino/base/export.h>
#include <gluino/ndarray/ndarray.h>

#include <concepts>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace gluino::autograd {

class Function;

/// Calls the function; where autograd records, its outputs are recorded with its gradient. Throws
/// Error for an object that has been called already, without inputs or outputs, and in a hybridized
/// block, whose graph cannot hold it. What backward gives is checked when a gradient is computed.
GLUINO_API std::vector<NDArray> apply_function(const std::shared_ptr<Function>& function,
                                               const std::vector<NDArray>& inputs);

/// A function with a gradient of the user's. Derive from it and write forward and backward, which
/// take and give arrays; nothing inside of them is recorded:
///
///     class Sigmoid : public autograd::Function {
///       Arrays forward(const Arrays& in) override {
///         const NDArray y = 1 / (1 + nd::exp(-in[0]));
///         save_for_backward({y});
///         return {y};
///       }
///       Arrays backward(const Arrays& out_grads) override {
///         const NDArray& y = saved_tensors()[0];
///         return {out_grads[0] * y * (1 - y)};
///       }
///     };
///     const NDArray y = autograd::apply_function<Sigmoid>({x})[0];
///
/// An object serves one call, and lives as long as what was recorded of it.
class GLUINO_API Function {
 public:
  using Arrays = std::vector<NDArray>;

  Function() = default;
  Function(const Function&) = delete;
  Function& operator=(const Function&) = delete;
  virtual ~Function() = default;

 protected:
  /// The outputs for the inputs.
  virtual Arrays forward(const Arrays& inputs) = 0;
  /// The gradients of all inputs, in their order and shapes, for those of the outputs.
  virtual Arrays backward(const Arrays& output_grads) = 0;
  /// Keeps arrays that backward will need.
  void save_for_backward(Arrays arrays) { saved_ = std::move(arrays); }
  const Arrays& saved_tensors() const { return saved_; }

 private:
  friend Arrays apply_function(const std::shared_ptr<Function>& function, const Arrays& inputs);
  Arrays saved_;
  bool used_ = false;
};

/// The same with an object made of `args`.
template <std::derived_from<Function> F, class... Args>
std::vector<NDArray> apply_function(const std::vector<NDArray>& inputs, Args&&... args) {
  return apply_function(std::make_shared<F>(std::forward<Args>(args)...), inputs);
}

/// The gradients of a function's inputs for those of its outputs.
using FunctionGradient = std::function<std::vector<NDArray>(const std::vector<NDArray>&)>;

/// Records that `outputs` were computed of `inputs`, and that `backward` gives the gradients of the
/// inputs: what apply_function does once forward has run. Gives the recorded outputs: arrays of
/// their own, also where an output is an input or stands there twice.
GLUINO_API std::vector<NDArray> record_function(const std::vector<NDArray>& inputs,
                                                const std::vector<NDArray>& outputs,
                                                FunctionGradient backward);

}  // namespace gluino::autograd
