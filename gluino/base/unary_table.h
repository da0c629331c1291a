#pragma once

/// The functions of one number: an entry here is all that it takes to add one. The kernels
/// (unary.cc), the operators and their derivatives (ops/elementwise/unary.cc), the calls
/// (ops/elementwise/unary.h) and the functions of Activation are made from it.
///
/// X(name, kind, reads, range, whole, description, value, slope, derivative):
///   kind         activation: an operator, and an act_type of Activation; act_type: that alone;
///                fused: what another operator with some options computes, for fused operators;
///                function: an operator; once: an operator with a gradient but no derivative;
///                steps: an operator without a gradient, as MXNet's are
///   reads        what slope and derivative read of x, y = f(x): x, y, x_and_y or nothing
///   range        where tests draw x: any, positive, beyond_one, inside_one, away_from_zero
///   whole        f(x) of whole numbers (ops/elementwise/unary.cc), or none
///   value        f(x), and
///   slope        dy * f'(x), as vectors of Highway, with the tag d and `one`; LIBM(function) calls
///                a function for one number for each element
///   derivative   dy * f'(x), as arrays
// clang-format off
#define GLUINO_UNARY_TABLE(X)                                                                      \
  X(relu, activation, y, away_from_zero, above_zero, "max(x, 0).",                                 \
    hn::IfThenElse(hn::Le(x, hn::Zero(d)), hn::Zero(d), x), relu_slope(d, y, dy),                  \
    derivative::where(y > 0, dy))                                                                  \
  X(sigmoid, activation, y, any, none, "1 / (1 + exp(-x)).",                                       \
    vector_sigmoid(d, x), hn::Mul(dy, hn::Mul(y, hn::Sub(one, y))), dy * (y * (1 - y)))            \
  X(tanh, activation, y, any, none, "The hyperbolic tangent.",                                     \
    vector_tanh(d, x), hn::Mul(dy, hn::NegMulAdd(y, y, one)), dy * (1 - y * y))                    \
  X(softrelu, act_type, x, any, none, "log(1 + exp(x)).",                                          \
    vector_softrelu(d, x), hn::Mul(dy, vector_sigmoid(d, x)), dy * sigmoid(x))                     \
  X(softsign, activation, x, away_from_zero, none, "x / (1 + |x|).",                               \
    hn::Div(x, hn::Add(one, hn::Abs(x))),                                                          \
    hn::Div(hn::Div(dy, hn::Add(one, hn::Abs(x))), hn::Add(one, hn::Abs(x))),                      \
    dy / square(1 + abs(x)))                                                                       \
  X(log_sigmoid, activation, x, any, none, "log(sigmoid(x)).",                                     \
    hn::Neg(vector_softrelu(d, hn::Neg(x))), hn::Mul(dy, vector_sigmoid(d, hn::Neg(x))),           \
    dy * sigmoid(-x))                                                                              \
  X(mish, activation, x, any, none, "x * tanh(log(1 + exp(x))) (Misra, 2019).",                    \
    hn::Mul(x, tanh_softrelu(d, x)), hn::Mul(dy, mish_slope(d, x)),                                \
    dy * (tanh(softrelu(x)) + x * sigmoid(x) * (1 - square(tanh(softrelu(x))))))                   \
  X(relu6, fused, x, any, none, "clip(x, 0, 6).",                                                  \
    vector_relu6(d, x), relu6_slope(d, x, dy), derivative::where((x >= 0) * (x <= 6), dy))         \
  X(exp, function, y, any, none, "e to the power x.", vector_exp(d, x), hn::Mul(dy, y), dy * y)    \
  X(log, function, x, positive, none, "The natural logarithm.",                                    \
    vector_log(d, x), hn::Div(dy, x), dy / x)                                                      \
  X(log1p, function, x, positive, none, "log(1 + x), exact for small x.",                          \
    vector_log1p(d, x), hn::Div(dy, hn::Add(one, x)), dy / (1 + x))                                \
  X(expm1, function, y, any, none, "exp(x) - 1, exact for small x.",                               \
    vector_expm1(d, x), hn::Mul(dy, hn::Add(y, one)), dy * (y + 1))                                \
  X(log2, function, x, positive, none, "The logarithm to the base 2.",                             \
    vector_log2(d, x), hn::Div(dy, hn::Mul(x, constant(d, kLn2))), dy / (x * kLn2))                  \
  X(log10, function, x, positive, none, "The logarithm to the base 10.",                           \
    vector_log10(d, x), hn::Div(dy, hn::Mul(x, constant(d, kLn10))), dy / (x * kLn10))               \
  X(sqrt, function, y, positive, none, "The square root.",                                         \
    hn::Sqrt(x), hn::Div(hn::Mul(dy, constant(d, 0.5)), y), dy * 0.5 / y)                          \
  X(rsqrt, function, y, positive, none, "1 / sqrt(x).",                                            \
    hn::Div(one, hn::Sqrt(x)),                                                                     \
    hn::Mul(hn::Mul(hn::Mul(hn::Mul(dy, constant(d, -0.5)), y), y), y), dy * -0.5 * y * y * y)     \
  X(cbrt, function, y, away_from_zero, none, "The cube root.",                                     \
    vector_cbrt(d, x), hn::Div(dy, hn::Mul(constant(d, 3.0), hn::Mul(y, y))), dy / (3 * y * y))      \
  X(rcbrt, function, y, away_from_zero, none, "1 / cbrt(x).", hn::Div(one, vector_cbrt(d, x)),       \
    hn::Mul(hn::Div(dy, constant(d, -3.0)), hn::Mul(hn::Mul(y, y), hn::Mul(y, y))),                \
    dy / -3.0 * square(square(y)))                                                                 \
  X(square, function, x, any, squared, "x * x.", hn::Mul(x, x), hn::Mul(dy, hn::Add(x, x)), dy * (x + x)) \
  X(abs, function, x, away_from_zero, magnitude, "The magnitude.",                                 \
    hn::Abs(x), hn::Mul(dy, vector_sign(d, x)), dy * sign(x))                                      \
  X(negative, function, nothing, any, negated, "-x.", hn::Neg(x), hn::Neg(dy), -dy)                \
  X(reciprocal, function, y, positive, none, "1 / x.",                                             \
    hn::Div(one, x), hn::Neg(hn::Mul(hn::Mul(dy, y), y)), -(dy * y * y))                           \
  X(sin, function, x, any, none, "The sine of x in radians.",                                      \
    vector_sin(d, x), hn::Mul(dy, vector_cos(d, x)), dy * cos(x))                                  \
  X(cos, function, x, any, none, "The cosine of x in radians.",                                    \
    vector_cos(d, x), hn::Neg(hn::Mul(dy, vector_sin(d, x))), -(dy * sin(x)))                      \
  X(tan, function, y, inside_one, none, "The tangent of x in radians.",                            \
    vector_tan(d, x), hn::Mul(dy, hn::MulAdd(y, y, one)), dy * (1 + y * y))                          \
  X(arcsin, function, x, inside_one, none, "The inverse of the sine, in radians.",                 \
    vector_asin(d, x), hn::Div(dy, hn::Sqrt(hn::NegMulAdd(x, x, one))), dy / sqrt(1 - x * x))        \
  X(arccos, function, x, inside_one, none, "The inverse of the cosine, in radians.",               \
    vector_acos(d, x), hn::Neg(hn::Div(dy, hn::Sqrt(hn::NegMulAdd(x, x, one)))),                     \
    -(dy / sqrt(1 - x * x)))                                                                       \
  X(arctan, function, x, any, none, "The inverse of the tangent, in radians.",                     \
    vector_atan(d, x), hn::Div(dy, hn::MulAdd(x, x, one)), dy / (1 + x * x))                         \
  X(sinh, function, x, any, none, "The hyperbolic sine.",                                          \
    vector_sinh(d, x), hn::Mul(dy, vector_cosh(d, x)), dy * cosh(x))                                   \
  X(cosh, function, x, any, none, "The hyperbolic cosine.",                                        \
    vector_cosh(d, x), hn::Mul(dy, vector_sinh(d, x)), dy * sinh(x))                                   \
  X(arcsinh, function, x, any, none, "The inverse of the hyperbolic sine.",                        \
    vector_asinh(d, x), hn::Div(dy, hn::Sqrt(hn::MulAdd(x, x, one))), dy / sqrt(x * x + 1))          \
  X(arccosh, function, x, beyond_one, none, "The inverse of the hyperbolic cosine.",               \
    vector_acosh(d, x), hn::Div(dy, hn::Sqrt(hn::MulSub(x, x, one))), dy / sqrt(x * x - 1))          \
  X(arctanh, function, x, inside_one, none, "The inverse of the hyperbolic tangent.",              \
    vector_atanh(d, x), hn::Div(dy, hn::NegMulAdd(x, x, one)), dy / (1 - x * x))                     \
  X(degrees, function, nothing, any, none, "Radians as degrees.",                                  \
    hn::Mul(x, constant(d, kDegrees)), hn::Mul(dy, constant(d, kDegrees)), dy * kDegrees)          \
  X(radians, function, nothing, any, none, "Degrees as radians.",                                  \
    hn::Mul(x, constant(d, kRadians)), hn::Mul(dy, constant(d, kRadians)), dy * kRadians)          \
  X(erf, function, x, any, none, "The error function.", vector_erf(d, x),                          \
    hn::Mul(hn::Mul(dy, constant(d, kTwoOverSqrtPi)), vector_exp(d, hn::Neg(hn::Mul(x, x)))),      \
    dy * kTwoOverSqrtPi * exp(-square(x)))                                                         \
  X(erfinv, function, y, inside_one, none, "The inverse of the error function.", LIBM(inverse_erf), \
    hn::Mul(hn::Div(dy, constant(d, kTwoOverSqrtPi)), vector_exp(d, hn::Mul(y, y))),               \
    dy / kTwoOverSqrtPi * exp(square(y)))                                                          \
  X(gamma, function, x_and_y, positive, none, "The gamma function.",                               \
    LIBM(std::tgamma), hn::Mul(hn::Mul(dy, y), LIBM(digamma_of)), dy * y * digamma(x))             \
  X(gammaln, function, x, positive, none, "The logarithm of the magnitude of the gamma function.", \
    LIBM(log_gamma), hn::Mul(dy, LIBM(digamma_of)), dy * digamma(x))                               \
  X(digamma, once, x, positive, none, "The derivative of gammaln.",                                \
    LIBM(digamma_of), hn::Mul(dy, LIBM(trigamma_of)), dy)                                          \
  X(sign, steps, nothing, away_from_zero, sign_of, "-1, 0 or 1.", vector_sign(d, x), hn::Zero(d), dy) \
  X(floor, steps, nothing, away_from_zero, itself, "The largest whole number not above x.",        \
    hn::Floor(x), hn::Zero(d), dy)                                                                 \
  X(ceil, steps, nothing, away_from_zero, itself, "The smallest whole number not below x.",        \
    hn::Ceil(x), hn::Zero(d), dy)                                                                  \
  X(round, steps, nothing, away_from_zero, itself, "The nearest whole number, halves away from zero.", \
    round_half_away(d, x), hn::Zero(d), dy)                                                        \
  X(rint, steps, nothing, away_from_zero, itself, "The nearest whole number, halves downwards, as MXNet's.", \
    round_half_down(d, x), hn::Zero(d), dy)                                                        \
  X(round_half_to_even, steps, nothing, away_from_zero, itself,                                    \
    "The nearest whole number, halves to even, as NumPy's rint.", hn::Round(x), hn::Zero(d), dy)   \
  X(trunc, steps, nothing, away_from_zero, itself, "The whole part, towards zero.",                \
    hn::Trunc(x), hn::Zero(d), dy)                                                                 \
  X(fix, steps, nothing, away_from_zero, itself, "The whole part, towards zero.",                  \
    hn::Trunc(x), hn::Zero(d), dy)                                                                 \
  X(logical_not, steps, nothing, away_from_zero, is_zero, "1 where x is 0, else 0.",               \
    hn::IfThenElseZero(hn::Eq(x, hn::Zero(d)), one), hn::Zero(d), dy)
// clang-format on
