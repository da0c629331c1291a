#include <gluino/ndarray/device.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/movement/copy.h>

namespace gluino {
namespace {

void copy(const Tensor& from, const Tensor& to, const Context& place) {
  const auto bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype);
  copy_bytes(to.data, place, from.data, place, bytes);
}

const auto registered =
    define_op<CopyOptions>("_copyto")
        .doc("The same elements in an array of their own, at another place or the same.")
        .types(Types::any)
        .inputs({"data"})
        .field("ctx", &CopyOptions::ctx, "Where the copy is made.")
        .required()
        .context_from(&CopyOptions::ctx)
        .infer(+[](const CopyOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); })
        .forward([](const CopyOptions& /*options*/, const Call& call) {
          copy(call.in[0], call.out[0], call.context);
        })
        .backward(
            [](const CopyOptions& /*options*/, const GradientCall& call) {
              copy(call.out_grad[0], call.in_grad[0], call.context);
            },
            Op::nothing)
        .derivative(derivative::of_linear<CopyOptions>("_copyto"))
        .sample({.ctx = cpu(1)}, {{{3, 4}}})
        .sample({}, {{{0, 4}}});

}  // namespace

bool ops::assign_recorded(const NDArray& array, const NDArray& value) {
  const bool is_alike = array.is_dense() && value.is_dense() && array.shape() == value.shape() &&
                        array.dtype() == value.dtype() && array.context() == value.context();
  if (!is_alike || array.storage().use_count() > 1) return false;
  static const Op& op = Op::get("_copy");
  NDArray out = array;
  invoke(op, op.default_options().get(), {&value, 1}, {&out, 1});
  return true;
}

}  // namespace gluino
