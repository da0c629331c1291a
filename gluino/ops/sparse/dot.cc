#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/linalg/dot.h>
#include <gluino/ops/sparse/stored_elements-inl.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <algorithm>
#include <type_traits>

// Products of matrices of which one is csr. Work is split over rows of the result, and each of its
// elements is added up in the order of the places stored.
namespace gluino {
namespace {

using Results = std::vector<NDArray>;

// A matrix by its stored elements; of a transposed one, rows are the columns.
struct Elements {
  std::vector<std::int64_t> starts, columns;
  NDArray values;
};

Elements elements_of(const NDArray& csr) {
  return {csr.indptr().to_vector<std::int64_t>(), csr.indices().to_vector<std::int64_t>(),
          csr.stored_values()};
}

Elements transposed(const NDArray& csr) {
  const Csr x(csr);
  Elements t{Numbers(static_cast<std::size_t>(x.width) + 1), {}, {}};
  const std::int64_t count = x.values.size();
  for (std::int64_t i = 0; i < count; ++i) ++t.starts[static_cast<std::size_t>(x.columns[i]) + 1];
  for (std::size_t c = 1; c < t.starts.size(); ++c) t.starts[c] += t.starts[c - 1];
  t.columns.resize(static_cast<std::size_t>(count));
  t.values = NDArray(x.values.shape(), csr.dtype(), csr.context());
  Numbers next = t.starts;
  dispatch(csr.dtype(), [&]<class T>() {
    for (std::int64_t row = 0; row < x.rows; ++row) {
      for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
        const std::int64_t to = next[static_cast<std::size_t>(x.columns[i])]++;
        t.columns[static_cast<std::size_t>(to)] = row;
        t.values.data<T>()[to] = x.values.data<T>()[i];
      }
    }
  });
  return t;
}

// y + a * b, which wraps around of whole numbers.
template <class T>
T sum(T y, T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::uint64_t>(y) +
                          static_cast<std::uint64_t>(a) * static_cast<std::uint64_t>(b));
  } else {
    return y + a * b;
  }
}

// out[k] = the sum of a[rows[k], c] * rhs[c]; a column of which rhs has no row counts as 0:
// `place[c]` says where it is, -1 for nowhere.
template <class T>
void multiply(const Elements& a, const RowNumbers& rows, const RowNumbers* place,
              const NDArray& rhs, std::int64_t width, const NDArray& out) {
  const T* values = a.values.data<T>();
  const T* from = rhs.data<T>();
  T* to = out.data<T>();
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::int64_t mean = 1 + a.values.size() / std::max<std::int64_t>(count, 1);
  parallel_for(count, kernels::row_grain(width * mean, kernels::kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t k = begin; k < end; ++k) {
                   T* const y = to + k * width;
                   std::fill_n(y, width, T(0));
                   const auto row = static_cast<std::size_t>(rows[static_cast<std::size_t>(k)]);
                   for (std::int64_t i = a.starts[row]; i < a.starts[row + 1]; ++i) {
                     std::int64_t c = a.columns[static_cast<std::size_t>(i)];
                     if (place != nullptr) c = (*place)[static_cast<std::size_t>(c)];
                     if (c < 0) continue;
                     const T factor = values[i];
                     const T* const x = from + c * width;
                     for (std::int64_t j = 0; j < width; ++j) y[j] = sum(y[j], factor, x[j]);
                   }
                 }
               });
}

// The rows of `a` that store something, or all of them.
RowNumbers rows_of(const Elements& a, bool only_stored) {
  RowNumbers rows;
  for (std::size_t row = 0; row + 1 < a.starts.size(); ++row) {
    if (!only_stored || a.starts[row] < a.starts[row + 1]) {
      rows.push_back(static_cast<std::int64_t>(row));
    }
  }
  return rows;
}

// Half precision goes through float32, as in every operator.
bool is_half(DType dtype) { return dtype == float16 || dtype == bfloat16; }

NDArray in_float(const NDArray& array) {
  return is_half(array.dtype()) ? ops::cast(array, {.dtype = float32}) : array;
}

// a . rhs of a dense or row_sparse array (K, ...): dense, or with the rows that store something.
NDArray product(Elements a, const NDArray& rhs, bool as_rows, const Shape& shape) {
  const DType dtype = rhs.dtype();
  a.values = in_float(a.values);
  RowNumbers place;
  NDArray right = rhs;
  if (!rhs.is_dense()) {
    const StoredRows stored(rhs);
    place.assign(static_cast<std::size_t>(rhs.shape()[0]), -1);
    for (std::size_t i = 0; i < stored.rows.size(); ++i) {
      place[static_cast<std::size_t>(stored.rows[i])] = static_cast<std::int64_t>(i);
    }
    right = stored.values;
  }
  right = in_float(right);
  const RowNumbers rows = rows_of(a, as_rows);
  Shape size = shape;
  size[0] = static_cast<std::int64_t>(rows.size());
  const NDArray out(size, right.dtype(), right.context());
  dispatch_numbers(right.dtype(), [&]<class T>() {
    multiply<T>(a, rows, rhs.is_dense() ? nullptr : &place, right,
                shape.size_between(1, shape.ndim()), out);
  });
  const NDArray result = dtype == out.dtype() ? out : ops::cast(out, {.dtype = dtype});
  return as_rows ? array_of_rows(result, rows, shape) : result;
}

Elements operand(const NDArray& csr, bool transpose) {
  return transpose ? transposed(csr) : elements_of(csr);
}

bool is_matrix(const NDArray& array) { return array.ndim() == 2; }

// csr . dense, with a transposed one first where options say so; an undefined array where neither
// is csr, or the other cannot be multiplied so.
NDArray result_of(const DotOptions& o, const NDArray& lhs, const NDArray& rhs, const Shape& shape) {
  const bool rows_on_right =
      rhs.is_dense() || (rhs.stype() == StorageType::row_sparse && !o.transpose_b);
  if (lhs.stype() == StorageType::csr && rows_on_right && is_matrix(rhs)) {
    const NDArray right = o.transpose_b ? rhs.T() : rhs;
    const bool as_rows = o.transpose_a && !o.transpose_b;
    return product(operand(lhs, o.transpose_a), right, as_rows, shape);
  }
  if (lhs.stype() == StorageType::csr && rhs.is_dense() && rhs.ndim() == 1) {
    return product(operand(lhs, o.transpose_a), rhs, false, shape);
  }
  if (lhs.is_dense() && rhs.stype() == StorageType::csr && is_matrix(lhs)) {
    // (rhs^T . lhs^T)^T
    const NDArray left = o.transpose_a ? lhs : lhs.T();
    const NDArray turned =
        product(operand(rhs, !o.transpose_b), left, false, {shape[1], shape[0]}).T();
    return o.transpose_a ? turned : turned.tostype(StorageType::csr);
  }
  return {};
}

Results forward(const DotOptions& o, const StoredCall& call) {
  const NDArray& lhs = call.in[0];
  const NDArray& rhs = call.in[1];
  NDArray result = result_of(o, lhs, rhs, call.form[0].shape);
  if (o.forward_stype == "None") return result.defined() ? Results{result} : Results();
  if (!result.defined()) {
    DotOptions plain = o;
    plain.forward_stype = "None";
    result = ops::dot(lhs.tostype(StorageType::dense), rhs.tostype(StorageType::dense), plain);
  }
  return {result.tostype(parse_stype(o.forward_stype))};
}

// Of csr . dense the gradient of the dense operand: csr^T . dy, which stores the rows that csr's
// columns name; and of dense . csr. That of a csr operand is dense, as the operators have it.
Results backward(const DotOptions& o, const StoredGradientCall& call) {
  const NDArray& lhs = call.in[0];
  const NDArray& rhs = call.in[1];
  const bool left = lhs.stype() == StorageType::csr && rhs.is_dense() && !call.wanted[0];
  const bool right = rhs.stype() == StorageType::csr && lhs.is_dense() && !call.wanted[1];
  if (!(left || right) || !call.out_grad[0].defined() || !is_matrix(lhs) || !is_matrix(rhs)) {
    return {};
  }
  const NDArray dy = call.out_grad[0].tostype(StorageType::dense);
  if (left) {
    const Shape& shape = rhs.shape();
    if (!o.transpose_b) {
      return {NDArray(), product(operand(lhs, !o.transpose_a), dy, !o.transpose_a, shape)};
    }
    return {NDArray(), product(operand(lhs, !o.transpose_a), dy, false, {shape[1], shape[0]}).T()};
  }
  // d lhs^T = rhs . dy^T
  const Shape& shape = lhs.shape();
  const Shape turned = o.transpose_a ? shape : Shape{shape[1], shape[0]};
  const NDArray dl = product(operand(rhs, o.transpose_b), dy.T(), false, turned);
  return {o.transpose_a ? dl : dl.T(), NDArray()};
}

bool concerns_dense(const DotOptions& o) {
  return o.forward_stype == "csr" || o.forward_stype == "row_sparse";
}

// See backward.
bool gives_rows(const DotOptions& o, std::span<const StorageType> in, int input) {
  return input == 1 && in[0] == StorageType::csr && !o.transpose_a && !o.transpose_b;
}

[[maybe_unused]] const bool added =
    add_stored<DotOptions>("dot", forward, backward, concerns_dense, gives_rows);

}  // namespace
}  // namespace gluino
