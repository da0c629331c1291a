#include <gluino/ops/binary_definition-inl.h>

#include <cmath>

namespace gluino {
namespace {

using namespace binary_definition;

template <class T>
concept Real = std::is_same_v<T, float> || std::is_same_v<T, double>;
template <class T>
concept Arithmetic =
    Real<T> || std::is_same_v<T, std::int32_t> || std::is_same_v<T, std::int64_t> ||
    std::is_same_v<T, std::uint8_t> || std::is_same_v<T, std::int8_t>;

#define GLUINO_KERNEL(Types, function) \
  []<Types T>() -> const auto& { return kernels::binary::function<T>(); }

[[maybe_unused]] const bool add = define(
    {"broadcast_add", "elemwise_add", "_plus_scalar"}, "a + b", GLUINO_KERNEL(Arithmetic, add),
    kAny, [](auto dy) { return dy; }, [](auto dy) { return dy; });

[[maybe_unused]] const bool sub = define(
    {"broadcast_sub", "elemwise_sub", "_minus_scalar", "_rminus_scalar"}, "a - b",
    GLUINO_KERNEL(Arithmetic, subtract), kAny, [](auto dy) { return dy; },
    [](auto dy) { return -dy; });

[[maybe_unused]] const bool mul = define(
    {"broadcast_mul", "elemwise_mul", "_mul_scalar"}, "a * b", GLUINO_KERNEL(Arithmetic, multiply),
    kAny, [](auto /*a*/, auto b, auto dy) { return dy * b; },
    [](auto a, auto /*b*/, auto dy) { return dy * a; });

[[maybe_unused]] const bool div = define(
    {"broadcast_div", "elemwise_div", "_div_scalar", "_rdiv_scalar"}, "a / b",
    GLUINO_KERNEL(Real, divide), kPositive, [](auto /*a*/, auto b, auto dy) { return dy / b; },
    [](auto a, auto b, auto dy) { return -dy * a / (b * b); });

[[maybe_unused]] const bool mod = define(
    {"broadcast_mod", "_mod", "_mod_scalar", "_rmod_scalar"}, "The remainder of a / b, signed as b",
    GLUINO_KERNEL(Real, mod), kPositive, [](auto /*a*/, auto /*b*/, auto dy) { return dy; },
    [](auto a, auto b, auto dy) { return -dy * std::floor(a / b); });

[[maybe_unused]] const bool power = define(
    {"broadcast_power", "_power", "_power_scalar", "_rpower_scalar"}, "a to the power b",
    GLUINO_KERNEL(Real, power), kPositive,
    [](auto a, auto b, auto dy) { return dy * b * std::pow(a, b - 1); },
    [](auto a, auto b, auto dy) { return dy * std::pow(a, b) * std::log(a); });

// Of two equal numbers, the first gets the gradient.
[[maybe_unused]] const bool maximum = define(
    {"broadcast_maximum", "_maximum", "_maximum_scalar"}, "The larger of a and b",
    GLUINO_KERNEL(Arithmetic, maximum), kDistinct,
    [](auto a, auto b, auto dy) { return a >= b ? dy : decltype(dy){}; },
    [](auto a, auto b, auto dy) { return a >= b ? decltype(dy){} : dy; });

[[maybe_unused]] const bool minimum = define(
    {"broadcast_minimum", "_minimum", "_minimum_scalar"}, "The smaller of a and b",
    GLUINO_KERNEL(Arithmetic, minimum), kDistinct,
    [](auto a, auto b, auto dy) { return a <= b ? dy : decltype(dy){}; },
    [](auto a, auto b, auto dy) { return a <= b ? decltype(dy){} : dy; });

[[maybe_unused]] const bool hypot = define(
    {"broadcast_hypot", "_hypot", "_hypot_scalar"}, "sqrt(a^2 + b^2)", GLUINO_KERNEL(Real, hypot),
    kPositive, [](auto a, auto b, auto dy) { return dy * a / std::hypot(a, b); },
    [](auto a, auto b, auto dy) { return dy * b / std::hypot(a, b); });

}  // namespace
}  // namespace gluino
