#include <gluino/base/error.h>
#include <gluino/gluon/rnn/rnn_layer.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/movement/movement.h>
#include <gluino/ops/movement/reshape.h>
#include <gluino/ops/reduce/reduce.h>

namespace gluino::gluon::rnn {
namespace {

constexpr std::int64_t kMaxLayers = 10000;
constexpr SwapAxisOptions kTimeAndBatch{.dim1 = 0, .dim2 = 1};

std::int64_t gates_of(const std::string& mode) {
  if (mode == "lstm") return 4;
  return mode == "gru" ? 3 : 1;
}

RNNOptions plain(const std::string& activation) {
  check(activation == "relu" || activation == "tanh",
        "[RNN] activation: expected relu or tanh, got ", activation);
  return {.mode = "rnn_" + activation};
}

RNNOptions lstm(const LSTMLayerOptions& o) {
  check(o.state_clip_min.has_value() == o.state_clip_max.has_value(),
        "[LSTM] state_clip_min and state_clip_max: expected both or none");
  check(!o.state_clip_nan || o.state_clip_min.has_value(),
        "[LSTM] state_clip_nan: expected state_clip_min and state_clip_max beside it");
  return {.mode = "lstm",
          .projection_size = o.projection_size,
          .lstm_state_clip_min = o.state_clip_min,
          .lstm_state_clip_max = o.state_clip_max,
          .lstm_state_clip_nan = o.state_clip_nan};
}

// Zeros (count, N, size) for data (T, N, C), by operators, so that a graph can make them.
NDArray zeros_for(const NDArray& data, std::int64_t count, std::int64_t size) {
  const NDArray none = ops::sum(ops::zeros_like(data), {.axis = {0, 2}, .keepdims = true});
  return ops::broadcast_to(none, {.shape = {count, data.shape()[1], size}});
}

}  // namespace

RNN::RNN(const RNNLayerOptions& options)
    : RecurrentLayer("rnn", options, plain(options.activation)) {}

LSTM::LSTM(const LSTMLayerOptions& options) : RecurrentLayer("lstm", options, lstm(options)) {}

GRU::GRU(const GRULayerOptions& options) : RecurrentLayer("gru", options, {.mode = "gru"}) {}

std::vector<std::int64_t> RecurrentLayer::state_sizes() const {
  const std::int64_t shown = op_.projection_size.value_or(op_.state_size);
  if (op_.mode == "lstm") return {shown, op_.state_size};
  return {shown};
}

// The operator's own check of its options says what is wrong with sizes.
void RecurrentLayer::add_parameters(std::int64_t input_size, DType dtype,
                                    const Initializers& initializers) {
  check(layout_ == "TNC" || layout_ == "NTC", "[", name(), "] layout: expected TNC or NTC, got ",
        layout_);
  check(input_size >= 0, "[", name(), "] input_size: expected at least 0, got ", input_size);
  check(op_.num_layers <= kMaxLayers, "[", name(), "] num_layers: expected at most ", kMaxLayers,
        ", got ", op_.num_layers);
  rnn_parameter_count(op_, input_size);
  const std::int64_t rows = gates_of(op_.mode) * op_.state_size;
  const std::int64_t shown = state_sizes()[0];
  std::int64_t columns = input_size > 0 ? input_size : -1;
  for (std::int64_t layer = 0; layer < op_.num_layers; ++layer) {
    for (const char* side : {"l", "r"}) {
      if (*side == 'r' && !op_.bidirectional) continue;
      const auto add = [&](const char* kind, const Shape& shape, const init::Initializer& init) {
        return parameter(str(side, layer, "_", kind),
                         {.shape = shape, .dtype = dtype, .init = init});
      };
      weights_.push_back(add("i2h_weight", {rows, columns}, initializers.i2h_weight));
      weights_.push_back(add("h2h_weight", {rows, shown}, initializers.h2h_weight));
      biases_.push_back(add("i2h_bias", {rows}, initializers.i2h_bias));
      biases_.push_back(add("h2h_bias", {rows}, initializers.h2h_bias));
      if (!op_.projection_size) continue;
      weights_.push_back(add("h2r_weight", {shown, op_.state_size}, initializers.h2r_weight));
    }
    columns = shown * directions();
  }
}

std::vector<StateInfo> RecurrentLayer::state_info(std::int64_t batch_size) const {
  std::vector<StateInfo> info;
  for (const std::int64_t size : state_sizes()) {
    info.push_back({.shape = {op_.num_layers * directions(), batch_size, size}, .layout = "LNC"});
  }
  return info;
}

States RecurrentLayer::begin_state(std::int64_t batch_size, const Context& context) const {
  States states;
  for (const StateInfo& state : state_info(batch_size)) {
    states.push_back(nd::zeros(state.shape, weights_[0].dtype(), context));
  }
  return states;
}

NDArray RecurrentLayer::operator()(const NDArray& inputs) { return call(inputs); }

std::pair<NDArray, States> RecurrentLayer::operator()(const NDArray& inputs, const Nested& states,
                                                      const NDArray& sequence_length) {
  const Nested arguments =
      sequence_length.defined() ? Nested{inputs, states, sequence_length} : Nested{inputs, states};
  return call(arguments).to<std::pair<NDArray, States>>();
}

// The first layer has as many columns as the inputs.
void RecurrentLayer::complete(const NDArray& data) const {
  check(data.ndim() == 3, "[", type_name(), " ", name(), "] inputs: expected 3 dimensions (",
        layout_ == "TNC" ? "T, N, C" : "N, T, C", "), got ", data.shape());
  const std::size_t kinds = op_.projection_size ? 3 : 2;
  for (std::int64_t side = 0; side < directions(); ++side) {
    const Parameter& weight = weights_[static_cast<std::size_t>(side) * kinds];
    const Shape known = weight.shape();
    check(known[1] < 0 || known[1] == data.shape()[2], "[", type_name(), " ", name(),
          "] inputs: expected ", known[1], " numbers in each step, got ", data.shape());
    if (!weight.is_initialized()) weight.complete({known[0], data.shape()[2]});
  }
}

States RecurrentLayer::starting(const Nested& states, const NDArray& data) const {
  const std::vector<std::int64_t> sizes = state_sizes();
  States begin;
  if (!states.defined()) {
    for (const std::int64_t size : sizes) {
      begin.push_back(zeros_for(data, op_.num_layers * directions(), size));
    }
    return begin;
  }
  begin = states.is_array() ? States{states.array()} : states.arrays();
  check(begin.size() == sizes.size(), "[", type_name(), " ", name(), "] expected ", sizes.size(),
        sizes.size() == 1 ? " state, got " : " states, got ", begin.size());
  return begin;
}

std::vector<Parameter> RecurrentLayer::params_of_row() const {
  std::vector<Parameter> all = weights_;
  all.insert(all.end(), biases_.begin(), biases_.end());
  return all;
}

// One row, as the operator takes it.
NDArray RecurrentLayer::packed(const Context& context) const {
  std::vector<NDArray> parts;
  for (const auto* parameters : {&weights_, &biases_}) {
    for (const Parameter& parameter : *parameters) {
      parts.push_back(ops::reshape(parameter.data(context), {.shape = {-1}}));
    }
  }
  return ops::concat(parts, {.dim = 0});
}

Nested RecurrentLayer::forward(const Nested& inputs) {
  const auto [x, states, lengths] = arguments<NDArray, Nested, std::optional<NDArray>>(inputs);
  check(lengths.has_value() == op_.use_sequence_length, "[", type_name(), " ", name(), "] ",
        op_.use_sequence_length ? "use_sequence_length is set, and there is no sequence_length"
                                : "sequence_length is given, and use_sequence_length is not set");
  complete(x);
  const bool turned = layout_ == "NTC";
  const NDArray data = turned ? ops::swapaxes(x, kTimeAndBatch) : x;
  std::vector<NDArray> operands = {data, packed(x.context())};
  for (const NDArray& state : starting(states, data)) operands.push_back(state);
  if (lengths) operands.push_back(lengths->astype(float32, false));
  const std::vector<NDArray> made = ops::RNN(operands, op_);
  const NDArray outputs = turned ? ops::swapaxes(made[0], kTimeAndBatch) : made[0];
  if (inputs.is_array()) return outputs;
  return Nested{outputs, States(made.begin() + 1, made.end())};
}

std::vector<std::pair<std::string, Parameter>> RecurrentLayer::structural_params() const {
  std::vector<std::pair<std::string, Parameter>> found;
  for (auto& [own, parameter] : HybridBlock::structural_params()) {
    // "r1_i2h_bias": the side, the layer, and what it is there.
    const auto cut = own.find('_');
    const std::string side = op_.bidirectional ? str(own[0], "_cell.") : "";
    found.emplace_back(str("_unfused.", own.substr(1, cut - 1), ".", side, own.substr(cut + 1)),
                       parameter);
  }
  return found;
}

std::string RecurrentLayer::to_string() const {
  const std::int64_t columns = weights_[0].shape()[1];
  std::string text = str(type_name(), "(", columns > 0 ? std::to_string(columns) : "None", " -> ",
                         op_.state_size, ", ", layout_);
  if (op_.num_layers != 1) text += str(", num_layers=", op_.num_layers);
  if (op_.p != 0) text += str(", dropout=", op_.p);
  if (op_.bidirectional) text += ", bidirectional";
  return text + ")";
}

}  // namespace gluino::gluon::rnn
