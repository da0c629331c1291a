#include <gluino/base/error.h>
#include <gluino/graph/int8/int8_layers.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/int8/quantized_layers.h>

#include <map>
#include <utility>

namespace gluino {
namespace {

// Ranges that cut off are taken if they leave so much of the squared error: other data than those
// of the calibration may have more large values.
constexpr double kWorthCutting = 0.75;

using graph::Calibrated;
using graph::KnownGraph;
using graph::PassGraph;
using graph::QuantizedLayer;
using graph::QuantizedLayers;
using Item = IndexedGraph::Item;

void check_options(const QuantizeOptions& o) {
  check(o.calib_mode == "naive" || o.calib_mode == "entropy",
        "quantize: calib_mode: expected naive or entropy, got \"", o.calib_mode, "\"");
  check(o.quantized_dtype == "auto" || o.quantized_dtype == "int8" || o.quantized_dtype == "uint8",
        "quantize: quantized_dtype: expected auto, int8 or uint8, got \"", o.quantized_dtype, "\"");
}

// Makes the graph of bytes.
class Quantizer {
 public:
  Quantizer(KnownGraph& known, const PassGraph& graph, const QuantizedLayers& layers,
            const std::map<int, Calibrated>& scales)
      : known_(known), graph_(graph), layers_(layers), scales_(scales) {}

  std::optional<NodeEntry> operator()(const Item& item, const PassGraph::Moved& moved) {
    const auto found = layers_.find(&item);
    if (found == layers_.end()) return std::nullopt;
    const QuantizedLayer& layer = found->second;
    const auto to = scales_.find(item.first_entry);
    const Shape& data = graph_.shape(layer.source);
    const bool image = is_bytes(layer.source) && data.ndim() == 4;
    return graph::quantized_node(known_, layer, bytes_of(layer, moved), scales_.at(layer.source),
                                 to == scales_.end() ? Calibrated{} : to->second,
                                 image ? data[1] : 1);
  }

 private:
  // True where the data of an entry are bytes already.
  bool is_bytes(int entry) const {
    const auto& items = graph_.indexed();
    const auto owner = static_cast<std::size_t>(items.owner[static_cast<std::size_t>(entry)]);
    const auto found = layers_.find(&items.items[owner]);
    return found != layers_.end() && found->second.gives_bytes;
  }

  NodeEntry bytes_of(const QuantizedLayer& layer, const PassGraph::Moved& moved) {
    if (is_bytes(layer.source)) return moved(layer.source);
    const bool channels_last = layer.is_convolution();
    NodeEntry& made = made_[{layer.source, channels_last}];
    if (made.node != nullptr) return made;
    const Calibrated& scale = scales_.at(layer.source);
    const Int8QuantizeOptions options = {
        .scale = scale.scale, .zero_point = scale.zero_point, .channels_last = channels_last};
    auto node = std::make_shared<Node>();
    node->op = &Op::get<Int8QuantizeOptions>("_fused_int8_quantize");
    node->options = node->op->copy_options(&options);
    node->attrs = node->op->format_options(&options);
    node->name = str(layer.layer->node->name, "_data_int8");
    node->inputs.push_back(moved(layer.source));
    return made = {node, 0};
  }

  KnownGraph& known_;
  const PassGraph& graph_;
  const QuantizedLayers& layers_;
  const std::map<int, Calibrated>& scales_;
  std::map<std::pair<int, bool>, NodeEntry> made_;
};

// What layers read, entries in rising order, as the outputs of a graph.
Symbol sources(const FrozenGraph& network, const IndexedGraph& indexed,
               const std::map<int, Calibrated>& scales) {
  const Symbol internals = network.symbol().get_internals();
  std::vector<NodeEntry> entries;
  for (const auto& [entry, scale] : scales) {
    const auto owner = static_cast<std::size_t>(indexed.owner[static_cast<std::size_t>(entry)]);
    for (const NodeEntry& inner : internals.entries()) {
      const bool same =
          inner.node.get() == indexed.items[owner].node && inner.index == indexed.output_of(entry);
      if (same) entries.push_back(inner);
    }
  }
  return Symbol(entries);
}

// What the bytes of `sources` stand for, by the numbers that they give for batches.
std::vector<Calibrated> by_batches(const FrozenGraph& network, const Symbol& sources,
                                   const std::vector<std::vector<NDArray>>& calib_data,
                                   const std::string& calib_mode, const QuantizeOptions& options) {
  const FrozenGraph watched(KnownGraph{sources, network.known().params},
                            {.inputs = network.inputs(), .context = network.context()});
  return graph::calibrate(watched, calib_data, calib_mode, options.quantized_dtype);
}

// The same by ranges that are given.
std::vector<Calibrated> by_ranges(const Symbol& sources, const QuantizeRanges& ranges,
                                  const QuantizeOptions& options) {
  std::vector<Calibrated> result;
  for (const std::string& full : sources.list_outputs()) {
    // What a layer with others folded into it gives is what the last of them gives.
    const std::string name = full.substr(full.rfind('+') + 1);
    const auto found = ranges.find(name);
    check(found != ranges.end(), "quantize: no range is given for ", name,
          ", which a layer of bytes reads");
    const auto [least, most] = found->second;
    result.push_back(graph::calibrated_by_range(least, most, options.quantized_dtype));
  }
  return result;
}

// The layers of a network that are to multiply bytes, and the graph in which they do.
class Conversion {
 public:
  Conversion(const FrozenGraph& network, std::span<const NDArray> like,
             const QuantizeOptions& options)
      : network_(network),
        before_(network.known().symbol),
        types_(graph::types_for(network.known(), network.inputs(), like)),
        graph_(before_, types_),
        layers_(graph::find_quantized_layers(network.known(), graph_, options)) {
    for (const auto& [last, layer] : layers_) scales_[layer.source];
  }
  bool has_layers() const { return !layers_.empty(); }

  /// `scales_of(sources)` says what the bytes of data stand for.
  template <class F>
  FrozenGraph run(F scales_of) {
    KnownGraph bytes = network_.known();
    if (has_layers()) {
      const std::vector<Calibrated> found = scales_of(sources(network_, graph_.indexed(), scales_));
      std::size_t i = 0;
      for (auto& [entry, scale] : scales_) scale = found[i++];
      Quantizer quantizer(bytes, graph_, layers_, scales_);
      bytes.symbol = graph::with_replaced(
          graph_, [&](const Item& item, const auto& moved) { return quantizer(item, moved); });
    }
    graph::drop_unused(bytes);
    return FrozenGraph(std::move(bytes),
                       {.inputs = network_.inputs(), .context = network_.context()});
  }

 private:
  const FrozenGraph& network_;
  // These two the third refers to.
  const Symbol before_;
  const graph::EntryTypes types_;
  const PassGraph graph_;
  const QuantizedLayers layers_;
  std::map<int, Calibrated> scales_;
};

// The sum of the squares by which the outputs differ for these batches.
double squared_distance(const FrozenGraph& a, const FrozenGraph& b,
                        const std::vector<std::vector<NDArray>>& batches) {
  double sum = 0;
  for (const auto& batch : batches) {
    const auto outputs = a(batch);
    const auto expected = b(batch);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto x = outputs[i].to_vector<double>();
      const auto y = expected[i].to_vector<double>();
      for (std::size_t k = 0; k < x.size(); ++k) sum += (x[k] - y[k]) * (x[k] - y[k]);
    }
  }
  return sum;
}

}  // namespace

FrozenGraph quantize(const FrozenGraph& network,
                     const std::vector<std::vector<NDArray>>& calib_data,
                     const QuantizeOptions& options) {
  check_options(options);
  check(!calib_data.empty(), "quantize: expected at least one batch of calibration data");
  check(calib_data[0].size() == network.inputs().size(), "quantize: expected batches of ",
        network.inputs().size(), " arrays, got ", calib_data[0].size());
  Conversion conversion(network, calib_data[0], options);
  const auto in_bytes = [&](const std::string& calib_mode) {
    return conversion.run([&](const Symbol& sources) {
      return by_batches(network, sources, calib_data, calib_mode, options);
    });
  };
  FrozenGraph plain = in_bytes("naive");
  if (options.calib_mode == "naive" || !conversion.has_layers()) return plain;
  FrozenGraph cut = in_bytes("entropy");
  const bool nearer = squared_distance(cut, network, calib_data) <
                      kWorthCutting * squared_distance(plain, network, calib_data);
  return nearer ? cut : plain;
}

FrozenGraph quantize(const FrozenGraph& network, const QuantizeRanges& ranges,
                     const std::vector<NDArray>& like, const QuantizeOptions& options) {
  check_options(options);
  check(like.size() == network.inputs().size(), "quantize: expected ", network.inputs().size(),
        " arrays such as the inputs, got ", like.size());
  return Conversion(network, like, options).run([&](const Symbol& sources) {
    return by_ranges(sources, ranges, options);
  });
}

}  // namespace gluino
