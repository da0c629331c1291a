#include <gluino/graph/frozen/freeze_passes.h>

#include <utility>

// With few rows, putting the weights into the kernel's order takes longer than the product.
namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

enum LayerInput { kData, kWeight, kBias };

// By measurement: a product of one row reads weights as they lie, and for more rows than these the
// copy costs next to nothing. Larger weights, which leave the caches between one block of rows and
// the next, gain by it with few rows alone.
constexpr std::int64_t kLeastRows = 2;
constexpr std::int64_t kMostRows = 1024;
constexpr std::int64_t kFewRows = 64;
constexpr std::int64_t kLargeWeight = 1 << 19;

bool pays(const KnownGraph& known, const PassGraph& graph, const Item& item) {
  const Shape& out = graph.shape(item.first_entry);
  const std::int64_t rows = out.size_between(0, out.ndim() - 1);
  const Node& weight = *item.node->inputs[kWeight].node;
  if (rows < kLeastRows || !weight.is_variable() || !known.params.contains(weight.name))
    return false;
  const std::int64_t size = known.params.at(weight.name).size();
  const DType dtype = graph.dtype(item.first_entry);
  return size > 0 && (dtype == float32 || dtype == float64) &&
         rows <= (size < kLargeWeight ? kMostRows : kFewRows);
}

}  // namespace

void pack_weights(KnownGraph& known, const EntryTypes& types, ArrayMap& packed) {
  const Symbol before = known.symbol;
  const PassGraph graph(before, types);
  std::map<std::string, NodeEntry> added;
  const auto packed_weight = [&](const std::string& name) {
    NodeEntry& entry = added[name];
    if (entry.node == nullptr) {
      NDArray& array = packed[name];
      if (!array.defined()) array = pack_fully_connected(known.params.at(name));
      entry = known.add(str(name, "_packed"), array);
    }
    return entry;
  };
  known.symbol = with_replaced(
      graph, [&](const Item& item, const PassGraph::Moved& moved) -> std::optional<NodeEntry> {
        PackedFullyConnectedOptions options;
        const Item* layer = &item;
        if (options_if<FullyConnectedOptions>(*item.node) == nullptr) {
          options.act_type = activation_of(*item.node);
          if (options.act_type.empty()) return std::nullopt;
          layer = graph.only_producer<FullyConnectedOptions>(item, kData);
        }
        if (layer == nullptr || !pays(known, graph, *layer)) return std::nullopt;
        options.fully_connected = options_of<FullyConnectedOptions>(*layer);
        auto node = node_of(options, layer == &item ? item.node->name
                                                    : str(layer->node->name, "+", item.node->name));
        node->inputs = {moved(layer->inputs[kData]),
                        packed_weight(layer->node->inputs[kWeight].node->name)};
        if (!options.fully_connected.no_bias) node->inputs.push_back(moved(layer->inputs[kBias]));
        return NodeEntry{node, 0};
      });
  drop_unused(known);
}

}  // namespace gluino::graph
