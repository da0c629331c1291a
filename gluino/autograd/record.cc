#include <gluino/amp/amp.h>
#include <gluino/autograd/autograd.h>
#include <gluino/autograd/tape.h>

#include <algorithm>
#include <atomic>

namespace gluino {
namespace autograd {
namespace {

class Tape final : public Recorder {
 public:
  void record(const Op& op, const void* options, std::span<const NDArray> in,
              std::span<NDArray> out) override {
    if (!op.has_gradient() && !op.is_view) return;
    if (std::none_of(in.begin(), in.end(), [](const NDArray& x) { return leads_to_leaf(x); })) {
      return;
    }
    static std::atomic<std::uint64_t> counter = 0;
    auto node = make_pooled<Node>();
    node->number = counter.fetch_add(1, std::memory_order_relaxed);
    node->op = &op;
    node->options = op.copy_options(options);
    node->training = current_mode().training;
    node->products = amp::dtype();
    node->context = out[0].context();
    node->in_context = in[0].context();
    const unsigned reads = op.reads_of(options);
    keep(in, (reads & Op::inputs) != 0, node->in_values, node->in_shapes);
    keep(out, (reads & Op::outputs) != 0, node->out_values, node->out_shapes);
    node->inputs.reserve(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const bool wanted = !op.is_state(options, static_cast<int>(i)) && leads_to_leaf(in[i]);
      node->inputs.push_back(wanted ? entry_of(in[i]) : nullptr);
    }
    node->out_grads.resize(out.size());
    for (std::size_t i = 0; i < out.size(); ++i) {
      auto entry = make_pooled<Entry>();
      entry->node = node;
      entry->output = static_cast<int>(i);
      out[i].set_autograd_entry(std::move(entry));
    }
  }

  bool remembers(const NDArray& array) const override { return array.autograd_entry() != nullptr; }

 private:
  static bool leads_to_leaf(const NDArray& array) { return array.autograd_entry() != nullptr; }

  // Values are kept without their own history: the entries hold that, and an output that held its
  // own node would never be freed.
  static void keep(std::span<const NDArray> arrays, bool values, PooledVector<NDArray>& kept,
                   PooledVector<Tensor>& shapes) {
    shapes.reserve(arrays.size());
    for (const NDArray& array : arrays) {
      shapes.push_back({nullptr, array.shape(), array.dtype()});
    }
    if (!values) return;
    kept.reserve(arrays.size());
    for (const NDArray& array : arrays) kept.push_back(array.detach());
  }
};

Recorder* tape() {
  static Tape* instance = new Tape;
  return instance;
}

Mode changed(Recorder* recorder, bool training) {
  Mode mode = current_mode();
  mode.recorder = recorder;
  mode.training = training;
  return mode;
}

}  // namespace

Scope record(bool train_mode) { return Scope(changed(tape(), train_mode)); }
Scope pause(bool train_mode) { return Scope(changed(nullptr, train_mode)); }
Scope train_mode() { return Scope(changed(current_mode().recorder, true)); }
Scope predict_mode() { return Scope(changed(current_mode().recorder, false)); }

bool is_recording() { return current_mode().recorder != nullptr; }
bool is_training() { return current_mode().training; }

bool has_fresh_grad(const NDArray& array) {
  const auto entry = entry_of(array);
  return entry && entry->leaf && entry->leaf->fresh;
}

void clear_fresh_grad(const NDArray& array) {
  const auto entry = entry_of(array);
  if (entry && entry->leaf) entry->leaf->fresh = false;
}

}  // namespace autograd

void NDArray::attach_grad(GradReq req) const {
  auto entry = std::make_shared<autograd::Entry>();
  entry->leaf = std::make_shared<autograd::Leaf>();
  entry->leaf->req = req;
  if (req == GradReq::null) {
    set_autograd_entry(nullptr);
    return;
  }
  check(is_floating(dtype()), "attach_grad: only arrays of real numbers have gradients, this is ",
        dtype());
  entry->leaf->grad = NDArray(shape(), dtype(), context());
  entry->leaf->grad.assign(0.0);
  set_autograd_entry(std::move(entry));
}

NDArray NDArray::grad() const {
  const auto entry = autograd::entry_of(*this);
  return entry && entry->leaf ? entry->leaf->grad : NDArray();
}

void NDArray::backward(const NDArray& head_gradient, bool retain_graph) const {
  autograd::run_backward({this, 1}, {&head_gradient, 1}, {.retain_graph = retain_graph});
}

}  // namespace gluino
