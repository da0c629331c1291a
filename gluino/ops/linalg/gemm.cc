#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/linalg/gemm.h>
#include <gluino/ops/linalg/gemm_definition-inl.h>

#include <algorithm>
#include <vector>

namespace gluino {
namespace {

template <class O>
Product product_of(const O& o) {
  return {
      .transpose_a = o.transpose_a, .transpose_b = o.transpose_b, .alpha = o.alpha, .axis = o.axis};
}

void infer_gemm(const GemmOptions& o, Inference& s) {
  const Shape out = product_shape(product_of(o), s);
  s.expect(s.in(2) == out, 2, "expected ", out, ", the shape of the product, got ", s.in(2));
  s.set_out(0, out);
}

void gemm(const GemmOptions& o, const Call& call) {
  product_forward(product_of(o), "gemm", call);
  const Tensor& y = call.out[0];
  dispatch_real(y.dtype, "gemm", [&]<class T>() {
    const T* c = call.in[2].as<T>();
    const T beta = static_cast<T>(o.beta);
    parallel_for(y.size(), kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) y.as<T>()[i] += beta * c[i];
    });
  });
}

void gemm_backward(const GemmOptions& o, const GradientCall& call) {
  product_backward(product_of(o), "gemm", call);
  const Tensor& dc = call.in_grad[2];
  if (!dc) return;
  dispatch_real(dc.dtype, "gemm", [&]<class T>() {
    std::copy_n(call.out_grad[0].as<T>(), dc.size(), dc.as<T>());
    scale(dc.as<T>(), dc.size(), o.beta);
  });
}

template <class O>
OpDefinition<O>& product_fields(OpDefinition<O>& definition) {
  definition.field("transpose_a", &O::transpose_a, "Exchange A's rows and columns first.")
      .field("transpose_b", &O::transpose_b, "Exchange B's rows and columns first.")
      .field("alpha", &O::alpha, "What the product is multiplied by.");
  // In MXNet's order, for calls by position.
  if constexpr (requires(O o) { o.beta; }) {
    definition.field("beta", &O::beta, "What C is multiplied by.");
  }
  return definition.field("axis", &O::axis, "The axis of the rows; columns are along the last.");
}

template <class O>
bool define(OpDefinition<O> definition, bool has_c, void (*infer)(const O&, Inference&)) {
  const auto with_c = [&](std::vector<SampleInput> inputs, const Shape& shape) {
    if (has_c) inputs.push_back({shape});
    return inputs;
  };
  product_fields(definition)
      .infer(infer)
      .sample({}, with_c({{{3, 4}}, {{4, 5}}}, {3, 5}))
      .sample({.transpose_a = true, .alpha = 0.5}, with_c({{{2, 4, 3}}, {{2, 4, 5}}}, {2, 3, 5}))
      .sample({.transpose_b = true, .alpha = -2, .axis = 0},
              with_c({{{3, 2, 4}}, {{5, 2, 4}}}, {3, 2, 5}))
      .sample({.transpose_a = true, .transpose_b = true},
              with_c({{{2, 4, 3}}, {{2, 5, 4}}}, {2, 3, 5}))
      .sample({}, with_c({{{0, 4}}, {{4, 5}}}, {0, 5}))
      .sample({}, with_c({{{3, 0}}, {{0, 5}}}, {3, 5}));
  return true;
}

[[maybe_unused]] const bool gemm_op = [] {
  auto definition = define_op<GemmOptions>("_linalg_gemm");
  definition.aliases({"linalg_gemm"})
      .doc("alpha op(A) op(B) + beta C of matrices, or of many.")
      .inputs({"A", "B", "C"})
      .forward(gemm)
      .backward(gemm_backward, Op::inputs)
      .derivative(derivative::of_bilinear<GemmOptions>("_linalg_gemm"))
      .sample({.beta = -3}, {{{3, 4}}, {{4, 5}}, {{3, 5}}});
  return define(definition, true, infer_gemm);
}();

void infer_gemm2(const Gemm2Options& o, Inference& s) {
  s.set_out(0, product_shape(product_of(o), s));
}

[[maybe_unused]] const bool gemm2_op = [] {
  auto definition = define_op<Gemm2Options>("_linalg_gemm2");
  definition.aliases({"linalg_gemm2"})
      .doc("alpha op(A) op(B) of matrices, or of many.")
      .inputs({"A", "B"})
      .forward([](const Gemm2Options& o, const Call& call) {
        product_forward(product_of(o), "gemm2", call);
      })
      .backward([](const Gemm2Options& o,
                   const GradientCall& call) { product_backward(product_of(o), "gemm2", call); },
                Op::inputs)
      .derivative(derivative::of_bilinear<Gemm2Options>("_linalg_gemm2"));
  return define(definition, false, infer_gemm2);
}();

void infer_syrk(const SyrkOptions& o, Inference& s) {
  const Shape& a = s.in(0);
  s.expect(a.ndim() >= 2, 0, "expected at least 2 dimensions, got ", a);
  Shape out = a;
  const std::int64_t size = a[a.ndim() - (o.transpose ? 1 : 2)];
  out[a.ndim() - 2] = size;
  out[a.ndim() - 1] = size;
  s.set_out(0, out);
}

void syrk(const SyrkOptions& o, const Call& call) {
  const Tensor in[] = {call.in[0], call.in[0]};
  product_forward({.transpose_a = o.transpose, .transpose_b = !o.transpose, .alpha = o.alpha},
                  "syrk", {.in = in, .out = call.out, .context = call.context});
}

// dA = alpha (dY + dY^T) A, or alpha A (dY + dY^T).
void syrk_backward(const SyrkOptions& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  const Tensor& da = call.in_grad[0];
  if (da.size() == 0) return;
  dispatch_real(dy.dtype, "syrk", [&]<class T>() {
    const std::int64_t n = dy.shape.back();
    const Temporary<T> both(dy.size());
    const T* heads = dy.as<T>();
    parallel_for(dy.size() / n, kernels::row_grain(n, kernels::kCopyGrain),
                 [&](std::int64_t row, std::int64_t end) {
                   for (; row < end; ++row) {
                     const std::int64_t first = row / n * n * n;
                     const std::int64_t i = row % n;
                     for (std::int64_t j = 0; j < n; ++j) {
                       both.data()[row * n + j] = heads[row * n + j] + heads[first + j * n + i];
                     }
                   }
                 });
    const MatrixOperand<T> sums{both.data(), matrices_of({}, dy.shape), false};
    const MatrixOperand<T> a{call.in[0].as<T>(), matrices_of({}, da.shape), false};
    products<T>(o.transpose ? a : sums, o.transpose ? sums : a, da.as<T>(),
                matrices_of({}, da.shape));
    scale(da.as<T>(), da.size(), o.alpha);
  });
}

std::vector<NDArray> syrk_derivative(const SyrkOptions& o, const DerivativeCall& call) {
  const NDArray& a = call.in[0];
  const NDArray& dy = call.out_grad[0];
  if (a.size() == 0) return {derivative::zeros(a)};
  const auto product = [&](const NDArray& x, const NDArray& y, bool transposed_x,
                           bool transposed_y) {
    return ops::linalg_gemm2(
        x, y, {.transpose_a = transposed_x, .transpose_b = transposed_y, .alpha = o.alpha});
  };
  const NDArray in[] = {o.transpose ? product(a, dy, false, false) : product(dy, a, false, false),
                        o.transpose ? product(a, dy, false, true) : product(dy, a, true, false)};
  const NoOptions none;
  return {apply(Op::get<NoOptions>("elemwise_add"), &none, in)};
}

const auto syrk_op = define_op<SyrkOptions>("_linalg_syrk")
                         .aliases({"linalg_syrk"})
                         .doc("alpha A A^T of matrices, or of many, or alpha A^T A.")
                         .inputs({"A"})
                         .field("transpose", &SyrkOptions::transpose, "A^T A instead.")
                         .field("alpha", &SyrkOptions::alpha, "What it is multiplied by.")
                         .infer(infer_syrk)
                         .forward(syrk)
                         .backward(syrk_backward, Op::inputs)
                         .derivative(syrk_derivative)
                         .sample({}, {{{3, 4}}})
                         .sample({.transpose = true, .alpha = -2}, {{{2, 4, 3}}})
                         .sample({}, {{{0, 3, 2}}})
                         .sample({.transpose = true}, {{{0, 2}}});

}  // namespace
}  // namespace gluino
