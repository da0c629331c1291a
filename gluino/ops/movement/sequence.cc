#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/movement/sequence.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

enum Input { kData, kLength };

// Sequences as (time, batch, rest), or (batch, time, rest) with axis 1.
struct Sequences {
  std::int64_t axis, time, batch, rest;

  Sequences(std::int64_t along, const Shape& data)
      : axis(along),
        time(data[static_cast<int>(along)]),
        batch(data[static_cast<int>(1 - along)]),
        rest(data.size_between(2, data.ndim())) {}

  std::int64_t begin(std::int64_t at, std::int64_t sequence) const {
    return (axis == 0 ? at * batch + sequence : sequence * time + at) * rest;
  }
};

// The lengths of all sequences, brought into what the data can hold, `least` or more.
Temporary<std::int64_t> lengths_of(bool given, std::span<const Tensor> in, const Sequences& s,
                                   std::int64_t least) {
  Temporary<std::int64_t> lengths(s.batch);
  if (!given) {
    std::fill_n(lengths.data(), s.batch, s.time);
    return lengths;
  }
  kernels::convert(in[kLength].data, in[kLength].dtype, lengths.data(), int64, s.batch);
  for (std::int64_t i = 0; i < s.batch; ++i) {
    lengths.data()[i] = std::max(least, std::min(lengths.data()[i], s.time));
  }
  return lengths;
}

// Calls f(time, sequence) for all steps of all sequences, on several threads.
template <class F>
void each_step(const Sequences& s, F f) {
  parallel_for(s.time * s.batch, kernels::row_grain(s.rest, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) f(i / s.batch, i % s.batch);
               });
}

template <class O>
void expect_sequences(const O& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 2, kData, "expected at least 2 dimensions (time, batch, ...), got ",
           data);
  s.expect(o.axis == 0 || o.axis == 1, -1, "axis: expected 0 or 1, got ", o.axis);
  if (!o.use_sequence_length) return;
  const Shape expected = {data[static_cast<int>(1 - o.axis)]};
  s.expect(s.in(kLength) == expected, kLength, "expected shape ", expected,
           ", the length of each sequence of ", data, ", got ", s.in(kLength));
}

template <class O>
OpDefinition<O> define_sequence(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .types(Types::any)
      .inputs({"data", "sequence_length"})
      .omits_last_when([](const O& o) { return !o.use_sequence_length; })
      .reads_places({kLength})
      .mixed_types()
      .field("use_sequence_length", &O::use_sequence_length,
             "Sequences have lengths of their own, the second input.");
  // In MXNet's order, for calls by position.
  if constexpr (requires(O o) { o.value; })
    definition.field("value", &O::value, "What stands behind a sequence's end.");
  definition.field("axis", &O::axis, "The axis of time, 0 or 1.");
  return definition;
}

void infer_mask(const SequenceMaskOptions& o, Inference& s) {
  expect_sequences(o, s);
  s.set_out(0, s.in(kData));
}

template <class W>
void mask(const SequenceMaskOptions& o, std::span<const Tensor> in, const Tensor& x,
          const Tensor& y, W behind) {
  const Sequences s(o.axis, x.shape);
  const auto lengths = lengths_of(o.use_sequence_length, in, s, 0);
  each_step(s, [&](std::int64_t time, std::int64_t sequence) {
    const std::int64_t at = s.begin(time, sequence);
    if (time < lengths.data()[sequence]) {
      if (x.data != y.data) std::copy_n(x.as<W>() + at, s.rest, y.as<W>() + at);
    } else {
      std::fill_n(y.as<W>() + at, s.rest, behind);
    }
  });
}

const auto sequence_mask =
    define_sequence<SequenceMaskOptions>("SequenceMask",
                                         "Sequences with a value behind their ends.")
        .aliases({"_npx_sequence_mask"})
        .in_place()
        .infer(infer_mask)
        .forward([](const SequenceMaskOptions& o, const Call& call) {
          const Tensor& x = call.in[kData];
          dispatch_words(x.dtype, [&]<class W>() {
            mask<W>(o, call.in, x, call.out[0], static_cast<W>(word_of(x.dtype, o.value)));
          });
        })
        .backward(
            [](const SequenceMaskOptions& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[kData];
              if (!dx) return;
              dispatch_words(dx.dtype,
                             [&]<class W>() { mask<W>(o, call.in, call.out_grad[0], dx, W(0)); });
            },
            Op::inputs)
        .derivative([](const SequenceMaskOptions& o, const DerivativeCall& call) {
          SequenceMaskOptions linear = o;
          linear.value = 0;
          return derivative::linear(Op::get("SequenceMask"), &linear, call);
        })
        .sample({.use_sequence_length = true, .value = 2},
                {{{4, 3, 2}}, {{3}, {Fill::Kind::integers, 0, 5}}})
        .sample({.use_sequence_length = true, .axis = 1},
                {{{3, 4}}, {{3}, {Fill::Kind::integers, 1, 5}}})
        .sample({}, {{{3, 2}}})
        .sample({.use_sequence_length = true}, {{{0, 2}}, {{2}, {Fill::Kind::integers, 0, 2}}});

void infer_last(const SequenceOptions& o, Inference& s) {
  expect_sequences(o, s);
  const Shape& data = s.in(kData);
  s.expect(data[static_cast<int>(o.axis)] > 0, kData, "sequences of ", data, " are empty");
  Shape out = data;
  out.erase(static_cast<int>(o.axis));
  s.set_out(0, out);
}

// One of no elements has its first as its last.
void last(const SequenceOptions& o, const Call& call) {
  const Tensor& x = call.in[kData];
  const Sequences s(o.axis, x.shape);
  const auto lengths = lengths_of(o.use_sequence_length, call.in, s, 1);
  dispatch_words(x.dtype, [&]<class W>() {
    for (std::int64_t i = 0; i < s.batch; ++i) {
      std::copy_n(x.as<W>() + s.begin(lengths.data()[i] - 1, i), s.rest,
                  call.out[0].as<W>() + i * s.rest);
    }
  });
}

void last_backward(const SequenceOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx) return;
  const Sequences s(o.axis, dx.shape);
  const auto lengths = lengths_of(o.use_sequence_length, call.in, s, 1);
  dispatch_words(dx.dtype, [&]<class W>() {
    std::fill_n(dx.as<W>(), dx.size(), W(0));
    for (std::int64_t i = 0; i < s.batch; ++i) {
      std::copy_n(call.out_grad[0].as<W>() + i * s.rest, s.rest,
                  dx.as<W>() + s.begin(lengths.data()[i] - 1, i));
    }
  });
}

const auto sequence_last =
    define_sequence<SequenceOptions>("SequenceLast", "The last element of each sequence.")
        .infer(infer_last)
        .forward(last)
        .backward(last_backward, Op::inputs)
        .derivative(derivative::of_linear<SequenceOptions>("SequenceLast"))
        .sample({.use_sequence_length = true}, {{{4, 3, 2}}, {{3}, {Fill::Kind::integers, 1, 5}}})
        .sample({.use_sequence_length = true, .axis = 1},
                {{{3, 4}}, {{3}, {Fill::Kind::integers, 1, 5}}})
        .sample({}, {{{3, 2, 2}}})
        .sample({}, {{{2, 0, 3}}});

void infer_reverse(const SequenceOptions& o, Inference& s) {
  expect_sequences(o, s);
  s.expect(o.axis == 0, -1, "axis: expected 0, got ", o.axis, "; use swapaxes first");
  s.set_out(0, s.in(kData));
}

// Its own inverse, and so its own gradient.
void reverse(const SequenceOptions& o, std::span<const Tensor> in, const Tensor& x,
             const Tensor& y) {
  const Sequences s(o.axis, x.shape);
  const auto lengths = lengths_of(o.use_sequence_length, in, s, 0);
  dispatch_words(x.dtype, [&]<class W>() {
    each_step(s, [&](std::int64_t time, std::int64_t sequence) {
      const std::int64_t length = lengths.data()[sequence];
      const std::int64_t from = time < length ? length - 1 - time : time;
      std::copy_n(x.as<W>() + s.begin(from, sequence), s.rest, y.as<W>() + s.begin(time, sequence));
    });
  });
}

const auto sequence_reverse =
    define_sequence<SequenceOptions>("SequenceReverse",
                                     "Sequences backwards; what lies behind their ends stays.")
        .infer(infer_reverse)
        .forward([](const SequenceOptions& o, const Call& call) {
          reverse(o, call.in, call.in[kData], call.out[0]);
        })
        .backward(
            [](const SequenceOptions& o, const GradientCall& call) {
              const Tensor& dx = call.in_grad[kData];
              if (dx) reverse(o, call.in, call.out_grad[0], dx);
            },
            Op::inputs)
        .derivative(derivative::of_linear<SequenceOptions>("SequenceReverse"))
        .sample({.use_sequence_length = true}, {{{4, 3, 2}}, {{3}, {Fill::Kind::integers, 0, 5}}})
        .sample({}, {{{3, 2}}})
        .sample({.use_sequence_length = true}, {{{0, 2}}, {{2}, {Fill::Kind::integers, 0, 2}}});

}  // namespace
}  // namespace gluino
