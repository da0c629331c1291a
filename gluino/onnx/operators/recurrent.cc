#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/creation/creation.h>
#include <gluino/ops/layers/rnn.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>
#include <limits>

// Recurrent layers. MXNet packs all parameters of all layers into one row and stacks layers in one
// operator; ONNX has one operator per layer, with the directions along an axis of their own.
namespace gluino::onnx {
namespace {

enum Input { kData, kParameters, kState, kCell };

// Of each mode: ONNX' operator, and which of MXNet's gates each of ONNX' is.
struct Mode {
  const char* ours;
  const char* theirs;
  Ints gates;
};
const std::vector<Mode>& modes() {
  static const std::vector<Mode> all = {{"lstm", "LSTM", {0, 3, 1, 2}},
                                        {"gru", "GRU", {1, 0, 2}},
                                        {"rnn_tanh", "RNN", {0}},
                                        {"rnn_relu", "RNN", {0}}};
  return all;
}

const Mode& mode_of(const std::string& ours) {
  for (const Mode& mode : modes()) {
    if (mode.ours == ours) return mode;
  }
  fail("RNN: there is no mode ", ours);
}

class Writer {
 public:
  Writer(ExportNode& node, const RNNOptions& options)
      : e_(node), o_(options), mode_(mode_of(options.mode)) {
    e_.expect(!o_.projection_size, "projection_size");
    e_.expect(!o_.lstm_state_clip_min && !o_.lstm_state_clip_max, "lstm_state_clip");
    e_.expect(!o_.use_sequence_length, "use_sequence_length");
    directions_ = o_.bidirectional ? 2 : 1;
    block_ = static_cast<std::int64_t>(mode_.gates.size()) * o_.state_size;
  }

  void write() {
    std::string x = e_.in(kData);
    Names states, cells;
    const std::int64_t input = e_.size(kData, 2);
    biases_at_ = 0;
    for (std::int64_t layer = 0; layer < o_.num_layers; ++layer) {
      biases_at_ += directions_ * block_ * (columns_of(layer, input) + o_.state_size);
    }
    for (std::int64_t layer = 0; layer < o_.num_layers; ++layer) {
      const Names out = e_.add_many(mode_.theirs, operands(x, layer, input), attributes(),
                                    o_.mode == "lstm" ? 3 : 2);
      // (T, directions, N, H) to (T, N, directions H).
      x = e_.reshape(e_.transpose(out[0], {0, 2, 1, 3}), {0, 0, -1});
      states.push_back(out[1]);
      if (o_.mode == "lstm") cells.push_back(out[2]);
    }
    e_.give(x, 0);
    if (!o_.state_outputs) return;
    e_.give(joined(states), 1);
    if (o_.mode == "lstm") e_.give(joined(cells), 2);
  }

 private:
  std::int64_t columns_of(std::int64_t layer, std::int64_t input) const {
    return layer == 0 ? input : directions_ * o_.state_size;
  }

  std::string joined(const Names& parts) {
    return parts.size() == 1 ? parts[0] : e_.add("Concat", parts, {{"axis", std::int64_t{0}}});
  }

  std::string part(int input, std::int64_t begin, std::int64_t end) {
    return e_.slice(e_.in(input), {begin}, {end}, {0});
  }

  // Rows of the parameters as (1, gates H, columns), the gates in ONNX' order; without columns a
  // row (1, gates H).
  std::string matrix(std::int64_t begin, std::int64_t columns) {
    const std::int64_t width = std::max<std::int64_t>(columns, 1);
    Names gates;
    for (const std::int64_t gate : mode_.gates) {
      const std::int64_t from = begin + gate * o_.state_size * width;
      gates.push_back(part(kParameters, from, from + o_.state_size * width));
    }
    return e_.reshape(joined(gates), columns > 0 ? Ints{1, block_, columns} : Ints{1, block_});
  }

  Names operands(const std::string& x, std::int64_t layer, std::int64_t input) {
    const std::int64_t columns = columns_of(layer, input);
    Names weights, recurrent, biases;
    for (std::int64_t direction = 0; direction < directions_; ++direction) {
      weights.push_back(matrix(weights_at_, columns));
      recurrent.push_back(matrix(weights_at_ + block_ * columns, o_.state_size));
      weights_at_ += block_ * (columns + o_.state_size);
      biases.push_back(e_.add("Concat", {matrix(biases_at_, 0), matrix(biases_at_ + block_, 0)},
                              {{"axis", std::int64_t{1}}}));
      biases_at_ += 2 * block_;
    }
    const std::int64_t first = layer * directions_;
    Names names{x,
                joined(weights),
                joined(recurrent),
                joined(biases),
                "",
                part(kState, first, first + directions_)};
    if (o_.mode == "lstm") names.push_back(part(kCell, first, first + directions_));
    return names;
  }

  Attributes attributes() const {
    Attributes attributes{{"hidden_size", o_.state_size}};
    if (o_.bidirectional) attributes["direction"] = std::string("bidirectional");
    // The reset gate is multiplied by what the state's matrix has given.
    if (o_.mode == "gru") attributes["linear_before_reset"] = std::int64_t{1};
    if (o_.mode == "rnn_relu") {
      attributes["activations"] =
          std::vector<std::string>(static_cast<std::size_t>(directions_), "Relu");
    }
    return attributes;
  }

  ExportNode& e_;
  const RNNOptions& o_;
  const Mode& mode_;
  std::int64_t directions_ = 1, block_ = 0;
  std::int64_t weights_at_ = 0, biases_at_ = 0;
};

// The gates' blocks as MXNet orders them, in one row.
NDArray in_our_order(const NDArray& packed, const Mode& mode) {
  const auto values = packed.to_vector<float>();
  const std::size_t block = values.size() / mode.gates.size();
  std::vector<float> ordered(values.size());
  for (std::size_t gate = 0; gate < mode.gates.size(); ++gate) {
    const auto to = static_cast<std::size_t>(mode.gates[gate]);
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(gate * block), block,
                ordered.begin() + static_cast<std::ptrdiff_t>(to * block));
  }
  return nd::from(ordered);
}

struct Layer {
  RNNOptions options;
  std::int64_t directions;
  const Mode* mode;
};

Layer layer_of(const ImportNode& n) {
  const std::string direction = n.text("direction", "forward");
  n.expect(direction == "forward" || direction == "bidirectional", "direction ", direction,
           " is not read");
  n.expect(n.integer("layout", 0) == 0, "layout: expected 0");
  n.expect(!n.has(4), "lengths of sequences are not read");
  n.expect(!n.has(7) && !n.has("clip") && n.integer("input_forget", 0) == 0,
           "peepholes, clip and input_forget are not read");
  Layer layer{.options = {.state_size = n.integer("hidden_size")},
              .directions = direction == "forward" ? 1 : 2,
              .mode = nullptr};
  std::string mode = n.op_type() == "LSTM" ? "lstm" : n.op_type() == "GRU" ? "gru" : "rnn_tanh";
  const std::vector<std::string> activations = n.texts("activations");
  if (n.op_type() == "RNN" && !activations.empty()) {
    const bool relu = activations[0] == "Relu";
    n.expect(relu || activations[0] == "Tanh", "activations: ", activations[0]);
    for (const std::string& name : activations) {
      n.expect(name == activations[0], "activations: expected the same in both directions");
    }
    if (relu) mode = "rnn_relu";
  } else if (!activations.empty()) {
    const std::vector<std::string> usual = mode == "lstm"
                                               ? std::vector<std::string>{"Sigmoid", "Tanh", "Tanh"}
                                               : std::vector<std::string>{"Sigmoid", "Tanh"};
    for (std::size_t i = 0; i < activations.size(); ++i) {
      n.expect(activations[i] == usual[i % usual.size()], "activations: ", activations[i]);
    }
  }
  n.expect(mode != "gru" || n.integer("linear_before_reset", 0) == 1,
           "linear_before_reset: expected 1");
  layer.mode = &mode_of(mode);
  layer.options.mode = mode;
  layer.options.bidirectional = layer.directions == 2;
  layer.options.state_outputs = true;
  return layer;
}

// W (directions, gates H, C), R (directions, gates H, H) and B (directions, 2 gates H) as one row.
NDArray packed_parameters(const ImportNode& n, const Layer& layer) {
  const std::int64_t units = layer.options.state_size;
  const auto gates = static_cast<std::int64_t>(layer.mode->gates.size());
  n.expect(units > 0 && units < (1 << 24), "hidden_size: got ", units);
  const NDArray& weights = n.constant(1);
  const NDArray& recurrent = n.constant(2);
  const std::int64_t block = gates * units;
  n.expect(
      weights.ndim() == 3 && weights.shape()[0] == layer.directions && weights.shape()[1] == block,
      "W: expected (", layer.directions, ", ", block, ", inputs), got ", weights.shape());
  n.expect(recurrent.shape() == Shape{layer.directions, block, units}, "R: expected (",
           layer.directions, ", ", block, ", ", units, "), got ", recurrent.shape());
  const NDArray biases =
      n.has(3) ? n.constant(3) : nd::zeros({layer.directions, 2 * block}, float32, cpu());
  n.expect(biases.shape() == Shape{layer.directions, 2 * block}, "B: expected (", layer.directions,
           ", ", 2 * block, "), got ", biases.shape());
  std::vector<float> row;
  const auto append = [&](const NDArray& part) {
    const auto values = in_our_order(part, *layer.mode).to_vector<float>();
    row.insert(row.end(), values.begin(), values.end());
  };
  for (std::int64_t direction = 0; direction < layer.directions; ++direction) {
    append(weights.slice_view(direction, direction + 1));
    append(recurrent.slice_view(direction, direction + 1));
  }
  for (std::int64_t direction = 0; direction < layer.directions; ++direction) {
    const NDArray both = biases.slice_view(direction, direction + 1).view({2, block});
    append(both.slice_view(0, 1));
    append(both.slice_view(1, 2));
  }
  return nd::from(row);
}

Symbols read_recurrent(const ImportNode& n) {
  const Layer layer = layer_of(n);
  const bool has_cells = layer.options.mode == "lstm";
  Symbols in{n.in(0), n.parameter(packed_parameters(n, layer))};
  const auto state = [&](int input) {
    // A batch of 0 is as large as the data's.
    const FilledOptions empty{.shape = {layer.directions, 0, layer.options.state_size}};
    return n.has(input) ? n.in(input) : n.make("_zeros", empty, {});
  };
  in.push_back(state(5));
  if (has_cells) in.push_back(state(6));
  const Symbol all = n.make("RNN", layer.options, in);
  // (T, N, directions H) to (T, directions, N, H).
  const Symbol split =
      n.make("Reshape", ReshapeOptions{.shape = {0, 0, layer.directions, layer.options.state_size}},
             {all[0]});
  const Symbol outputs = n.make("transpose", TransposeOptions{.axes = {0, 2, 1, 3}}, {split});
  if (has_cells) return {outputs, all[1], all[2]};
  return {outputs, all[1]};
}

const bool registered = translate([](Translations& t) {
  t.writes<RNNOptions>("RNN", [](ExportNode& e, const RNNOptions& o) { Writer(e, o).write(); });
  t.reads("LSTM", read_recurrent).reads("GRU", read_recurrent).reads("RNN", read_recurrent);
});

}  // namespace
}  // namespace gluino::onnx
