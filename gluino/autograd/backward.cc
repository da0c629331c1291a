#include <gluino/amp/amp.h>
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/tape.h>
#include <gluino/ops/arithmetic.h>

#include <algorithm>

namespace gluino::autograd {
namespace {

// One run over what was recorded, from the heads to the leaves.
class BackwardPass {
 public:
  explicit BackwardPass(const BackwardOptions& options) : options_(options) {}

  // From now on gradients go only to leaves named so, and not to their own places.
  void redirect(const std::shared_ptr<Leaf>& leaf) { redirected_[leaf.get()] = {}; }
  NDArray redirected(const std::shared_ptr<Leaf>& leaf) { return redirected_[leaf.get()]; }

  void run(std::span<const NDArray> heads, std::span<const NDArray> head_gradients) {
    check(head_gradients.empty() || head_gradients.size() == heads.size(),
          "backward: ", heads.size(), " heads, but ", head_gradients.size(), " head gradients");
    for (const NDArray& head : heads) collect(head);
    for (std::size_t i = 0; i < heads.size(); ++i) {
      seed(heads[i], head_gradients.empty() ? NDArray() : head_gradients[i]);
    }
    // Later nodes are nearer the heads: in this order every gradient is complete when it is used,
    // and sums are always made in the same order.
    std::sort(nodes_.begin(), nodes_.end(),
              [](const auto& a, const auto& b) { return a->number > b->number; });
    const Scope scope = pause();
    for (const auto& node : nodes_) step(*node);
    for (const auto& leaf : leaves_) deliver(*leaf);
  }

 private:
  // Finds the nodes below `head` and how many gradients each leaf will get.
  void collect(const NDArray& head) {
    const auto entry = entry_of(head);
    check(entry != nullptr,
          "backward: this array was not computed under autograd::record from an "
          "array with attach_grad");
    if (entry->leaf) {
      note_leaf(entry->leaf);
      return;
    }
    PooledVector<std::shared_ptr<Node>> open;
    const auto visit = [&](const std::shared_ptr<Node>& node) {
      if (seen_.insert(node.get()).second) open.push_back(node);
    };
    visit(entry->node);
    while (!open.empty()) {
      const std::shared_ptr<Node> node = std::move(open.back());
      open.pop_back();
      check(!node->released,
            "backward: the graph was freed by an earlier backward; pass "
            "retain_graph = true to the first one");
      for (const auto& input : node->inputs) {
        if (!input) continue;
        if (input->leaf) {
          note_leaf(input->leaf);
        } else {
          visit(input->node);
        }
      }
      for (Sum& sum : node->out_grads) sum = {};
      nodes_.push_back(node);
    }
  }

  void note_leaf(const std::shared_ptr<Leaf>& leaf) {
    if (++uses_[leaf.get()] == 1) leaves_.push_back(leaf);
  }

  void seed(const NDArray& head, NDArray gradient) {
    if (gradient.defined()) {
      check(gradient.shape() == head.shape(), "backward: head gradient: expected shape ",
            head.shape(), ", got ", gradient.shape());
      check(gradient.dtype() == head.dtype(), "backward: head gradient: expected ", head.dtype(),
            ", got ", gradient.dtype(), "; convert with astype");
      check(gradient.context() == head.context(), "backward: head gradient: expected one on ",
            head.context(), ", got ", gradient.context(), "; use as_in_context");
    } else {
      gradient = NDArray(head.shape(), head.dtype(), head.context());
      gradient.assign(1.0);
    }
    add(*entry_of(head), gradient, false);
  }

  // Adds a gradient to what an entry has gathered so far.
  void add(const Entry& entry, const NDArray& gradient, bool own) {
    Sum& sum = entry.leaf ? leaf_sums_[entry.leaf.get()]
                          : entry.node->out_grads[static_cast<std::size_t>(entry.output)];
    if (!sum.value.defined()) {
      sum = {gradient, own};
    } else if (sum.own) {
      sum.value += gradient;
    } else {
      sum = {sum.value + gradient, true};
    }
  }

  void step(Node& node) {
    PooledVector<NDArray> out_grads;
    out_grads.reserve(node.out_grads.size());
    bool any = false;
    for (Sum& sum : node.out_grads) {
      any = any || sum.value.defined();
      out_grads.push_back(std::move(sum.value));
      sum = {};
    }
    if (any) propagate(node, out_grads);
    if (!options_.retain_graph) node.release();
  }

  void propagate(const Node& node, PooledVector<NDArray>& out_grads) {
    if (node.op->is_view) {
      add(*node.inputs[0], out_grads[0].view(node.in_shapes[0].shape), false);
      return;
    }
    const auto visible =
        static_cast<std::size_t>(num_visible_outputs(*node.op, node.options.get()));
    for (std::size_t i = 0; i < visible; ++i) {
      if (out_grads[i].defined()) continue;
      out_grads[i] = NDArray(node.out_shapes[i].shape, node.out_shapes[i].dtype, node.context);
      out_grads[i].assign(0.0);
    }
    PooledVector<NDArray> in_grads(node.inputs.size());
    for (std::size_t i = 0; i < in_grads.size(); ++i) {
      if (node.inputs[i]) in_grads[i] = gradient_place(node, i);
    }
    const auto out_tensors = tensors(out_grads, node.out_shapes);
    const auto in_values = tensors(node.in_values, node.in_shapes);
    const auto out_values = tensors(node.out_values, node.out_shapes);
    const auto in_tensors = tensors(in_grads, node.in_shapes);
    const auto& backward = node.op->kernels_for(node.context.device).backward;
    check(backward != nullptr, "[", node.op->name, "] has no gradient on ", node.context);
    // Whether the processor can was checked when it was recorded.
    const amp::Scope products(node.products, {.emulate = true});
    backward(node.options.get(), {out_tensors, in_values, out_values, in_tensors, node.training});
    for (std::size_t i = 0; i < in_grads.size(); ++i) {
      if (node.inputs[i]) add(*node.inputs[i], in_grads[i], true);
    }
  }

  // A leaf that gets one gradient, to be overwritten, has it written to its place at once.
  NDArray gradient_place(const Node& node, std::size_t input) {
    const auto& leaf = node.inputs[input]->leaf;
    if (leaf && uses_[leaf.get()] == 1 && leaf->req == GradReq::write && redirected_.empty()) {
      return leaf->grad;
    }
    return NDArray(node.in_shapes[input].shape, node.in_shapes[input].dtype, node.in_context);
  }

  void deliver(Leaf& leaf) {
    const auto found = leaf_sums_.find(&leaf);
    if (found == leaf_sums_.end()) return;
    const NDArray& value = found->second.value;
    if (!redirected_.empty()) {
      const auto redirect = redirected_.find(&leaf);
      if (redirect == redirected_.end()) return;
      redirect->second = found->second.own ? value : value.copy();
    } else if (leaf.req == GradReq::add) {
      leaf.grad += value;
      leaf.fresh = true;
    } else {
      if (!value.same_as(leaf.grad)) leaf.grad.assign(value);
      leaf.fresh = true;
    }
  }

  static PooledVector<Tensor> tensors(const PooledVector<NDArray>& arrays,
                                      const PooledVector<Tensor>& shapes) {
    PooledVector<Tensor> result = shapes;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      if (arrays[i].defined()) result[i].data = arrays[i].data();
    }
    return result;
  }

  BackwardOptions options_;
  PooledVector<std::shared_ptr<Node>> nodes_;
  PooledVector<std::shared_ptr<Leaf>> leaves_;
  PooledSet<const Node*> seen_;
  PooledMap<const Leaf*, int> uses_;
  PooledMap<const Leaf*, Sum> leaf_sums_;
  PooledMap<const Leaf*, NDArray> redirected_;
};

}  // namespace

void run_backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients,
                  const BackwardOptions& options) {
  BackwardPass(options).run(heads, head_gradients);
}

void backward(const std::vector<NDArray>& heads, const std::vector<NDArray>& head_gradients,
              const BackwardOptions& options) {
  run_backward(heads, head_gradients, options);
}

std::vector<NDArray> grad(const std::vector<NDArray>& heads, const std::vector<NDArray>& variables,
                          const std::vector<NDArray>& head_gradients,
                          const BackwardOptions& options) {
  BackwardPass pass(options);
  std::vector<std::shared_ptr<Leaf>> leaves;
  for (const NDArray& variable : variables) {
    const auto entry = entry_of(variable);
    check(entry && entry->leaf, "autograd::grad: a variable needs attach_grad before it is used");
    leaves.push_back(entry->leaf);
    pass.redirect(entry->leaf);
  }
  pass.run(heads, head_gradients);
  std::vector<NDArray> gradients;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    NDArray gradient = pass.redirected(leaves[i]);
    check(gradient.defined(), "autograd::grad: the heads do not depend on variable ", i);
    gradients.push_back(std::move(gradient));
  }
  return gradients;
}

}  // namespace gluino::autograd
