#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/stored.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/reduce/reduce.h>
#include <gluino/ops/sparse/stored_elements-inl.h>
#include <gluino/ops/sparse/stored_rows-inl.h>

#include <type_traits>

// Sums of what is stored.
namespace gluino {
namespace {

using Results = std::vector<NDArray>;

kernels::AxisMask reduced_axes(const ReduceOptions& o, int ndim) {
  const kernels::AxisMask all = (kernels::AxisMask{1} << ndim) - 1;
  if (o.axis.empty()) return all;
  kernels::AxisMask mask = 0;
  for (const std::int64_t axis : o.axis) {
    const auto bit = kernels::AxisMask{1} << normalize_axis(axis, ndim);
    check((mask & bit) == 0, "reduction axis ", axis, " is named twice");
    mask |= bit;
  }
  return o.exclude ? all & ~mask : mask;
}

// Real numbers are added up in double, whole ones wrap around.
template <class T>
using SumOf = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;

template <class T>
void sum_into(const Csr& x, bool rows, bool columns, double divisor, T* out, std::int64_t size) {
  std::vector<SumOf<T>> sums(static_cast<std::size_t>(size), SumOf<T>(0));
  const T* values = x.values.data<T>();
  for (std::int64_t row = 0; row < x.rows; ++row) {
    for (std::int64_t i = x.starts[row]; i < x.starts[row + 1]; ++i) {
      const std::int64_t place = columns ? (rows ? 0 : row) : x.columns[i];
      sums[static_cast<std::size_t>(place)] += static_cast<SumOf<T>>(values[i]);
    }
  }
  for (const SumOf<T> sum : sums) {
    *out++ = static_cast<T>(std::is_integral_v<T> ? sum : sum / static_cast<SumOf<T>>(divisor));
  }
}

Results reduced(const ReduceOptions& o, const StoredCall& call, bool mean) {
  const NDArray& data = call.in[0];
  if (data.stype() != StorageType::csr) return {};
  const kernels::AxisMask axes = reduced_axes(o, 2);
  const bool rows = (axes & 1U) != 0, columns = (axes & 2U) != 0;
  if (!rows && !columns) return {};
  const Csr x(data);
  const double count = static_cast<double>((rows ? x.rows : 1) * (columns ? x.width : 1));
  const NDArray out(call.form[0].shape, data.dtype(), data.context());
  dispatch(data.dtype(), [&]<class T>() {
    sum_into<T>(x, rows, columns, mean ? count : 1, out.data<T>(), out.size());
  });
  return {out};
}

[[maybe_unused]] const bool sum = add_stored<ReduceOptions>(
    "sum", [](const ReduceOptions& o, const StoredCall& call) { return reduced(o, call, false); });
[[maybe_unused]] const bool mean = add_stored<ReduceOptions>(
    "mean", [](const ReduceOptions& o, const StoredCall& call) { return reduced(o, call, true); });

// Of all elements, those that are stored are enough.
[[maybe_unused]] const bool norm =
    add_stored<NormOptions>("norm", [](const NormOptions& o, const StoredCall& call) {
      if (!o.axis.empty()) return Results();
      const NDArray total =
          ops::norm(call.in[0].stored_values(), {.ord = o.ord, .out_dtype = o.out_dtype});
      return Results{total.view(call.form[0].shape)};
    });

// ---- Sums of squares
// -----------------------------------------------------------------------------

const Op& sum_op() {
  static const Op& op = Op::get<ReduceOptions>("sum");
  return op;
}

void square_sum(const ReduceOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  dispatch_real(x.dtype, "_square_sum", [&]<class T>() {
    const Temporary<T> squares(x.size());
    const T* from = x.as<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) squares.data()[i] = from[i] * from[i];
    const Tensor in[] = {{squares.data(), x.shape, x.dtype}};
    sum_op().kernels_for(Device::cpu).forward(&o, {in, call.out, call.training, call.context});
  });
}

void square_sum_gradient(const ReduceOptions& o, const GradientCall& call) {
  const Tensor& x = call.in[0];
  sum_op().kernels_for(Device::cpu).backward(&o, call);
  dispatch_real(x.dtype, "_square_sum", [&]<class T>() {
    T* dx = call.in_grad[0].as<T>();
    const T* from = x.as<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) dx[i] *= 2 * from[i];
  });
}

std::vector<NDArray> square_sum_derivative(const ReduceOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const Shape kept = kernels::reduced_shape(x.shape(), reduced_axes(o, x.ndim()), true);
  return {x * (2.0 * derivative::reshaped(call.out_grad[0], kept))};
}

// The rows stored are as good as all of them; where rows stay apart, only these are not 0.
Results square_sum_of_rows(const ReduceOptions& o, const StoredCall& call) {
  const NDArray& data = call.in[0];
  if (data.stype() != StorageType::row_sparse) return {};
  const StoredRows stored(data);
  const bool rows_reduced = (reduced_axes(o, data.ndim()) & 1U) != 0;
  const Shape& shape = call.form[0].shape;
  const NDArray sums = ops::sum(ops::square(stored.values), o);
  if (rows_reduced) return {sums.view(shape)};
  if (o.keepdims) return {array_of_rows(sums, stored.rows, shape)};
  const NDArray out = nd::zeros(shape, data.dtype(), data.context());
  scatter(sums, stored.rows, out);
  return {out};
}

const auto square_sum_op =
    define_op<ReduceOptions>("_square_sum")
        .doc("The sum of squares over axes.")
        .inputs({"data"})
        .field("axis", &ReduceOptions::axis, "The axes to reduce; none means all.")
        .field("keepdims", &ReduceOptions::keepdims, "Keep reduced axes with size 1.")
        .field("exclude", &ReduceOptions::exclude, "Reduce the other axes instead.")
        .infer([](const ReduceOptions& o, Inference& s) { sum_op().infer(&o, s); })
        .forward(square_sum)
        .backward(square_sum_gradient, Op::inputs)
        .derivative(square_sum_derivative)
        .sample({}, {{{3, 4}}})
        .sample({.axis = {1}, .keepdims = true}, {{{3, 4}}})
        .sample({.axis = {0}}, {{{3, 4}}})
        .sample({.axis = {1}}, {{{0, 4}}});

[[maybe_unused]] const bool square_sum_stored =
    add_stored<ReduceOptions>("_square_sum", square_sum_of_rows);

}  // namespace
}  // namespace gluino
