#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/ops/layers/dropout.h>

#include <string_view>

namespace gluino::graph {
namespace {

// True for nodes that give what they get when nothing is trained.
bool passes_on(const Node& node) {
  const std::string_view op = node.op->name;
  if (op == "Dropout") {
    const auto& o = *static_cast<const DropoutOptions*>(node.options.get());
    return o.p == 0 || o.mode == "training";
  }
  for (const std::string_view name : {"_copy", "BlockGrad", "MakeLoss", "make_loss",
                                      "LinearRegressionOutput", "MAERegressionOutput"}) {
    if (op == name) return true;
  }
  return false;
}

}  // namespace

void drop_training(KnownGraph& graph) {
  const EntryTypes no_types;
  graph.symbol = with_replaced(PassGraph(graph.symbol, no_types),
                               [](const IndexedGraph::Item& item,
                                  const PassGraph::Moved& moved) -> std::optional<NodeEntry> {
                                 if (passes_on(*item.node)) return moved(item.inputs[0]);
                                 if (!item.node->op->is_loss || item.inputs.size() != 2)
                                   return std::nullopt;
                                 // Its gradient alone reads the label, for which an array of the
                                 // data's shape may stand.
                                 auto node = moved_node(item, moved);
                                 node->inputs[1] = node->inputs[0];
                                 return NodeEntry{node, 0};
                               });
}

}  // namespace gluino::graph
