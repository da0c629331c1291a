#include <gluino/graph/int8/int8_layers.h>
#include <gluino/graph/int8/quantized_layers.h>
#include <gluino/kernels/cpu/int8/int8_layers.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace gluino::graph {
namespace {

constexpr double kMostWeight = 127;

// Rows of weights as bytes, and what a step of each row stands for.
struct ByteRows {
  std::vector<std::int8_t> values;
  std::vector<double> scales;
};

// `place` says where in its row the value i of a row comes to stand.
template <class Place>
ByteRows as_bytes(const std::string& layer, const std::vector<double>& weights, std::size_t rows,
                  Place place) {
  const std::size_t length = weights.size() / rows;
  ByteRows bytes{std::vector<std::int8_t>(weights.size()), std::vector<double>(rows)};
  for (std::size_t r = 0; r < rows; ++r) {
    const double* row = weights.data() + r * length;
    double most = 0;
    for (std::size_t i = 0; i < length; ++i) most = std::max(most, std::abs(row[i]));
    check(std::isfinite(most) && std::none_of(row, row + length, [](double w) { return w != w; }),
          "quantize: the weights of ", layer, " are not all finite; exclude it, or train anew");
    const double scale = most > 0 ? most / kMostWeight : 1;
    bytes.scales[r] = scale;
    for (std::size_t i = 0; i < length; ++i) {
      bytes.values[r * length + place(i)] =
          static_cast<std::int8_t>(std::nearbyint(row[i] / scale));
    }
  }
  return bytes;
}

// From (channels, places) to (places, channels).
auto channels_last(std::size_t channels, std::size_t places) {
  return [=](std::size_t i) { return i % places * channels + i / places; };
}

template <class T>
NDArray padded(std::vector<T> values, std::int64_t count, const Context& context) {
  values.resize(static_cast<std::size_t>(count));
  return nd::from(values, {count}).as_in_context(context);
}

// The inputs of the node after its data: packed weights, offset, scale and bias.
std::vector<NodeEntry> parameters(KnownGraph& known, const QuantizedLayer& layer,
                                  const kernels::Int8Packing& packing, const ByteRows& bytes,
                                  const Calibrated& from) {
  const Node& node = *layer.layer->node;
  const Context context = known.params.at(node.inputs[1].node->name).context();
  std::vector<double> bias(bytes.scales.size());
  if (node.inputs.size() > 2) {
    bias = known.params.at(node.inputs[2].node->name).to_vector<double>();
  }
  const std::size_t length = bytes.values.size() / bytes.scales.size();
  std::vector<std::int32_t> offsets;
  std::vector<float> scales;
  for (std::size_t r = 0; r < bytes.scales.size(); ++r) {
    std::int64_t sum = 0;
    for (std::size_t i = r * length; i < (r + 1) * length; ++i) sum += bytes.values[i];
    offsets.push_back(static_cast<std::int32_t>(sum * from.zero_point));
    scales.push_back(static_cast<float>(bytes.scales[r] * from.scale));
  }
  std::vector<std::int8_t> packed(static_cast<std::size_t>(packing.bytes()));
  kernels::int8_pack(packing, bytes.values.data(), packed.data());
  const std::int64_t columns = packing.padded_columns();
  const std::string name = node.name;
  return {known.add(str(name, "_int8_weight"), padded(std::move(packed), packing.bytes(), context)),
          known.add(str(name, "_int8_offset"), padded(std::move(offsets), columns, context)),
          known.add(str(name, "_int8_scale"), padded(std::move(scales), columns, context)),
          known.add(str(name, "_int8_bias"),
                    padded(std::vector<float>(bias.begin(), bias.end()), columns, context))};
}

// The options of an operator of bytes for those of the layer that it stands for.
template <class O, class Of>
O options_for(const QuantizedLayer& layer, const Calibrated& to) {
  O options;
  static_cast<Of&>(options) = options_of<Of>(*layer.layer);
  options.act_type = layer.act_type;
  if (layer.gives_bytes) {
    options.out_scale = to.scale;
    options.out_zero_point = to.zero_point;
  }
  return options;
}

}  // namespace

NodeEntry quantized_node(KnownGraph& known, const QuantizedLayer& layer, const NodeEntry& data,
                         const Calibrated& from, const Calibrated& to, std::int64_t channels) {
  const NDArray& weight = known.params.at(layer.layer->node->inputs[1].node->name);
  const Shape& shape = weight.shape();
  const auto rows = static_cast<std::size_t>(shape[0]);
  const std::int64_t depth = shape.size_between(1, shape.ndim());
  auto node = std::make_shared<Node>();
  node->inputs.push_back(data);
  kernels::Int8Packing packing{shape[0], 1, depth};
  if (layer.is_convolution()) {
    auto options = options_for<Int8ConvolutionOptions, ConvolutionOptions>(layer, to);
    options.pool = layer.pool;
    options.zero_point = from.zero_point;
    node->op = &Op::get<Int8ConvolutionOptions>("_fused_int8_convolution");
    node->options = node->op->copy_options(&options);
    node->attrs = node->op->format_options(&options);
    packing =
        kernels::int8_packing(convolution_geometry(options, {1, shape[1], shape[2], shape[3]}));
    channels = shape[1];
  } else {
    const auto options = options_for<Int8FullyConnectedOptions, FullyConnectedOptions>(layer, to);
    node->op = &Op::get<Int8FullyConnectedOptions>("_fused_int8_fully_connected");
    node->options = node->op->copy_options(&options);
    node->attrs = node->op->format_options(&options);
  }
  const auto place =
      channels_last(static_cast<std::size_t>(channels), static_cast<std::size_t>(depth / channels));
  const ByteRows bytes = as_bytes(layer.layer->node->name, weight.to_vector<double>(), rows, place);
  for (NodeEntry& entry : parameters(known, layer, packing, bytes, from)) {
    node->inputs.push_back(std::move(entry));
  }
  node->name = layer.layer->node->name;
  if (layer.last != layer.layer) node->name = str(node->name, "+", layer.last->node->name);
  return {node, 0};
}

}  // namespace gluino::graph
