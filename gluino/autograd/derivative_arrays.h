#pragma once

#include <gluino/autograd/tape.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/invoke.h>

#include <memory>
#include <span>
#include <utility>

namespace gluino::autograd {

/// What a derivative is made from, taken from a node: what was kept, with what is remembered about
/// it where that is wanted, and forms in place of the rest.
class DerivativeArrays {
 public:
  /// `goes_to` says of an input's entry whether its gradient is wanted.
  template <class F>
  DerivativeArrays(const std::shared_ptr<Node>& node, bool with_history, F goes_to)
      : wanted_(std::make_unique<bool[]>(node->in_shapes.size())) {
    const auto visible =
        static_cast<std::size_t>(num_visible_outputs(*node->op, node->options.get()));
    for (std::size_t i = 0; i < node->in_shapes.size(); ++i) {
      in_.push_back(array_of(node->in_values, i, node->in_shapes[i], node->in_context));
      if (with_history && node->inputs[i]) in_[i].set_autograd_entry(node->inputs[i]);
      wanted_[i] = goes_to(node->inputs[i]);
    }
    for (std::size_t i = 0; i < node->out_shapes.size(); ++i) {
      out_.push_back(array_of(node->out_values, i, node->out_shapes[i], node->context));
      if (!with_history || i >= visible) continue;
      auto entry = make_pooled<Entry>();
      entry->node = node;
      entry->output = static_cast<int>(i);
      out_[i].set_autograd_entry(std::move(entry));
    }
  }

  DerivativeCall with(std::span<const NDArray> out_grads) const {
    return {in_, out_, out_grads, {wanted_.get(), in_.size()}};
  }

 private:
  static NDArray array_of(const PooledVector<Kept>& kept, std::size_t i, const Tensor& form,
                          const Context& context) {
    const bool read = i < kept.size() && kept[i].value.defined();
    return read ? kept[i].value.detach() : derivative::form_of(form, context);
  }

  PooledVector<NDArray> in_, out_;
  std::unique_ptr<bool[]> wanted_;
};

}  // namespace gluino::autograd
