#include <gluino/ndarray/pooled.h>
#include <gluino/ndarray/storage.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <utility>

namespace gluino::derivative {
namespace {

enum class Form { linear, bilinear };

// One call of an operator whose gradient is a call of this one: its inputs are the gradients of
// the outputs, and then what the operator was called with, if the gradient reads that; its outputs
// the gradients that are wanted.
struct KernelGradient {
  const Op* op = nullptr;
  std::shared_ptr<const void> options;
  Form form = Form::linear;
  bool training = false;
  Context context;
  std::vector<Tensor> in{}, out{};
  std::vector<bool> wanted{};

  std::size_t heads() const { return out.size(); }
  std::size_t num_wanted() const {
    return static_cast<std::size_t>(std::count(wanted.begin(), wanted.end(), true));
  }
};

const KernelGradient& call_of(const void* options) {
  return *static_cast<const KernelGradient*>(options);
}

void infer(const void* options, Inference& inference) {
  const KernelGradient& call = call_of(options);
  int number = 0;
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    if (!call.wanted[i]) continue;
    inference.set_out(number, call.in[i].shape);
    inference.set_out_type(number++, call.in[i].dtype);
  }
}

void forward(const void* options, const Call& run) {
  const KernelGradient& call = call_of(options);
  std::vector<Tensor> in = call.in;
  std::vector<Tensor> in_grad = call.in;
  std::size_t number = 0;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (call.wanted[i]) in_grad[i] = run.out[number++];
    if (call.heads() + i < run.in.size()) in[i] = run.in[call.heads() + i];
  }
  call.op->kernels_for(call.context.device)
      .backward(call.options.get(), {.out_grad = run.in.first(call.heads()),
                                     .in = in,
                                     .out = call.out,
                                     .in_grad = in_grad,
                                     .training = call.training,
                                     .again = true,
                                     .context = call.context});
}

const Op& gradient_op();

std::vector<NDArray> run(const KernelGradient& call, std::vector<NDArray> in) {
  return apply_all(gradient_op(), &call, in);
}

// Per output of a gradient, by the number of the input that it belongs to.
std::vector<NDArray> by_input(const KernelGradient& call, std::span<const NDArray> outputs) {
  std::vector<NDArray> result(call.in.size());
  for (std::size_t i = 0, number = 0; i < result.size(); ++i) {
    if (call.wanted[i]) result[i] = outputs[number++];
  }
  return result;
}

NDArray zeros_of(const Tensor& form, const Context& context) {
  return zeros(form_of(form, context));
}

// The operator with these inputs, zeros where there is none.
std::vector<NDArray> call_again(const KernelGradient& call, std::vector<NDArray> in) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!in[i].defined()) in[i] = zeros_of(call.in[i], call.context);
  }
  return apply_all(*call.op, call.options.get(), in);
}

NDArray sum_of(NDArray a, NDArray b) {
  if (!a.defined() || !b.defined()) return a.defined() ? a : b;
  static const Op& add = Op::get<NoOptions>("elemwise_add");
  const NoOptions none;
  const NDArray in[] = {std::move(a), std::move(b)};
  return apply(add, &none, in);
}

// The gradient of the operator's gradient G. With heads h of G's outputs: of a linear operator F,
// that of the heads of F is F(h). Of one that is B(x, w) + b it is B(hx, w) + B(x, hw) + hb, and
// those of x and w are G's with hw and hx in place of w and x.
std::vector<NDArray> derivative_of(const void* options, const DerivativeCall& again) {
  const KernelGradient& call = call_of(options);
  std::vector<NDArray> result(again.in.size());
  std::vector<NDArray> heads = by_input(call, again.out_grad);
  const std::size_t first = call.heads();
  const bool wants_heads = std::any_of(again.wanted.begin(), again.wanted.begin() + first,
                                       [](bool wanted) { return wanted; });
  if (call.form == Form::linear) {
    if (!wants_heads) return result;
    for (std::size_t i = 0; i < heads.size(); ++i) {
      const bool passes = call.op->passes_gradient_to(call.options.get(), static_cast<int>(i));
      if (!passes) heads[i] = again.in[first + i];
    }
    const auto outputs = call_again(call, heads);
    std::copy(outputs.begin(), outputs.end(), result.begin());
    return result;
  }
  const NDArray& dy = again.in[0];
  const NDArray& x = again.in[1];
  const NDArray& w = again.in[2];
  const bool has_bias = call.in.size() > 2;
  const NDArray bias = has_bias ? heads[2] : NDArray();
  const auto product = [&](const NDArray& left, const NDArray& right, const NDArray& added) {
    std::vector<NDArray> in = {left, right};
    if (has_bias) in.push_back(added);
    return call_again(call, in)[0];
  };
  if (wants_heads) {
    const bool bias_alone = bias.defined() && !heads[0].defined();
    NDArray sum;
    if (heads[0].defined() || bias_alone) sum = product(heads[0], w, bias);
    if (heads[1].defined()) sum = sum_of(sum, product(x, heads[1], {}));
    result[0] = sum;
  }
  const auto gradient = [&](std::size_t of, NDArray left, NDArray right) {
    KernelGradient other = call;
    other.wanted.assign(call.in.size(), false);
    other.wanted[of] = true;
    std::vector<NDArray> in = {dy, std::move(left), std::move(right)};
    if (has_bias) in.push_back(again.in[3]);
    return run(other, std::move(in))[0];
  };
  if (again.wanted[1] && heads[1].defined()) result[1] = gradient(0, x, heads[1]);
  if (again.wanted[2] && heads[0].defined()) result[2] = gradient(1, heads[0], w);
  return result;
}

// Not in the registry: it stands for another operator.
const Op& gradient_op() {
  static const Op* const made = [] {
    auto* op = new Op;
    op->name = "_backward";
    op->doc = "The gradient of an operator.";
    op->all_inputs = {"input"};
    op->variadic = true;
    op->mixed_types = true;
    op->types = Types::any;  // as the operator whose gradient it is
    op->options_type = typeid(KernelGradient);
    op->copy_options = [](const void* options) {
      return make_pooled<const KernelGradient>(call_of(options));
    };
    op->total_outputs = [](const void* options) {
      return static_cast<int>(call_of(options).num_wanted());
    };
    op->visible_outputs = op->total_outputs;
    op->context_of = [](const void* options) { return call_of(options).context; };
    op->infer = infer;
    op->kernels[0].forward = forward;
    op->kernels[1].forward = forward;
    op->derivative = derivative_of;
    op->backward_reads = Op::inputs;
    return op;
  }();
  return *made;
}

Tensor form_of(const NDArray& array) { return {nullptr, array.shape(), array.dtype()}; }

std::vector<NDArray> gradients(const Op& op, const void* options, const DerivativeCall& call,
                               Form form) {
  KernelGradient gradient{.op = &op,
                          .options = op.copy_options(options),
                          .form = form,
                          .training = current_mode().training,
                          .context = call.in[0].context()};
  for (std::size_t i = 0; i < call.in.size(); ++i) {
    gradient.in.push_back(form_of(call.in[i]));
    gradient.wanted.push_back(call.wanted[i] &&
                              op.passes_gradient_to(options, static_cast<int>(i)));
  }
  if (gradient.num_wanted() == 0) return std::vector<NDArray>(call.in.size());
  std::vector<NDArray> in;
  for (std::size_t i = 0; i < call.out_grad.size(); ++i) {
    gradient.out.push_back(form_of(call.out[i]));
    in.push_back(call.out_grad[i].defined() ? call.out_grad[i] : zeros(call.out[i]));
  }
  if (op.gradient_reads_any_input(options)) in.insert(in.end(), call.in.begin(), call.in.end());
  const auto outputs = run(gradient, std::move(in));
  return by_input(gradient, outputs);
}

}  // namespace

NDArray form_of(const Tensor& form, const Context& context) {
  return {Storage::none(context), 0, form.shape, form.dtype};
}

NDArray zeros(const NDArray& like) {
  const NDArray result(like.shape(), like.dtype(), like.context());
  result.assign(0.0);
  return result;
}

std::vector<NDArray> linear(const Op& op, const void* options, const DerivativeCall& call) {
  return gradients(op, options, call, Form::linear);
}

std::vector<NDArray> bilinear(const Op& op, const void* options, const DerivativeCall& call) {
  return gradients(op, options, call, Form::bilinear);
}

}  // namespace gluino::derivative
