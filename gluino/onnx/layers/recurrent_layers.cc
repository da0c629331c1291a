#include <gluino/ndarray/creation.h>
#include <gluino/onnx/layers/recurrent.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/layers/rnn.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/sequence.h>

#include <algorithm>

// Recurrent layers, read: as our one operator where it computes the same, else step by step.
namespace gluino::onnx {
namespace recurrent {

Layer::Layer(const ImportNode& n) : op_type(n.op_type()) {
  units = n.integer("hidden_size");
  n.expect(units > 0 && units < (1 << 24), "hidden_size: got ", units);
  gates = is("LSTM") ? 4 : is("GRU") ? 3 : 1;
  const std::string direction = n.text("direction", "forward");
  n.expect(direction == "forward" || direction == "reverse" || direction == "bidirectional",
           "direction: expected forward, reverse or bidirectional, got ", direction);
  directions = direction == "bidirectional" ? 2 : 1;
  begins_reverse = direction == "reverse";
  batch_first = n.integer("layout", 0) != 0;
  clip = n.real("clip", 0);
  if (is("LSTM")) input_forget = n.integer("input_forget", 0) != 0;
  if (is("GRU")) linear_before_reset = n.integer("linear_before_reset", 0) != 0;
  std::vector<std::string> usual{"Tanh"};
  if (is("GRU")) usual = {"Sigmoid", "Tanh"};
  if (is("LSTM")) usual = {"Sigmoid", "Tanh", "Tanh"};
  if (directions == 2) {
    const std::vector<std::string> once = usual;
    usual.insert(usual.end(), once.begin(), once.end());
  }
  activations = n.texts("activations");
  if (activations.empty()) activations = usual;
  n.expect(activations.size() == usual.size(), "activations: expected ", usual.size(), ", got ",
           activations.size());
  usual_activations = activations == usual;
}

}  // namespace recurrent

namespace {

using recurrent::Layer;
using namespace recurrent;  // the inputs

// The mode of our operator, or null where it computes another thing.
const Mode* mode_for(const ImportNode& n, const Layer& layer) {
  const auto all_are = [&](const char* name) {
    return std::all_of(layer.activations.begin(), layer.activations.end(),
                       [name](const std::string& each) { return each == name; });
  };
  const bool has_parameters = n.constant_if(kWeights) && n.constant_if(kRecurrent) &&
                              (!n.has(kBiases) || n.constant_if(kBiases));
  if (!has_parameters || layer.clip != 0 || layer.input_forget) return nullptr;
  if (layer.is("LSTM") && n.has(kPeepholes)) return nullptr;
  if (layer.is("GRU") && !layer.linear_before_reset) return nullptr;
  if (layer.is("RNN") && all_are("Relu")) return &mode_of("rnn_relu");
  if (!layer.usual_activations) return nullptr;
  return &mode_of(layer.is("LSTM") ? "lstm" : layer.is("GRU") ? "gru" : "rnn_tanh");
}

// The gates' blocks as MXNet orders them, behind what is there.
void append_in_our_order(std::vector<double>& row, const NDArray& packed, const Mode& mode) {
  const auto values = packed.to_vector<double>();
  const std::size_t block = values.size() / mode.gates.size(), begin = row.size();
  row.resize(begin + values.size());
  for (std::size_t gate = 0; gate < mode.gates.size(); ++gate) {
    const auto to = static_cast<std::size_t>(mode.gates[gate]);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(gate * block), block,
                row.begin() + static_cast<std::ptrdiff_t>(begin + to * block));
  }
}

// W (directions, gates H, C), R (directions, gates H, H) and B (directions, 2 gates H) as one row.
NDArray packed_parameters(const ImportNode& n, const Layer& layer, const Mode& mode) {
  const NDArray& weights = n.constant(kWeights);
  const NDArray& recurrent = n.constant(kRecurrent);
  const std::int64_t block = layer.gates * layer.units;
  n.expect(
      weights.ndim() == 3 && weights.shape()[0] == layer.directions && weights.shape()[1] == block,
      "W: expected (", layer.directions, ", ", block, ", inputs), got ", weights.shape());
  n.expect(recurrent.shape() == Shape{layer.directions, block, layer.units}, "R: expected (",
           layer.directions, ", ", block, ", ", layer.units, "), got ", recurrent.shape());
  const NDArray biases = n.has(kBiases)
                             ? n.constant(kBiases)
                             : nd::zeros({layer.directions, 2 * block}, weights.dtype(), cpu());
  n.expect(biases.shape() == Shape{layer.directions, 2 * block}, "B: expected (", layer.directions,
           ", ", 2 * block, "), got ", biases.shape());
  std::vector<double> row;
  for (std::int64_t direction = 0; direction < layer.directions; ++direction) {
    append_in_our_order(row, weights.slice_view(direction, direction + 1), mode);
    append_in_our_order(row, recurrent.slice_view(direction, direction + 1), mode);
  }
  for (std::int64_t direction = 0; direction < layer.directions; ++direction) {
    const NDArray both = biases.slice_view(direction, direction + 1).view({2, block});
    append_in_our_order(row, both.slice_view(0, 1), mode);
    append_in_our_order(row, both.slice_view(1, 2), mode);
  }
  return nd::from(row, {static_cast<std::int64_t>(row.size())}, cpu()).astype(weights.dtype());
}

// As our operator: (T, N, C) to (T, directions, N, H).
Symbols as_one(const ImportNode& n, const Layer& layer, const Mode& mode, const Symbol& x,
               const Symbols& states) {
  const Composer c(n);
  const bool has_lengths = n.has(kLengths);
  const RNNOptions options{.state_size = layer.units,
                           .bidirectional = layer.directions == 2,
                           .mode = mode.ours,
                           .state_outputs = true,
                           .use_sequence_length = has_lengths};
  const auto lengths = [&] { return c.cast(n.in(kLengths), n.dtype()); };
  // What runs backwards alone runs forwards over reversed sequences.
  const auto turned = [&](const Symbol& s) {
    if (!layer.begins_reverse) return s;
    const SequenceOptions of{.use_sequence_length = has_lengths};
    return n.make("SequenceReverse", of, has_lengths ? Symbols{s, lengths()} : Symbols{s});
  };
  Symbols in{turned(x), n.parameter(packed_parameters(n, layer, mode))};
  // A batch of 0 is as large as the data's.
  const FilledOptions empty{.shape = {layer.directions, 0, layer.units}, .dtype = n.dtype()};
  for (const Symbol& state : states) {
    in.push_back(state.entries().empty() ? n.make("_zeros", empty, {}) : state);
  }
  if (has_lengths) in.push_back(lengths());
  const Symbol all = n.make("RNN", options, in);
  const Symbol split = c.reshape(turned(all[0]), {0, 0, layer.directions, layer.units});
  Symbols outputs{c.transpose(split, {0, 2, 1, 3}), all[1]};
  if (layer.is("LSTM")) outputs.push_back(all[2]);
  return outputs;
}

Symbols read_recurrent(const ImportNode& n) {
  const Composer c(n);
  const Layer layer(n);
  const auto time_first = [&](const Symbol& x) {
    return layer.batch_first ? n.make("SwapAxis", SwapAxisOptions{.dim1 = 0, .dim2 = 1}, {x}) : x;
  };
  const Mode* const mode = mode_for(n, layer);
  Symbols states;
  for (int input = kState; input <= (layer.is("LSTM") ? kCell : kState); ++input) {
    states.push_back(n.has(input) ? time_first(n.in(input)) : Symbol());
  }
  const Symbol x = time_first(n.in());
  Symbols all =
      mode != nullptr ? as_one(n, layer, *mode, x, states) : step_by_step(n, layer, x, states);
  if (!layer.batch_first) return all;
  all[0] = c.transpose(all[0], {2, 0, 1, 3});
  for (std::size_t i = 1; i < all.size(); ++i) all[i] = time_first(all[i]);
  return all;
}

const bool registered = translate([](Translations& t) {
  t.reads("LSTM", read_recurrent).reads("GRU", read_recurrent).reads("RNN", read_recurrent);
});

}  // namespace
}  // namespace gluino::onnx
