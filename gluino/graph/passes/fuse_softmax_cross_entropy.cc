#include <gluino/graph/passes/passes.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/fused/softmax_loss.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>

// The gradient of the three is softmax(x) - onehot(label), times that of the loss: nothing of what
// stands between them is written, and the gradient of all classes but one need not be zeroed.
namespace gluino::graph {
namespace {

bool is_last(std::int64_t axis, const Shape& shape) {
  return axis == -1 || axis == shape.ndim() - 1;
}

bool negates(const Node& node) {
  return node.op->name == "negative" ||
         (node.op->name == "_mul_scalar" &&
          static_cast<const ScalarOptions*>(node.options.get())->scalar == -1);
}

// -pick(log_softmax(data), label) over the last axis, one label for each row.
const IndexedGraph::Item* match(const PassGraph& graph, const IndexedGraph::Item& last,
                                const IndexedGraph::Item*& pick) {
  if (!negates(*last.node)) return nullptr;
  pick = graph.only_producer(last, 0, "pick");
  if (pick == nullptr) return nullptr;
  const auto* softmax = graph.only_producer(*pick, 0, "log_softmax");
  if (softmax == nullptr) return nullptr;
  const auto& picked = *static_cast<const PickOptions*>(pick->node->options.get());
  const auto& options = *static_cast<const SoftmaxOptions*>(softmax->node->options.get());
  const int data = softmax->inputs[0];
  const int label = pick->inputs[1];
  const Shape& shape = graph.shape(data);
  const bool fits = is_last(options.axis, shape) && is_last(picked.axis, shape) &&
                    !options.temperature && picked.mode == "clip" &&
                    graph.dtype(data) == graph.dtype(label) && shape.back() > 0 &&
                    graph.shape(label).size() == shape.size() / shape.back();
  return fits ? softmax : nullptr;
}

}  // namespace

Symbol fuse_softmax_cross_entropy(const PassGraph& graph) {
  static const Op& fused = Op::get<SoftmaxLossOptions>("_fused_softmax_cross_entropy");
  return graph.rewritten(
      [&](const IndexedGraph::Item& item, const PassGraph::Moved& moved) -> std::shared_ptr<Node> {
        const IndexedGraph::Item* pick = nullptr;
        const auto* softmax = match(graph, item, pick);
        if (softmax == nullptr) return nullptr;
        const auto& picked = *static_cast<const PickOptions*>(pick->node->options.get());
        const SoftmaxLossOptions options = {.keepdims = picked.keepdims,
                                            .check_labels = picked.check_labels};
        auto node = std::make_shared<Node>();
        node->op = &fused;
        node->options = fused.copy_options(&options);
        node->name = softmax->node->name + "+" + pick->node->name + "+" + item.node->name;
        node->inputs = {moved(softmax->inputs[0]), moved(pick->inputs[1])};
        return node;
      });
}

}  // namespace gluino::graph
