#pragma once

#include <gluino/ops/layers/rnn_forward-inl.h>

namespace gluino::rnn {

/// The gradients of one step of one sequence: from dh of its state and dc of its cell those of the
/// gates before their functions, by the input (`dx`) and, of gru, by the state (`ds`), both
/// (block); dh and dc become what goes to the states before but for what goes through the state's
/// weights.
template <class T>
void step_back(const Sizes& z, const T* gates, const T* extra, const T* before,
               const T* cell_before, T* dh, T* dc, T* dx, T* ds) {
  const std::int64_t h = z.units;
  const auto& cell = kernels::recurrent_cell<T>();
  if (z.mode == Mode::gru) return cell.gru_back(gates, extra, before, dh, dx, ds, h);
  if (z.mode == Mode::lstm) {
    cell.lstm_back(gates, cell_before, extra, dh, dc, dx, h, z.cell_bounds());
  } else if (z.mode == Mode::tanh) {
    for (std::int64_t j = 0; j < h; ++j) dx[j] = dh[j] * (T(1) - gates[j] * gates[j]);
  } else {
    for (std::int64_t j = 0; j < h; ++j) dx[j] = gates[j] > 0 ? dh[j] : T(0);
  }
  std::fill_n(dh, h, T(0));
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
  const T* first;       ///< (N, shown)
  const T* first_cell;  ///< (N, H)
  const T* dy;          ///< (T, N, D shown)
  T* dh;                ///< (N, shown): of the last state, and then of the first
  T* dc;                ///< (N, H): likewise of the cell
  T* dx;                ///< (T, N, inputs): the second direction adds to that of the first
  T* parameters;        ///< packed as they are
};

/// The rows of all steps that the gradient of a direction adds up from; zeros behind a sequence's
/// end.
template <class T>
struct GradientRows {
  Temporary<T> of_input;   ///< (T, N, block)
  Temporary<T> of_state;   ///< (T, N, block), of gru alone: else they are the same
  Temporary<T> before;     ///< (T, N, shown): the states before
  Temporary<T> projected;  ///< (T, N, shown): of what was projected
  Temporary<T> hidden;     ///< (N, H), of one step

  explicit GradientRows(const Sizes& z)
      : of_input(z.rows() * z.block()),
        of_state(z.mode == Mode::gru ? z.rows() * z.block() : 0),
        before(z.rows() * z.shown),
        projected(z.projects ? z.rows() * z.shown : 0),
        hidden(z.projects ? z.batch * z.units : 0) {}
  T* by_state(const Sizes& z) const {
    return z.mode == Mode::gru ? of_state.data() : of_input.data();
  }
};

/// One step of these sequences: the rows of it, and in g.dh and g.dc what goes to the step before
/// but for what goes through the weights of the state.
template <class T>
void rows_of_step(const Sizes& z, const CommonOperand<T>& projection, const Kept<T>& kept,
                  std::int64_t t, std::int64_t last, std::int64_t direction,
                  const DirectionGradient<T>& g, const GradientRows<T>& rows,
                  const Sequences& some) {
  const std::int64_t h = z.units, block = z.block(), shown = z.shown;
  each_sequence(z, some, [&](std::int64_t n) {
    const std::int64_t row = t * z.batch + n;
    T* const to = z.projects ? rows.projected.data() + row * shown : nullptr;
    if (!z.lives(t, n)) {
      if (to != nullptr) std::fill_n(to, shown, T(0));
      return;
    }
    T* const dh = g.dh + n * shown;
    add(g.dy + row * z.width() + direction * shown, shown, dh);
    if (to == nullptr) return;
    std::copy_n(dh, shown, to);
    std::fill_n(dh, shown, T(0));
  });
  if (z.projects) {
    const T* const projected = rows.projected.data() + (t * z.batch + some.begin) * shown;
    projection.product(matrix<T>(projected, some.count(), shown),
                       rows.hidden.data() + some.begin * h, h);
  }
  each_sequence(z, some, [&](std::int64_t n) {
    const std::int64_t row = t * z.batch + n;
    T* const of_input = rows.of_input.data() + row * block;
    T* const of_state = rows.by_state(z) + row * block;
    T* const before = rows.before.data() + row * shown;
    if (!z.lives(t, n)) {
      std::fill_n(of_input, block, T(0));
      std::fill_n(of_state, block, T(0));
      std::fill_n(before, shown, T(0));
      return;
    }
    std::copy_n(state_before<T>(z, t, last, n, direction, g.first, kept.outputs), shown, before);
    const T* cell = nullptr;
    if (z.mode == Mode::lstm) {
      cell = z.begins(t, n, direction) ? g.first_cell + n * h
                                       : kept.extra[direction] + (last * z.batch + n) * h;
    }
    step_back(z, kept.gates[direction] + row * block, kept.extra[direction] + row * h, before, cell,
              z.projects ? rows.hidden.data() + n * h : g.dh + n * h, g.dc + n * h, of_input,
              of_state);
  });
}

template <class T>
void direction_gradient(const Sizes& z, const Parameters<const T>& p, const Kept<T>& kept,
                        std::int64_t layer, std::int64_t direction, const DirectionGradient<T>& g) {
  const std::int64_t block = z.block();
  const GradientRows<T> rows(z);
  const CommonOperand<T> weights(z, matrix(p.state, block, z.shown));
  const CommonOperand<T> projection(z, matrix(p.projection, z.projects ? z.shown : 0, z.units));
  share_sequences(z, [&](const Sequences& some) {
    for (std::int64_t i = z.steps - 1; i >= 0; --i) {
      const std::int64_t t = step_at(z, i, direction);
      const std::int64_t last = i == 0 ? t : step_at(z, i - 1, direction);
      rows_of_step(z, projection, kept, t, last, direction, g, rows, some);
      const T* const by_state = rows.by_state(z) + (t * z.batch + some.begin) * block;
      weights.product(matrix<T>(by_state, some.count(), block), g.dh + some.begin * z.shown,
                      z.shown, {.accumulate = true});
    }
  });
  const auto of_input = matrix<T>(rows.of_input.data(), z.rows(), block);
  const auto of_state = matrix<T>(rows.by_state(z), z.rows(), block);
  if (g.dx != nullptr) {
    kernels::gemm<T>(of_input, matrix(p.input, block, g.inputs), g.dx, g.inputs,
                     {.accumulate = direction > 0});
  }
  if (g.parameters == nullptr) return;
  const Parameters<T> dp(z, g.parameters, layer, direction);
  kernels::gemm<T>(of_input.transposed(), matrix(g.x, z.rows(), g.inputs), dp.input, g.inputs);
  kernels::gemm<T>(of_state.transposed(), matrix<T>(rows.before.data(), z.rows(), z.shown),
                   dp.state, z.shown);
  if (z.projects) {
    kernels::gemm<T>(matrix<T>(rows.projected.data(), z.rows(), z.shown).transposed(),
                     matrix<T>(kept.hidden[direction], z.rows(), z.units), dp.projection, z.units);
  }
  sum_columns<T>(rows.of_input.data(), z.rows(), block, dp.input_bias);
  if (z.mode == Mode::gru) {
    sum_columns<T>(rows.of_state.data(), z.rows(), block, dp.state_bias);
  } else {
    std::copy_n(dp.input_bias, block, dp.state_bias);
  }
}

}  // namespace gluino::rnn
