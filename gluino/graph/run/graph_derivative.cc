#include <gluino/base/error.h>
#include <gluino/graph/run/graph_derivative.h>
#include <gluino/graph/symbol/indexed_graph.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>

#include <algorithm>
#include <memory>
#include <utility>

namespace gluino::graph {
namespace {

class Sweep {
 public:
  explicit Sweep(const Symbol& symbol)
      : graph_(symbol.entries()),
        values_(static_cast<std::size_t>(graph_.num_entries())),
        gradients_(values_.size()),
        wanted_(values_.size()) {}

  // `wanted`: the variables to which gradients go.
  void forward(std::span<const NDArray> inputs, std::span<const bool> wanted) {
    std::size_t number = 0;
    for (const IndexedGraph::Item& item : graph_.items) {
      if (item.node->is_variable()) {
        // What changes in place changes elsewhere.
        const NDArray& input = inputs[number];
        values_[entry(item.first_entry)] = item.is_state ? input.copy() : input;
        wanted_[entry(item.first_entry)] = wanted[number++];
        continue;
      }
      const Op& op = *item.node->op;
      check(!draws_numbers(*item.node, current_mode().training), "autograd::grad: create_graph: [",
            op.name,
            "] is a part of a hybridized block, and drew random numbers that do not come again; ",
            "leave that block as it is, or create no graph");
      std::vector<NDArray> out(static_cast<std::size_t>(item.node->num_outputs()));
      invoke(op, item.node->options.get(), inputs_of(item), out);
      // Hidden outputs are constants to derivatives.
      for (std::size_t i = entry(item.node->num_visible_outputs()); i < out.size(); ++i) {
        out[i] = out[i].detach();
      }
      std::move(out.begin(), out.end(), values_.begin() + item.first_entry);
      const bool leads_on = std::any_of(item.inputs.begin(), item.inputs.end(),
                                        [&](int input) { return wanted_[entry(input)]; });
      std::fill_n(wanted_.begin() + item.first_entry, item.node->num_visible_outputs(), leads_on);
    }
  }

  void add(int at, const NDArray& gradient) {
    NDArray& sum = gradients_[entry(at)];
    sum = sum.defined() ? ops::elemwise_add(sum, gradient) : gradient;
  }
  const std::vector<int>& heads() const { return graph_.heads; }

  void backward() {
    for (auto item = graph_.items.rbegin(); item != graph_.items.rend(); ++item) {
      if (!item->node->is_variable()) step(*item);
    }
  }

  // Per variable.
  std::vector<NDArray> gradients() const {
    std::vector<NDArray> result;
    for (const IndexedGraph::Item& item : graph_.items) {
      if (item.node->is_variable()) result.push_back(gradients_[entry(item.first_entry)]);
    }
    return result;
  }

 private:
  static std::size_t entry(int number) { return static_cast<std::size_t>(number); }

  std::vector<NDArray> inputs_of(const IndexedGraph::Item& item) const {
    std::vector<NDArray> in;
    in.reserve(item.inputs.size());
    for (const int input : item.inputs) in.push_back(values_[entry(input)]);
    return in;
  }

  void step(const IndexedGraph::Item& item) {
    const Op& op = *item.node->op;
    const void* options = item.node->options.get();
    const auto first = entry(item.first_entry);
    const std::span<const NDArray> out(&values_[first], entry(item.node->num_outputs()));
    const std::span<const NDArray> heads(&gradients_[first],
                                         entry(item.node->num_visible_outputs()));
    const bool any =
        std::any_of(heads.begin(), heads.end(), [](const NDArray& head) { return head.defined(); });
    if (!any || !wanted_[first] || !(op.has_gradient() || op.derivative)) return;
    derivative::check_has_derivative(op);
    const std::vector<NDArray> in = inputs_of(item);
    const auto wanted = std::make_unique<bool[]>(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      wanted[i] = wanted_[entry(item.inputs[i])] && is_floating(in[i].dtype()) &&
                  op.passes_gradient_to(options, static_cast<int>(i));
    }
    const auto found =
        derivative::gradients_of(op, options, {in, out, heads, {wanted.get(), in.size()}});
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (wanted[i] && found[i].defined()) add(item.inputs[i], found[i]);
    }
  }

  IndexedGraph graph_;
  std::vector<NDArray> values_;
  std::vector<NDArray> gradients_;
  /// Per entry, whether its gradient leads to a variable whose gradient is wanted.
  std::vector<bool> wanted_;
};

}  // namespace

std::vector<NDArray> graph_derivative(const Symbol& symbol, std::span<const NDArray> inputs,
                                      const DerivativeCall& call) {
  Sweep sweep(symbol);
  sweep.forward(inputs, call.wanted);
  for (std::size_t h = 0; h < call.out_grad.size(); ++h) {
    if (call.out_grad[h].defined()) sweep.add(sweep.heads()[h], call.out_grad[h]);
  }
  sweep.backward();
  return sweep.gradients();
}

}  // namespace gluino::graph
