#include <gluino/graph/passes/passes.h>

// The gradient of the three is softmax(x) - onehot(label), times that of the loss: nothing of what
// stands between them is written, and the gradient of all classes but one need not be zeroed.
namespace gluino::graph {
namespace {

bool is_last(std::int64_t axis, const Shape& shape) {
  return axis == -1 || axis == shape.ndim() - 1;
}

bool negates(const Node& node) {
  return node.op->factor && node.op->factor(node.options.get()) == -1;
}

// -pick(log_softmax(data), label) over the last axis, one label for each row.
const IndexedGraph::Item* match(const PassGraph& graph, const IndexedGraph::Item& last,
                                const IndexedGraph::Item*& pick) {
  if (!negates(*last.node)) return nullptr;
  pick = graph.only_producer<PickOptions>(last, 0);
  if (pick == nullptr) return nullptr;
  const auto* softmax = graph.only_producer<SoftmaxOptions>(*pick, 0);
  if (softmax == nullptr) return nullptr;
  const auto& picked = options_of<PickOptions>(*pick);
  const auto& options = options_of<SoftmaxOptions>(*softmax);
  const int data = softmax->inputs[0];
  const int label = pick->inputs[1];
  const Shape& shape = graph.shape(data);
  const bool fits = is_last(options.axis, shape) && is_last(picked.axis, shape) &&
                    !options.temperature && !options.dtype && picked.mode == "clip" &&
                    graph.dtype(data) == graph.dtype(label) && shape.back() > 0 &&
                    graph.shape(label).size() == shape.size() / shape.back();
  return fits ? softmax : nullptr;
}

}  // namespace

Symbol fuse_softmax_cross_entropy(const PassGraph& graph) {
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        const IndexedGraph::Item* pick = nullptr;
        const auto* softmax = match(graph, item, pick);
        if (softmax == nullptr) return nullptr;
        const auto& picked = options_of<PickOptions>(*pick);
        const SoftmaxLossOptions options = {.keepdims = picked.keepdims,
                                            .check_labels = picked.check_labels};
        auto node =
            node_of(options, softmax->node->name + "+" + pick->node->name + "+" + item.node->name);
        node->inputs = {moved(softmax->inputs[0]), moved(pick->inputs[1])};
        return node;
      });
}

}  // namespace gluino::graph
