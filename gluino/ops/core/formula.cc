#include <gluino/ndarray/storage.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/formula.h>
#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <cstring>
#include <map>

namespace gluino::formula {
namespace {

// Hears which operators a formula calls, to go back through them. Who recorded before hears of
// them, too.
class Tape : public Recorder {
 public:
  explicit Tape(In inputs) : before_(current_mode().recorder) {
    for (const NDArray& input : inputs) leads_.push_back(input.id());
    current_mode().recorder = this;
  }
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;
  ~Tape() override { stop(); }
  void stop() { current_mode().recorder = before_; }

  void record(const Op& op, const void* options, In in, std::span<NDArray> out) override {
    if (before_ != nullptr) before_->record(op, options, in, out);
    if (!op.has_gradient() ||
        std::none_of(in.begin(), in.end(), [&](const NDArray& array) { return leads(array); }))
      return;
    for (const NDArray& array : out) {
      if (array.defined()) leads_.push_back(array.id());
    }
    nodes_.push_back(
        {&op, op.copy_options(options), {in.begin(), in.end()}, {out.begin(), out.end()}});
  }

  bool remembers(const NDArray& array) const override {
    return leads(array) || (before_ != nullptr && before_->remembers(array));
  }

  // The gradients of `variables`, undefined where they are 0.
  Arrays back(In outputs, In heads, In variables) {
    for (std::size_t i = 0; i < heads.size(); ++i) add(outputs[i], heads[i]);
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) go_back(*node);
    Arrays result;
    for (const NDArray& variable : variables) result.push_back(gradient(variable));
    return result;
  }

 private:
  struct Node {
    const Op* op;
    std::shared_ptr<const void> options;
    Arrays in, out;
  };

  bool leads(const NDArray& array) const {
    return is_floating(array.dtype()) &&
           std::find(leads_.begin(), leads_.end(), array.id()) != leads_.end();
  }

  NDArray gradient(const NDArray& array) const {
    const auto found = array.defined() ? gradients_.find(array.id()) : gradients_.end();
    return found == gradients_.end() ? NDArray() : found->second;
  }

  void add(const NDArray& array, const NDArray& part) {
    if (!part.defined()) return;
    NDArray& sum = gradients_[array.id()];
    static const Op& op = Op::get<NoOptions>("elemwise_add");
    const NoOptions none;
    const NDArray in[] = {sum, part};
    sum = sum.defined() ? apply(op, &none, in) : part;
  }

  void go_back(const Node& node) {
    const auto visible =
        static_cast<std::size_t>(num_visible_outputs(*node.op, node.options.get()));
    Arrays heads;
    for (std::size_t i = 0; i < visible; ++i) heads.push_back(gradient(node.out[i]));
    if (std::none_of(heads.begin(), heads.end(), [](const auto& h) { return h.defined(); })) return;
    const auto wanted = std::make_unique<bool[]>(node.in.size());
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      wanted[i] =
          leads(node.in[i]) && node.op->passes_gradient_to(node.options.get(), static_cast<int>(i));
    }
    derivative::check_has_derivative(*node.op);
    const std::span<const bool> wants(wanted.get(), node.in.size());
    const Arrays parts =
        derivative::gradients_of(*node.op, node.options.get(), {node.in, node.out, heads, wants});
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (wanted[i]) add(node.in[i], parts[i]);
    }
  }

  Recorder* before_;
  std::vector<const void*> leads_;
  std::vector<Node> nodes_;
  std::map<const void*, NDArray> gradients_;
};

NDArray array_of(const Tensor& tensor, const Context& context) {
  if (tensor.data == nullptr) {
    return {Storage::none(context), 0, tensor.shape, tensor.dtype};
  }
  return {Storage::adopt(tensor.data, context, [] {}), 0, tensor.shape, tensor.dtype};
}

Arrays arrays_of(std::span<const Tensor> tensors, const Context& context) {
  Arrays arrays;
  for (const Tensor& tensor : tensors) arrays.push_back(array_of(tensor, context));
  return arrays;
}

void give(const NDArray& result, const Tensor& place, const Context& context) {
  if (place) array_of(place, context).assign(result.detach());
}

// Whether an array is all of a memory that it shares with no one.
bool is_of_its_own(const NDArray& array, In others) {
  const auto& memory = array.storage();
  return memory.use_count() == 1 && array.data() == memory->data() &&
         std::none_of(others.begin(), others.end(),
                      [&](const NDArray& other) { return other.storage() == memory; });
}

// Whether a result can be the output itself, instead of being copied to it.
bool may_stand_for(const NDArray& result, const NDArray& output) {
  return output.defined() && result.is_dense() && output.shape() == result.shape() &&
         output.dtype() == result.dtype() && output.context() == result.context();
}

}  // namespace

void infer(Inference& s, Function f) {
  const InnerMode inner(false);
  current_mode().dry_run = true;
  Arrays in;
  for (int i = 0; i < s.num_inputs(); ++i) {
    s.expect(s.in(i).known(), i, "its shape is not known: ", s.in(i));
    in.push_back(array_of({nullptr, s.in(i), s.in_type(i)}, cpu()));
  }
  try {
    const ContextScope place(cpu());
    const Arrays out = f(in);
    check(static_cast<int>(out.size()) == s.num_outputs(), "a formula of ", out.size(),
          " results for ", s.num_outputs(), " outputs");
    for (int i = 0; i < s.num_outputs(); ++i) {
      s.set_out(i, out[static_cast<std::size_t>(i)].shape());
      s.set_out_type(i, out[static_cast<std::size_t>(i)].dtype());
    }
  } catch (const Error& error) {
    s.expect(false, -1, error.what());
  }
}

void forward(const Call& call, Function f) {
  const InnerMode inner(call.training);
  const ContextScope place(call.context);
  Arrays in = arrays_of(call.in, call.context);
  for (NDArray& array : in) {
    if (half_precision::is_half(array.dtype())) array = array.astype(float32);
  }
  const Arrays out = f(in);
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    const bool own = is_of_its_own(out[i], in) && is_of_its_own(out[i], {out.data(), i});
    if (own && call.fresh != nullptr && may_stand_for(out[i], call.fresh[i])) {
      call.fresh[i] = out[i];
      continue;
    }
    give(out[i], call.out[i], call.context);
  }
}

void backward_by(const GradientCall& call, FunctionRef<Arrays(const DerivativeCall&)> derivative) {
  const InnerMode inner(call.training);
  const ContextScope place(call.context);
  const Arrays in = arrays_of(call.in, call.context);
  const Arrays heads = arrays_of(call.out_grad, call.context);
  const auto wanted = std::make_unique<bool[]>(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) wanted[i] = static_cast<bool>(call.in_grad[i]);
  const Arrays out = arrays_of(call.out, call.context);
  const Arrays found = derivative({in, out, heads, {wanted.get(), in.size()}});
  for (std::size_t i = 0; i < in.size(); ++i) {
    const Tensor& grad = call.in_grad[i];
    if (!grad) continue;
    if (found[i].defined()) {
      give(found[i], grad, call.context);
    } else {
      std::memset(grad.data, 0, static_cast<std::size_t>(grad.size()) * size_of(grad.dtype));
    }
  }
}

void backward(const GradientCall& call, Function f) {
  backward_by(call, [&](const DerivativeCall& again) { return gradients(again, f); });
}

Arrays gradients(const DerivativeCall& call, Function f) {
  Tape tape(call.in);
  const Arrays out = f(call.in);
  tape.stop();
  Arrays heads(call.out_grad.begin(), call.out_grad.end());
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (!heads[i].defined() || !is_floating(out[i].dtype())) heads[i] = NDArray();
  }
  return tape.back(out, heads, call.in);
}

void detail::set_infer(const std::string& op,
                       std::function<void(const void* options, Inference&)> rule) {
  gluino::detail::op_being_defined(op).infer = std::move(rule);
}

}  // namespace gluino::formula
