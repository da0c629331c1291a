#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/straight_through.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace gluino {
namespace {

void pass_on(const Tensor& from, const Tensor& to) {
  const auto bytes = static_cast<std::size_t>(from.size()) * size_of(from.dtype);
  if (bytes > 0 && from.data != to.data) std::memcpy(to.data, from.data, bytes);
}

// An operator of numbers that gives `value` of each element; backward(o, dy, dx) is its gradient,
// and derivative(o, dy) the same by operators.
template <class O, class Value, class Backward, class Derivative>
OpDefinition<O> define_through(const char* name, const char* doc, Value value, Backward backward,
                               Derivative derivative) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .inputs({"data"})
      .nameless()
      .types(Types::numbers)
      .row_wise()
      .in_place()
      .infer(+[](const O& /*o*/, Inference& s) { s.set_out(0, s.in(0)); })
      .forward([value](const O& /*o*/, const Call& call) {
        dispatch_numbers(call.in[0].dtype, [&]<class T>() {
          const T* x = call.in[0].as<T>();
          T* y = call.out[0].as<T>();
          parallel_for(call.in[0].size(), kernels::kCopyGrain,
                       [=](std::int64_t i, std::int64_t end) {
                         for (; i < end; ++i) y[i] = value(x[i]);
                       });
        });
      })
      .backward(
          [backward](const O& o, const GradientCall& call) {
            backward(o, call.out_grad[0], call.in_grad[0]);
          },
          Op::nothing)
      .derivative([derivative](const O& o, const DerivativeCall& call) {
        return std::vector<NDArray>{derivative(o, call.out_grad[0])};
      });
  return definition;
}

template <class Value>
bool define_ste(const char* name, const char* doc, Value value) {
  define_through<NoOptions>(
      name, doc, value,
      [](const NoOptions& /*o*/, const Tensor& dy, const Tensor& dx) { pass_on(dy, dx); },
      [](const NoOptions& /*o*/, const NDArray& dy) { return dy; })
      .sample({}, {{{3, 5}, {Fill::Kind::distinct, -4, 4}}})
      .sample({}, {{{0, 4}}});
  return true;
}

[[maybe_unused]] const bool round_ste =
    define_ste("_contrib_round_ste", "Rounded, halves away from 0; the gradient goes through.",
               []<class T>(T x) {
                 if constexpr (std::is_integral_v<T>) {
                   return x;
                 } else {
                   return std::round(x);
                 }
               });
[[maybe_unused]] const bool sign_ste =
    define_ste("_contrib_sign_ste", "-1, 0 or 1; the gradient goes through.", []<class T>(T x) {
      // NaN stays.
      return x > 0 ? T(1) : x < 0 ? static_cast<T>(-1) : x;
    });

const auto multiplier =
    define_through<GradientMultiplierOptions>(
        "_contrib_gradientmultiplier", "The data, whose gradient is multiplied by a number.",
        [](auto x) { return x; },
        [](const GradientMultiplierOptions& o, const Tensor& dy, const Tensor& dx) {
          dispatch_real(dx.dtype, "gradientmultiplier", [&]<class T>() {
            const auto by = static_cast<T>(o.scalar);
            for (std::int64_t i = 0; i < dx.size(); ++i) dx.as<T>()[i] = by * dy.as<T>()[i];
          });
        },
        [](const GradientMultiplierOptions& o, const NDArray& dy) { return dy * o.scalar; })
        .field("scalar", &GradientMultiplierOptions::scalar, "What the gradient is multiplied by.")
        .tolerates({"is_int"})
        .sample({.scalar = -0.5}, {{{3, 5}}})
        .sample({.scalar = 2}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
