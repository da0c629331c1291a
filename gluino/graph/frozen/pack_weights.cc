#include <gluino/graph/frozen/freeze_passes.h>

#include <utility>

// With few rows, or few images, putting the weights into the kernel's order takes longer than the
// product.
namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

// By measurement: a product of one row reads weights as they lie, and for more rows than these the
// copy costs next to nothing. Larger weights, which leave the caches between one block of rows and
// the next, gain by it with few rows alone.
constexpr std::int64_t kLeastRows = 2;
constexpr std::int64_t kMostRows = 1024;
constexpr std::int64_t kFewRows = 64;
constexpr std::int64_t kLargeWeight = 1 << 19;

bool pays(const Shape& out, const NDArray& weight, DType dtype) {
  const std::int64_t rows = out.size_between(0, out.ndim() - 1);
  return rows >= kLeastRows && weight.size() > 0 && (dtype == float32 || dtype == float64) &&
         rows <= (weight.size() < kLargeWeight ? kMostRows : kFewRows);
}

class Packing {
 public:
  Packing(KnownGraph& known, const PassGraph& graph, ArrayMap& packed)
      : known_(known), graph_(graph), packed_(packed) {}

  // What an item becomes: a packed layer, if it is one that pays, or the activation of one.
  std::optional<NodeEntry> replace(const Item& item, const PassGraph::Moved& moved) {
    const std::string act_type = activation_of(*item.node);
    const Item* layer = act_type.empty() ? &item : graph_.only_producer(item, kData);
    if (layer == nullptr) return std::nullopt;
    const std::string name =
        layer == &item ? item.node->name : str(layer->node->name, "+", item.node->name);
    if (const auto* o = options_if<FullyConnectedOptions>(*layer->node)) {
      return fully_connected(*layer, {*o, act_type}, name, moved);
    }
    if (const auto* o = options_if<ConvolutionOptions>(*layer->node)) {
      return convolution(*layer, {*o, act_type}, name, moved);
    }
    return std::nullopt;
  }

 private:
  std::optional<NodeEntry> fully_connected(const Item& layer,
                                           const PackedFullyConnectedOptions& options,
                                           const std::string& name, const PassGraph::Moved& moved) {
    const NDArray* const weight = known_weight(layer);
    const int out = layer.first_entry;
    if (weight == nullptr || !pays(graph_.shape(out), *weight, graph_.dtype(out)))
      return std::nullopt;
    return node(layer, options, options.fully_connected.no_bias, name, moved,
                packed_weight(layer, "_packed", [&] { return pack_fully_connected(*weight); }));
  }

  std::optional<NodeEntry> convolution(const Item& layer, PackedConvolutionOptions options,
                                       const std::string& name, const PassGraph::Moved& moved) {
    const NDArray* const weight = known_weight(layer);
    const Shape& images = graph_.shape(layer.inputs[kData]);
    options.tile = packed_tile(options.convolution, images, graph_.dtype(layer.first_entry));
    if (weight == nullptr || options.tile == 0) return std::nullopt;
    return node(layer, options, options.convolution.no_bias, name, moved,
                packed_weight(layer, str("_tiled", options.tile),
                              [&] { return pack_convolution(options, images, *weight); }));
  }

  const NDArray* known_weight(const Item& layer) const {
    const Node& weight = *layer.node->inputs[kWeight].node;
    const auto found = known_.params.find(weight.name);
    return weight.is_variable() && found != known_.params.end() ? &found->second : nullptr;
  }

  // The variable for a weight that `pack` puts in order, unless that was done before.
  template <class Pack>
  NodeEntry packed_weight(const Item& layer, const std::string& order, const Pack& pack) {
    const std::string name = layer.node->inputs[kWeight].node->name + order;
    NodeEntry& entry = added_[name];
    if (entry.node == nullptr) {
      NDArray& array = packed_[name];
      if (!array.defined()) array = pack();
      entry = known_.add(name, array);
    }
    return entry;
  }

  template <class O>
  static NodeEntry node(const Item& layer, const O& options, bool no_bias, const std::string& name,
                        const PassGraph::Moved& moved, const NodeEntry& weight) {
    auto node = node_of(options, name);
    node->inputs = {moved(layer.inputs[kData]), weight};
    if (!no_bias) node->inputs.push_back(moved(layer.inputs[kBias]));
    return {node, 0};
  }

  KnownGraph& known_;
  const PassGraph& graph_;
  ArrayMap& packed_;
  std::map<std::string, NodeEntry> added_;
};

}  // namespace

void pack_weights(KnownGraph& known, const EntryTypes& types, ArrayMap& packed) {
  const Symbol before = known.symbol;
  const PassGraph graph(before, types);
  Packing packing(known, graph, packed);
  known.symbol = with_replaced(graph, [&](const Item& item, const PassGraph::Moved& moved) {
    return packing.replace(item, moved);
  });
  drop_unused(known);
}

}  // namespace gluino::graph
