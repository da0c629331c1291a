#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/reduce/cumsum.h>

#include <algorithm>
#include <type_traits>

namespace gluino {
namespace {

void infer(const CumsumOptions& o, Inference& s) {
  const Shape& a = s.in(0);
  if (o.axis) s.axis(0, *o.axis, a.ndim());
  s.expect(!o.dtype || *o.dtype != boolean, -1, "dtype: expected numbers, got ",
           o.dtype.value_or(float32));
  s.set_out(0, o.axis ? a : Shape{a.size()});
}

// Whole numbers wrap around; floats are added in double.
template <class T>
using Sum = std::conditional_t<std::is_integral_v<T>, std::uint64_t, double>;

// Along rows of n elements `inner` apart, from the last one on if `backwards`.
template <class T>
void running_sums(const T* x, T* y, const Shape& shape, const CumsumOptions& o, bool backwards) {
  const int axis = o.axis ? normalize_axis(*o.axis, shape.ndim()) : 0;
  const std::int64_t n = o.axis ? shape[axis] : shape.size();
  const std::int64_t inner = o.axis ? shape.size_between(axis + 1, shape.ndim()) : 1;
  if (n == 0) return;
  parallel_for(shape.size() / n, kernels::row_grain(n, kernels::kCopyGrain),
               [=](std::int64_t row, std::int64_t end) {
                 for (; row < end; ++row) {
                   const std::int64_t first = row / inner * n * inner + row % inner;
                   Sum<T> sum = 0;
                   for (std::int64_t i = 0; i < n; ++i) {
                     const std::int64_t at = first + (backwards ? n - 1 - i : i) * inner;
                     sum += static_cast<Sum<T>>(x[at]);
                     y[at] = static_cast<T>(sum);
                   }
                 }
               });
}

void forward(const CumsumOptions& o, const Call& call) {
  const Tensor& a = call.in[0];
  const Tensor& out = call.out[0];
  dispatch_numbers(out.dtype, [&]<class T>() {
    const bool same = a.dtype == out.dtype;
    const Temporary<T> converted(same ? 0 : a.size());
    if (!same) kernels::convert(a.data, a.dtype, converted.data(), out.dtype, a.size());
    running_sums<T>(same ? a.as<T>() : converted.data(), out.as<T>(), a.shape, o, false);
  });
}

void backward(const CumsumOptions& o, const GradientCall& call) {
  const Tensor& da = call.in_grad[0];
  const Tensor& dy = call.out_grad[0];
  dispatch_real(da.dtype, "cumsum", [&]<class T>() {
    const bool same = da.dtype == dy.dtype;
    const Temporary<T> converted(same ? 0 : dy.size());
    if (!same) kernels::convert(dy.data, dy.dtype, converted.data(), da.dtype, dy.size());
    running_sums<T>(same ? dy.as<T>() : converted.data(), da.as<T>(), da.shape, o, true);
  });
}

const auto registered =
    define_op<CumsumOptions>("_np_cumsum")
        .aliases({"cumsum"})
        .doc("The sums of all elements up to each along an axis.")
        .types(Types::numbers)
        .inputs({"a"})
        .row_wise_if([](const CumsumOptions& o, const Shape& a) {
          return o.axis && normalize_axis(*o.axis, a.ndim()) != 0;
        })
        .field("axis", &CumsumOptions::axis, "The axis; None takes the array as one row.")
        .field("dtype", &CumsumOptions::dtype, "The type of the result; None: that of the input.")
        .infer_types([](const CumsumOptions& o, auto in, auto out) {
          if (o.dtype) {
            out[0] = o.dtype;
          } else if (in[0]) {
            out[0] = in[0];
          }
        })
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::nothing)
        .derivative(derivative::of_linear<CumsumOptions>("_np_cumsum"))
        .sample({}, {{{3, 4}}})
        .sample({.axis = 1}, {{{2, 3, 4}}})
        .sample({.axis = -1}, {{{2, 5}}})
        .sample({.axis = 0}, {{{3, 0}}})
        .sample({}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
