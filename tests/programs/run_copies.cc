#include <utility>

#include "programs/analysis.h"
#include "programs/ways.h"

/// What arrays that are changed in place should do: a run in which nothing is ever changed. Where
/// the program writes into an array, all names of that memory get other arrays instead, and what
/// was computed before keeps the old ones.
namespace gluino::programs {
namespace {

// What this model has no answer to: what was computed and recorded is written over.
struct Unknown : Error {
  using Error::Error;
};

class Copies final : public Network {
 public:
  explicit Copies(const Program& program) : program_(program) {}

  std::vector<NDArray> forward(const std::vector<NDArray>& variables) override {
    values_.assign(program_.nodes.size(), {});
    parent_.assign(program_.nodes.size(), -1);
    for (int i = 0; i < program_.size(); ++i) {
      const Node& node = this->node(i);
      if (is_variable(node.kind)) {
        at(i) = {variables[static_cast<std::size_t>(i)]};
      } else if (node.kind == Kind::assign) {
        write(i);
      } else {
        compute(i);
      }
    }
    return heads_of(program_, values_);
  }

  void between(std::size_t /*step*/, std::vector<NDArray>& variables) override {
    write_down(variables);
  }
  void learn(const Step& step, const std::vector<int>& nodes,
             const std::vector<NDArray>& variables) override {
    write_down(variables);
    Network::learn(step, nodes, variables);
  }

 private:
  // Now that gradients are there, the arrays may become what they were to be.
  void write_down(const std::vector<NDArray>& variables) {
    for (const auto& [node, content] : written_) {
      variables[static_cast<std::size_t>(node)].assign(content);
    }
    written_.clear();
  }

  const Node& node(int i) const { return program_.nodes[static_cast<std::size_t>(i)]; }
  std::vector<NDArray>& at(int i) { return values_[static_cast<std::size_t>(i)]; }

  std::vector<NDArray> inputs_of(const Node& node) {
    std::vector<NDArray> in;
    for (const Value& input : node.inputs) {
      in.push_back(at(input.node)[static_cast<std::size_t>(input.output)]);
    }
    return in;
  }

  // A view has the memory of its input where it is none of a recorded operator's.
  void compute(int i) {
    const Node& node = this->node(i);
    const auto in = inputs_of(node);
    at(i) = run_node(node, in);
    const bool shares = node.kind != Kind::call && node.inputs[0].output == 0 &&
                        at(i)[0].storage() == in[0].storage();
    parent_[static_cast<std::size_t>(i)] = shares ? node.inputs[0].node : -1;
  }

  int root_of(int i) const {
    while (parent_[static_cast<std::size_t>(i)] >= 0) i = parent_[static_cast<std::size_t>(i)];
    return i;
  }

  // The array of node i as a view of other content of the root.
  NDArray seen_in(const NDArray& content, int i) {
    const int parent = parent_[static_cast<std::size_t>(i)];
    if (parent < 0) return content;
    Node view = node(i);
    view.modes.clear();
    return run_node(view, {seen_in(content, parent)})[0];
  }

  void write(int assign) {
    const Value target = node(assign).inputs[0];
    if (effective(node(assign).modes, {}).recording) throw Unknown("assigned while recording");
    const int root = root_of(target.node);
    NDArray content;
    {
      const autograd::Scope scope = autograd::pause();
      content = at(root)[0].copy();
      const NDArray place = seen_in(content, target.node);
      place.assign(numbers_of(node(assign), place));
    }
    replace(root, content);
    at(assign) = {at(target.node)[0]};
  }

  void replace(int root, const NDArray& content) {
    const NDArray old = at(root)[0];
    const bool is_leaf = is_variable(node(root).kind);
    if (!is_leaf && old.autograd_entry() != nullptr) throw Unknown("what was computed changes");
    at(root)[0] = content;
    if (is_leaf) written_[root] = content;
    // The gradient of its later uses is the leaf's, too.
    if (is_leaf && old.autograd_entry() != nullptr && autograd::is_recording()) {
      NDArray step;
      {
        const autograd::Scope scope = autograd::pause();
        step = content - old;
      }
      at(root)[0] = old + step;
    }
    for (int i = 0; i < program_.size(); ++i) {
      if (at(i).empty() || i == root || root_of(i) != root) continue;
      at(i) = run_node(node(i), inputs_of(node(i)));
    }
  }

  const Program& program_;
  Values values_;
  /// By node: the node whose memory it is a view of; -1: its own.
  std::vector<int> parent_;
  std::map<int, NDArray> written_;
};

// Of two data that are one array it knows nothing.
bool is_modelled(const Program& program) { return has_assigns(program) && !shares_data(program); }

}  // namespace

Way copies_way() {
  return {.name = "copies",
          .exact = false,
          .takes = is_modelled,
          .may_refuse = has_assigns,
          .run = [](const Program& program) {
            Copies network(program);
            return run_arrays(program, network);
          }};
}

}  // namespace gluino::programs
