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
  const T least = static_cast<T>(z.least), most = static_cast<T>(z.most);
  // What the state was before its gate stands where it is read, until it is written over.
  if (z.mode == Mode::lstm) kernels::unary::tanh<T>().forward_piece(extra, ds, h);
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
      const T cell = ds[j];
      const bool clipped = z.clips && (extra[j] <= least || extra[j] >= most);
      const T dcell = clipped ? T(0) : dc[j] + dh[j] * shown * by_tanh(cell);
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
  const T* first;       ///< (N, shown)
  const T* first_cell;  ///< (N, H)
  const T* dy;          ///< (T, N, D shown)
  T* dh;                ///< (N, shown): of the last state, and then of the first
  T* dc;                ///< (N, H): likewise of the cell
  T* dx;                ///< (T, N, inputs): added to
  T* parameters;        ///< packed as they are
};

/// The rows of all steps that the gradient of a direction adds up from; zeros behind a sequence's
/// end.
template <class T>
struct GradientRows {
  Temporary<T> of_input;   ///< (T, N, block)
  Temporary<T> of_state;   ///< (T, N, block)
  Temporary<T> before;     ///< (T, N, shown): the states before
  Temporary<T> projected;  ///< (T, N, shown): of what was projected
  Temporary<T> hidden;     ///< (N, H), of one step

  explicit GradientRows(const Sizes& z)
      : of_input(z.rows() * z.block()),
        of_state(z.rows() * z.block()),
        before(z.rows() * z.shown),
        projected(z.projects ? z.rows() * z.shown : 0),
        hidden(z.projects ? z.batch * z.units : 0) {}
};

/// One step of all sequences: the rows of it, and in g.dh and g.dc what goes to the step before but
/// for what goes through the weights of the state.
template <class T>
void all_step_back(const Sizes& z, const Parameters<const T>& p, const Kept<T>& kept,
                   std::int64_t t, std::int64_t last, std::int64_t direction,
                   const DirectionGradient<T>& g, const GradientRows<T>& rows) {
  const std::int64_t h = z.units, block = z.block(), shown = z.shown;
  each_sequence(z, [&](std::int64_t n) {
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
    kernels::gemm<T>(matrix<T>(rows.projected.data() + t * z.batch * shown, z.batch, shown),
                     matrix(p.projection, shown, h), rows.hidden.data(), h);
  }
  each_sequence(z, [&](std::int64_t n) {
    const std::int64_t row = t * z.batch + n;
    T* const of_input = rows.of_input.data() + row * block;
    T* const of_state = rows.of_state.data() + row * block;
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
  for (std::int64_t i = z.steps - 1; i >= 0; --i) {
    const std::int64_t t = step_at(z, i, direction);
    const std::int64_t last = i == 0 ? t : step_at(z, i - 1, direction);
    all_step_back(z, p, kept, t, last, direction, g, rows);
    weights.product(matrix<T>(rows.of_state.data() + t * z.batch * block, z.batch, block), g.dh,
                    {.accumulate = true});
  }
  const auto of_input = matrix<T>(rows.of_input.data(), z.rows(), block);
  const auto of_state = matrix<T>(rows.of_state.data(), z.rows(), block);
  if (g.dx != nullptr) {
    kernels::gemm<T>(of_input, matrix(p.input, block, g.inputs), g.dx, g.inputs,
                     {.accumulate = true});
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
  sum_columns<T>(rows.of_state.data(), z.rows(), block, dp.state_bias);
}

}  // namespace gluino::rnn
