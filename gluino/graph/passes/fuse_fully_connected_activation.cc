#include <gluino/graph/passes/passes.h>

// The activation is taken of what the product has just written and the caches still hold.
namespace gluino::graph {

Symbol fuse_fully_connected_activation(const PassGraph& graph) {
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        FullyConnectedActivationOptions options;
        options.act_type = activation_of(*item.node);
        if (options.act_type.empty() || !can_fuse(options)) return nullptr;
        const auto* layer = graph.only_producer<FullyConnectedOptions>(item, 0);
        if (layer == nullptr) return nullptr;
        options.fully_connected = options_of<FullyConnectedOptions>(*layer);
        return node_reading(*layer, options, layer->node->name + "+" + item.node->name, moved);
      });
}

}  // namespace gluino::graph
