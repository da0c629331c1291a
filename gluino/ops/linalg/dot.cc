#include <gluino/kernels/cpu/products/integer_product.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/linalg/dot.h>
#include <gluino/ops/linalg/product-inl.h>

namespace gluino {
namespace {

// Both operands as matrices (rows, inner) and (inner, columns).
struct Sizes {
  std::int64_t rows, inner, columns;
};

// The axis of each operand that is summed over.
int left_axis(const DotOptions& o, const Shape& lhs) { return o.transpose_a ? 0 : lhs.ndim() - 1; }
int right_axis(const DotOptions& o, const Shape& rhs) { return o.transpose_b ? rhs.ndim() - 1 : 0; }

Sizes sizes(const DotOptions& o, const Shape& lhs, const Shape& rhs) {
  const std::int64_t inner = lhs[left_axis(o, lhs)];
  const Shape& left = lhs;
  const Shape& right = rhs;
  const int a = left_axis(o, left);
  const int b = right_axis(o, right);
  return {left.size_between(0, a) * left.size_between(a + 1, left.ndim()), inner,
          right.size_between(0, b) * right.size_between(b + 1, right.ndim())};
}

void infer(const DotOptions& o, Inference& s) {
  const Shape& lhs = s.in(0);
  const Shape& rhs = s.in(1);
  s.expect(lhs.ndim() >= 1, 0, "expected at least 1 dimension");
  s.expect(rhs.ndim() >= 1, 1, "expected at least 1 dimension");
  const int a = left_axis(o, lhs);
  const int b = right_axis(o, rhs);
  s.expect(lhs[a] == rhs[b], 1, "expected ", lhs[a], " along axis ", b, " to match lhs ", lhs,
           ", got ", rhs);
  Shape out = lhs;
  out.erase(a);
  for (int i = 0; i < rhs.ndim(); ++i) {
    if (i != b) out.push_back(rhs[i]);
  }
  if (out.empty()) out.push_back(1);
  s.set_out(0, out);
}

template <class T>
kernels::MatrixView<T> left_view(const DotOptions& o, const T* data, const Sizes& z) {
  return o.transpose_a ? kernels::MatrixView<T>{data, z.rows, z.inner, 1, z.rows}
                       : kernels::MatrixView<T>{data, z.rows, z.inner, z.inner, 1};
}

template <class T>
kernels::MatrixView<T> right_view(const DotOptions& o, const T* data, const Sizes& z) {
  return o.transpose_b ? kernels::MatrixView<T>{data, z.inner, z.columns, 1, z.inner}
                       : kernels::MatrixView<T>{data, z.inner, z.columns, z.columns, 1};
}

void forward(const DotOptions& o, const Call& call) {
  dispatch_numbers(call.out[0].dtype, [&]<class T>() {
    const Sizes z = sizes(o, call.in[0].shape, call.in[1].shape);
    const auto lhs = left_view(o, call.in[0].as<T>(), z);
    const auto rhs = right_view(o, call.in[1].as<T>(), z);
    if constexpr (std::is_integral_v<T>) {
      kernels::integer_product(lhs, rhs, call.out[0].as<T>(), z.columns);
    } else {
      product<T>(lhs, rhs, call.out[0].as<T>(), z.columns);
    }
  });
}

void backward(const DotOptions& o, const GradientCall& call) {
  dispatch_real(call.out_grad[0].dtype, "dot", [&]<class T>() {
    const Sizes z = sizes(o, call.in[0].shape, call.in[1].shape);
    const kernels::MatrixView<T> dy{call.out_grad[0].as<T>(), z.rows, z.columns, z.columns, 1};
    const auto lhs = left_view(o, call.in[0].as<T>(), z);
    const auto rhs = right_view(o, call.in[1].as<T>(), z);
    // dL = dY R^T and dR = L^T dY, each transposed as the operand itself is.
    if (call.in_grad[0]) {
      T* dl = call.in_grad[0].as<T>();
      if (o.transpose_a) {
        product<T>(rhs, dy.transposed(), dl, z.rows);
      } else {
        product<T>(dy, rhs.transposed(), dl, z.inner);
      }
    }
    if (call.in_grad[1]) {
      T* dr = call.in_grad[1].as<T>();
      if (o.transpose_b) {
        product<T>(dy.transposed(), lhs, dr, z.inner);
      } else {
        product<T>(lhs.transposed(), dy, dr, z.columns);
      }
    }
  });
}

const auto registered =
    define_op<DotOptions>("dot")
        .doc("Sums products over the last axis of lhs and the first of rhs.")
        .types(Types::numbers)
        .inputs({"lhs", "rhs"})
        .field("transpose_a", &DotOptions::transpose_a, "Sum over lhs' first axis instead.")
        .field("transpose_b", &DotOptions::transpose_b, "Sum over rhs' last axis instead.")
        .field("forward_stype", &DotOptions::forward_stype, "How the result is stored.",
               {"None", "csr", "default", "row_sparse"})
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative::of_bilinear<DotOptions>("dot"))
        .sample({}, {{{3, 4}}, {{4, 5}}})
        .sample({.transpose_a = true}, {{{4, 3}}, {{4, 5}}})
        .sample({.transpose_b = true}, {{{3, 4}}, {{5, 4}}})
        .sample({.transpose_a = true, .transpose_b = true}, {{{4, 3}}, {{5, 4}}})
        .sample({}, {{{2, 3, 4}}, {{4, 2}}})
        .sample({}, {{{4}}, {{4}}})
        .sample({}, {{{0, 4}}, {{4, 5}}})
        .sample({}, {{{3, 0}}, {{0, 5}}})
        .sample({.transpose_b = true}, {{{2, 3, 4}}, {{5, 2, 4}}});

}  // namespace
}  // namespace gluino
