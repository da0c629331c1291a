#include <gluino/graph/passes.h>
#include <gluino/ops/fused_convolution.h>

// The activation is taken of what the convolution has just written and the caches still hold.
namespace gluino::graph {

Symbol fuse_convolution_activation(const PassGraph& graph) {
  static const Op& fused = Op::get<FusedConvolutionOptions>("_fused_convolution");
  return graph.rewritten([&](const IndexedGraph::Item& item,
                             const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
    FusedConvolutionOptions options;
    options.act_type = activation_of(*item.node);
    if (options.act_type.empty() || !can_fuse(options)) return nullptr;
    const auto* convolution = graph.only_producer(item, 0, "Convolution");
    if (convolution == nullptr || graph.shape(item.first_entry).ndim() != 4) return nullptr;
    options.convolution = *static_cast<const ConvolutionOptions*>(convolution->node->options.get());
    auto node = std::make_shared<Node>();
    node->op = &fused;
    node->options = fused.copy_options(&options);
    node->name = convolution->node->name + "+" + item.node->name;
    for (const int input : convolution->inputs) node->inputs.push_back(moved(input));
    return node;
  });
}

}  // namespace gluino::graph
