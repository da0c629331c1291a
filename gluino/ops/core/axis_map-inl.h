#pragma once

#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/tensor.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

namespace gluino {

/// Operators whose output is made of the input's elements, each axis on its own: at place i of an
/// axis stands what the input has at place source[axis][i], or a constant where that is -1.
struct AxisMap {
  Shape in;
  Shape out;
  std::array<std::vector<std::int64_t>, Shape::kMaxDims> source;

  /// Calls f(the place in the output, the place in the input or -1) for the rows [begin, end) of
  /// the output's last axis.
  template <class F>
  void visit(std::int64_t begin, std::int64_t end, F f) const {
    const int last = out.ndim() - 1;
    const auto strides = kernels::dense_strides(in);
    const std::vector<std::int64_t>& along = source[static_cast<std::size_t>(last)];
    for (std::int64_t row = begin; row < end; ++row) {
      std::int64_t offset = 0;
      std::int64_t rest = row;
      for (int axis = last - 1; axis >= 0; --axis) {
        const auto at = static_cast<std::size_t>(axis);
        const std::int64_t from = source[at][static_cast<std::size_t>(rest % out[axis])];
        rest /= out[axis];
        offset = from < 0 || offset < 0 ? -1 : offset + from * strides[at];
      }
      for (std::int64_t i = 0; i < out[last]; ++i) {
        const std::int64_t from = along[static_cast<std::size_t>(i)];
        f(row * out[last] + i, from < 0 || offset < 0 ? -1 : offset + from);
      }
    }
  }

  template <class T>
  void forward(const T* x, T* y, T constant = T()) const {
    if (out.size() == 0) return;
    const std::int64_t rows = out.size() / out.back();
    parallel_for(rows, kernels::row_grain(out.back(), kernels::kCopyGrain),
                 [&](std::int64_t begin, std::int64_t end) {
                   visit(begin, end, [&](std::int64_t to, std::int64_t from) {
                     y[to] = from < 0 ? constant : x[from];
                   });
                 });
  }

  /// dx = dy added up over the places where each element stands, in their order.
  template <class T>
  void backward(const T* dy, T* dx) const {
    std::fill_n(dx, in.size(), T(0));
    if (out.size() == 0) return;
    visit(0, out.size() / out.back(), [&](std::int64_t to, std::int64_t from) {
      if (from >= 0) dx[from] += dy[to];
    });
  }
};

}  // namespace gluino
