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
    const std::vector<std::int64_t>& along = source[static_cast<std::size_t>(last)];
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t offset = row_offset(row);
      for (std::int64_t i = 0; i < out[last]; ++i) {
        const std::int64_t from = along[static_cast<std::size_t>(i)];
        f(row * out[last] + i, from < 0 || offset < 0 ? -1 : offset + from);
      }
    }
  }

  template <class T>
  void forward(const T* x, T* y, T constant = T()) const {
    if (out.size() == 0) return;
    const std::int64_t width = out.back();
    const std::int64_t rows = out.size() / width;
    const std::vector<std::int64_t>& along = source[static_cast<std::size_t>(out.ndim() - 1)];
    const std::vector<Run> runs = runs_of(along);
    const bool long_runs = width >= kLongRun * static_cast<std::int64_t>(runs.size());
    parallel_for(rows, kernels::row_grain(width, kernels::kCopyGrain),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t row = begin; row < end; ++row) {
                     const std::int64_t offset = row_offset(row);
                     T* const to = y + row * width;
                     if (offset < 0) {
                       std::fill_n(to, width, constant);
                     } else if (long_runs) {
                       copy_runs(runs, x + offset, to, constant);
                     } else {
                       copy_elements(along, x + offset, to, constant);
                     }
                   }
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

 private:
  // Neighbours of the last axis that are neighbours in the input, or all the constant.
  struct Run {
    std::int64_t to, from, count;
  };
  // Shorter ones are faster one element at a time.
  static constexpr std::int64_t kLongRun = 8;

  template <class T>
  static void copy_runs(const std::vector<Run>& runs, const T* from, T* to, T constant) {
    for (const Run& run : runs) {
      if (run.from < 0) {
        std::fill_n(to + run.to, run.count, constant);
      } else {
        std::copy_n(from + run.from, run.count, to + run.to);
      }
    }
  }

  template <class T>
  static void copy_elements(const std::vector<std::int64_t>& along, const T* from, T* to,
                            T constant) {
    for (const std::int64_t place : along) *to++ = place < 0 ? constant : from[place];
  }

  static std::vector<Run> runs_of(const std::vector<std::int64_t>& along) {
    std::vector<Run> runs;
    for (std::size_t i = 0; i < along.size(); ++i) {
      const std::int64_t from = along[i];
      const bool goes_on =
          i > 0 && (from < 0 ? along[i - 1] < 0 : along[i - 1] >= 0 && from == along[i - 1] + 1);
      if (!goes_on) runs.push_back({static_cast<std::int64_t>(i), from, 0});
      ++runs.back().count;
    }
    return runs;
  }

  // Where the input's row for a row of the output begins; -1 where all of it is the constant.
  std::int64_t row_offset(std::int64_t row) const {
    std::int64_t offset = 0;
    std::int64_t stride = in.back();
    for (int axis = out.ndim() - 2; axis >= 0; --axis) {
      const auto at = static_cast<std::size_t>(axis);
      const std::int64_t from = source[at][static_cast<std::size_t>(row % out[axis])];
      row /= out[axis];
      offset = from < 0 || offset < 0 ? -1 : offset + from * stride;
      stride *= in[axis];
    }
    return offset;
  }
};

}  // namespace gluino
