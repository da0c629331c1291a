#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/layers/rnn_gradient-inl.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace gluino {
namespace {

using rnn::Kept;
using rnn::Parameters;
using rnn::Sizes;

enum Input { kData, kParameters, kState, kCell };

bool has_cell(const RNNOptions& o) { return o.mode == "lstm"; }

std::vector<std::string> input_names(const RNNOptions& o) {
  std::vector<std::string> names = {"data", "parameters", "state"};
  if (has_cell(o)) names.emplace_back("state_cell");
  if (o.use_sequence_length) names.emplace_back("sequence_length");
  return names;
}

// The options and the data's shape, with the lengths of the sequences, brought inside.
struct Problem : Sizes {
  Problem(const RNNOptions& o, std::span<const Tensor> in)
      : Sizes(o, in[kData].shape), room(o.use_sequence_length ? batch : 0) {
    if (!o.use_sequence_length) return;
    const Tensor& given = in.back();
    kernels::convert(given.data, given.dtype, room.data(), int64, batch);
    for (std::int64_t n = 0; n < batch; ++n) {
      room.data()[n] = std::clamp<std::int64_t>(room.data()[n], 0, steps);
    }
    lengths = room.data();
  }
  Temporary<std::int64_t> room;
};

// The outputs: those that a caller gets, and what the gradient needs.
std::vector<std::string> output_names(const RNNOptions& o) {
  std::vector<std::string> names = {"output"};
  if (o.state_outputs) names.emplace_back("state_output");
  if (o.state_outputs && has_cell(o)) names.emplace_back("statecell_output");
  names.emplace_back("kept");
  return names;
}

int visible(const RNNOptions& o) { return static_cast<int>(output_names(o).size()) - 1; }

// Throws Error unless all sizes that follow are numbers that can be counted with.
void check_sizes(const RNNOptions& o, double rows, double input) {
  check(o.state_size >= 1 && o.num_layers >= 1, "[RNN] state_size and num_layers: expected 1 or ",
        "more, got ", o.state_size, " and ", o.num_layers);
  check(o.p >= 0 && o.p < 1, "[RNN] p: expected 0 <= p < 1, got ", o.p);
  const bool projects = o.projection_size.has_value();
  const bool clips = o.lstm_state_clip_min || o.lstm_state_clip_max;
  check(has_cell(o) || !(projects || clips),
        "[RNN] projection_size and lstm_state_clip: only lstm has them, not ", o.mode);
  check(!projects || (*o.projection_size >= 1 && *o.projection_size <= o.state_size),
        "[RNN] projection_size: expected 1 to state_size, ", o.state_size, ", got ",
        o.projection_size.value_or(0));
  const Sizes z(o, {0, 0, 0});
  check(!(z.bounds.least > z.bounds.most), "[RNN] lstm_state_clip_min: expected no more than ",
        z.bounds.most, ", got ", z.bounds.least);
  const double units = 8 * static_cast<double>(o.state_size) * static_cast<double>(o.num_layers);
  const double most = units * (9 * rows + input + 3 * static_cast<double>(o.state_size) + 8);
  check(most < 0x1p60, "[RNN] state_size ", o.state_size, " and num_layers ", o.num_layers,
        " are too large");
}

void infer(const RNNOptions& o, Inference& s) {
  s.expect_ndim(kData, 3, "(T, N, C)");
  const Shape& data = s.in(kData);
  check_sizes(o, static_cast<double>(data[0]) * static_cast<double>(data[1]),
              static_cast<double>(data[2]));
  const Sizes z(o, data);
  const Shape state = {z.layers * z.directions, z.batch, z.shown};
  const Shape cell = {z.layers * z.directions, z.batch, z.units};
  s.set_in(kParameters, {z.all_parameters()});
  s.set_in(kState, state);
  if (has_cell(o)) s.set_in(kCell, cell);
  const int reals = has_cell(o) ? kCell + 1 : kState + 1;
  for (int i = 1; i < reals; ++i) {
    s.expect(s.in_type(i) == s.in_type(kData), i, "expected the type of the data, ",
             s.in_type(kData), ", got ", s.in_type(i));
  }
  if (o.use_sequence_length) s.set_in(reals, {z.batch});
  s.set_out(0, {z.steps, z.batch, z.width()});
  if (o.state_outputs) s.set_out(1, state);
  if (o.state_outputs && has_cell(o)) s.set_out(2, cell);
  s.set_out(visible(o), {z.layers * Kept<float>::layer_size(z)});
  s.set_out_type(visible(o), s.in_type(kData) == float64 ? float64 : float32);
}

// The part of states (L, N, shown), or cells (L, N, H), that belongs to a layer's direction; null
// of none.
template <class T>
T* part_of(const Sizes& z, T* all, std::int64_t layer, std::int64_t direction, std::int64_t size) {
  return all == nullptr ? nullptr : all + (layer * z.directions + direction) * z.batch * size;
}
template <class T>
T* part(const Sizes& z, T* states, std::int64_t layer, std::int64_t direction) {
  return part_of(z, states, layer, direction, z.shown);
}
template <class T>
T* cell_part(const Sizes& z, T* cells, std::int64_t layer, std::int64_t direction) {
  return part_of(z, cells, layer, direction, z.units);
}

template <class T>
T* data_of(std::span<const Tensor> tensors, int i) {
  const auto at = static_cast<std::size_t>(i);
  return at < tensors.size() ? tensors[at].as<T>() : nullptr;
}

// That of the cells among the inputs, or among their gradients; only lstm has them.
template <class T>
T* cell_input(const RNNOptions& o, const Sizes& z, std::span<const Tensor> inputs,
              std::int64_t layer, std::int64_t direction) {
  return has_cell(o) ? cell_part(z, data_of<T>(inputs, kCell), layer, direction) : nullptr;
}

template <class T>
void run(const RNNOptions& o, const Call& call) {
  const Problem z(o, call.in);
  const auto hidden = static_cast<std::size_t>(visible(o));
  const Temporary<T> unseen(call.out[hidden] ? 0 : call.out[hidden].size());
  T* all = call.out[hidden] ? call.out[hidden].as<T>() : unseen.data();
  const Temporary<T> dropped(z.drops ? z.rows() * z.width() : 0);
  const T* x = call.in[kData].as<T>();
  T* states = o.state_outputs ? data_of<T>(call.out, 1) : nullptr;
  T* cells = o.state_outputs && has_cell(o) ? data_of<T>(call.out, 2) : nullptr;
  for (std::int64_t layer = 0; layer < z.layers; ++layer) {
    const Kept<T> kept(z, all, layer);
    for (std::int64_t d = 0; d < z.directions; ++d) {
      const Parameters<const T> p(z, call.in[kParameters].as<const T>(), layer, d);
      const T* first = part(z, call.in[kState].as<const T>(), layer, d);
      const T* first_cell = cell_input<const T>(o, z, call.in, layer, d);
      rnn::run_direction<T>(z, p, x, z.input_of(layer), first, first_cell, kept, d);
      rnn::copy_last<T>(z, kept.outputs + d * z.shown, z.width(), z.shown, d, first,
                        part(z, states, layer, d));
      rnn::copy_last<T>(z, kept.extra[d], z.units, z.units, d, first_cell,
                        cell_part(z, cells, layer, d));
    }
    x = kept.outputs;
    if (layer + 1 == z.layers || !z.drops) continue;
    if (call.training) {
      rnn::drop<T>(z, o.p, kept, dropped.data());
      x = dropped.data();
    } else {
      std::fill_n(kept.mask, z.rows() * z.width(), T(1));
    }
  }
  std::copy_n(x, z.rows() * z.width(), call.out[0].as<T>());
}

void forward(const RNNOptions& o, const Call& call) {
  dispatch_real(call.in[kData].dtype, "RNN", [&]<class T>() { run<T>(o, call); });
}

// Copies a gradient that may be missing: then it is 0.
template <class T>
void copy_or_zero(const T* from, std::int64_t n, T* to) {
  if (from != nullptr) {
    std::copy_n(from, n, to);
  } else {
    std::fill_n(to, n, T(0));
  }
}

template <class T>
void run_back(const RNNOptions& o, const GradientCall& call) {
  const Problem z(o, call.in);
  const std::int64_t n = z.rows() * z.width();
  const std::int64_t of_states = z.batch * z.shown, of_cells = z.batch * z.units;
  T* all = call.out[static_cast<std::size_t>(visible(o))].as<T>();
  const Temporary<T> of_outputs(n), of_inputs(n), dh(of_states), dc(of_cells);
  const Temporary<T> dropped(z.drops ? n : 0);
  T *dy = of_outputs.data(), *dx = of_inputs.data();
  copy_or_zero<T>(call.out_grad[0].as<T>(), n, dy);
  const T* heads = o.state_outputs ? data_of<const T>(call.out_grad, 1) : nullptr;
  const T* cell_heads =
      o.state_outputs && has_cell(o) ? data_of<const T>(call.out_grad, 2) : nullptr;
  for (std::int64_t layer = z.layers - 1; layer >= 0; --layer) {
    const Kept<T> kept(z, all, layer);
    T* below = layer > 0 ? dx : call.in_grad[kData].as<T>();
    const Kept<T> under(z, all, std::max<std::int64_t>(layer - 1, 0));
    const T* x = layer > 0 ? under.outputs : call.in[kData].as<T>();
    if (layer > 0 && z.drops) {
      for (std::int64_t i = 0; i < n; ++i) dropped.data()[i] = x[i] * under.mask[i];
      x = dropped.data();
    }
    for (std::int64_t d = 0; d < z.directions; ++d) {
      copy_or_zero<T>(part(z, heads, layer, d), of_states, dh.data());
      copy_or_zero<T>(cell_part(z, cell_heads, layer, d), of_cells, dc.data());
      const Parameters<const T> p(z, call.in[kParameters].as<const T>(), layer, d);
      rnn::direction_gradient<T>(z, p, kept, layer, d,
                                 {.x = x,
                                  .inputs = z.input_of(layer),
                                  .first = part(z, call.in[kState].as<const T>(), layer, d),
                                  .first_cell = cell_input<const T>(o, z, call.in, layer, d),
                                  .dy = dy,
                                  .dh = dh.data(),
                                  .dc = dc.data(),
                                  .dx = below,
                                  .parameters = call.in_grad[kParameters].as<T>()});
      T* dstate = part(z, call.in_grad[kState].as<T>(), layer, d);
      T* dcell = cell_input<T>(o, z, call.in_grad, layer, d);
      if (dstate != nullptr) std::copy_n(dh.data(), of_states, dstate);
      if (dcell != nullptr) std::copy_n(dc.data(), of_cells, dcell);
    }
    std::swap(dy, dx);
    for (std::int64_t i = 0; layer > 0 && z.drops && i < n; ++i) dy[i] *= under.mask[i];
  }
}

void backward(const RNNOptions& o, const GradientCall& call) {
  dispatch_real(call.in[kData].dtype, "RNN", [&]<class T>() { run_back<T>(o, call); });
}

const auto registered =
    define_op<RNNOptions>("RNN")
        .aliases({"_npx_rnn"})
        .doc("Layers of a recurrent network over sequences.")
        .instead("FullyConnected, sigmoid and tanh, step by step,")
        .inputs({"data"})
        .parameters({"parameters", "state", "state_cell", "sequence_length"})
        .inputs_by(input_names, [](const RNNOptions& /*options*/) { return 0; })
        .reads_places({kCell + 1})
        // The lengths, which stand elsewhere without cells, may have any type.
        .looks_up_if([](const RNNOptions& o, int input) {
          return o.use_sequence_length && input == (has_cell(o) ? kCell : kState) + 1;
        })
        .infer_types([](const RNNOptions& /*options*/, auto in, auto /*out*/) {
          for (auto& type : in) type = type ? type : in[kData];
        })
        .output_names_by(output_names)
        .visible_by(visible)
        .field("state_size", &RNNOptions::state_size, "The number of units of a layer.")
        .required()
        .field("num_layers", &RNNOptions::num_layers, "The number of layers.")
        .required()
        .field("bidirectional", &RNNOptions::bidirectional, "Layers go both ways.")
        .field("mode", &RNNOptions::mode, "What a unit is.",
               {"rnn_relu", "rnn_tanh", "lstm", "gru"})
        .required()
        .field("p", &RNNOptions::p, "What is dropped between layers in training.")
        .field("state_outputs", &RNNOptions::state_outputs, "Give the last states, too.")
        .field("projection_size", &RNNOptions::projection_size,
               "The size of what an lstm shows, of its units multiplied by a matrix.")
        .field("lstm_state_clip_min", &RNNOptions::lstm_state_clip_min, "The least of a cell.")
        .field("lstm_state_clip_max", &RNNOptions::lstm_state_clip_max, "The most of a cell.")
        .field("lstm_state_clip_nan", &RNNOptions::lstm_state_clip_nan,
               "A cell that is no number becomes the least.")
        .field("use_sequence_length", &RNNOptions::use_sequence_length,
               "Sequences have lengths of their own, the last input.")
        .random_if([](const RNNOptions& o, bool training) {
          return o.p > 0 && training && o.num_layers > 1;
        })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample({.state_size = 3, .num_layers = 1, .mode = "lstm", .state_outputs = true},
                {{{3, 2, 2}}, {{84}}, {{1, 2, 3}}, {{1, 2, 3}}})
        .sample({.state_size = 2, .num_layers = 2, .bidirectional = true, .mode = "lstm"},
                {{{2, 2, 3}}, {{240}}, {{4, 2, 2}}, {{4, 2, 2}}})
        .sample({.state_size = 2,
                 .num_layers = 2,
                 .bidirectional = true,
                 .mode = "gru",
                 .state_outputs = true},
                {{{3, 2, 3}}, {{180}}, {{4, 2, 2}}})
        .sample({.state_size = 3, .num_layers = 2, .mode = "rnn_tanh", .state_outputs = true},
                {{{3, 2, 2}}, {{45}}, {{2, 2, 3}}})
        .sample({.state_size = 2, .num_layers = 1, .bidirectional = true, .mode = "rnn_relu"},
                {{{3, 1, 2}}, {{24}}, {{2, 1, 2}}})
        .sample({.state_size = 2, .num_layers = 1, .mode = "lstm", .state_outputs = true},
                {{{0, 2, 2}}, {{48}}, {{1, 2, 2}}, {{1, 2, 2}}})
        .sample({.state_size = 3,
                 .num_layers = 2,
                 .bidirectional = true,
                 .mode = "lstm",
                 .state_outputs = true,
                 .projection_size = 2},
                {{{3, 2, 2}}, {{360}}, {{4, 2, 2}}, {{4, 2, 3}}})
        .sample({.state_size = 2,
                 .num_layers = 1,
                 .mode = "lstm",
                 .state_outputs = true,
                 .lstm_state_clip_min = -0.1,
                 .lstm_state_clip_max = 0.2},
                {{{3, 2, 2}}, {{48}}, {{1, 2, 2}}, {{1, 2, 2}}})
        .sample(
            {.state_size = 2,
             .num_layers = 2,
             .bidirectional = true,
             .mode = "lstm",
             .state_outputs = true,
             .use_sequence_length = true},
            {{{4, 3, 2}}, {{224}}, {{4, 3, 2}}, {{4, 3, 2}}, {{3}, {Fill::Kind::integers, 0, 5}}})
        .sample({.state_size = 2,
                 .num_layers = 1,
                 .bidirectional = true,
                 .mode = "gru",
                 .state_outputs = true,
                 .use_sequence_length = true},
                {{{3, 2, 2}}, {{72}}, {{2, 2, 2}}, {{2}, {Fill::Kind::integers, 1, 4}}})
        .sample({.state_size = 2, .num_layers = 1, .mode = "gru"},
                {{{2, 0, 2}}, {{36}}, {{1, 0, 2}}});

}  // namespace

std::int64_t rnn_parameter_count(const RNNOptions& options, std::int64_t input_size) {
  check(input_size >= 0, "rnn_parameter_count: expected an input size of at least 0, got ",
        input_size);
  check_sizes(options, 0, static_cast<double>(input_size));
  return Sizes(options, {0, 0, input_size}).all_parameters();
}

}  // namespace gluino
