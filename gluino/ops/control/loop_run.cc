#include <gluino/base/error.h>
#include <gluino/ops/control/loop_run-inl.h>
#include <gluino/ops/core/accumulate.h>

#include <cstring>
#include <utility>

namespace gluino {
namespace {

using Kind = LoopBody::Input::Kind;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

std::size_t bytes_of(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.size()) * size_of(tensor.dtype);
}

void copy(const Tensor& from, const Tensor& to) {
  if (bytes_of(from) > 0) std::memcpy(to.data, from.data, bytes_of(from));
}

void clear(const Tensor& tensor) {
  if (bytes_of(tensor) > 0) std::memset(tensor.data, 0, bytes_of(tensor));
}

Tensor tensor_of(const NDArray& array) { return {array.data(), array.shape(), array.dtype()}; }

// One step's part of an array that has all steps along its first axis.
Tensor slice_of(const Tensor& all, int step) {
  Tensor slice{nullptr, without_steps(all.shape), all.dtype};
  if (all) slice.data = static_cast<std::byte*>(all.data) + at(step) * bytes_of(slice);
  return slice;
}

}  // namespace

Shape without_steps(const Shape& shape) {
  if (!shape.ndim_known()) return shape;
  Shape rest = shape;
  rest.erase(0);
  return rest.empty() ? Shape{1} : rest;
}

void LoopRun::begin(const Call& call, bool keep) {
  keep_ = keep;
  training_ = call.training;
  steps_ = 0;
  first_.clear();
  for (const int input : body_.first_states) first_.push_back(call.in[at(input)]);
}

const NDArray& LoopRun::state_after(int step, int state) const {
  return states_[at(keep_ ? step : step % 2)][at(state)];
}

Tensor LoopRun::state(int state) const {
  return steps_ == 0 ? first_[at(state)] : tensor_of(state_after(steps_ - 1, state));
}

void LoopRun::make_states(const Call& call) {
  const std::size_t rows = at(keep_ ? steps_ : steps_ % 2) + 1;
  while (states_.size() < rows) {
    std::vector<NDArray>& row = states_.emplace_back();
    for (int s = 0; s < body_.num_states(); ++s) {
      const Tensor& last = call.out[at(body_.num_out_data + s)];
      row.emplace_back(last.shape, last.dtype, context_);
    }
  }
}

CallableRun& LoopRun::run_of_step(std::span<const Tensor> in) {
  const std::size_t number = at(keep_ ? steps_ : 0);
  if (number == runs_.size()) {
    runs_.push_back(body_.graph->start({.in = in, .context = context_, .gradient = keep_}));
  }
  return *runs_[number];
}

void LoopRun::step(const Call& call) {
  make_states(call);
  in_.clear();
  out_.clear();
  for (const LoopBody::Input& input : body_.inputs) {
    if (input.kind == Kind::variable) {
      in_.push_back(state(input.index));
    } else {
      const Tensor& given = call.in[at(input.index)];
      in_.push_back(input.kind == Kind::slice ? slice_of(given, steps_) : given);
    }
  }
  for (int i = 0; i < body_.num_out_data; ++i) out_.push_back(slice_of(call.out[at(i)], steps_));
  for (int s = 0; s < body_.num_states(); ++s) out_.push_back(tensor_of(state_after(steps_, s)));
  run_of_step(in_).forward(in_, out_, training_);
  ++steps_;
}

void LoopRun::end(const Call& call) const {
  for (int i = 0; i < body_.num_out_data; ++i) {
    const Tensor rest = slice_of(call.out[at(i)], steps_);
    const std::size_t rows = static_cast<std::size_t>(call.out[at(i)].shape[0]) - at(steps_);
    if (rows * bytes_of(rest) > 0) std::memset(rest.data, 0, rows * bytes_of(rest));
  }
  for (int s = 0; s < body_.num_states(); ++s) {
    copy(state(s), call.out[at(body_.num_out_data + s)]);
  }
}

Tensor LoopRun::gradient_of_state(int parity, int state) const {
  return tensor_of(state_grads_[parity][at(state)]);
}

void LoopRun::backward(const GradientCall& call) {
  parts_.resize(body_.inputs.size());
  for (std::vector<NDArray>& row : state_grads_) {
    for (int s = static_cast<int>(row.size()); s < body_.num_states(); ++s) {
      const Tensor& last = call.out[at(body_.num_out_data + s)];
      row.emplace_back(last.shape, last.dtype, context_);
    }
  }
  for (const Tensor& grad : call.in_grad) {
    if (grad) clear(grad);
  }
  for (int s = 0; s < body_.num_states(); ++s) {
    copy(call.out_grad[at(body_.num_out_data + s)], gradient_of_state(steps_ % 2, s));
  }
  for (int step = steps_ - 1; step >= 0; --step) backward_step(call, step);
  for (int s = 0; s < body_.num_states(); ++s) {
    const Tensor& grad = call.in_grad[at(body_.first_states[at(s)])];
    if (grad) copy(gradient_of_state(0, s), grad);
  }
}

// Where a step writes the gradient of an input of the body.
Tensor LoopRun::gradient_place(const GradientCall& call, int step, std::size_t input) {
  const auto [kind, index] = body_.inputs[input];
  if (kind == Kind::variable) return gradient_of_state(step % 2, index);
  const Tensor& whole = call.in_grad[at(index)];
  const Tensor& read = call.in[at(index)];
  if (kind == Kind::slice) return whole ? slice_of(whole, step) : part(input, slice_of(read, step));
  return whole && step == steps_ - 1 ? whole : part(input, read);
}

Tensor LoopRun::part(std::size_t input, const Tensor& like) {
  if (!is_floating(like.dtype)) return {};
  NDArray& one = parts_[input];
  if (!one.defined()) one = NDArray(like.shape, like.dtype, context_);
  return tensor_of(one);
}

void LoopRun::backward_step(const GradientCall& call, int step) {
  out_.clear();
  in_.clear();
  for (int i = 0; i < body_.num_out_data; ++i) {
    out_.push_back(slice_of(call.out_grad[at(i)], step));
  }
  for (int s = 0; s < body_.num_states(); ++s) {
    out_.push_back(gradient_of_state((step + 1) % 2, s));
    // The body may not read a state at all.
    clear(gradient_of_state(step % 2, s));
  }
  for (std::size_t i = 0; i < body_.inputs.size(); ++i) {
    in_.push_back(gradient_place(call, step, i));
  }
  runs_[at(step)]->backward(out_, in_, call.again);
  for (std::size_t i = 0; i < body_.inputs.size(); ++i) {
    const Tensor& whole = call.in_grad[at(body_.node_input(i))];
    const bool part = body_.inputs[i].kind == Kind::captured && whole && step != steps_ - 1;
    if (part) accumulate(whole, in_[i], whole);
  }
}

}  // namespace gluino
