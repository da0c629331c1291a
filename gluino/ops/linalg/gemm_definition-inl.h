#pragma once

#include <gluino/ops/core/define.h>
#include <gluino/ops/linalg/matrices-inl.h>

/// What batch_dot and the products of linalg have in common: alpha op(A) op(B).
namespace gluino {

struct Product {
  bool transpose_a = false, transpose_b = false;
  double alpha = 1;
  std::int64_t axis = -2;
};

/// Checks A and B, inputs 0 and 1, and gives the shape of their product.
inline Shape product_shape(const Product& p, const Inference& s) {
  const Shape& a = s.in(0);
  const Shape& b = s.in(1);
  s.expect(a.ndim() >= 2, 0, "expected at least 2 dimensions, got ", a);
  const int row = s.axis(0, p.axis, a.ndim());
  const int last = a.ndim() - 1;
  s.expect(row != last, 0, "axis: the last one is that of the columns, got ", p.axis, " of ", a);
  s.expect(b.ndim() == a.ndim(), 1, "expected as many dimensions as ", a, ", got ", b);
  for (int i = 0; i < last; ++i) {
    s.expect(i == row || a[i] == b[i], 1, "expected ", a[i], " along axis ", i, " to match ", a,
             ", got ", b);
  }
  const std::int64_t depth = p.transpose_a ? a[row] : a[last];
  const int along = p.transpose_b ? last : row;
  s.expect(b[along] == depth, 1, "expected ", depth, " along axis ", along, " to match ", a,
           ", got ", b);
  Shape out = a;
  out[row] = p.transpose_a ? a[last] : a[row];
  out[last] = p.transpose_b ? b[row] : b[last];
  return out;
}

inline Matrices matrices_of(const Product& p, const Shape& shape) {
  return {shape, normalize_axis(p.axis, shape.ndim())};
}

inline void product_forward(const Product& p, const char* who, const Call& call) {
  const Tensor& y = call.out[0];
  if (y.size() == 0) return;
  dispatch_real(y.dtype, who, [&]<class T>() {
    products<T>({call.in[0].as<T>(), matrices_of(p, call.in[0].shape), p.transpose_a},
                {call.in[1].as<T>(), matrices_of(p, call.in[1].shape), p.transpose_b}, y.as<T>(),
                matrices_of(p, y.shape));
    scale(y.as<T>(), y.size(), p.alpha);
  });
}

/// With dY: dA = dY op(B)^T and dB = op(A)^T dY, each transposed as the operand itself is.
inline void product_backward(const Product& p, const char* who, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  dispatch_real(dy.dtype, who, [&]<class T>() {
    const auto operand = [&](const Tensor& tensor, bool transposed) {
      return MatrixOperand<T>{tensor.as<T>(), matrices_of(p, tensor.shape), transposed};
    };
    const auto write = [&](const Tensor& to, const MatrixOperand<T>& x, const MatrixOperand<T>& y) {
      if (to.size() == 0) return;
      products<T>(x, y, to.as<T>(), matrices_of(p, to.shape));
      scale(to.as<T>(), to.size(), p.alpha);
    };
    if (const Tensor& da = call.in_grad[0]) {
      const Tensor& b = call.in[1];
      if (p.transpose_a) {
        write(da, operand(b, p.transpose_b), operand(dy, true));
      } else {
        write(da, operand(dy, false), operand(b, !p.transpose_b));
      }
    }
    if (const Tensor& db = call.in_grad[1]) {
      const Tensor& a = call.in[0];
      if (p.transpose_b) {
        write(db, operand(dy, true), operand(a, p.transpose_a));
      } else {
        write(db, operand(a, !p.transpose_a), operand(dy, false));
      }
    }
  });
}

}  // namespace gluino
