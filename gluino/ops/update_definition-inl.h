#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/define.h>
#include <gluino/ops/invoke.h>

/// How the steps of optimizers are defined: update.cc and update_rules.cc use it.
namespace gluino::update_definition {

/// All arrays of an update have the weight's shape; it changes them in place and gives nothing.
template <class O>
void infer(const O& /*options*/, Inference& s) {
  for (int i = 1; i < s.num_inputs(); ++i) s.set_in(i, s.in(0));
}

/// An update with the options that every one has.
template <class O>
OpDefinition<O> define_update(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .outputs({}, 0)
      .tolerates({"lazy_update"})
      .field("wd", &O::wd, "Weight decay.")
      .field("rescale_grad", &O::rescale_grad, "Gradients are multiplied by it.")
      .field("clip_gradient", &O::clip_gradient, "Bound of each element; below 0: none.")
      .infer(infer<O>);
  if constexpr (requires(O o) { o.lr; }) definition.field("lr", &O::lr, "Learning rate.");
  return definition;
}

/// Runs an update. Updates are no part of what autograd records.
template <class O>
void run(const char* name, const O& options, std::initializer_list<NDArray> in) {
  static const Op& op = Op::get<O>(name);
  check(current_mode().recorder == nullptr, "[", op.name,
        "] weights are updated in place: do it outside autograd::record");
  invoke(op, &options, std::span(in.begin(), in.size()), {});
}

}  // namespace gluino::update_definition
