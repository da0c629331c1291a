#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/cast.h>

namespace gluino {
namespace {

void infer(const CastOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

void convert(const Tensor& from, const Tensor& to) {
  kernels::convert(from.data, from.dtype, to.data, to.dtype, from.size());
}

const auto registered =
    define_op<CastOptions>("Cast")
        .aliases({"cast"})
        .doc("Converts each element to another type.")
        .types(Types::any)
        .inputs({"data"})
        .nameless()
        .row_wise()
        .field("dtype", &CastOptions::dtype, "The type of the result.")
        .required()
        .output_type(&CastOptions::dtype)
        .infer(infer)
        .forward([](const CastOptions& /*options*/, const Call& call) {
          convert(call.in[0], call.out[0]);
        })
        .backward([](const CastOptions& /*options*/,
                     const GradientCall& call) { convert(call.out_grad[0], call.in_grad[0]); },
                  Op::nothing)
        .derivative(derivative::of_linear<CastOptions>("Cast"))
        .sample({.dtype = float64}, {{{3, 4}}})
        .sample({.dtype = float64}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
