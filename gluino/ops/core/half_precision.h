#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/export.h>
#include <gluino/base/function_ref.h>
#include <gluino/ops/core/op.h>
#include <gluino/ops/core/tensor.h>
#include <gluino/ops/core/types.h>

#include <span>

/// Kernels are written for float and double. Between them and arrays in half precision stands this,
/// put around every processor's kernel by define_op: what is read becomes float32 in pooled memory,
/// what was written is rounded once, at the end.
namespace gluino::half_precision {

inline bool is_half(DType dtype) { return dtype == float16 || dtype == bfloat16; }

inline bool any_half(std::span<const Tensor> tensors) {
  for (const Tensor& tensor : tensors) {
    if (is_half(tensor.dtype)) return true;
  }
  return false;
}

/// Whether a forward goes through float32. What moves elements takes them as they are.
inline bool concerns(const Op& op, const void* options, const Call& call) {
  return (any_half(call.in) || any_half(call.out)) && types_of(op, options) != Types::any;
}

/// Whether a gradient does: that of moved elements, too, since it may add them up; but a user's
/// code gets the arrays that the user gave.
inline bool concerns(const Op& op, const GradientCall& call) {
  return (any_half(call.out_grad) || any_half(call.in_grad)) && !op.runs_user_code;
}

/// Runs `kernel` on float32 and rounds outputs and states.
GLUINO_API void forward(const Op& op, const void* options, const Call& call,
                        FunctionRef<void(const Call&)> kernel);
/// Runs `kernel` on float32 and rounds the gradients.
GLUINO_API void backward(const GradientCall& call, FunctionRef<void(const GradientCall&)> kernel);

}  // namespace gluino::half_precision
