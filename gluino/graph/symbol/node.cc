#include <gluino/base/free_in_turn.h>
#include <gluino/graph/symbol/node.h>
#include <gluino/ops/control/subgraphs.h>
#include <gluino/ops/core/invoke.h>

#include <string>
#include <utility>

namespace gluino {

bool draws_numbers(const Node& node, std::optional<bool> training) {
  const Op& op = *node.op;
  const void* options = node.options.get();
  const Subgraphs* inner = op.subgraphs ? op.subgraphs(options) : nullptr;
  if (inner != nullptr && inner->is_random()) return true;
  return op.random && (!training || !op.draws_by || op.draws_by(options, *training));
}

Node::~Node() { free_in_turn(std::move(inputs)); }

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

std::string Node::told_input(int index) const {
  return name + "_" + op->told_input(options.get(), index, static_cast<int>(inputs.size()));
}

}  // namespace gluino
