#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/linalg/batch_dot.h>
#include <gluino/ops/linalg/gemm_definition-inl.h>

namespace gluino {
namespace {

Product product_of(const DotOptions& o) {
  return {.transpose_a = o.transpose_a, .transpose_b = o.transpose_b};
}

void infer(const DotOptions& o, Inference& s) {
  for (const int i : {0, 1}) {
    s.expect(s.in(i).ndim() >= 3, i, "expected at least 3 dimensions (..., rows, columns), got ",
             s.in(i));
  }
  s.set_out(0, product_shape(product_of(o), s));
}

const auto registered =
    define_op<DotOptions>("batch_dot")
        .aliases({"_npx_batch_dot"})
        .doc("The products of many pairs of matrices.")
        .inputs({"lhs", "rhs"})
        .row_wise()
        .field("transpose_a", &DotOptions::transpose_a, "Exchange lhs' last two axes first.")
        .field("transpose_b", &DotOptions::transpose_b, "Exchange rhs' last two axes first.")
        .tolerates("forward_stype", {"None", "default"})
        .infer(infer)
        .forward([](const DotOptions& o, const Call& call) {
          product_forward(product_of(o), "batch_dot", call);
        })
        .backward(
            [](const DotOptions& o, const GradientCall& call) {
              product_backward(product_of(o), "batch_dot", call);
            },
            Op::inputs)
        .derivative(derivative::of_bilinear<DotOptions>("batch_dot"))
        .sample({}, {{{2, 3, 4}}, {{2, 4, 5}}})
        .sample({.transpose_a = true}, {{{3, 4, 3}}, {{3, 4, 2}}})
        .sample({.transpose_b = true}, {{{2, 2, 3, 4}}, {{2, 2, 5, 4}}})
        .sample({.transpose_a = true, .transpose_b = true}, {{{2, 4, 3}}, {{2, 5, 4}}})
        .sample({}, {{{0, 3, 4}}, {{0, 4, 5}}})
        .sample({}, {{{2, 3, 0}}, {{2, 0, 5}}});

}  // namespace
}  // namespace gluino
