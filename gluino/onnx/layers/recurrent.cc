#include <gluino/onnx/layers/recurrent.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/rnn.h>

#include <algorithm>
#include <limits>

// Recurrent layers, written. MXNet packs all parameters of all layers into one row and stacks
// layers in one operator; ONNX has one operator per layer, with the directions along an axis of
// their own.
namespace gluino::onnx {
namespace {

enum Input { kData, kParameters, kState, kCell };

class Writer {
 public:
  Writer(ExportNode& node, const RNNOptions& options)
      : e_(node), o_(options), mode_(recurrent::mode_of(options.mode)) {
    e_.expect(!o_.projection_size, "projection_size");
    e_.expect(!o_.lstm_state_clip_min && !o_.lstm_state_clip_max, "lstm_state_clip");
    directions_ = o_.bidirectional ? 2 : 1;
    block_ = static_cast<std::int64_t>(mode_.gates.size()) * o_.state_size;
  }

  void write() {
    std::string x = e_.in(kData);
    if (o_.use_sequence_length) lengths_ = e_.cast(e_.in(e_.num_inputs() - 1), int32);
    Names states, cells;
    const std::int64_t input = e_.size(kData, 2);
    biases_at_ = 0;
    for (std::int64_t layer = 0; layer < o_.num_layers; ++layer) {
      biases_at_ += directions_ * block_ * (columns_of(layer, input) + o_.state_size);
    }
    for (std::int64_t layer = 0; layer < o_.num_layers; ++layer) {
      const Names in = operands(x, layer, input);
      const Names out = e_.add_many(mode_.theirs, in, attributes(), o_.mode == "lstm" ? 3 : 2);
      // (T, directions, N, H) to (T, N, directions H).
      x = e_.reshape(e_.transpose(out[0], {0, 2, 1, 3}), {0, 0, -1});
      if (!o_.state_outputs) continue;
      states.push_back(last_state(out[1], in[5]));
      if (o_.mode == "lstm") cells.push_back(last_state(out[2], in[6]));
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

  // A sequence of no steps leaves the state as it was, of which ONNX says nothing.
  std::string last_state(const std::string& last, const std::string& first) {
    if (lengths_.empty()) return last;
    const std::string is_empty = e_.add("Less", {lengths_, e_.number(1, int32)});
    return e_.add("Where", {e_.unsqueeze(is_empty, {0, 2}), first, last});
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
                lengths_,
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
  const recurrent::Mode& mode_;
  std::int64_t directions_ = 1, block_ = 0;
  std::int64_t weights_at_ = 0, biases_at_ = 0;
  /// Of the sequences; empty: all are whole.
  std::string lengths_;
};

const bool registered = translate([](Translations& t) {
  t.writes<RNNOptions>("RNN", [](ExportNode& e, const RNNOptions& o) { Writer(e, o).write(); });
});

}  // namespace
}  // namespace gluino::onnx
