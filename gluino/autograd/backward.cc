#include <gluino/amp/amp.h>
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/derivative_arrays.h>
#include <gluino/autograd/stored_gradients.h>
#include <gluino/autograd/tape.h>
#include <gluino/base/profiler.h>
#include <gluino/ops/core/accumulate.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/movement/reshape.h>

#include <algorithm>
#include <utility>

namespace gluino::autograd {
namespace {

// While a gradient hook runs on this thread.
class Telling {
 public:
  Telling() { now() = true; }
  Telling(const Telling&) = delete;
  Telling& operator=(const Telling&) = delete;
  ~Telling() { now() = false; }

  static bool& now() {
    static thread_local bool telling = false;
    return telling;
  }
};

// One run over what was recorded, from the heads to the leaves.
class BackwardPass {
 public:
  explicit BackwardPass(const BackwardOptions& options)
      : records_(options.create_graph), retains_(options.retain_graph.value_or(records_)) {
    check(!Telling::now(), "backward: cannot run in a gradient hook, in the midst of another one");
  }

  // From now on gradients go only to leaves named so, and not to their own places.
  void redirect(const std::shared_ptr<Leaf>& leaf) { redirected_[leaf.get()] = {}; }
  NDArray redirected(const std::shared_ptr<Leaf>& leaf) { return redirected_[leaf.get()]; }

  void run(std::span<const NDArray> heads, std::span<const NDArray> head_gradients) {
    check(head_gradients.empty() || head_gradients.size() == heads.size(),
          "backward: ", heads.size(), " heads, but ", head_gradients.size(), " head gradients");
    for (const NDArray& head : heads) collect(head);
    collect_behind();
    // Later nodes are nearer the heads: in this order every gradient is complete when it is used,
    // and sums are always made in the same order.
    std::sort(nodes_.begin(), nodes_.end(),
              [](const auto& a, const auto& b) { return a->number > b->number; });
    if (!redirected_.empty()) find_ways();
    for (const auto& node : nodes_) {
      if (!is_on_way(*node)) continue;
      node->check_unchanged();
      if (records_) check_has_derivative(*node);
      careful_ = careful_ || records_ || is_made_of_operators(*node->op) || may_fail(*node);
    }
    careful_ = careful_ || overwrites_any(head_gradients);
    early_ =
        redirected_.empty() && std::any_of(leaves_.begin(), leaves_.end(),
                                           [](const auto& leaf) { return leaf->hook != nullptr; });
    const SumsGuard sums_are_dropped(nodes_);
    for (std::size_t i = 0; i < heads.size(); ++i) {
      seed(heads[i], head_gradients.empty() ? NDArray() : head_gradients[i]);
    }
    const Scope scope = records_ ? record() : pause();
    if (early_) note_parts_of_heads(heads);
    for (const auto& node : nodes_) step(node);
    for (const auto& leaf : early_ ? complete_ : leaves_) deliver(*leaf);
    if (!careful_) return;
    for (const auto& node : nodes_) release(*node);
  }

 private:
  // Gradients that are gathered in nodes end with the pass, also when it fails.
  class SumsGuard {
   public:
    explicit SumsGuard(const PooledVector<std::shared_ptr<Node>>& nodes) : nodes_(nodes) {}
    SumsGuard(const SumsGuard&) = delete;
    SumsGuard& operator=(const SumsGuard&) = delete;
    ~SumsGuard() {
      for (const auto& node : nodes_) {
        for (Sum& sum : node->out_grads) sum = {};
      }
    }

   private:
    const PooledVector<std::shared_ptr<Node>>& nodes_;
  };

  // Whether a gradient may throw half way: a user's code.
  static bool may_fail(const Node& node) {
    return node.op->runs_user_code && node.op->runs_user_code(node.options.get());
  }

  // Whether a gradient's place is what it is computed from.
  bool overwrites_any(std::span<const NDArray> head_gradients) const {
    return std::any_of(head_gradients.begin(), head_gradients.end(), [&](const NDArray& head) {
      return head.defined() && std::any_of(leaves_.begin(), leaves_.end(), [&](const auto& leaf) {
               return leaf->grad.storage() == head.storage();
             });
    });
  }

  static void check_has_derivative(const Node& node) {
    if (!node.op->is_view) derivative::check_has_derivative(*node.op);
  }

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
      for (const auto& one : node->behind) behind_.push_back(one);
      if (!node->cut) nodes_.push_back(node);
    }
  }

  // Finds the leaves to which no gradient comes, since what was computed from them has none. What
  // lies on the way is neither run nor freed: it may be a part of another loss.
  void collect_behind() {
    while (!behind_.empty()) {
      const std::shared_ptr<Entry> entry = std::move(behind_.back());
      behind_.pop_back();
      if (entry->leaf) {
        if (uses_.try_emplace(entry->leaf.get(), 0).second) leaves_.push_back(entry->leaf);
        continue;
      }
      const Node& node = *entry->node;
      if (node.released || !seen_.insert(&node).second) continue;
      for (const auto& input : node.inputs) {
        if (input) behind_.push_back(input);
      }
      for (const auto& one : node.behind) behind_.push_back(one);
    }
  }

  // Where gradients go to some leaves only, the nodes through which they go.
  void find_ways() {
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
      const auto& inputs = (*node)->inputs;
      if (std::any_of(inputs.begin(), inputs.end(),
                      [&](const auto& input) { return goes_to(input); })) {
        on_way_.insert(node->get());
      }
    }
  }

  bool is_on_way(const Node& node) const { return redirected_.empty() || on_way_.contains(&node); }
  bool goes_to(const std::shared_ptr<Entry>& input) const {
    if (input == nullptr || redirected_.empty()) return input != nullptr;
    return input->leaf ? redirected_.contains(input->leaf.get())
                       : on_way_.contains(input->node.get());
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
    const auto entry = entry_of(head);
    if (entry->leaf || !entry->node->cut) add(*entry, gradient, false);
  }

  // Adds a gradient to what an entry has gathered so far.
  void add(const Entry& entry, const NDArray& gradient, bool own) {
    Sum& sum = entry.leaf ? leaf_sums_[entry.leaf.get()]
                          : entry.node->out_grads[static_cast<std::size_t>(entry.output)];
    if (!sum.value.defined()) {
      sum = {gradient, own};
      return;
    }
    if (records_ || !sum.value.is_dense() || !gradient.is_dense()) {
      sum = {ops::elemwise_add(sum.value, gradient), true};
      return;
    }
    const NDArray total =
        sum.own ? sum.value : NDArray(gradient.shape(), gradient.dtype(), gradient.context());
    accumulate(tensor_of(sum.value), tensor_of(gradient), tensor_of(total));
    sum = {total, true};
  }

  void step(const std::shared_ptr<Node>& node) {
    PooledVector<NDArray> out_grads;
    out_grads.reserve(node->out_grads.size());
    bool any = false;
    for (Sum& sum : node->out_grads) {
      any = any || sum.value.defined();
      out_grads.push_back(std::move(sum.value));
      sum = {};
    }
    any = any && is_on_way(*node);
    if (any && (records_ || is_made_of_operators(*node->op))) {
      propagate_by_operators(node, out_grads);
    } else if (any) {
      propagate(*node, out_grads);
    }
    if (early_) {
      for (const auto& input : node->inputs) {
        if (input && input->leaf) note_part(input->leaf);
      }
    }
    if (!careful_) release(*node);
  }

  // Leaves that are heads have those parts at once, and leaves that get none are complete.
  void note_parts_of_heads(std::span<const NDArray> heads) {
    to_come_ = uses_;
    for (const auto& leaf : leaves_) {
      if (to_come_[leaf.get()] == 0) complete(leaf);
    }
    for (const NDArray& head : heads) {
      if (const auto entry = entry_of(head); entry->leaf) note_part(entry->leaf);
    }
  }

  // The leaf has got one more of its parts, or would have: not all nodes give a gradient.
  void note_part(const std::shared_ptr<Leaf>& leaf) {
    if (--to_come_[leaf.get()] == 0) complete(leaf);
  }

  void complete(const std::shared_ptr<Leaf>& leaf) {
    if (careful_) {
      complete_.push_back(leaf);
    } else {
      deliver(*leaf);
    }
  }

  void release(Node& node) const {
    if (!retains_) node.release();
  }

  // Whether the gradient is known in no other form: that of a recorded gradient.
  static bool is_made_of_operators(const Op& op) { return !op.has_gradient() && !op.is_view; }

  // The gradient by operators, which run as theirs did: in its mode and precision.
  void propagate_by_operators(const std::shared_ptr<Node>& node, PooledVector<NDArray>& out_grads) {
    if (node->op->is_view) {
      add(*node->inputs[0], derivative::reshaped(out_grads[0], node->in_shapes[0].shape), false);
      return;
    }
    node->check_unchanged();
    const DerivativeArrays call(node, records_, [&](const auto& input) { return goes_to(input); });
    Mode mode = current_mode();
    mode.training = node->training;
    const Scope scope(mode);
    const amp::Scope products(node->products, {.emulate = true});
    out_grads.resize(static_cast<std::size_t>(num_visible_outputs(*node->op, node->options.get())));
    const std::vector<NDArray> in_grads =
        derivative::gradients_of(*node->op, node->options.get(), call.with(out_grads));
    check(in_grads.size() == node->inputs.size(), "[", node->op->name,
          "] derivative: ", node->inputs.size(), " inputs, but ", in_grads.size(), " gradients");
    for (std::size_t i = 0; i < in_grads.size(); ++i) {
      if (!goes_to(node->inputs[i]) || !in_grads[i].defined()) continue;
      const Tensor& form = node->in_shapes[i];
      check(in_grads[i].shape() == form.shape && in_grads[i].dtype() == form.dtype, "[",
            node->op->name, "] derivative of input ", i, ": expected ", form.dtype, " ", form.shape,
            ", got ", in_grads[i].dtype(), " ", in_grads[i].shape());
      add(*node->inputs[i], in_grads[i], false);
    }
  }

  void propagate(const Node& node, PooledVector<NDArray>& out_grads) {
    if (node.op->is_view) {
      add(*node.inputs[0], out_grads[0].view(node.in_shapes[0].shape), false);
      return;
    }
    if (node.op->stored.backward && propagate_stored(node, out_grads)) return;
    const auto visible =
        static_cast<std::size_t>(num_visible_outputs(*node.op, node.options.get()));
    for (std::size_t i = 0; i < visible; ++i) {
      if (out_grads[i].defined()) continue;
      out_grads[i] = NDArray(node.out_shapes[i].shape, node.out_shapes[i].dtype, node.context);
      out_grads[i].assign(0.0);
    }
    // Once more: a gradient written in this pass may be what a node reads.
    node.check_unchanged();
    PooledVector<NDArray> copies;
    PooledVector<NDArray> in_grads(node.inputs.size());
    for (std::size_t i = 0; i < in_grads.size(); ++i) {
      if (node.inputs[i]) in_grads[i] = gradient_place(node, i);
    }
    const auto out_tensors = tensors(out_grads, node.out_shapes, copies);
    const auto in_values = tensors(node.in_values, node.in_shapes, copies);
    const auto out_values = tensors(node.out_values, node.out_shapes, copies);
    const auto in_tensors = tensors(in_grads, node.in_shapes, copies);
    const auto& backward = node.op->kernels_for(node.context.device).backward;
    check(backward != nullptr, "[", node.op->name, "] has no gradient on ", node.context);
    // Whether the processor can was checked when it was recorded.
    const amp::Scope products(node.products, {.emulate = true});
    const profiler::Span span("operator", node.op->name, "_backward_");
    with_name(*node.op, {}, [&] {
      backward(node.options.get(), {out_tensors, in_values, out_values, in_tensors, node.training,
                                    retains_, node.in_context});
    });
    for (std::size_t i = 0; i < in_grads.size(); ++i) {
      if (node.inputs[i]) add(*node.inputs[i], in_grads[i], true);
    }
  }

  // What the operator has for arrays as they are stored; false: nothing.
  bool propagate_stored(const Node& node, const PooledVector<NDArray>& out_grads) {
    if (!has_stored_gradients(node, out_grads)) return false;
    node.check_unchanged();
    PooledVector<std::uint8_t> wanted(node.inputs.size());
    for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = goes_to(node.inputs[i]) ? 1 : 0;
    const std::vector<NDArray> gradients = stored_gradients(node, out_grads, wanted);
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      if (wanted[i] != 0 && gradients[i].defined()) add(*node.inputs[i], gradients[i], true);
    }
    return !gradients.empty();
  }

  // A leaf that gets one gradient, to be overwritten, has it written to its place at once; unless
  // something may fail half way, which must not leave half of the gradients written.
  NDArray gradient_place(const Node& node, std::size_t input) {
    const auto& leaf = node.inputs[input]->leaf;
    if (leaf && uses_[leaf.get()] == 1 && leaf->req == GradReq::write && redirected_.empty() &&
        !careful_ && leaf->grad.is_dense()) {
      leaf->grad.note_change();
      return leaf->grad;
    }
    return NDArray(node.in_shapes[input].shape, node.in_shapes[input].dtype, node.in_context);
  }

  // Leaves without a sum are those behind operators that have no gradient: theirs is 0.
  void deliver(Leaf& leaf) {
    const auto found = leaf_sums_.find(&leaf);
    const NDArray value = found == leaf_sums_.end() ? NDArray() : found->second.value;
    if (!redirected_.empty()) {
      const auto redirect = redirected_.find(&leaf);
      if (redirect == redirected_.end()) return;
      if (!value.defined()) {
        redirect->second = zeros_like(leaf.grad);
      } else if (found->second.own) {
        redirect->second = value;
      } else {
        redirect->second = records_ ? ops::identity(value) : value.copy();
      }
      return;
    }
    leaf.fresh = true;
    if (leaf.req == GradReq::add) {
      if (value.defined() && !(value.is_dense() && leaf.grad.is_dense())) {
        leaf.grad.assign(ops::elemwise_add(leaf.grad.detach(), value.detach()));
      } else if (value.defined()) {
        leaf.grad.note_change();
        accumulate(tensor_of(leaf.grad), tensor_of(value), tensor_of(leaf.grad));
      }
    } else if (!value.defined()) {
      leaf.grad.assign(0.0);
    } else if (!value.same_as(leaf.grad)) {
      leaf.grad.assign(value.detach());
    }
    if (leaf.hook) tell(leaf);
  }

  static void tell(const Leaf& leaf) {
    const auto hook = leaf.hook;  // it may set another one
    const Telling telling;
    (*hook)(leaf.grad);
  }

  static NDArray zeros_like(const NDArray& array) {
    NDArray zeros(array.shape(), array.dtype(), array.context());
    zeros.assign(0.0);
    return zeros;
  }

  static Tensor tensor_of(const NDArray& array) {
    return {array.data(), array.shape(), array.dtype()};
  }

  static const NDArray& array_of(const NDArray& array) { return array; }
  static const NDArray& array_of(const Kept& kept) { return kept.value; }

  // Sparse arrays as dense ones, which stay in `copies`.
  template <class Arrays>
  static PooledVector<Tensor> tensors(const Arrays& arrays, const PooledVector<Tensor>& shapes,
                                      PooledVector<NDArray>& copies) {
    PooledVector<Tensor> result = shapes;
    for (std::size_t i = 0; i < arrays.size(); ++i) {
      const NDArray& array = array_of(arrays[i]);
      if (!array.defined()) continue;
      if (!array.is_dense()) copies.push_back(array.tostype(StorageType::dense));
      result[i].data = array.is_dense() ? array.data() : copies.back().data();
    }
    return result;
  }

  /// How the gradients are computed is recorded.
  bool records_;
  bool retains_;
  PooledVector<std::shared_ptr<Node>> nodes_;
  PooledVector<std::shared_ptr<Leaf>> leaves_;
  PooledVector<std::shared_ptr<Entry>> behind_;
  /// Something in this pass may throw: nothing is given out or freed before all is computed.
  bool careful_ = false;
  /// Some leaf wants to be told: all are delivered as soon as they are complete.
  bool early_ = false;
  /// Those that wait for the end because of careful_, in the order in which they were complete.
  PooledVector<std::shared_ptr<Leaf>> complete_;
  PooledSet<const Node*> seen_;
  PooledSet<const Node*> on_way_;
  /// How many gradients each leaf will get, and, where early_, how many of them are still to come.
  PooledMap<const Leaf*, int> uses_;
  PooledMap<const Leaf*, int> to_come_;
  PooledMap<const Leaf*, Sum> leaf_sums_;
  PooledMap<const Leaf*, NDArray> redirected_;
};

}  // namespace

void run_backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients,
                  const BackwardOptions& options) {
  check_not_traced("backward");
  check(!options.create_graph,
        "backward: create_graph: the places of attach_grad hold numbers only; recorded gradients "
        "are those that autograd::grad gives");
  BackwardPass(options).run(heads, head_gradients);
}

void backward(const std::vector<NDArray>& heads, const std::vector<NDArray>& head_gradients,
              const BackwardOptions& options) {
  run_backward(heads, head_gradients, options);
}

void set_gradient_hook(const NDArray& array, GradientHook hook) {
  const auto entry = entry_of(array);
  check(entry && entry->leaf, "autograd::set_gradient_hook: the array needs attach_grad first");
  entry->leaf->hook = hook ? std::make_shared<const GradientHook>(std::move(hook)) : nullptr;
}

std::vector<NDArray> grad(const std::vector<NDArray>& heads, const std::vector<NDArray>& variables,
                          const std::vector<NDArray>& head_gradients,
                          const BackwardOptions& options) {
  check_not_traced("autograd::grad");
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
    const auto before = leaves.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(leaves.begin(), before, leaves[i]) != before) {  // a new array each
      const Scope scope = options.create_graph ? record() : pause();
      gradient = ops::identity(gradient);
    }
    if (options.create_graph) lead_behind(gradient, leaves);
    gradients.push_back(std::move(gradient));
  }
  return gradients;
}

}  // namespace gluino::autograd
