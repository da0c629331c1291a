#include <gluino/amp/amp.h>
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/tape.h>
#include <gluino/ndarray/sparse_array.h>
#include <gluino/ops/core/tracing_recorder.h>

#include <algorithm>
#include <atomic>

namespace gluino {
namespace autograd {
namespace {

// True when something is remembered about the array. Of what a backward has gone through nothing
// is: the array is a constant from then on, so that a state may go from one batch to the next.
bool is_known(const NDArray& array) {
  const auto& entry = array.autograd_entry();
  if (entry == nullptr) return false;
  const auto& known = static_cast<const Entry&>(*entry);
  return known.node == nullptr || !known.node->released;
}

// True when a gradient may go on from the array: some leaf's depends on it.
bool leads_to_leaf(const NDArray& array) {
  if (!is_known(array)) return false;
  const auto& known = static_cast<const Entry&>(*array.autograd_entry());
  return known.leaf != nullptr || !known.node->cut;
}

// Adds to `behind` what stands behind an input to which no gradient goes. What a backward has gone
// through leads nowhere any more; so a row of such operators, one after the other, stays short.
void add_behind(const std::shared_ptr<Entry>& entry, PooledVector<std::shared_ptr<Entry>>& behind) {
  constexpr std::size_t kFew = 4;
  const auto add = [&](const std::shared_ptr<Entry>& one) {
    const bool over = one->node != nullptr && one->node->released;
    if (!over && std::find(behind.begin(), behind.end(), one) == behind.end()) {
      behind.push_back(one);
    }
  };
  if (entry->node != nullptr && entry->node->cut && entry->node->behind.size() <= kFew) {
    for (const auto& one : entry->node->behind) add(one);
  } else {
    add(entry);
  }
}

class Tape final : public Recorder {
 public:
  void record(const Op& op, const void* options, std::span<const NDArray> in,
              std::span<NDArray> out) override {
    if (std::none_of(in.begin(), in.end(), is_known)) return;
    const bool any_real = std::any_of(out.begin(), out.end(), [](const NDArray& array) {
      return array.defined() && is_floating(array.dtype());
    });
    const bool passes = any_real && (op.has_gradient() || op.derivative || op.is_view);
    PooledVector<std::shared_ptr<Entry>> inputs;
    PooledVector<std::shared_ptr<Entry>> behind;
    bool wanted = false;
    inputs.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const bool goes_on = passes && leads_to_leaf(in[i]) && is_floating(in[i].dtype()) &&
                           op.passes_gradient_to(options, static_cast<int>(i));
      wanted = wanted || goes_on;
      inputs.push_back(goes_on ? entry_of(in[i]) : nullptr);
      if (!goes_on && is_known(in[i])) add_behind(entry_of(in[i]), behind);
    }
    auto node = wanted || !behind.empty() ? make_pooled<Node>() : nullptr;
    if (node != nullptr) {
      describe(*node, op, in, out);
      node->behind = std::move(behind);
      node->cut = !wanted;
      if (wanted) {
        node->inputs = std::move(inputs);
        keep(*node, options, in, out);
      }
    }
    for (std::size_t i = 0; i < out.size(); ++i) attach(node, static_cast<int>(i), out[i]);
  }

  // What no gradient goes through may change: nothing of it is read again.
  bool remembers(const NDArray& array) const override { return leads_to_leaf(array); }

 private:
  static void describe(Node& node, const Op& op, std::span<const NDArray> in,
                       std::span<NDArray> out) {
    static std::atomic<std::uint64_t> counter = 0;
    node.number = counter.fetch_add(1, std::memory_order_relaxed);
    node.op = &op;
    node.training = current_mode().training;
    node.products = amp::dtype();
    node.context = out.empty() ? in[0].context() : out[0].context();
    node.in_context = in[0].context();
  }

  // Values are kept without their own history: the entries hold that, and an output that held its
  // own node would never be freed.
  static void keep(Node& node, const void* options, std::span<const NDArray> in,
                   std::span<const NDArray> out) {
    node.options = node.op->copy_options(options);
    note_shapes(in, node.in_shapes);
    note_shapes(out, node.out_shapes);
    node.out_grads.resize(out.size());
    if (node.op->gradient_reads_any_input(options)) {
      node.in_values.resize(in.size());
      for (std::size_t i = 0; i < in.size(); ++i) {
        const int number = static_cast<int>(i);
        if (!node.op->gradient_reads_input(options, number)) continue;
        node.in_values[i] = {in[i].detach(), in[i].version(), node.op->is_state(options, number)};
      }
    }
    if (node.op->gradient_reads_any_output(options)) {
      node.out_values.resize(out.size());
      for (std::size_t i = 0; i < out.size(); ++i) {
        if (!node.op->gradient_reads_output(options, static_cast<int>(i))) continue;
        node.out_values[i] = {out[i].detach(), out[i].version()};
      }
    }
  }

  static void note_shapes(std::span<const NDArray> arrays, PooledVector<Tensor>& shapes) {
    shapes.reserve(arrays.size());
    for (const NDArray& array : arrays) {
      shapes.push_back({nullptr, array.shape(), array.dtype()});
    }
  }

  static void attach(const std::shared_ptr<Node>& node, int output, NDArray& array) {
    if (node == nullptr) {
      if (array.autograd_entry() != nullptr) array.set_autograd_entry(nullptr);
      return;
    }
    auto entry = make_pooled<Entry>();
    entry->node = node;
    entry->output = output;
    array.set_autograd_entry(std::move(entry));
  }
};

}  // namespace

void lead_behind(NDArray& array, std::span<const std::shared_ptr<Leaf>> leaves) {
  if (array.autograd_entry() != nullptr) return;
  array = array.detach();
  auto node = make_pooled<Node>();
  node->op = &Op::get("BlockGrad");
  node->context = node->in_context = array.context();
  node->cut = true;
  for (const auto& leaf : leaves) {
    auto entry = make_pooled<Entry>();
    entry->leaf = leaf;
    node->behind.push_back(std::move(entry));
  }
  auto entry = make_pooled<Entry>();
  entry->node = std::move(node);
  array.set_autograd_entry(std::move(entry));
}

namespace {

Recorder* tape() {
  static Tape* instance = new Tape;
  return instance;
}

// What traces a graph on this thread; null when nothing does.
TracingRecorder* tracer() {
  const Recorder* recorder = current_mode().recorder;
  return recorder == nullptr || recorder == tape() ? nullptr : TracingRecorder::current();
}

Recorder* recorder_for(bool recording) {
  if (TracingRecorder* tracing = tracer()) return &tracing->while_recording(recording);
  return recording ? tape() : nullptr;
}

Mode changed(Recorder* recorder, bool training) {
  Mode mode = current_mode();
  mode.recorder = recorder;
  mode.training = training;
  return mode;
}

}  // namespace

Scope record(bool train_mode) { return Scope(changed(recorder_for(true), train_mode)); }
Scope pause(bool train_mode) { return Scope(changed(recorder_for(false), train_mode)); }
Scope train_mode() { return Scope(changed(current_mode().recorder, true)); }
Scope predict_mode() { return Scope(changed(current_mode().recorder, false)); }

bool is_recording() {
  const TracingRecorder* tracing = tracer();
  return tracing != nullptr ? tracing->is_recording() : current_mode().recorder != nullptr;
}
bool is_training() { return current_mode().training; }

bool has_fresh_grad(const NDArray& array) {
  const auto entry = entry_of(array);
  return entry && entry->leaf && entry->leaf->fresh;
}

void check_not_traced(const char* what) {
  check(tracer() == nullptr, what,
        ": cannot be a part of a hybridized block's forward, where there are no values yet; keep "
        "the block a Block, or do it outside");
}

namespace {

void check_may_have_gradient(const NDArray& array) {
  check(is_floating(array.dtype()),
        "attach_grad: only arrays of real numbers have gradients, this is ", array.dtype());
}

void make_leaf(const NDArray& array, const NDArray& grad, GradReq req) {
  auto entry = std::make_shared<Entry>();
  entry->leaf = std::make_shared<Leaf>();
  entry->leaf->req = req;
  entry->leaf->grad = grad;
  array.set_autograd_entry(std::move(entry));
}

}  // namespace

void attach_zero_grad(const NDArray& array, GradReq req, std::optional<StorageType> stype) {
  check_not_traced("attach_grad");
  if (req == GradReq::null) {
    array.set_autograd_entry(nullptr);
    return;
  }
  check_may_have_gradient(array);
  make_leaf(array,
            nd::sparse::zeros(stype.value_or(array.stype()), array.shape(), array.dtype(),
                              array.context()),
            req);
}

void mark_variables(const std::vector<NDArray>& variables, const std::vector<NDArray>& gradients,
                    const std::vector<GradReq>& reqs) {
  check_not_traced("mark_variables");
  check(variables.size() == gradients.size() && variables.size() == reqs.size(),
        "mark_variables: expected as many gradients and requests as variables, got ",
        variables.size(), " variables, ", gradients.size(), " gradients, ", reqs.size(),
        " requests");
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const NDArray& variable = variables[i];
    const NDArray& gradient = gradients[i];
    if (reqs[i] == GradReq::null) continue;
    check_may_have_gradient(variable);
    check(gradient.defined() && gradient.shape() == variable.shape() &&
              gradient.dtype() == variable.dtype() && gradient.context() == variable.context(),
          "mark_variables: expected the gradient of variable ", i, " to be ", variable.dtype(), " ",
          variable.shape(), " on ", variable.context(), ", as the variable is");
  }
  for (std::size_t i = 0; i < variables.size(); ++i) {
    if (reqs[i] == GradReq::null) {
      variables[i].set_autograd_entry(nullptr);
    } else {
      make_leaf(variables[i], gradients[i], reqs[i]);
    }
  }
}

void clear_fresh_grad(const NDArray& array) {
  const auto entry = entry_of(array);
  if (entry && entry->leaf) entry->leaf->fresh = false;
}

void mark_fresh_grad(const NDArray& array) {
  const auto entry = entry_of(array);
  check(entry && entry->leaf, "mark_fresh_grad: expected an array with attach_grad");
  entry->leaf->fresh = true;
}

}  // namespace autograd

void NDArray::attach_grad(GradReq req, std::optional<StorageType> stype) const {
  autograd::attach_zero_grad(*this, req, stype);
}

NDArray NDArray::grad() const {
  const auto entry = autograd::entry_of(*this);
  return entry && entry->leaf ? entry->leaf->grad : NDArray();
}

void NDArray::backward(const NDArray& head_gradient, bool retain_graph) const {
  autograd::run_backward({this, 1}, {&head_gradient, 1}, {.retain_graph = retain_graph});
}

}  // namespace gluino
