#include <gluino/kernels/cpu/movement/movement.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/indexing/diag.h>

#include <algorithm>
#include <cstring>

namespace gluino {
namespace {

// The most elements that a diagonal may lie off the main one.
constexpr std::int64_t kFarthest = std::int64_t{1} << 31;

// How a diagonal lies: as elements `strides` apart from `begin` on, of an array as large as the
// operator's larger side, in the shape of its smaller one.
struct Diagonal {
  Shape shape;
  kernels::Strides strides{};
  std::int64_t begin = 0;
};

// The number of elements on diagonal k of rows x columns.
std::int64_t length_of(std::int64_t rows, std::int64_t columns, std::int64_t k) {
  return std::max<std::int64_t>(0,
                                k >= 0 ? std::min(rows, columns - k) : std::min(rows + k, columns));
}

// Of a square matrix whose diagonal k is n long.
Shape square(std::int64_t n, std::int64_t k) {
  const std::int64_t size = n + (k < 0 ? -k : k);
  return {size, size};
}

Diagonal diagonal_of(const Shape& matrices, std::int64_t k, int rows, int columns) {
  const auto dense = kernels::dense_strides(matrices);
  const auto stride = [&](int axis) { return dense[static_cast<std::size_t>(axis)]; };
  Diagonal d;
  for (int axis = 0; axis < matrices.ndim(); ++axis) {
    if (axis == rows || axis == columns) continue;
    d.strides[static_cast<std::size_t>(d.shape.ndim())] = stride(axis);
    d.shape.push_back(matrices[axis]);
  }
  d.strides[static_cast<std::size_t>(d.shape.ndim())] = stride(rows) + stride(columns);
  d.shape.push_back(length_of(matrices[rows], matrices[columns], k));
  d.begin = k >= 0 ? k * stride(columns) : -k * stride(rows);
  return d;
}

bool is_row(const Shape& data) { return data.ndim() == 1; }

Diagonal diagonal_of(const DiagOptions& o, const Shape& data) {
  if (is_row(data)) return diagonal_of(square(data[0], o.k), o.k, 0, 1);
  return diagonal_of(data, o.k, normalize_axis(o.axis1, data.ndim()),
                     normalize_axis(o.axis2, data.ndim()));
}

void infer(const DiagOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  s.expect(data.ndim() >= 1, 0, "expected at least 1 dimension");
  s.expect(o.k > -kFarthest && o.k < kFarthest, -1, "k: there is no diagonal ", o.k);
  if (is_row(data)) {
    s.expect(data[0] < kFarthest, 0, "of ", data, " the matrix would be too large");
    return s.set_out(0, square(data[0], o.k));
  }
  const int rows = s.axis(0, o.axis1, data.ndim(), "axis1");
  const int columns = s.axis(0, o.axis2, data.ndim(), "axis2");
  s.expect(rows != columns, -1, "axis1 and axis2 are the same axis, ", rows);
  const bool exists = o.k >= 0 ? o.k < std::max<std::int64_t>(data[columns], 1)
                               : -o.k < std::max<std::int64_t>(data[rows], 1);
  s.expect(exists, 0, "k: ", data, " has no diagonal ", o.k, " on axes ", rows, " and ", columns);
  s.set_out(0, diagonal_of(o, data).shape);
}

// Between the array that has a diagonal and the one that is it, of elements of `size` bytes.
void take_diagonal(const Diagonal& d, const void* matrices, void* rows, std::size_t size) {
  if (d.shape.size() == 0) return;
  kernels::copy_strided(
      static_cast<const char*>(matrices) + static_cast<std::size_t>(d.begin) * size, d.strides,
      rows, kernels::dense_strides(d.shape), d.shape, size);
}

void put_diagonal(const Diagonal& d, const void* rows, const Tensor& matrices) {
  const std::size_t size = size_of(matrices.dtype);
  std::memset(matrices.data, 0, static_cast<std::size_t>(matrices.size()) * size);
  if (d.shape.size() == 0) return;
  kernels::copy_strided(
      rows, kernels::dense_strides(d.shape),
      static_cast<char*>(matrices.data) + static_cast<std::size_t>(d.begin) * size, d.strides,
      d.shape, size);
}

void forward(const DiagOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  const Diagonal d = diagonal_of(o, x.shape);
  if (is_row(x.shape)) {
    put_diagonal(d, x.data, call.out[0]);
  } else {
    take_diagonal(d, x.data, call.out[0].data, size_of(x.dtype));
  }
}

void backward(const DiagOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const Diagonal d = diagonal_of(o, dx.shape);
  if (is_row(dx.shape)) {
    take_diagonal(d, call.out_grad[0].data, dx.data, size_of(dx.dtype));
  } else {
    put_diagonal(d, call.out_grad[0].data, dx);
  }
}

const auto registered =
    define_op<DiagOptions>("diag")
        .doc("The diagonal of matrices, or the matrix that has a row as its diagonal.")
        .types(Types::any)
        .inputs({"data"})
        .field("k", &DiagOptions::k, "Which diagonal: above the main one, or below it if negative.")
        .field("axis1", &DiagOptions::axis1, "The axis of the matrices' rows.")
        .field("axis2", &DiagOptions::axis2, "The axis of their columns.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::nothing)
        .derivative(derivative::of_linear<DiagOptions>("diag"))
        .sample({}, {{{3, 5}}})
        .sample({.k = -1}, {{{3, 5}}})
        .sample({.k = 1, .axis1 = -1, .axis2 = 0}, {{{2, 3, 4}}})
        .sample({.k = 1}, {{{3}}})
        .sample({.k = -2}, {{{3}}})
        .sample({}, {{{0, 3}}})
        .sample({}, {{{0}}});

}  // namespace
}  // namespace gluino
