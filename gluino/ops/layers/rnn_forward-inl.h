#pragma once

#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/rnn_layout-inl.h>

#include <algorithm>
#include <span>

namespace gluino::rnn {

/// Some of the sequences of a batch: from `begin` on, before `end`.
struct Sequences {
  std::int64_t begin, end;
  std::int64_t count() const { return end - begin; }
};

/// Calls f(sequence) for these sequences of a step, on several threads.
template <class F>
void each_sequence(const Sizes& z, const Sequences& some, F f) {
  parallel_for(some.count(), kernels::row_grain(z.block(), kernels::kMathGrain),
               [&](std::int64_t first, std::int64_t last) {
                 for (std::int64_t n = first; n < last; ++n) f(some.begin + n);
               });
}

/// Whether the products of all steps have their right operand put in order once; it is not worth
/// it where that is read little more often than it takes.
inline bool packs_weights(const Sizes& z) { return z.steps > 1 && z.batch > 4; }

/// Calls f(sequences), which takes them through all steps. No sequence waits for another: where
/// there are enough for every thread, each takes its own, and no step waits for all threads. Else
/// the threads share what is computed in a step.
template <class F>
void share_sequences(const Sizes& z, F f) {
  constexpr std::int64_t kLeast = 16;  // rows that a product needs to be worth reading the weights
  const bool apart = packs_weights(z) && z.batch >= kLeast * num_threads();
  parallel_for(z.batch, apart ? kLeast : z.batch, [&](std::int64_t begin, std::int64_t end) {
    f(Sequences{begin, end});
  });
}

/// y += x, of n numbers.
template <class T>
void add(const T* x, std::int64_t n, T* y) {
  for (std::int64_t i = 0; i < n; ++i) y[i] += x[i];
}

/// The function of a vanilla unit.
template <class T>
const kernels::UnaryKernel<T>& function_of(const Sizes& z) {
  return z.mode == Mode::tanh ? kernels::unary::tanh<T>() : kernels::unary::relu<T>();
}

/// One step of one sequence: `gates` holds what comes of the input and, but for gru, whose is in
/// `state`, of the state before, and then the gates; `extra` see Kept; before and cell_before are
/// (H).
template <class T>
void step(const Sizes& z, T* gates, const T* state, const T* before, const T* cell_before, T* extra,
          T* out) {
  const std::int64_t h = z.units;
  const auto& cell = kernels::recurrent_cell<T>();
  if (z.mode == Mode::gru) {
    std::copy_n(state + 2 * h, h, extra);
    cell.gru(gates, state, before, out, h);
  } else if (z.mode == Mode::lstm) {
    cell.lstm(gates, cell_before, extra, out, h, z.cell_bounds());
  } else {
    function_of<T>(z).forward_piece(gates, gates, h);
    std::copy_n(gates, h, out);
  }
}

/// A right operand that the products of all steps have in common.
template <class T>
class CommonOperand {
 public:
  CommonOperand(const Sizes& z, const kernels::MatrixView<T>& b)
      : b_(b),
        is_packed_(packs_weights(z)),
        packed_(is_packed_ ? kernels::packed_size<T>(b.rows, b.columns) : 0) {
    if (is_packed_) kernels::pack_matrix<T>(b, packed_.data());
  }
  /// c = a b, as gemm.
  void product(const kernels::MatrixView<T>& a, T* c, std::int64_t c_stride,
               const kernels::GemmEpilogue<T>& rest = {}) const {
    if (is_packed_) {
      kernels::gemm_packed<T>(a, packed_.data(), b_.columns, c, c_stride, rest);
    } else {
      kernels::gemm<T>(a, b_, c, c_stride, rest);
    }
  }

 private:
  kernels::MatrixView<T> b_;
  bool is_packed_;
  Temporary<T> packed_;
};

/// The state (shown) of a sequence before step t of a direction, which follows step `last`: first
/// is that (N, shown) which it begins with, `outputs` those of the layer.
template <class T>
const T* state_before(const Sizes& z, std::int64_t t, std::int64_t last, std::int64_t n,
                      std::int64_t direction, const T* first, const T* outputs) {
  return z.begins(t, n, direction)
             ? first + n * z.shown
             : outputs + (last * z.batch + n) * z.width() + direction * z.shown;
}

/// What one direction of a layer reads and writes in its steps.
template <class T>
struct DirectionSteps {
  const T* first;       ///< (N, shown): the states that it begins with
  const T* first_cell;  ///< (N, H)
  T* gates;             ///< (T, N, block): what comes of the input, and then the gates
  T* of_state;          ///< (N, block): of gru, what comes of the state
  T* gathered;          ///< (N, shown): where sequences have lengths, the states before a step
  const T* state_bias;  ///< (block)
  const CommonOperand<T>& weights;  ///< of the state
  const CommonOperand<T>& projection;
};

/// The states (N, shown) before step t of these sequences, as rows of a matrix.
template <class T>
kernels::MatrixView<T> states_before(const Sizes& z, const DirectionSteps<T>& d, std::int64_t t,
                                     std::int64_t last, std::int64_t direction, const T* outputs,
                                     const Sequences& some) {
  const auto before = [&](std::int64_t n) {
    return state_before<T>(z, t, last, n, direction, d.first, outputs);
  };
  if (z.lengths == nullptr) {
    const bool begins = z.begins(t, some.begin, direction);
    return {before(some.begin), some.count(), z.shown, begins ? z.shown : z.width(), 1};
  }
  // Backwards, sequences of several lengths begin at different steps.
  for (std::int64_t n = some.begin; n < some.end; ++n) {
    T* const state = d.gathered + n * z.shown;
    if (z.lives(t, n)) {
      std::copy_n(before(n), z.shown, state);
    } else {
      std::fill_n(state, z.shown, T(0));
    }
  }
  return matrix<T>(d.gathered + some.begin * z.shown, some.count(), z.shown);
}

/// All steps of these sequences.
template <class T>
void run_steps(const Sizes& z, const DirectionSteps<T>& d, const Kept<T>& kept,
               std::int64_t direction, const Sequences& some) {
  const std::int64_t h = z.units, block = z.block();
  T* const extra = kept.extra[direction];
  const bool apart = z.mode == Mode::gru;
  for (std::int64_t i = 0; i < z.steps; ++i) {
    const std::int64_t t = step_at(z, i, direction);
    const std::int64_t last = i == 0 ? t : step_at(z, i - 1, direction);
    const std::int64_t top = t * z.batch;
    d.weights.product(states_before<T>(z, d, t, last, direction, kept.outputs, some),
                      (apart ? d.of_state : d.gates + top * block) + some.begin * block, block,
                      {.column_bias = d.state_bias, .accumulate = !apart});
    T* const rows = kept.outputs + top * z.width() + direction * z.shown;
    T* const hidden = kept.hidden[direction] + top * h;
    each_sequence(z, some, [&](std::int64_t n) {
      const std::int64_t row = top + n;
      T* const out = z.projects ? hidden + n * h : rows + n * z.width();
      if (!z.lives(t, n)) return static_cast<void>(std::fill_n(out, h, T(0)));
      const T* cell = nullptr;
      if (z.mode == Mode::lstm) {
        cell = z.begins(t, n, direction) ? d.first_cell + n * h : extra + (last * z.batch + n) * h;
      }
      step(z, d.gates + row * block, apart ? d.of_state + n * block : nullptr,
           state_before<T>(z, t, last, n, direction, d.first, kept.outputs), cell, extra + row * h,
           out);
    });
    if (z.projects) {
      d.projection.product(matrix<T>(hidden + some.begin * h, some.count(), h),
                           rows + some.begin * z.width(), z.width());
    }
  }
}

/// One direction of a layer. `first` (N, shown) and `first_cell` (N, H) are the states that it
/// begins with.
template <class T>
void run_direction(const Sizes& z, const Parameters<const T>& p, const T* x, std::int64_t inputs,
                   const T* first, const T* first_cell, const Kept<T>& kept,
                   std::int64_t direction) {
  T* gates = kept.gates[direction];
  kernels::gemm<T>(matrix(x, z.rows(), inputs), matrix(p.input, z.block(), inputs).transposed(),
                   gates, z.block(), {.column_bias = p.input_bias});
  const Temporary<T> of_state(z.mode == Mode::gru ? z.batch * z.block() : 0);
  const Temporary<T> gathered(z.lengths == nullptr ? 0 : z.batch * z.shown);
  const CommonOperand<T> weights(z, matrix(p.state, z.block(), z.shown).transposed());
  const CommonOperand<T> projection(
      z, matrix(p.projection, z.projects ? z.shown : 0, z.units).transposed());
  const DirectionSteps<T> steps = {.first = first,
                                   .first_cell = first_cell,
                                   .gates = gates,
                                   .of_state = of_state.data(),
                                   .gathered = gathered.data(),
                                   .state_bias = p.state_bias,
                                   .weights = weights,
                                   .projection = projection};
  share_sequences(z, [&](const Sequences& some) { run_steps(z, steps, kept, direction, some); });
}

/// The states (N, size) after the last step of each sequence.
template <class T>
void copy_last(const Sizes& z, const T* rows, std::int64_t stride, std::int64_t size,
               std::int64_t direction, const T* first, T* out) {
  if (out == nullptr) return;
  for (std::int64_t n = 0; n < z.batch; ++n) {
    const std::int64_t length = z.length_of(n);
    const std::int64_t t = direction == 0 ? length - 1 : 0;
    const T* from = length == 0 ? first + n * size : rows + (t * z.batch + n) * stride;
    std::copy_n(from, size, out + n * size);
  }
}

/// y = outputs * mask, the mask drawn anew: 0 for what is dropped, 1 / (1 - p) for the rest.
template <class T>
void drop(const Sizes& z, double p, const Kept<T>& kept, T* y) {
  const std::int64_t n = z.rows() * z.width();
  random::uniform(std::span<T>(kept.mask, static_cast<std::size_t>(n)), 0, 1);
  const T keep = static_cast<T>(1 - p);
  for (std::int64_t i = 0; i < n; ++i) {
    kept.mask[i] = kept.mask[i] < keep ? T(1) / keep : T(0);
    y[i] = kept.outputs[i] * kept.mask[i];
  }
}

}  // namespace gluino::rnn
