#pragma once

#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/broadcast.h>
#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/number_beside-inl.h>

#include <algorithm>
#include <string>
#include <type_traits>
#include <vector>

/// How operators of two numbers are defined: arithmetic.cc and comparison.cc use it.
namespace gluino::binary_definition {

/// The derivatives of functions that have none.
struct NoGradient {};

inline constexpr Fill kAny{Fill::Kind::uniform, -2, 2};
inline constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};
inline constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};

/// The names of one form of an operator. A form without a name is not defined.
struct Form {
  std::string name{};
  std::vector<std::string> aliases{};
  /// See Op::hint; empty: the name.
  std::string hint{};
  /// Of a scalar form: multiplies by the number.
  bool multiplies = false;
};

struct Forms {
  Form broadcast;
  /// For operands of one shape.
  Form elemwise{};
  /// f(data, scalar) and f(scalar, data).
  Form scalar{};
  Form scalar_left{};
  Beyond beyond = Beyond::refused;
};

template <class O>
OpDefinition<O> define_form(const Form& form) {
  auto definition = define_op<O>(form.name);
  definition.aliases(form.aliases);
  if (!form.hint.empty()) definition.hint(form.hint);
  return definition;
}

/// Which types there are kernel functions for.
template <class Kernel>
constexpr Types types_of_kernel() {
  if constexpr (requires(Kernel kernel) { kernel.template operator()<bool>(); })
    return Types::any;
  else if constexpr (requires(Kernel kernel) { kernel.template operator()<int>(); })
    return Types::numbers;
  else
    return Types::real;
}

/// Calls f with the kernel functions for `dtype`, one of those types.
template <class Kernel, class F>
void with_kernel(Kernel kernel, DType dtype, F f) {
  dispatch(dtype, [&]<class T>() {
    if constexpr (requires { kernel.template operator()<T>(); }) {
      f.template operator()<T>(kernel.template operator()<T>());
    } else {
      fail("no kernel computes in ", dtype);
    }
  });
}

/// A derivative that is a function of dy alone, D(dy): the operands' elements need not be kept.
template <class D>
inline constexpr bool kOfHeadOnly = std::is_invocable_v<D, double>;

/// A derivative of numbers, or of arrays by operators: of a, b and dy, or of dy alone.
template <class Derivative, class A, class B, class Dy>
auto derivative_at(const Derivative& derivative, [[maybe_unused]] const A& a,
                   [[maybe_unused]] const B& b, const Dy& dy) {
  if constexpr (kOfHeadOnly<Derivative>) {
    return derivative(dy);
  } else {
    return derivative(a, b, dy);
  }
}

/// out = derivative(a, b, dy) at every element of the output.
template <class T, class Derivative>
void each_derivative(const GradientCall& call, Derivative derivative, T* out) {
  const Shape& shape = call.out_grad[0].shape;
  const T* dy = call.out_grad[0].as<T>();
  if constexpr (kOfHeadOnly<Derivative>) {
    std::transform(dy, dy + shape.size(), out, derivative);
  } else {
    const kernels::BroadcastPlan plan =
        kernels::plan_broadcast(call.in[0].shape, call.in[1].shape, shape);
    const std::int64_t inner = plan.inner();
    const auto last = static_cast<std::size_t>(plan.ndim - 1);
    kernels::BroadcastRow row(plan, 0);
    for (std::int64_t r = 0; r < plan.rows(); ++r, row.next()) {
      const T* a = call.in[0].as<T>() + row.a;
      const T* b = call.in[1].as<T>() + row.b;
      for (std::int64_t i = 0; i < inner; ++i) {
        out[r * inner + i] =
            derivative(a[i * plan.a_strides[last]], b[i * plan.b_strides[last]], dy[r * inner + i]);
      }
    }
  }
}

/// grad = derivative(a, b, dy), summed over what was broadcast. grad may be dy.
template <class T, class Derivative>
void operand_gradient(const GradientCall& call, Derivative derivative, const Tensor& grad) {
  const Shape& shape = call.out_grad[0].shape;
  if (shape.size() == 0) {
    std::fill_n(grad.as<T>(), grad.size(), T(0));
  } else if (grad.shape == shape) {
    each_derivative(call, derivative, grad.as<T>());
  } else {
    const Temporary<T> whole(shape.size());
    each_derivative(call, derivative, whole.data());
    kernels::sum_to_shape<T>(whole.data(), shape, grad.as<T>(), grad.shape);
  }
}

template <class Kernel, class Left, class Right>
void define_arrays(const Form& form, const std::string& doc, bool broadcast, Kernel kernel,
                   Left left, Right right, Fill fill) {
  const std::string& name = form.name;
  auto definition = define_form<NoOptions>(form);
  definition.doc(doc)
      .inputs({"lhs", "rhs"})
      .types(types_of_kernel<Kernel>())
      .row_wise()
      .in_place()
      .infer(broadcast ? +[](const NoOptions& /*options*/, Inference& s) {
        try {
          s.set_out(0, broadcast_shapes(s.in(0), s.in(1)));
        } catch (const Error& error) {
          s.expect(false, -1, error.what());
        }
      }
                       : +[](const NoOptions& /*options*/, Inference& s) {
                           s.set_in(1, s.in(0));
                           s.set_out(0, s.in(0));
                         })
      .forward([=](const NoOptions& /*options*/, const Call& call) {
        with_kernel(kernel, call.in[0].dtype, [&]<class T>(const auto& f) {
          f.broadcast(call.in[0].as<T>(), call.in[0].shape, call.in[1].as<T>(), call.in[1].shape,
                      call.out[0].as<T>(), call.out[0].shape);
        });
      })
      .sample({}, {{{3, 4}, fill}, {{3, 4}, fill}})
      .sample({}, {{{0, 4}, fill}, {{0, 4}, fill}});
  if (broadcast) {
    definition.sample({}, {{{3, 1, 4}, fill}, {{2, 1}, fill}})
        .sample({}, {{{0, 4}, fill}, {{1, 4}, fill}});
  }
  // A sum or a difference: wherever others divide by 0, it is finite.
  if (!broadcast && kOfHeadOnly<Left> && kOfHeadOnly<Right>) definition.elementwise();
  if constexpr (!std::is_same_v<Left, NoGradient>) {
    definition.backward(
        [=](const NoOptions& /*options*/, const GradientCall& call) {
          dispatch_real(call.out_grad[0].dtype, name.c_str(), [&]<class T>() {
            // The left one last: it may be written over dy.
            if (call.in_grad[1]) operand_gradient<T>(call, right, call.in_grad[1]);
            if (call.in_grad[0]) operand_gradient<T>(call, left, call.in_grad[0]);
          });
        },
        kOfHeadOnly<Left> && kOfHeadOnly<Right> ? Op::nothing : Op::inputs);
    definition.derivative([=](const NoOptions& /*options*/, const DerivativeCall& call) {
      const auto by = [&](const auto& formula, std::size_t i) {
        if (!call.wanted[i]) return NDArray();
        return derivative::sum_to(derivative_at(formula, call.in[0], call.in[1], call.out_grad[0]),
                                  call.in[i].shape());
      };
      return std::vector<NDArray>{by(left, 0), by(right, 1)};
    });
  }
}

/// The result's type: that of the array, or float64 where a fraction stands beside whole numbers.
inline DType type_beside(const ScalarOptions& o, DType dtype) {
  return o.is_int || is_floating(dtype) ? dtype : float64;
}

/// f(x), the elements of x first brought to the output's type, a real one, where that is another.
template <class F>
void in_output_type(const Call& call, F f) {
  const Tensor& x = call.in[0];
  if (call.out[0].dtype == x.dtype) return f(x);
  const Temporary<double> memory(x.size());
  dispatch(x.dtype, [&]<class T>() {
    const T* const elements = x.as<T>();
    for (std::int64_t i = 0; i < x.size(); ++i) {
      memory.data()[i] = static_cast<double>(elements[i]);
    }
  });
  f(Tensor{memory.data(), x.shape, float64});
}

template <class Kernel, class Derivative>
void define_scalar(const Form& form, const std::string& doc, bool scalar_first, Beyond beyond,
                   Kernel kernel, Derivative derivative, Fill fill) {
  const std::string& name = form.name;
  auto definition = define_form<ScalarOptions>(form);
  definition.doc(doc)
      .inputs({"data"})
      .nameless()
      .types(types_of_kernel<Kernel>())
      .row_wise()
      .field("scalar", &ScalarOptions::scalar, "The number.")
      .field("is_int", &ScalarOptions::is_int,
             "The number is a whole one, which leaves whole arrays whole.")
      .infer_types([](const ScalarOptions& o, auto in, auto out) {
        if (in[0]) out[0] = type_beside(o, *in[0]);
      })
      .in_place()
      .infer(+[](const ScalarOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); })
      .forward([=](const ScalarOptions& o, const Call& call) {
        in_output_type(call, [&](const Tensor& x) {
          with_kernel(kernel, x.dtype, [&]<class T>(const auto& f) {
            const auto run = scalar_first ? f.scalar_array : f.array_scalar;
            T* const y = call.out[0].as<T>();
            if (beyond == Beyond::compared && is_beyond<T>(o.scalar)) {
              const auto& wide = kernel.template operator()<double>();
              return compare_in_float64(x.as<T>(), o.scalar, y, x.size(),
                                        scalar_first ? wide.scalar_array : wide.array_scalar);
            }
            run(x.as<T>(), number_as<T>(o.scalar, beyond, name), y, x.size());
          });
        });
      })
      .sample({.scalar = 1.5}, {{{3, 4}, fill}})
      .sample({.scalar = 1.5}, {{{0, 4}, fill}});
  if (form.multiplies) definition.factor(&ScalarOptions::scalar);
  if (form.multiplies || kOfHeadOnly<Derivative>) definition.elementwise();
  if constexpr (!std::is_same_v<Derivative, NoGradient>) {
    definition.backward(
        [=]([[maybe_unused]] const ScalarOptions& o, const GradientCall& call) {
          dispatch_real(call.out_grad[0].dtype, name.c_str(), [&]<class T>() {
            const T* dy = call.out_grad[0].as<T>();
            T* dx = call.in_grad[0].as<T>();
            const std::int64_t n = call.in_grad[0].size();
            if constexpr (kOfHeadOnly<Derivative>) {
              std::transform(dy, dy + n, dx, derivative);
            } else {
              const T* x = call.in[0].as<T>();
              const T scalar = static_cast<T>(o.scalar);
              for (std::int64_t i = 0; i < n; ++i) {
                dx[i] = scalar_first ? derivative(scalar, x[i], dy[i])
                                     : derivative(x[i], scalar, dy[i]);
              }
            }
          });
        },
        kOfHeadOnly<Derivative> ? Op::nothing : Op::inputs);
    definition.derivative([=](const ScalarOptions& o, const DerivativeCall& call) {
      const NDArray& x = call.in[0];
      const NDArray& dy = call.out_grad[0];
      return std::vector<NDArray>{scalar_first ? derivative_at(derivative, o.scalar, x, dy)
                                               : derivative_at(derivative, x, o.scalar, dy)};
    });
  }
}

/// Defines a function of two numbers in all its forms. `left` and `right` are its derivatives by
/// either operand, times dy: T(T a, T b, T dy), or T(T dy) where the operands do not matter. They
/// are formulas for numbers and for arrays, of which one of a and b may be a number.
template <class Kernel, class Left = NoGradient, class Right = NoGradient>
bool define(const Forms& forms, const std::string& doc, Kernel kernel, Fill fill, Left left = {},
            Right right = {}) {
  define_arrays(forms.broadcast, doc + ", broadcast.", true, kernel, left, right, fill);
  if (!forms.elemwise.name.empty()) {
    define_arrays(forms.elemwise, doc + ", of one shape.", false, kernel, left, right, fill);
  }
  if (!forms.scalar.name.empty()) {
    define_scalar(forms.scalar, doc + ".", false, forms.beyond, kernel, left, fill);
  }
  if (!forms.scalar_left.name.empty()) {
    define_scalar(forms.scalar_left, doc + ", the number first.", true, forms.beyond, kernel, right,
                  fill);
  }
  return true;
}

}  // namespace gluino::binary_definition
