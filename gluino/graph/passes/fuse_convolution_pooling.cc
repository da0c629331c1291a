#include <gluino/graph/passes/passes.h>

#include <algorithm>

// The maximum of a window and a function that does not fall may change places: f(max(x)) is
// max(f(x)). So the activation computes a quarter of the elements, and what the convolution gives
// is never written to memory.
namespace gluino::graph {
namespace {

struct Match {
  const IndexedGraph::Item* convolution = nullptr;
  const IndexedGraph::Item* first = nullptr;  // whichever of activation and pooling comes first
  ConvolutionPoolingOptions options;
};

// Pooling(activation(Convolution)) or activation(Pooling(Convolution)) that ends with `last`.
bool match(const PassGraph& graph, const IndexedGraph::Item& last, Match& found) {
  const bool pool_last = options_if<PoolingOptions>(*last.node) != nullptr;
  if (!pool_last && activation_of(*last.node).empty()) return false;
  found.first = graph.only_producer(last, 0);
  if (found.first == nullptr) return false;
  const IndexedGraph::Item& activation = pool_last ? *found.first : last;
  const auto* pool = options_if<PoolingOptions>(pool_last ? *last.node : *found.first->node);
  found.options.act_type = activation_of(*activation.node);
  if (pool == nullptr || found.options.act_type.empty()) return false;
  found.convolution = graph.only_producer<ConvolutionOptions>(*found.first, 0);
  if (found.convolution == nullptr) return false;
  const Shape& in = graph.shape(found.convolution->first_entry);
  if (!pools_side_by_side(*pool, in)) return false;
  found.options.convolution = options_of<ConvolutionOptions>(*found.convolution);
  found.options.pool = pool->kernel;
  const int data = found.convolution->inputs[0];
  return can_fuse(found.options, graph.shape(data), graph.dtype(data));
}

}  // namespace

bool pools_side_by_side(const PoolingOptions& o, const Shape& in) {
  const auto all = [](const Shape& tuple, std::int64_t value) {
    return std::all_of(tuple.begin(), tuple.end(), [=](auto v) { return v == value; });
  };
  if (o.pool_type != "max" || o.global_pool || o.kernel.ndim() != 2 || !all(o.pad, 0)) return false;
  if (channels_last(o.layout)) return false;
  const bool side_by_side = o.stride.empty() ? all(o.kernel, 1) : o.stride == o.kernel;
  const bool whole = in[2] % o.kernel[0] == 0 && in[3] % o.kernel[1] == 0;
  return side_by_side && (o.pooling_convention == "valid" || whole);
}

Symbol fuse_convolution_pooling(const PassGraph& graph) {
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        Match found;
        if (!match(graph, item, found)) return nullptr;
        return node_reading(
            *found.convolution, found.options,
            found.convolution->node->name + "+" + found.first->node->name + "+" + item.node->name,
            moved);
      });
}

}  // namespace gluino::graph
