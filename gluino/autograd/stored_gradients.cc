#include <gluino/autograd/stored_gradients.h>
#include <gluino/ops/core/stored.h>

#include <algorithm>
#include <memory>

namespace gluino::autograd {
namespace {

bool is_sparse(const NDArray& array) { return array.defined() && !array.is_dense(); }

void copy_values(const PooledVector<Kept>& kept, std::vector<NDArray>& values) {
  for (std::size_t i = 0; i < kept.size(); ++i) values[i] = kept[i].value;
}

}  // namespace

bool has_stored_gradients(const Node& node, std::span<const NDArray> out_grads) {
  const Op::Stored& stored = node.op->stored;
  return std::any_of(out_grads.begin(), out_grads.end(), is_sparse) ||
         std::any_of(node.in_values.begin(), node.in_values.end(),
                     [](const Kept& kept) { return is_sparse(kept.value); }) ||
         (stored.of_dense && stored.of_dense(node.options.get()));
}

std::vector<NDArray> stored_gradients(const Node& node, std::span<const NDArray> out_grads,
                                      std::span<const std::uint8_t> wanted) {
  std::vector<NDArray> in(node.in_shapes.size());
  std::vector<NDArray> out(node.out_shapes.size());
  copy_values(node.in_values, in);
  copy_values(node.out_values, out);
  const auto asked = std::make_unique<bool[]>(wanted.size());
  std::transform(wanted.begin(), wanted.end(), asked.get(), [](auto flag) { return flag != 0; });
  return with_name(*node.op, {}, [&] {
    return node.op->stored.backward(node.options.get(), {.out_grad = out_grads,
                                                         .in = in,
                                                         .out = out,
                                                         .form = node.in_shapes,
                                                         .wanted = {asked.get(), wanted.size()}});
  });
}

}  // namespace gluino::autograd
