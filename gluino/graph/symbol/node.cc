#include <gluino/graph/symbol/node.h>
#include <gluino/ops/core/invoke.h>

#include <string>
#include <utility>

namespace gluino {

Node::~Node() {
  // The first destructor on a thread takes apart what hangs on it, one node after the other; those
  // it meets on the way put their inputs on the list.
  static thread_local std::vector<NodeEntry>* pending = nullptr;
  if (pending != nullptr) {
    for (NodeEntry& input : inputs) pending->push_back(std::move(input));
    return;
  }
  std::vector<NodeEntry> list = std::move(inputs);
  pending = &list;
  while (!list.empty()) {
    const NodeEntry last = std::move(list.back());
    list.pop_back();
  }
  pending = nullptr;
}

int Node::num_outputs() const {
  return is_variable() ? 1 : gluino::num_outputs(*op, options.get());
}

int Node::num_visible_outputs() const {
  return is_variable() ? 1 : gluino::num_visible_outputs(*op, options.get());
}

std::string Node::output_name(int index) const {
  if (is_variable()) return name;
  const auto i = static_cast<std::size_t>(index);
  if (op->output_names_by) return name + "_" + op->output_names_by(options.get()).at(i);
  if (op->output_names.size() > 1 && i < op->output_names.size()) {
    return name + "_" + op->output_names[i];
  }
  return name + (num_outputs() == 1 ? "_output" : "_output" + std::to_string(index));
}

}  // namespace gluino
