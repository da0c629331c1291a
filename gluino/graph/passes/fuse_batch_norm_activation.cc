#include <gluino/graph/passes/passes.h>

// The activation is taken of what has just been normalized and the nearest cache still holds, and
// its gradient on the way to that of the normalisation.
namespace gluino::graph {

Symbol fuse_batch_norm_activation(const PassGraph& graph) {
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        BatchNormActivationOptions options;
        options.act_type = activation_of(*item.node);
        if (options.act_type.empty()) return nullptr;
        const auto* norm = graph.only_producer<BatchNormOptions>(item, 0);
        if (norm == nullptr) return nullptr;
        options.batch_norm = options_of<BatchNormOptions>(*norm);
        const int data = norm->inputs[0];
        if (!can_fuse(options, graph.shape(data), graph.dtype(data))) return nullptr;
        return node_reading(*norm, options, norm->node->name + "+" + item.node->name, moved);
      });
}

}  // namespace gluino::graph
