#include <gluino/graph/passes.h>
#include <gluino/ops/fully_connected_activation.h>

// The activation is taken of what the product has just written and the caches still hold.
namespace gluino::graph {

Symbol fuse_fully_connected_activation(const PassGraph& graph) {
  static const Op& fused =
      Op::get<FullyConnectedActivationOptions>("_fused_fully_connected_activation");
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        FullyConnectedActivationOptions options;
        options.act_type = activation_of(*item.node);
        if (options.act_type.empty() || !can_fuse(options)) return nullptr;
        const auto* layer = graph.only_producer(item, 0, "FullyConnected");
        if (layer == nullptr) return nullptr;
        options.fully_connected =
            *static_cast<const FullyConnectedOptions*>(layer->node->options.get());
        auto node = std::make_shared<Node>();
        node->op = &fused;
        node->options = fused.copy_options(&options);
        node->name = layer->node->name + "+" + item.node->name;
        for (const int input : layer->inputs) node->inputs.push_back(moved(input));
        return node;
      });
}

}  // namespace gluino::graph
