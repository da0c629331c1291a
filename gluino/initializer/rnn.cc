// Initializers of recurrent nets.
#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/options.h>

#include <cmath>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace gluino::init {
namespace {

struct Cell {
  std::string_view mode;
  std::vector<std::string> gates;  // in the order in which their weights lie
};

const std::vector<std::string>& gates_of(const std::string& mode) {
  static const std::vector<Cell> cells = {{"rnn_relu", {""}},
                                          {"rnn_tanh", {""}},
                                          {"lstm", {"_i", "_f", "_c", "_o"}},
                                          {"gru", {"_r", "_z", "_o"}}};
  for (const Cell& cell : cells) {
    if (cell.mode == mode) return cell.gates;
  }
  fail("[fusedrnn] mode: expected rnn_relu, rnn_tanh, lstm or gru, got '", mode, "'");
}

struct Part {
  std::string name;
  Shape shape;
};

// The parts of the vector of a net's weights in their order: all weights, then all biases.
std::vector<Part> parts_of(const FusedRNNOptions& net, std::int64_t inputs) {
  const std::vector<std::string>& gates = gates_of(net.mode);
  const std::string_view sides = net.bidirectional ? "lr" : "l";
  const std::int64_t units = net.num_hidden;
  std::vector<Part> parts;
  for (const bool bias : {false, true}) {
    for (std::int64_t layer = 0; layer < net.num_layers; ++layer) {
      const std::int64_t width =
          layer == 0 ? inputs : units * static_cast<std::int64_t>(sides.size());
      for (const char side : sides) {
        for (const auto& [group, columns] : {std::pair("i2h", width), {"h2h", units}}) {
          for (const std::string& gate : gates) {
            parts.push_back({str(side, layer, "_", group, gate, bias ? "_bias" : "_weight"),
                             bias ? Shape({units}) : Shape({units, columns})});
          }
        }
      }
    }
  }
  return parts;
}

// How wide the inputs are of a net whose weights fill `size` elements; below 1 for none.
std::int64_t inputs_of(const FusedRNNOptions& net, std::int64_t size) {
  const std::int64_t sides = net.bidirectional ? 2 : 1;
  const std::int64_t units = net.num_hidden;
  const std::int64_t rows = sides * static_cast<std::int64_t>(gates_of(net.mode).size()) * units;
  if (size % rows != 0) return 0;
  return size / rows - units - 2 - (net.num_layers - 1) * (units * (sides + 1) + 2);
}

void fill_net(const FusedRNNOptions& net, const std::string& name, const NDArray& array,
              const Initializer& of_net) {
  const Initializer& initializer = net.init.defined() ? net.init : of_net;
  check(initializer.defined(), "[fusedrnn] ", name,
        ": there is no initializer for the weights in it; give one as FusedRNNOptions::init");
  const std::int64_t inputs = array.ndim() == 1 ? inputs_of(net, array.size()) : 0;
  check(inputs >= 1, "[fusedrnn] ", name, ": an array of shape ", array.shape(),
        " holds no weights of ", net.num_layers, net.bidirectional ? " bidirectional" : "",
        " layers of ", net.num_hidden, " units of ", net.mode);
  std::int64_t begin = 0;
  for (const Part& part : parts_of(net, inputs)) {
    const std::int64_t end = begin + part.shape.size();
    const NDArray values = array.slice_view(begin, end).view(part.shape);
    if (net.mode == "lstm" && part.name.ends_with("_f_bias")) {
      values.assign(net.forget_bias);
    } else {
      initializer(part.name, values);
    }
    begin = end;
  }
}

std::int64_t whole_number(OptionReader& reader, const char* name) {
  const double value = reader.number(name, 0);
  check(value >= 1 && value <= (1 << 30) && value == std::floor(value), "[fusedrnn] ", name,
        ": expected a whole number from 1 on, got ", value);
  return static_cast<std::int64_t>(value);
}

bool truth(OptionReader& reader, const char* name) {
  const std::string text = reader.text(name, "False");
  const std::optional<bool> value = truth_of(text);
  check(value.has_value(), "[fusedrnn] ", name, ": expected True or False, got '", text, "'");
  return *value;
}

[[maybe_unused]] const bool registered = [] {
  register_initializer("lstmbias", [](const auto& options) {
    OptionReader reader("lstmbias", options);
    const double forget_bias = reader.number("forget_bias", 1);
    reader.done();
    return LSTMBias(forget_bias);
  });
  register_initializer("fusedrnn", [](const auto& options) {
    OptionReader reader("fusedrnn", options);
    FusedRNNOptions net;
    const std::string of_weights = reader.text("init", "");
    if (!of_weights.empty()) net.init = create_from_json(of_weights);
    net.num_hidden = whole_number(reader, "num_hidden");
    net.num_layers = whole_number(reader, "num_layers");
    net.mode = reader.text("mode", net.mode);
    net.bidirectional = truth(reader, "bidirectional");
    net.forget_bias = reader.number("forget_bias", net.forget_bias);
    reader.done();
    return FusedRNN(net);
  });
  return true;
}();

}  // namespace

Initializer LSTMBias(double forget_bias) {
  return Initializer(
      [=](const std::string& name, const NDArray& array) {
        check(array.ndim() >= 1 && array.shape()[0] % 4 == 0, "[lstmbias] ", name,
              ": expected four gates' biases along the first axis, got shape ", array.shape());
        array.assign(0.0);
        const std::int64_t units = array.shape()[0] / 4;
        array.slice_view(units, 2 * units).assign(forget_bias);
      },
      "lstmbias");
}

Initializer FusedRNN(const FusedRNNOptions& options) {
  gates_of(options.mode);
  check(options.num_hidden >= 1, "[fusedrnn] num_hidden: expected at least 1, got ",
        options.num_hidden);
  check(options.num_layers >= 1, "[fusedrnn] num_layers: expected at least 1, got ",
        options.num_layers);
  return Initializer::of_a_part(
      [options](const std::string& name, const NDArray& array, const Initializer& of_net) {
        fill_net(options, name, array, of_net);
      },
      "fusedrnn");
}

}  // namespace gluino::init
