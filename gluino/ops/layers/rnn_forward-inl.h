#pragma once

#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/rnn_layout-inl.h>

#include <algorithm>
#include <cmath>
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

template <class T>
T sigmoid(T x) {
  return T(1) / (T(1) + std::exp(-x));
}

/// One step of one sequence: `gates` holds what comes of the input, and then the gates; `state`
/// what comes of the state before; `extra` see Kept; before and cell_before are (H).
template <class T>
void step(const Sizes& z, T* gates, const T* state, const T* before, const T* cell_before, T* extra,
          T* out) {
  const std::int64_t h = z.units;
  for (std::int64_t j = 0; j < h; ++j) {
    if (z.mode == Mode::gru) {
      const T reset = sigmoid(gates[j] + state[j]);
      const T update = sigmoid(gates[h + j] + state[h + j]);
      const T fresh = std::tanh(gates[2 * h + j] + reset * state[2 * h + j]);
      extra[j] = state[2 * h + j];
      gates[j] = reset;
      gates[h + j] = update;
      gates[2 * h + j] = fresh;
      out[j] = (T(1) - update) * fresh + update * before[j];
    } else if (z.mode == Mode::lstm) {
      const T in = sigmoid(gates[j] + state[j]);
      const T forget = sigmoid(gates[h + j] + state[h + j]);
      const T fresh = std::tanh(gates[2 * h + j] + state[2 * h + j]);
      const T shown = sigmoid(gates[3 * h + j] + state[3 * h + j]);
      gates[j] = in;
      gates[h + j] = forget;
      gates[2 * h + j] = fresh;
      gates[3 * h + j] = shown;
      extra[j] = forget * cell_before[j] + in * fresh;
      out[j] = shown * std::tanh(extra[j]);
    } else {
      const T sum = gates[j] + state[j];
      const T y = z.mode == Mode::tanh ? std::tanh(sum) : sum > 0 || sum != sum ? sum : T(0);
      gates[j] = y;
      out[j] = y;
    }
  }
}

/// One direction of a layer. `first` and `first_cell` are the states (N, H) that it begins with.
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
  const Temporary<T> of_state(z.batch * block);
  for (std::int64_t i = 0; i < z.steps; ++i) {
    const std::int64_t t = step_at(z, i, direction);
    const std::int64_t before = i == 0 ? 0 : step_at(z, i - 1, direction);
    const std::int64_t stride = i == 0 ? h : z.width();
    const T* state = i == 0 ? first : kept.outputs + before * z.batch * z.width() + direction * h;
    kernels::gemm<T>({state, z.batch, h, stride, 1}, matrix(p.state, block, h).transposed(),
                     of_state.data(), block, {.column_bias = p.state_bias});
    const T* cells = i == 0 ? first_cell : extra + before * z.batch * h;
    each_sequence(z, [&](std::int64_t n) {
      const std::int64_t row = t * z.batch + n;
      step(z, gates + row * block, of_state.data() + n * block, state + n * stride,
           z.mode == Mode::lstm ? cells + n * h : nullptr, extra + row * h,
           kept.outputs + row * z.width() + direction * h);
    });
  }
}

/// The states (N, H) after the last step.
template <class T>
void copy_last(const Sizes& z, const T* rows, std::int64_t stride, std::int64_t direction,
               const T* first, T* out) {
  if (out == nullptr) return;
  const std::int64_t t = step_at(z, z.steps - 1, direction);
  for (std::int64_t n = 0; n < z.batch; ++n) {
    const T* from = z.steps == 0 ? first + n * z.units : rows + (t * z.batch + n) * stride;
    std::copy_n(from, z.units, out + n * z.units);
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
