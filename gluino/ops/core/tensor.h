#pragma once

#include <gluino/base/context.h>
#include <gluino/base/dtype.h>
#include <gluino/base/shape.h>

#include <optional>
#include <span>

namespace gluino {

class NDArray;

/// What a kernel sees of an array: where its elements stand, row-major. It owns nothing.
struct Tensor {
  void* data = nullptr;
  Shape shape;
  DType dtype = float32;

  /// False for an array that nobody wants: a gradient not asked for, a hidden output not needed.
  explicit operator bool() const { return data != nullptr; }
  std::int64_t size() const { return shape.size(); }
  template <class T>
  T* as() const {
    return static_cast<T*>(data);
  }
};

/// One run of an operator's forward.
struct Call {
  std::span<const Tensor> in;
  std::span<const Tensor> out;
  /// Under autograd::train_mode, or is_train of an executor.
  bool training = false;
  /// Where the outputs are.
  Context context{};
  /// The arrays behind `out`, as many, where the call has just made them; null where they are a
  /// caller's. Nobody else knows them yet, so a kernel that has its results in arrays of its own (a
  /// formula) puts these in their place instead of copying them.
  NDArray* fresh = nullptr;
  /// The type of out[0] where that is in half precision, which the kernel sees as float32.
  std::optional<DType> half{};
};

/// One run of an operator's gradient: out_grad, in and out are given (in and out only where the
/// definition asked for them), in_grad is to be written; an in_grad without data is not wanted.
struct GradientCall {
  std::span<const Tensor> out_grad;
  std::span<const Tensor> in;
  std::span<const Tensor> out;
  std::span<const Tensor> in_grad;
  bool training = false;
  /// The gradient may be asked for once more: what forward kept for it has to stay.
  bool again = false;
  /// Where the inputs are.
  Context context{};
};

}  // namespace gluino
