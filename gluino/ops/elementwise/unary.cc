#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/elementwise/unary_functions-inl.h>

#include <algorithm>
#include <numbers>

namespace gluino {
namespace {

// Ranges of the table: away from poles and kinks.
namespace range {
constexpr Fill any{Fill::Kind::uniform, -2, 2};
constexpr Fill positive{Fill::Kind::uniform, 0.5, 3};
constexpr Fill beyond_one{Fill::Kind::uniform, 1.3, 3};
constexpr Fill inside_one{Fill::Kind::uniform, -0.9, 0.9};
constexpr Fill away_from_zero{Fill::Kind::distinct, -2, 2};
}  // namespace range

// What the table's derivatives are made of.
using namespace ops;
constexpr double kTwoOverSqrtPi = 1.1283791670955126;
constexpr double kLn2 = std::numbers::ln2;
constexpr double kLn10 = std::numbers::ln10;
constexpr double kDegrees = 180 / std::numbers::pi;
constexpr double kRadians = std::numbers::pi / 180;

using Kind = UnaryFunction::Kind;

// What the table's functions are of whole numbers, which wrap around as those of arithmetic do.
namespace whole {
struct Nothing {};
constexpr Nothing none;
constexpr auto itself = [](auto x) { return x; };
constexpr auto is_zero = [](auto x) { return x == 0 ? 1 : 0; };
constexpr auto above_zero = [](auto x) { return std::max(x, decltype(x)(0)); };
constexpr auto negated = [](auto x) { return std::uint64_t(0) - static_cast<std::uint64_t>(x); };
// Without jumps and comparisons, of which 64 bits have none in the baseline's vectors: the highest
// bit says what is below 0.
template <class T>
using Bits = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
template <class U>
constexpr U highest(U x) {
  return x >> (8 * sizeof(U) - 1);
}
// The bits are turned and 1 is added where x is below 0.
constexpr auto magnitude = [](auto x) {
  const auto bits = static_cast<Bits<decltype(x)>>(x);
  const auto below = 0 - highest(bits);
  return (bits ^ below) - below;
};
constexpr auto sign_of = [](auto x) {
  const auto bits = static_cast<Bits<decltype(x)>>(x);
  return (0 - highest(bits)) | highest(0 - bits);
};
constexpr auto squared = [](auto x) {
  return static_cast<std::uint64_t>(x) * static_cast<std::uint64_t>(x);
};
}  // namespace whole

template <class F>
constexpr UnaryFunction::WholeLoop whole_loop(F /*function*/) {
  if constexpr (std::is_same_v<F, whole::Nothing>) {
    return nullptr;
  } else {
    return [](const Tensor& x, const Tensor& y) {
      dispatch_numbers(x.dtype, [&]<class T>() {
        parallel_for(x.size(), kernels::kCopyGrain, [&](std::int64_t begin, std::int64_t end) {
          std::transform(x.as<T>() + begin, x.as<T>() + end, y.as<T>() + begin,
                         [](T value) { return static_cast<T>(F()(value)); });
        });
      });
    };
  }
}

void infer(const NoOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

void define_operator(const UnaryFunction& function) {
  auto definition = define_op(function.name);
  definition.doc(function.doc)
      .inputs({"data"})
      .nameless()
      .row_wise()
      .in_place()
      .infer(infer)
      .types(function.whole == nullptr ? Types::real : Types::numbers)
      .forward([&function](const NoOptions& /*options*/, const Call& call) {
        if (!is_floating(call.in[0].dtype)) return function.whole(call.in[0], call.out[0]);
        dispatch_real(call.in[0].dtype, function.name, [&]<class T>() {
          function.kernel<T>().forward(call.in[0].as<T>(), call.out[0].as<T>(), call.in[0].size());
        });
      })
      .sample({}, {{{3, 7}, function.range}})
      .sample({}, {{{0, 3}, function.range}});
  if (function.is_activation()) definition.elementwise().activation(function.name);
  if (function.kind == Kind::steps) return;
  if (function.reads() == unsigned{Op::nothing}) {
    // A slope that reads nothing is a number.
    definition.factor([&function](const NoOptions& /*options*/) {
      const double one = 1;
      double slope = 0;
      function.f64.forward(&one, &slope, 1);
      return slope;
    });
  }
  definition.backward(
      [&function](const NoOptions& /*options*/, const GradientCall& call) {
        dispatch_real(call.out_grad[0].dtype, function.name, [&]<class T>() {
          function.kernel<T>().gradient(call.in[0].as<T>(), call.out[0].as<T>(),
                                        call.out_grad[0].as<T>(), call.in_grad[0].as<T>(),
                                        call.in_grad[0].size());
        });
      },
      function.reads());
  if (function.kind == Kind::once) return;
  definition.derivative([&function](const NoOptions& /*options*/, const DerivativeCall& call) {
    return std::vector<NDArray>{function.derivative(call.in[0], call.out[0], call.out_grad[0])};
  });
}

[[maybe_unused]] const bool defined = [] {
  for (const UnaryFunction& function : unary_functions()) {
    if (function.is_operator()) define_operator(function);
  }
  return true;
}();

}  // namespace

unsigned UnaryFunction::reads() const {
  return (f32.gradient_reads_x ? Op::inputs : Op::nothing) |
         (f32.gradient_reads_y ? Op::outputs : Op::nothing);
}

std::span<const UnaryFunction> unary_functions() {
#define GLUINO_ENTRY(function, kind, reads, range_of, of_whole, description, value, slope,       \
                     expression)                                                                 \
  {#function,                                                                                    \
   description,                                                                                  \
   Kind::kind,                                                                                   \
   range::range_of,                                                                              \
   whole_loop(whole::of_whole),                                                                  \
   kernels::unary::function<float>(),                                                            \
   kernels::unary::function<double>(),                                                           \
   []([[maybe_unused]] const NDArray& x, [[maybe_unused]] const NDArray& y, const NDArray& dy) { \
     return expression;                                                                          \
   }},
  static const UnaryFunction functions[] = {GLUINO_UNARY_TABLE(GLUINO_ENTRY)};
#undef GLUINO_ENTRY
  return functions;
}

const UnaryFunction& activation_function(std::string_view act_type) {
  for (const UnaryFunction& function : unary_functions()) {
    const bool named = function.is_activation() || function.kind == Kind::fused;
    if (named && function.name == act_type) return function;
  }
  fail("there is no act_type \"", act_type, "\"");
}

}  // namespace gluino
