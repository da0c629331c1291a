#pragma once

#include <gluino/ops/core/invoke.h>

#include <string>

namespace gluino {

/// One number in the place of a row of numbers stands for each of `axes` axes: a stride of 2 is one
/// of (2, 2).
inline Shape per_axis(const Shape& given, int axes) {
  return given.ndim() == 1 && axes > 1 ? Shape::filled(axes, given[0]) : given;
}

/// True for the layouts with the channels behind the pixels: NWC, NHWC, NDHWC.
inline bool channels_last(const std::string& layout) {
  return !layout.empty() && layout.back() == 'C';
}

/// The options of a convolution or a pooling with a number for each axis of the images. A symbol
/// does not know its axes yet: there they are those of the kernel.
template <Operand A, class Options>
Options with_all_axes(const A& data, Options options) {
  int axes = options.kernel.ndim();
  if constexpr (!SymbolicOperand<A>) {
    if (data.defined()) axes = data.ndim() - 2;
  }
  if (axes > Shape::kMaxDims) axes = Shape::kMaxDims;
  for (Shape* numbers : {&options.kernel, &options.stride, &options.pad}) {
    *numbers = per_axis(*numbers, axes);
  }
  if constexpr (requires { options.dilate; }) options.dilate = per_axis(options.dilate, axes);
  if constexpr (requires { options.adj; }) {
    options.adj = per_axis(options.adj, axes);
    options.target_shape = per_axis(options.target_shape, axes);
  }
  return options;
}

}  // namespace gluino
