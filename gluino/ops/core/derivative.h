#pragma once

#include <gluino/ops/core/op.h>

#include <vector>

/// What derivatives (Op::derivative) are made of, besides arithmetic: a gradient by operators, so
/// that it can be recorded and has gradients itself.
namespace gluino::derivative {

/// What a DerivativeCall gives in place of an array that the kernel of the gradient does not read,
/// and that was not kept: shape, type and place without elements.
NDArray form_of(const Tensor& form, const Context& context);

/// Zeros of the form of `like`.
NDArray zeros(const NDArray& like);
/// x summed over what was repeated when an array of that shape was broadcast to x.
NDArray sum_to(const NDArray& x, const Shape& shape);
/// x broadcast to a shape, sizes of 0 included.
NDArray expand(const NDArray& x, const Shape& shape);
/// The elements of x under another shape, sizes of 0 included.
NDArray reshaped(const NDArray& x, const Shape& shape);
/// x where the condition is not 0, else 0, also where x is no number.
NDArray where(const NDArray& condition, const NDArray& x);
/// Zeros of `shape` to which the elements of x are added, at the places (int64, of x's shape) that
/// are their numbers among all elements.
NDArray scatter(const NDArray& x, const NDArray& places, const Shape& shape);

/// Per element of each column of x, (n, columns), the product of all others of the column. It takes
/// memory for some times n numbers, and no division, so that zeros are no trouble.
NDArray products_of_others(const NDArray& x);

/// Throws Error when an operator has none, saying what to use instead.
void check_has_derivative(const Op& op);

/// The gradients of the inputs of a call (Op::derivative), which are computed in float32 where the
/// arrays are in half precision, as kernels are: what is on the way may lie outside of its range.
std::vector<NDArray> gradients_of(const Op& op, const void* options, const DerivativeCall& call);

/// The gradients of an operator that is linear in its inputs (but for those that are looked up), or
/// linear in input 0 and in input 1 with input 2, if there is one, added. They are computed by the
/// operator's own kernel, recorded as one operator, whose gradients are again calls of the two: a
/// slice is the gradient of its gradient, and so is a convolution.
std::vector<NDArray> linear(const Op& op, const void* options, const DerivativeCall& call);
std::vector<NDArray> bilinear(const Op& op, const void* options, const DerivativeCall& call);

/// The same for a definition: `.derivative(derivative::of_linear<SliceOptions>("slice"))`.
template <class O>
auto of_linear(const char* name) {
  return [name](const O& options, const DerivativeCall& call) {
    return linear(Op::get<O>(name), &options, call);
  };
}
template <class O>
auto of_bilinear(const char* name) {
  return [name](const O& options, const DerivativeCall& call) {
    return bilinear(Op::get<O>(name), &options, call);
  };
}

}  // namespace gluino::derivative
