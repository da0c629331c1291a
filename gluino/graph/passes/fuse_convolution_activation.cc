#include <gluino/graph/passes/passes.h>

// The activation is taken of what the convolution has just written and the caches still hold.
namespace gluino::graph {

Symbol fuse_convolution_activation(const PassGraph& graph) {
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        FusedConvolutionOptions options;
        options.act_type = activation_of(*item.node);
        if (options.act_type.empty() || !can_fuse(options)) return nullptr;
        const auto* convolution = graph.only_producer<ConvolutionOptions>(item, 0);
        if (convolution == nullptr || graph.shape(item.first_entry).ndim() != 4) return nullptr;
        options.convolution = options_of<ConvolutionOptions>(*convolution);
        if (channels_last(options.convolution.layout)) return nullptr;
        return node_reading(*convolution, options, convolution->node->name + "+" + item.node->name,
                            moved);
      });
}

}  // namespace gluino::graph
