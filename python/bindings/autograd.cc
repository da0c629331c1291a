// What is recorded, and the way back.
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/tape.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gluino/graph/symbol/naming.h>

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include "bindings.h"

namespace gluino::python {
namespace {

// A with-statement's scope; nothing said about one of the two keeps it.
class ModeScope {
 public:
  ModeScope(std::optional<bool> recording, std::optional<bool> training)
      : recording_(recording), training_(training) {}

  void enter() {
    const bool training = training_.value_or(autograd::is_training());
    if (!recording_) {
      scope_ = std::unique_ptr<autograd::Scope>(
          new autograd::Scope(training ? autograd::train_mode() : autograd::predict_mode()));
    } else {
      scope_ = std::unique_ptr<autograd::Scope>(new autograd::Scope(
          *recording_ ? autograd::record(training) : autograd::pause(training)));
    }
  }
  void exit() { scope_.reset(); }

 private:
  std::optional<bool> recording_, training_;
  std::unique_ptr<autograd::Scope> scope_;
};

std::vector<GradReq> grad_reqs(const std::vector<std::string>& texts) {
  std::vector<GradReq> reqs;
  for (const std::string& text : texts) {
    check(text == "write" || text == "add" || text == "null",
          "KeyError: expected grad_req to be \"write\", \"add\" or \"null\", got \"", text, "\"");
    reqs.push_back(text == "write" ? GradReq::write : text == "add" ? GradReq::add : GradReq::null);
  }
  return reqs;
}

// All that an output was computed by, what was recorded first before what used it.
std::vector<const autograd::Node*> recorded_before(const autograd::Entry& head) {
  std::set<const autograd::Node*> seen = {head.node.get()};
  std::vector<const autograd::Node*> nodes = {head.node.get()};
  for (std::size_t next = 0; next < nodes.size(); ++next) {
    check(!nodes[next]->released,
          "get_symbol: what was recorded was let go by backward; call it "
          "before, or backward with retain_graph=True");
    for (const auto& input : nodes[next]->inputs) {
      const autograd::Node* const node = input ? input->node.get() : nullptr;
      if (node != nullptr && seen.insert(node).second) nodes.push_back(node);
    }
  }
  std::ranges::sort(nodes, {}, &autograd::Node::number);
  return nodes;
}

// What a recorded node makes of these: one operator, or all that a hybridized block computes.
Symbol composed(const autograd::Node& node, const std::vector<Symbol>& in) {
  const auto graph = recorded_symbol(*node.op, node.options.get());
  if (graph == nullptr) {
    return sym::invoke(node.op->name, in, node.op->format_options(node.options.get()),
                       NodeName(""));
  }
  const auto names = graph->list_inputs();
  std::map<std::string, Symbol> by_name;
  for (std::size_t i = 0; i < names.size(); ++i) by_name[names[i]] = in.at(i);
  return (*graph)(by_name);
}

// The graph that an array was computed by: arrays with attach_grad are its variables, each once,
// and those that no gradient goes to, each time they were used.
Symbol symbol_of(const NDArray& array) {
  const auto* const head = static_cast<const autograd::Entry*>(array.autograd_entry().get());
  check(head != nullptr && head->node != nullptr,
        "get_symbol: the array was not computed while autograd recorded");
  const auto variable = [] { return sym::var(sym::NameManager::current().get("", "var")); };
  std::map<const autograd::Leaf*, Symbol> leaves;
  std::map<const autograd::Node*, Symbol> computed;
  for (const autograd::Node* node : recorded_before(*head)) {
    std::vector<Symbol> in;
    for (const auto& input : node->inputs) {
      if (input && input->node) {
        in.push_back(computed.at(input->node.get())[static_cast<std::size_t>(input->output)]);
      } else if (input && input->leaf) {
        Symbol& leaf = leaves[input->leaf.get()];
        if (!leaf.defined()) leaf = variable();
        in.push_back(leaf);
      } else {
        in.push_back(variable());
      }
    }
    computed[node] = composed(*node, in);
  }
  return computed.at(head->node.get())[static_cast<std::size_t>(head->output)];
}

}  // namespace

void bind_autograd(nb::module_& m) {
  nb::class_<ModeScope>(m, "ModeScope")
      .def(nb::init<std::optional<bool>, std::optional<bool>>(), nb::arg("recording").none(),
           nb::arg("training").none())
      .def("__enter__", &ModeScope::enter)
      .def("__exit__", [](ModeScope& scope, const nb::args& /*error*/) { scope.exit(); });
  m.def("is_recording", &autograd::is_recording);
  m.def("is_training", &autograd::is_training);
  m.def("set_recording", [](bool recording) {
    const bool before = autograd::is_recording();
    const bool training = autograd::is_training();
    Mode mode;
    {
      const auto scope = recording ? autograd::record(training) : autograd::pause(training);
      mode = current_mode();
    }
    current_mode() = mode;
    return before;
  });
  m.def("set_training", [](bool training) {
    const bool before = autograd::is_training();
    current_mode().training = training;
    return before;
  });
  m.def("mark_variables",
        [](const std::vector<NDArray>& variables, const std::vector<NDArray>& gradients,
           const std::vector<std::string>& reqs) {
          autograd::mark_variables(variables, gradients, grad_reqs(reqs));
        });
  m.def("backward", [](const std::vector<NDArray>& heads,
                       const std::vector<NDArray>& head_gradients, bool retain_graph) {
    const ReleaseGil release(true);
    autograd::backward(heads, head_gradients, {.retain_graph = retain_graph});
  });
  m.def(
      "grad",
      [](const std::vector<NDArray>& heads, const std::vector<NDArray>& variables,
         const std::vector<NDArray>& head_gradients, std::optional<bool> retain_graph,
         bool create_graph) {
        const ReleaseGil release(true);
        return autograd::grad(heads, variables, head_gradients,
                              {.create_graph = create_graph, .retain_graph = retain_graph});
      },
      nb::arg("heads"), nb::arg("variables"), nb::arg("head_gradients"),
      nb::arg("retain_graph").none(), nb::arg("create_graph"));
  m.def("get_symbol", [](const NDArray& array) { return wrap(symbol_of(array)); });
  m.def("has_fresh_grad", &autograd::has_fresh_grad);
  m.def("clear_fresh_grad", &autograd::clear_fresh_grad);
  m.def("mark_fresh_grad", &autograd::mark_fresh_grad);
  m.def(
      "set_gradient_hook",
      [](const NDArray& array, nb::object hook) {
        if (hook.is_none()) {
          autograd::set_gradient_hook(array, {});
          return;
        }
        autograd::set_gradient_hook(array, [kept = keep(hook)](const NDArray& gradient) {
          const nb::gil_scoped_acquire gil;
          object_of(kept)(gradient);
        });
      },
      nb::arg("array"), nb::arg("hook").none());
}

}  // namespace gluino::python
