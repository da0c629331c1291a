#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/graph/symbol/row_gradients.h>

#include <cstddef>
#include <vector>

namespace gluino::graph {

std::set<std::string> row_gradients(const Symbol& symbol,
                                    const std::map<std::string, StorageType>& stored) {
  const IndexedGraph graph(symbol.entries());
  std::vector<StorageType> storage(graph.owner.size(), StorageType::dense);
  for (const int variable : graph.variables) {
    const auto& item = graph.items[static_cast<std::size_t>(variable)];
    const auto found = stored.find(item.node->name);
    if (found != stored.end()) {
      storage[static_cast<std::size_t>(item.first_entry)] = found->second;
    }
  }
  std::vector<bool> rows(storage.size()), others(storage.size());
  for (const auto& item : graph.items) {
    if (item.node->is_variable()) continue;
    std::vector<StorageType> in;
    in.reserve(item.inputs.size());
    for (const int entry : item.inputs) in.push_back(storage[static_cast<std::size_t>(entry)]);
    const auto& gives_rows = item.node->op->stored.gives_rows;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const bool gives =
          gives_rows && gives_rows(item.node->options.get(), in, static_cast<int>(i));
      (gives ? rows : others)[static_cast<std::size_t>(item.inputs[i])] = true;
    }
  }
  // What the symbol gives as it is has gradients of all rows, too.
  for (const int head : graph.heads) others[static_cast<std::size_t>(head)] = true;
  std::set<std::string> names;
  for (const int variable : graph.variables) {
    const auto& item = graph.items[static_cast<std::size_t>(variable)];
    const auto entry = static_cast<std::size_t>(item.first_entry);
    if (rows[entry] && !others[entry] && storage[entry] == StorageType::dense) {
      names.insert(item.node->name);
    }
  }
  return names;
}

}  // namespace gluino::graph
