#include <gluino/graph/passes.h>
#include <gluino/ops/batch_norm_activation.h>

// The activation is taken of what has just been normalized and the nearest cache still holds, and
// its gradient on the way to that of the normalisation.
namespace gluino::graph {

Symbol fuse_batch_norm_activation(const PassGraph& graph) {
  static const Op& fused = Op::get<BatchNormActivationOptions>("_fused_batch_norm_activation");
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        BatchNormActivationOptions options;
        options.act_type = activation_of(*item.node);
        if (options.act_type.empty()) return nullptr;
        const auto* norm = graph.only_producer(item, 0, "BatchNorm");
        if (norm == nullptr) return nullptr;
        options.batch_norm = *static_cast<const BatchNormOptions*>(norm->node->options.get());
        if (!can_fuse(options, graph.shape(norm->inputs[0]))) return nullptr;
        auto node = std::make_shared<Node>();
        node->op = &fused;
        node->options = fused.copy_options(&options);
        node->name = norm->node->name + "+" + item.node->name;
        for (const int input : norm->inputs) node->inputs.push_back(moved(input));
        return node;
      });
}

}  // namespace gluino::graph
