#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/ops/core/define.h>

#include <string>
#include <type_traits>
#include <utility>
#include <vector>

/// Operators that are formulas of others: shapes, types, numbers, the gradient and its gradient all
/// follow from a function of arrays. It must call operators alone, and the same ones whatever the
/// arrays hold.
///
///     const auto registered = formula::define<NoOptions>("_npi_exp",
///                                 [](const NoOptions&, formula::In in) { return exp(in[0]); })
///         .doc("...").inputs({"x"}).sample({}, {{{3, 5}}});
///
/// The gradient computes the formula once more, so that nothing between is kept.
namespace gluino::detail {
/// While the library is loaded.
GLUINO_API Op& op_being_defined(const std::string& name);
}  // namespace gluino::detail

namespace gluino::formula {

using In = std::span<const NDArray>;
using Arrays = std::vector<NDArray>;
using Function = FunctionRef<Arrays(In)>;

/// Sets the outputs' shapes and types by a run that computes nothing. What an operator of the
/// formula refuses is an Error of this one's.
GLUINO_API void infer(Inference& s, Function f);
/// In float32 where there is half precision; the results are converted to the outputs' types.
GLUINO_API void forward(const Call& call, Function f);
GLUINO_API void backward(const GradientCall& call, Function f);
GLUINO_API Arrays gradients(const DerivativeCall& call, Function f);

/// The kernel of a gradient that is given as a derivative.
GLUINO_API void backward_by(const GradientCall& call,
                            FunctionRef<Arrays(const DerivativeCall&)> derivative);

namespace detail {
inline Arrays arrays(Arrays several) { return several; }
inline Arrays arrays(NDArray one) { return {std::move(one)}; }
// define_op takes a plain function for the shapes, which could not hold a formula.
GLUINO_API void set_infer(const std::string& op,
                          std::function<void(const void* options, Inference&)> rule);
}  // namespace detail

/// An operator without a gradient: f(const O&, In) gives an array, or Arrays.
template <class O, class F>
OpDefinition<O> define_without_gradient(const std::string& name, F f) {
  auto definition = define_op<O>(name);
  definition.mixed_types().types(Types::any).forward([f](const O& o, const Call& call) {
    forward(call, [&](In in) -> Arrays { return detail::arrays(f(o, in)); });
  });
  detail::set_infer(name, [f](const void* options, Inference& s) {
    infer(s,
          [&](In in) -> Arrays { return detail::arrays(f(*static_cast<const O*>(options), in)); });
  });
  return definition;
}

/// The same with one.
template <class O, class F>
OpDefinition<O> define(const std::string& name, F f) {
  auto definition = define_without_gradient<O>(name, f);
  definition
      .backward(
          [f](const O& o, const GradientCall& call) {
            backward(call, [&](In in) -> Arrays { return detail::arrays(f(o, in)); });
          },
          Op::inputs)
      .derivative([f](const O& o, const DerivativeCall& call) {
        return gradients(call, [&](In in) -> Arrays { return detail::arrays(f(o, in)); });
      });
  return definition;
}

}  // namespace gluino::formula
