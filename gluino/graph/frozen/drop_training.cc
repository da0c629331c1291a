#include <gluino/graph/frozen/freeze_passes.h>

namespace gluino::graph {

void drop_training(KnownGraph& graph) {
  const EntryTypes no_types;
  graph.symbol = with_replaced(PassGraph(graph.symbol, no_types),
                               [](const IndexedGraph::Item& item,
                                  const PassGraph::Moved& moved) -> std::optional<NodeEntry> {
                                 if (has(*item.node, &Op::passes_on)) return moved(item.inputs[0]);
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
