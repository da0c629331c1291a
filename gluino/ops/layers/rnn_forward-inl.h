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

/// Calls f(sequence) for all sequences of a step, on several threads.
template <class F>
void each_sequence(const Sizes& z, F f) {
  parallel_for(z.batch, kernels::row_grain(z.block(), kernels::kMathGrain),
               [&](std::int64_t n, std::int64_t end) {
                 for (; n < end; ++n) f(n);
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

/// A right operand that the products of all steps have in common, put in order once; but where it
/// is read little more often than that takes.
template <class T>
class CommonOperand {
 public:
  CommonOperand(const Sizes& z, const kernels::MatrixView<T>& b)
      : b_(b),
        is_packed_(z.steps > 1 && z.batch > 4),
        packed_(is_packed_ ? kernels::packed_size<T>(b.rows, b.columns) : 0) {
    if (is_packed_) kernels::pack_matrix<T>(b, packed_.data());
  }
  /// c = a b, as gemm.
  void product(const kernels::MatrixView<T>& a, T* c, const kernels::GemmEpilogue<T>& rest) const {
    if (is_packed_) {
      kernels::gemm_packed<T>(a, packed_.data(), b_.columns, c, b_.columns, rest);
    } else {
      kernels::gemm<T>(a, b_, c, b_.columns, rest);
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

/// One direction of a layer. `first` (N, shown) and `first_cell` (N, H) are the states that it
/// begins with.
template <class T>
void run_direction(const Sizes& z, const Parameters<const T>& p, const T* x, std::int64_t inputs,
                   const T* first, const T* first_cell, const Kept<T>& kept,
                   std::int64_t direction) {
  const std::int64_t h = z.units;
  const std::int64_t block = z.block();
  T* gates = kept.gates[direction];
  T* extra = kept.extra[direction];
  kernels::gemm<T>(matrix(x, z.rows(), inputs), matrix(p.input, block, inputs).transposed(), gates,
                   block, {.column_bias = p.input_bias});
  const bool apart = z.mode == Mode::gru;
  const Temporary<T> of_state(apart ? z.batch * block : 0);
  const Temporary<T> gathered(z.lengths == nullptr ? 0 : z.batch * z.shown);
  const CommonOperand<T> weights(z, matrix(p.state, block, z.shown).transposed());
  for (std::int64_t i = 0; i < z.steps; ++i) {
    const std::int64_t t = step_at(z, i, direction);
    const std::int64_t last = i == 0 ? t : step_at(z, i - 1, direction);
    const auto before = [&](std::int64_t n) {
      return state_before<T>(z, t, last, n, direction, first, kept.outputs);
    };
    // Backwards, sequences of several lengths begin at different steps.
    for (std::int64_t n = 0; z.lengths != nullptr && n < z.batch; ++n) {
      T* const state = gathered.data() + n * z.shown;
      if (z.lives(t, n)) {
        std::copy_n(before(n), z.shown, state);
      } else {
        std::fill_n(state, z.shown, T(0));
      }
    }
    const auto states =
        z.lengths != nullptr
            ? matrix<T>(gathered.data(), z.batch, z.shown)
            : kernels::MatrixView<T>{before(0), z.batch, z.shown, i == 0 ? z.shown : z.width(), 1};
    weights.product(states, apart ? of_state.data() : gates + t * z.batch * block,
                    {.column_bias = p.state_bias, .accumulate = !apart});
    T* const rows = kept.outputs + t * z.batch * z.width() + direction * z.shown;
    T* const hidden = kept.hidden[direction] + t * z.batch * h;
    each_sequence(z, [&](std::int64_t n) {
      const std::int64_t row = t * z.batch + n;
      T* const out = z.projects ? hidden + n * h : rows + n * z.width();
      if (!z.lives(t, n)) return static_cast<void>(std::fill_n(out, h, T(0)));
      const T* cell = nullptr;
      if (z.mode == Mode::lstm) {
        cell = z.begins(t, n, direction) ? first_cell + n * h : extra + (last * z.batch + n) * h;
      }
      step(z, gates + row * block, apart ? of_state.data() + n * block : nullptr, before(n), cell,
           extra + row * h, out);
    });
    if (z.projects) {
      kernels::gemm<T>(matrix<T>(hidden, z.batch, h), matrix(p.projection, z.shown, h).transposed(),
                       rows, z.width());
    }
  }
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
