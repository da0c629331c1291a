#include <gluino/graph/int8/int8_layers-inl.h>
#include <gluino/graph/int8/quantized_layers.h>

#include <algorithm>
#include <set>

namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

enum LayerInput { kData, kWeight };

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Finder {
 public:
  Finder(const KnownGraph& known, const PassGraph& graph, const QuantizeOptions& options)
      : known_(known), graph_(graph), options_(options) {
    readers_.resize(static_cast<std::size_t>(items().num_entries()));
    for (const Item& item : items().items) {
      for (const int input : item.inputs) readers_[at(input)].push_back(&item);
    }
  }

  QuantizedLayers run() {
    for (const Item& item : items().items) {
      if (item.node->is_variable()) continue;
      if (is_layer(item)) {
        QuantizedLayer layer;
        layer.layer = &item;
        layer.last = &item;
        layer.source = item.inputs[kData];
        found_[&item] = layer;
      } else {
        extend(item);
      }
    }
    for (const auto& [last, layer] : found_) layers_.insert(layer.layer);
    for (auto& [last, layer] : found_) layer.gives_bytes = read_as_bytes(last->first_entry);
    for (auto& [last, layer] : found_) layer.source = before_flatten(layer);
    return std::move(found_);
  }

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }
  const IndexedGraph& items() const { return graph_.indexed(); }
  const Item& owner(int entry) const { return items().items[at(items().owner[at(entry)])]; }

  bool is_excluded(const Node& node) const {
    // A layer with others folded into it is called by all their names: "conv0+batchnorm0".
    const std::string own = node.name.substr(0, node.name.find('+'));
    return contains(options_.excluded_op_names, node.op->name) ||
           contains(options_.excluded_sym_names, own) ||
           contains(options_.excluded_sym_names, node.name);
  }

  bool is_layer(const Item& item) const {
    const Node& node = *item.node;
    const auto* convolution = options_if<ConvolutionOptions>(node);
    const auto* fully_connected = options_if<FullyConnectedOptions>(node);
    if (convolution == nullptr && fully_connected == nullptr) return false;
    if (is_excluded(node) || graph_.dtype(item.inputs[kData]) != float32) return false;
    for (std::size_t i = kWeight; i < item.inputs.size(); ++i) {
      const Node& parameter = *owner(item.inputs[i]).node;
      if (!parameter.is_variable() || !known_.params.contains(parameter.name)) return false;
    }
    const Shape& weight = graph_.shape(item.inputs[kWeight]);
    if (weight.size() == 0 || weight.size_between(1, weight.ndim()) > int8_layer::kMostDepth)
      return false;
    if (fully_connected != nullptr) return fully_connected->flatten;
    return convolution->kernel.ndim() == 2 && convolution->num_group == 1 &&
           !channels_last(convolution->layout);
  }

  // Makes an activation or a pooling a part of the layer before it, if nobody else reads that.
  void extend(const Item& item) {
    if (item.inputs.empty()) return;
    const int entry = item.inputs[kData];
    const auto before = found_.find(&owner(entry));
    if (before == found_.end() || graph_.uses(entry) != 1) return;
    QuantizedLayer layer = before->second;
    const std::string act_type = activation_of(*item.node);
    const auto* pooling = options_if<PoolingOptions>(*item.node);
    if (!act_type.empty() && layer.act_type.empty()) {
      layer.act_type = act_type;
    } else if (pooling != nullptr && layer.pool.empty() && layer.is_convolution()) {
      // The graph goes on for images of other sizes, which windows may leave over.
      if (pooling->pooling_convention != "valid") return;
      if (!pools_side_by_side(*pooling, graph_.shape(entry))) return;
      layer.pool = pooling->kernel;
    } else {
      return;
    }
    found_.erase(before);
    layer.last = &item;
    found_[&item] = layer;
  }

  bool is_output(int entry) const {
    return std::count(items().heads.begin(), items().heads.end(), entry) > 0;
  }

  bool read_as_bytes(int entry) const {
    if (is_output(entry) || readers_[at(entry)].empty()) return false;
    return std::all_of(
        readers_[at(entry)].begin(), readers_[at(entry)].end(), [&](const Item* reader) {
          if (layers_.contains(reader)) return true;
          return has(*reader->node, &Op::flattens) && read_by_layers(reader->first_entry);
        });
  }
  bool read_by_layers(int entry) const {
    const auto& readers = readers_[at(entry)];
    return !is_output(entry) && !readers.empty() &&
           std::all_of(readers.begin(), readers.end(),
                       [&](const Item* reader) { return layers_.contains(reader); });
  }
  // A fully connected layer flattens bytes itself.
  int before_flatten(const QuantizedLayer& layer) const {
    const Item& flatten = owner(layer.source);
    if (flatten.node->is_variable() || !has(*flatten.node, &Op::flattens)) return layer.source;
    const auto before = found_.find(&owner(flatten.inputs[0]));
    const bool bytes = before != found_.end() && before->second.gives_bytes;
    return bytes ? flatten.inputs[0] : layer.source;
  }

  const KnownGraph& known_;
  const PassGraph& graph_;
  const QuantizeOptions& options_;
  std::vector<std::vector<const Item*>> readers_;  // by entry
  QuantizedLayers found_;
  std::set<const Item*> layers_;
};

}  // namespace

QuantizedLayers find_quantized_layers(const KnownGraph& known, const PassGraph& graph,
                                      const QuantizeOptions& options) {
  return Finder(known, graph, options).run();
}

}  // namespace gluino::graph
