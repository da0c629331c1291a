#include <gluino/autograd/autograd.h>
#include <gluino/autograd/function.h>
#include <gluino/base/error.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/op.h>

#include <cstring>
#include <optional>
#include <span>
#include <utility>

namespace gluino::autograd {
namespace {

// A call whose forward has run: what it gave, and how its gradient is computed.
struct FunctionCall {
  std::vector<Shape> shapes{};
  std::vector<DType> types{};
  /// Emptied when they have become outputs: the options stay as long as what was recorded.
  std::shared_ptr<std::vector<NDArray>> values{};
  FunctionGradient backward{};
};

const FunctionCall& call_of(const void* options) {
  return *static_cast<const FunctionCall*>(options);
}

// The elements of one array, or of none.
void copy(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void infer(const void* options, Inference& s) {
  const std::vector<Shape>& shapes = call_of(options).shapes;
  for (std::size_t i = 0; i < shapes.size(); ++i) s.set_out(static_cast<int>(i), shapes[i]);
}

void infer_types(const void* options, std::span<std::optional<DType>> /*in*/,
                 std::span<std::optional<DType>> out) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = call_of(options).types[i];
}

// The outputs are the arrays that the user's forward has filled.
void forward(const void* options, const Call& call) {
  for (std::size_t i = 0; i < call.out.size(); ++i) {
    const NDArray& value = call_of(options).values->at(i);
    copy(call.out[i].data, value.data(), value.bytes());
  }
}

void backward(const void* options, const GradientCall& call) {
  const InnerMode mode(call.training);
  std::vector<NDArray> heads;
  for (const Tensor& tensor : call.out_grad) {
    const NDArray& head = heads.emplace_back(tensor.shape, tensor.dtype, call.context);
    copy(head.data(), tensor.data, head.bytes());
  }
  const std::vector<NDArray> grads = call_of(options).backward(heads);
  check(grads.size() == call.in_grad.size(), "Function: backward: expected ", call.in_grad.size(),
        " gradients, one for each input, got ", grads.size());
  for (std::size_t i = 0; i < grads.size(); ++i) {
    const Tensor& place = call.in_grad[i];
    if (!place) continue;
    check(grads[i].defined() && grads[i].shape() == place.shape, "Function: backward: gradient ", i,
          ": expected the input's shape ", place.shape, ", got ",
          grads[i].defined() ? grads[i].shape().to_string() : "None");
    const NDArray grad = grads[i].astype(place.dtype, false);
    copy(place.data, grad.data(), grad.bytes());
  }
}

// Not in the registry: a user's object has no form as text.
const Op& function_op() {
  static const Op* const made = [] {
    auto* op = new Op;
    op->name = "_Function";
    op->doc = "What a Function of autograd's computed.";
    op->instead = "operators of the library";
    op->all_inputs = {"data"};
    op->variadic = true;
    op->mixed_types = true;
    op->types = Types::any;
    op->options_type = typeid(FunctionCall);
    op->copy_options = [](const void* options) {
      return make_pooled<const FunctionCall>(call_of(options));
    };
    op->total_outputs = [](const void* options) {
      return static_cast<int>(call_of(options).shapes.size());
    };
    op->visible_outputs = op->total_outputs;
    op->infer = infer;
    op->infer_types = infer_types;
    op->kernels[0] = {forward, backward};
    op->runs_user_code = [](const void* /*options*/) { return true; };
    return op;
  }();
  return *made;
}

}  // namespace

std::vector<NDArray> record_function(const std::vector<NDArray>& inputs,
                                     const std::vector<NDArray>& outputs,
                                     FunctionGradient backward) {
  check(!inputs.empty() && !outputs.empty(), "Function: expected inputs and outputs");
  check(!current_mode().dry_run,
        "a Function of autograd's cannot be a part of a hybridized block's graph: use CustomOp, or "
        "leave the block as it is");
  FunctionCall call;
  call.backward = std::move(backward);
  call.values = std::make_shared<std::vector<NDArray>>();
  for (const NDArray& output : outputs) {
    check(output.defined(), "Function: forward gave None for an output");
    check(output.is_dense(), "Function: forward gave a sparse array, expected a dense one");
    call.shapes.push_back(output.shape());
    call.types.push_back(output.dtype());
    call.values->push_back(output.detach());
  }
  std::vector<NDArray> recorded =
      gluino::apply_all(function_op(), &call, std::span<const NDArray>(inputs));
  call.values->clear();
  return recorded;
}

std::vector<NDArray> apply_function(const std::shared_ptr<Function>& function,
                                    const std::vector<NDArray>& inputs) {
  check(function != nullptr, "Function: expected an object, got none");
  check(!std::exchange(function->used_, true),
        "Function: this object has been called already; make one for each call");
  for (const NDArray& input : inputs) check(input.defined(), "Function: an input has no array");
  std::vector<NDArray> outputs;
  {
    const Scope scope = pause(is_training());
    outputs = function->forward(inputs);
  }
  if (!is_recording()) return outputs;
  return record_function(inputs, outputs, [function](const std::vector<NDArray>& output_grads) {
    return function->backward(output_grads);
  });
}

}  // namespace gluino::autograd
