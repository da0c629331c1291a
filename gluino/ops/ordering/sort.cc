#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/ordering/ordering.h>
#include <gluino/ops/ordering/ranking.h>

namespace gluino {
namespace {

using ordering::Equals;
using ordering::Places;
using ordering::Rows;
using ordering::rows_of;

// Where each element of the output stood, as its number among all elements, is kept for the
// gradient.
enum Output { kSorted, kPlaces };

template <class O>
Shape out_shape(const O& o, Inference& s) {
  if (!o.axis) return {s.in(0).size()};
  s.axis(0, *o.axis, s.in(0).ndim());
  return s.in(0);
}

void infer_sort(const SortOptions& o, Inference& s) {
  const Shape out = out_shape(o, s);
  s.set_out(kSorted, out);
  s.set_out(kPlaces, out);
  s.set_out_type(kPlaces, int64);
}

void sort(const SortOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  if (x.size() == 0) return;
  const Rows rows = rows_of(o.axis, x.shape);
  void* y = call.out[kSorted].data;
  std::int64_t* places = call.out[kPlaces].as<std::int64_t>();
  if (places == nullptr) return ordering::sort_rows(x, rows, o.is_ascend, y);
  ordering::sort_rows(x, rows, o.is_ascend, y, Equals::as_mxnet,
                      [&](std::int64_t row, const Places& stood) {
                        const std::int64_t begin = rows.begin(row, rows.n);
                        for (std::int64_t i = 0; i < rows.n; ++i) {
                          places[begin + i * rows.inner] = begin + stood[i] * rows.inner;
                        }
                      });
}

void sort_backward(const SortOptions& /*options*/, const GradientCall& call) {
  const Tensor& dx = call.in_grad[0];
  const std::int64_t* places = call.out[kPlaces].as<std::int64_t>();
  dispatch_real(dx.dtype, "sort", [&]<class T>() {
    const T* dy = call.out_grad[kSorted].as<T>();
    parallel_for(dx.size(), kernels::kCopyGrain, [&](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) dx.as<T>()[places[i]] = dy[i];
    });
  });
}

std::vector<NDArray> sort_derivative(const SortOptions& /*options*/, const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  if (x.size() == 0) return {derivative::zeros(x)};
  return {derivative::scatter(call.out_grad[kSorted], call.out[kPlaces], x.shape())};
}

template <class O>
bool keeps_rows(const O& o, const Shape& data) {
  return o.axis && normalize_axis(*o.axis, data.ndim()) != 0;
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

const auto sort_op =
    define_op<SortOptions>("sort")
        .doc("The elements along an axis in order.")
        .types(Types::numbers)
        .inputs({"data"})
        .nameless()
        .row_wise_if(keeps_rows<SortOptions>)
        .outputs({"output0", "output1"}, 1)
        .outputs_in_files(2)
        .field("axis", &SortOptions::axis, "The axis; None takes the array as one row.")
        .field("is_ascend", &SortOptions::is_ascend, "The smallest first.")
        .tolerates("is_ascend_s", {"1", "True"})  // As MXNet 2's np.sort writes it.
        .infer(infer_sort)
        .forward(sort)
        .backward(sort_backward, Op::outputs)
        .derivative(sort_derivative)
        .sample({}, {{{3, 5}, kDistinct}})
        .sample({.axis = 0, .is_ascend = false}, {{{5, 3}, kDistinct}})
        .sample({.axis = -2}, {{{2, 4, 3}, kDistinct}})
        .sample({.axis = {}}, {{{2, 5}, kDistinct}})
        .sample({}, {{{0, 3}}})
        .sample({}, {{{3, 0}}});

void infer_argsort(const ArgsortOptions& o, Inference& s) {
  const Shape out = out_shape(o, s);
  ordering::check_places_fit(rows_of(o.axis, s.in(0)).n, o.dtype, s);
  s.set_out(0, out);
}

void argsort(const ArgsortOptions& o, const Call& call) {
  const Tensor& x = call.in[0];
  if (x.size() == 0) return;
  const Rows rows = rows_of(o.axis, x.shape);
  ordering::each_order(x, rows, rows.n, o.is_ascend, o.stable ? Equals::by_place : Equals::as_mxnet,
                       [&](std::int64_t row, const Places& places) {
                         places.write(rows.n, call.out[0], rows.begin(row, rows.n), rows.inner);
                       });
}

template <class O>
auto define_argsort(std::string_view name) {
  O falling;
  falling.axis = 0;
  falling.is_ascend = false;
  falling.dtype = int32;
  O whole;
  whole.axis = {};
  whole.stable = !whole.stable;
  return define_op<O>(name)
      .doc("The places along an axis that its elements have, in the order of the elements.")
      .types(Types::numbers)
      .inputs({"data"})
      .nameless()
      .row_wise_if(keeps_rows<O>)
      .field("axis", &O::axis, "The axis; None takes the array as one row.")
      .field("is_ascend", &O::is_ascend, "That of the smallest first.")
      .field("dtype", &O::dtype, "The type of the places.")
      .field("stable", &O::stable, "Equal elements in the order of their places.")
      .tolerates("is_ascend_s", {"1", "True"})
      .output_type(&O::dtype)
      .infer(infer_argsort)
      .forward(argsort)
      .sample({}, {{{3, 5}, kDistinct}})
      .sample(falling, {{{5, 3}, kDistinct}})
      .sample(whole, {{{2, 5}, kDistinct}})
      .sample({}, {{{0, 3}}});
}

const auto argsort_op = define_argsort<ArgsortOptions>("argsort");

const auto np_argsort_op = define_argsort<StableArgsortOptions>("_npi_argsort");

}  // namespace
}  // namespace gluino
