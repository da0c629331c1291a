#include <gluino/ops/elementwise/binary_definition-inl.h>
#include <gluino/ops/elementwise/unary.h>

#include <cmath>

namespace gluino {
namespace {

using namespace binary_definition;

// Functions that the derivatives' formulas are made of, of numbers and of arrays.
using ops::floor;
using ops::log;
using ops::sqrt;
using std::floor;
using std::log;
using std::sqrt;

template <std::floating_point T>
T hypotenuse(T a, T b) {
  return std::hypot(a, b);
}
template <class A, class B>
NDArray hypotenuse(const A& a, const B& b) {
  return sqrt(a * a + b * b);
}

template <std::floating_point T>
T to_the_power(T a, T b) {
  return std::pow(a, b);
}
template <class A, class B>
NDArray to_the_power(const A& a, const B& b) {
  return ops::power(a, b);
}

// Where a >= b.
template <class T>
auto at_least(const T& a, const T& b) {
  return a >= b;
}
NDArray at_least(const NDArray& a, double b) { return a >= b; }
NDArray at_least(double a, const NDArray& b) { return b <= a; }

// dy where the condition holds (does not hold), else 0.
template <std::floating_point T>
T where(bool condition, T dy) {
  return condition ? dy : T(0);
}
NDArray where(const NDArray& condition, const NDArray& dy) {
  return derivative::where(condition, dy);
}
template <std::floating_point T>
T unless(bool condition, T dy) {
  return condition ? T(0) : dy;
}
NDArray unless(const NDArray& condition, const NDArray& dy) {
  return derivative::where(1 - condition, dy);
}

template <class T>
concept Real = std::is_same_v<T, float> || std::is_same_v<T, double>;
template <class T>
concept Arithmetic =
    Real<T> || std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::int8_t>;

#define GLUINO_KERNEL(Types, function) \
  []<Types T>() -> const auto& { return kernels::binary::function<T>(); }

[[maybe_unused]] const bool add = define(
    {.broadcast = {"broadcast_add", {"broadcast_plus"}},
     .elemwise = {"elemwise_add", {"_plus", "_Plus", "_add"}, "_plus"},
     .scalar = {"_plus_scalar", {"_PlusScalar"}, "_plusscalar"},
     .beyond = Beyond::wraps},
    "a + b", GLUINO_KERNEL(Arithmetic, add), kAny, [](const auto& dy) { return dy; },
    [](const auto& dy) { return dy; });

[[maybe_unused]] const bool sub = define(
    {.broadcast = {"broadcast_sub", {"broadcast_minus"}},
     .elemwise = {"elemwise_sub", {"_minus", "_Minus", "_sub"}, "_minus"},
     .scalar = {"_minus_scalar", {"_MinusScalar"}, "_minusscalar"},
     .scalar_left = {"_rminus_scalar", {"_RMinusScalar"}, "_rminusscalar"},
     .beyond = Beyond::wraps},
    "a - b", GLUINO_KERNEL(Arithmetic, subtract), kAny, [](const auto& dy) { return dy; },
    [](const auto& dy) { return -dy; });

[[maybe_unused]] const bool mul = define(
    {.broadcast = {"broadcast_mul"},
     .elemwise = {"elemwise_mul", {"_mul", "_Mul"}, "_mul"},
     .scalar = {"_mul_scalar", {"_MulScalar"}, "_mulscalar", true},
     .beyond = Beyond::wraps},
    "a * b", GLUINO_KERNEL(Arithmetic, multiply), kAny,
    [](const auto& /*a*/, const auto& b, const auto& dy) { return dy * b; },
    [](const auto& a, const auto& /*b*/, const auto& dy) { return dy * a; });

[[maybe_unused]] const bool div = define(
    {.broadcast = {"broadcast_div"},
     .elemwise = {"elemwise_div", {"_div", "_Div"}, "_div"},
     .scalar = {"_div_scalar", {"_DivScalar"}, "_divscalar"},
     .scalar_left = {"_rdiv_scalar", {"_RDivScalar"}, "_rdivscalar"}},
    "a / b", GLUINO_KERNEL(Arithmetic, divide), kPositive,
    [](const auto& /*a*/, const auto& b, const auto& dy) { return dy / b; },
    [](const auto& a, const auto& b, const auto& dy) { return -(dy / b) * (a / b); });

[[maybe_unused]] const bool mod = define(
    {.broadcast = {"broadcast_mod"},
     .elemwise = {"_mod", {"_Mod"}},
     .scalar = {"_mod_scalar", {"_ModScalar"}, "_modscalar"},
     .scalar_left = {"_rmod_scalar", {"_RModScalar"}, "_rmodscalar"}},
    "The remainder of a / b, signed as b", GLUINO_KERNEL(Arithmetic, mod), kPositive,
    [](const auto& /*a*/, const auto& /*b*/, const auto& dy) { return dy; },
    [](const auto& a, const auto& b, const auto& dy) { return -dy * floor(a / b); });

[[maybe_unused]] const bool power = define(
    {.broadcast = {"broadcast_power"},
     .elemwise = {"_power", {"_Power"}},
     .scalar = {"_power_scalar", {"_PowerScalar"}, "_powerscalar"},
     .scalar_left = {"_rpower_scalar", {"_RPowerScalar"}}},
    "a to the power b", GLUINO_KERNEL(Arithmetic, power), kPositive,
    [](const auto& a, const auto& b, const auto& dy) { return dy * b * to_the_power(a, b - 1); },
    [](const auto& a, const auto& b, const auto& dy) { return dy * to_the_power(a, b) * log(a); });

// Of two equal numbers, the first gets the gradient.
[[maybe_unused]] const bool maximum = define(
    {.broadcast = {"broadcast_maximum"},
     .elemwise = {"_maximum", {"_Maximum"}},
     .scalar = {"_maximum_scalar", {"_MaximumScalar"}, "_maximumscalar"}},
    "The larger of a and b", GLUINO_KERNEL(Arithmetic, maximum), kDistinct,
    [](const auto& a, const auto& b, const auto& dy) { return where(at_least(a, b), dy); },
    [](const auto& a, const auto& b, const auto& dy) { return unless(at_least(a, b), dy); });

[[maybe_unused]] const bool minimum = define(
    {.broadcast = {"broadcast_minimum"},
     .elemwise = {"_minimum", {"_Minimum"}},
     .scalar = {"_minimum_scalar", {"_MinimumScalar"}, "_minimumscalar"}},
    "The smaller of a and b", GLUINO_KERNEL(Arithmetic, minimum), kDistinct,
    [](const auto& a, const auto& b, const auto& dy) { return where(at_least(b, a), dy); },
    [](const auto& a, const auto& b, const auto& dy) { return unless(at_least(b, a), dy); });

[[maybe_unused]] const bool hypot = define(
    {.broadcast = {"broadcast_hypot"},
     .elemwise = {"_hypot", {"_Hypot"}},
     .scalar = {"_hypot_scalar", {"_HypotScalar"}, "_hypotscalar"}},
    "sqrt(a^2 + b^2)", GLUINO_KERNEL(Real, hypot), kPositive,
    [](const auto& a, const auto& b, const auto& dy) { return dy * (a / hypotenuse(a, b)); },
    [](const auto& a, const auto& b, const auto& dy) { return dy * (b / hypotenuse(a, b)); });

}  // namespace
}  // namespace gluino
