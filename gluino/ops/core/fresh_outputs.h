#pragma once

#include <gluino/ndarray/ndarray.h>
#include <gluino/ops/core/tensor.h>

#include <span>

namespace gluino {

/// The outputs that a call has just made for its kernel, while that runs. Nobody else knows them
/// yet, so a kernel that has its results in arrays of its own (a formula) puts these in their place
/// instead of copying them.
class FreshOutputs {
 public:
  /// `outputs` and where the kernel is told to write them; nothing if they are a caller's.
  FreshOutputs(std::span<NDArray> outputs, std::span<const Tensor> places)
      : outputs_(outputs), places_(places), before_(current_) {
    current_ = this;
  }
  FreshOutputs(const FreshOutputs&) = delete;
  FreshOutputs& operator=(const FreshOutputs&) = delete;
  ~FreshOutputs() { current_ = before_; }

  /// Makes `result` output i of the kernel that writes to `places`; false where it cannot be.
  static bool replace(std::span<const Tensor> places, std::size_t i, const NDArray& result) {
    if (current_ == nullptr || places.data() != current_->places_.data()) return false;
    NDArray& output = current_->outputs_[i];
    if (!output.defined() || !result.is_dense() || output.shape() != result.shape() ||
        output.dtype() != result.dtype() || output.context() != result.context()) {
      return false;
    }
    output = result;
    return true;
  }

 private:
  static inline thread_local FreshOutputs* current_ = nullptr;
  std::span<NDArray> outputs_;
  std::span<const Tensor> places_;
  FreshOutputs* before_;
};

}  // namespace gluino
