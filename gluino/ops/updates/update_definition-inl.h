#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

/// How the steps of optimizers are defined. What steps of several weights, and of weights in half
/// precision, have besides is in update_forms-inl.h.
namespace gluino::update_definition {

/// All arrays of an update have the weight's shape. It changes the states in place, and gives the
/// weight: the same array only where a call says so.
template <class O>
void infer(const O& /*options*/, Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, s.in(0));
  s.set_out(0, s.in(0));
}

inline constexpr std::size_t kMostInputs = 6;

/// The forward of an update whose `kernel`, (const O&, const Call&), changes the weight, input 0,
/// in place.
template <class Kernel>
auto updating(Kernel kernel) {
  return [kernel](const auto& options, const Call& call) {
    const Tensor& weight = call.in[0];
    const Tensor& out = call.out[0];
    if (out.data != weight.data && weight.size() > 0) {
      std::memcpy(out.data, weight.data,
                  static_cast<std::size_t>(weight.size()) * size_of(weight.dtype));
    }
    std::array<Tensor, kMostInputs> in;
    check(call.in.size() <= in.size(), "an update has too many inputs");
    std::copy(call.in.begin(), call.in.end(), in.begin());
    in[0] = out;
    kernel(options, {std::span(in).first(call.in.size()), call.out, call.training});
  };
}

/// What the tests call an update of `count` arrays with.
inline std::vector<SampleInput> arrays(std::size_t count) {
  return std::vector<SampleInput>(count, {{3, 4}, {Fill::Kind::uniform, 0.5, 2}});
}

/// An update with the options that every one has, and its own where MXNet has them for calls by
/// position: between the rate and the decay. `own(definition)` adds them.
template <class O, class Own>
OpDefinition<O> define_update(const char* name, const char* doc, Own own) {
  auto definition = define_op<O>(name);
  definition.doc(doc).in_place().infer(infer<O>);
  if constexpr (requires(O o) { o.lr; })
    definition.field("lr", &O::lr, "Learning rate.").required();
  own(definition);
  definition.field("wd", &O::wd, "Weight decay.")
      .field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.")
      .field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.");
  return definition;
}
template <class O>
OpDefinition<O> define_update(const char* name, const char* doc) {
  return define_update<O>(name, doc, [](OpDefinition<O>& /*definition*/) {});
}

/// Runs an update. Updates are no part of what autograd records. Several may have one type of
/// options, so each call looks its own up.
template <class O>
void run(const char* name, const O& options, std::initializer_list<NDArray> in) {
  const Op& op = Op::get<O>(name);
  check(current_mode().recorder == nullptr, "[", op.name,
        "] weights are updated in place: do it outside autograd::record");
  NDArray weight = *in.begin();
  invoke(op, &options, std::span(in.begin(), in.size()), {&weight, 1});
}

}  // namespace gluino::update_definition
