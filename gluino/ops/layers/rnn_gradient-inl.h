#pragma once

#include <gluino/ops/layers/rnn_forward-inl.h>

namespace gluino::rnn {

/// The gradients of one step of one sequence: from dh of its state and dc of its cell those of the
/// gates before their functions, by the input (`dx`) and by the state (`ds`), both (block); dh and
/// dc become what goes to the states before but for what goes through `ds`.
template <class T>
void step_back(const Sizes& z, const T* gates, const T* extra, const T* before,
               const T* cell_before, T* dh, T* dc, T* dx, T* ds) {
  const std::int64_t h = z.units;
  const auto by_sigmoid = [](T y) { return y * (T(1) - y); };
  const auto by_tanh = [](T y) { return T(1) - y * y; };
  for (std::int64_t j = 0; j < h; ++j) {
    if (z.mode == Mode::gru) {
      const T reset = gates[j], update = gates[h + j], fresh = gates[2 * h + j];
      const T dfresh = dh[j] * (T(1) - update) * by_tanh(fresh);
      dx[j] = ds[j] = dfresh * extra[j] * by_sigmoid(reset);
      dx[h + j] = ds[h + j] = dh[j] * (before[j] - fresh) * by_sigmoid(update);
      dx[2 * h + j] = dfresh;
      ds[2 * h + j] = dfresh * reset;
      dh[j] *= update;
    } else if (z.mode == Mode::lstm) {
      const T in = gates[j], forget = gates[h + j], fresh = gates[2 * h + j],
              shown = gates[3 * h + j];
      const T cell = std::tanh(extra[j]);
      const T dcell = dc[j] + dh[j] * shown * by_tanh(cell);
      dx[j] = ds[j] = dcell * fresh * by_sigmoid(in);
      dx[h + j] = ds[h + j] = dcell * cell_before[j] * by_sigmoid(forget);
      dx[2 * h + j] = ds[2 * h + j] = dcell * in * by_tanh(fresh);
      dx[3 * h + j] = ds[3 * h + j] = dh[j] * cell * by_sigmoid(shown);
      dc[j] = dcell * forget;
      dh[j] = 0;
    } else {
      const T slope = z.mode == Mode::tanh ? by_tanh(gates[j]) : gates[j] > 0 ? T(1) : T(0);
      dx[j] = ds[j] = dh[j] * slope;
      dh[j] = 0;
    }
  }
}

/// sums = the sums of the columns of (rows, columns), row by row.
template <class T>
void sum_columns(const T* x, std::int64_t rows, std::int64_t columns, T* sums) {
  parallel_for(columns, kernels::row_grain(rows, kernels::kCopyGrain),
               [=](std::int64_t begin, std::int64_t end) {
                 std::fill(sums + begin, sums + end, T(0));
                 for (std::int64_t i = 0; i < rows; ++i) {
                   for (std::int64_t j = begin; j < end; ++j) sums[j] += x[i * columns + j];
                 }
               });
}

/// What the gradient of one direction reads and writes; null where nobody wants it.
template <class T>
struct DirectionGradient {
  const T* x;  ///< (T, N, inputs)
  std::int64_t inputs;
  const T* first;       ///< (N, H)
  const T* first_cell;  ///< (N, H)
  const T* dy;          ///< (T, N, D H)
  T* dh;                ///< (N, H): of the last state, and then of the first
  T* dc;                ///< (N, H): likewise of the cell
  T* dx;                ///< (T, N, inputs): added to
  T* parameters;        ///< packed as they are
};

template <class T>
void direction_gradient(const Sizes& z, const Parameters<const T>& p, const Kept<T>& kept,
                        std::int64_t layer, std::int64_t direction, const DirectionGradient<T>& g) {
  const std::int64_t h = z.units;
  const std::int64_t block = z.block();
  const Temporary<T> of_input(z.rows() * block);
  const Temporary<T> of_state(z.rows() * block);
  const Temporary<T> before(z.rows() * h);
  for (std::int64_t i = z.steps - 1; i >= 0; --i) {
    const std::int64_t t = step_at(z, i, direction);
    const std::int64_t last = i == 0 ? 0 : step_at(z, i - 1, direction);
    each_sequence(z, [&](std::int64_t n) {
      const std::int64_t row = t * z.batch + n;
      const std::int64_t row_before = last * z.batch + n;
      const T* head = g.dy + row * z.width() + direction * h;
      for (std::int64_t j = 0; j < h; ++j) g.dh[n * h + j] += head[j];
      const T* state =
          i == 0 ? g.first + n * h : kept.outputs + row_before * z.width() + direction * h;
      std::copy_n(state, h, before.data() + row * h);
      const T* cell = nullptr;
      if (z.mode == Mode::lstm) {
        cell = i == 0 ? g.first_cell + n * h : kept.extra[direction] + row_before * h;
      }
      step_back(z, kept.gates[direction] + row * block, kept.extra[direction] + row * h,
                before.data() + row * h, cell, g.dh + n * h, g.dc + n * h,
                of_input.data() + row * block, of_state.data() + row * block);
    });
    kernels::gemm<T>(matrix<T>(of_state.data() + t * z.batch * block, z.batch, block),
                     matrix(p.state, block, h), g.dh, h, {.accumulate = true});
  }
  const auto dgates = matrix<T>(of_input.data(), z.rows(), block);
  if (g.dx != nullptr) {
    kernels::gemm<T>(dgates, matrix(p.input, block, g.inputs), g.dx, g.inputs,
                     {.accumulate = true});
  }
  if (g.parameters == nullptr) return;
  const Parameters<T> dp(z, g.parameters, layer, direction);
  kernels::gemm<T>(dgates.transposed(), matrix(g.x, z.rows(), g.inputs), dp.input, g.inputs);
  kernels::gemm<T>(matrix<T>(of_state.data(), z.rows(), block).transposed(),
                   matrix<T>(before.data(), z.rows(), h), dp.state, h);
  sum_columns<T>(of_input.data(), z.rows(), block, dp.input_bias);
  sum_columns<T>(of_state.data(), z.rows(), block, dp.state_bias);
}

}  // namespace gluino::rnn
