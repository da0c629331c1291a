#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/numpy/numbers-inl.h>

#include <cmath>
#include <limits>

/// NumPy's functions of two arrays, or of an array and a number, which are brought to one type.
namespace gluino {
namespace {

using namespace numpy;

// What an operator computes in and gives, for operands that together are of a type.
// `numbers` have no bool: NumPy does not subtract truths.
enum class Result { same, numbers, real, whole };

DType type_of_result(Result result, DType together) {
  return result == Result::real ? real_type(together) : together;
}

// A fraction beside whole numbers is computed with in float64, but for quotients, as in MXNet.
DType type_with_number(Result result, const NumberOptions& o, DType dtype) {
  if (is_floating(dtype)) return dtype;
  if (result == Result::real) return float32;
  if (!o.is_int) return result == Result::whole ? dtype : float64;
  return dtype == boolean ? int64 : dtype;
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};

using Function = NDArray (*)(const NDArray&, const NDArray&);

struct Entry {
  const char* name;
  const char* doc;
  Function f;
  /// What f is of truths; else they are counted.
  const char* of_truths = nullptr;
  Result result = Result::same;
  bool has_gradient = true;
  Fill fill = kPositive;
  bool arrays = true;
  bool number_first = false;
};

NDArray by_name(const char* name, const NDArray& a, const NDArray& b) {
  const NoOptions none;
  const NDArray in[] = {a, b};
  return apply(Op::get<NoOptions>(name), &none, in);
}

// f of operands of one type; truths that are counted are truths again.
NDArray computed(const Entry& e, const NDArray& a, const NDArray& b) {
  if (a.dtype() != boolean || e.result == Result::whole) return e.f(a, b);
  return e.of_truths ? by_name(e.of_truths, a, b) : as(e.f(as(a, int8), as(b, int8)), boolean);
}

template <class O, class F>
OpDefinition<O> define_with(const std::string& name, bool has_gradient, F f) {
  return has_gradient ? formula::define<O>(name, f) : formula::define_without_gradient<O>(name, f);
}

void define_arrays(const std::string& name, const Entry& e) {
  const Result result = e.result;
  const Fill fill = e.fill;
  define_with<NoOptions>(name, e.has_gradient,
                         [&e](const NoOptions& /*options*/, In in) {
                           Arrays both = together(in);
                           if (e.result == Result::real) both = {real(both[0]), real(both[1])};
                           return computed(e, both[0], both[1]);
                         })
      .doc(str(e.doc, ", broadcast."))
      .inputs({"lhs", "rhs"})
      .types(result == Result::numbers ? Types::numbers : Types::any)
      .row_wise()
      .infer_types([=](const NoOptions& /*options*/, auto in, auto out) {
        if (in[0] && in[1]) out[0] = type_of_result(result, *promoted(in));
      })
      .sample({}, {{{3, 1, 4}, fill}, {{2, 1}, fill}})
      .sample({}, {{{3, 4}, fill}, {{}, fill}})
      .sample({}, {{{0, 4}, fill}, {{1, 4}, fill}});
}

void define_number(const std::string& name, const Entry& e, bool number_first) {
  const Result result = e.result;
  const Fill fill = e.fill;
  const auto compute = [&e, number_first](const NumberOptions& o, In in) {
    const NDArray x = as(in[0], type_with_number(e.result, o, in[0].dtype()));
    const NDArray number = filled({}, o.scalar, x.dtype(), x.context());
    return number_first ? computed(e, number, x) : computed(e, x, number);
  };
  auto definition = define_with<NumberOptions>(name, e.has_gradient, compute);
  definition.doc(str(e.doc, number_first ? ", the number first." : ", of an array and a number."))
      .inputs({"data"})
      .nameless()
      .types(result == Result::numbers ? Types::numbers : Types::any)
      .row_wise()
      .field("scalar", &NumberOptions::scalar, "The number.")
      .field("is_int", &NumberOptions::is_int, "The number is whole, and so whole arrays stay.")
      .infer_types([=](const NumberOptions& o, auto in, auto out) {
        if (in[0]) out[0] = type_of_result(result, type_with_number(result, o, *in[0]));
      });
  if (result == Result::whole) return;
  definition.sample({.scalar = 1.5, .is_int = false}, {{{3, 4}, fill}})
      .sample({.scalar = 2}, {{{}, fill}})
      .sample({.scalar = 2}, {{{0, 4}, fill}});
}

// a - a mod b is a multiple of b. A quotient of real numbers may be rounded up to the next whole
// one: 2 // 0.1 is 19.
NDArray floor_divided(const NDArray& a, const NDArray& b) {
  if (!is_floating(a.dtype())) return by_name("_floor_divide", a, b);
  const NDArray rest = by_name("broadcast_mod", a, b);
  const NDArray whole = ops::rint((a - rest) / b);
  // The rest is infinite where an infinite number divides one of the other sign.
  return ops::where(ops::abs(rest) == std::numeric_limits<double>::infinity(),
                    filled(whole.shape(), -1, whole.dtype(), whole.context()), whole);
}

// By `real`, which chooses a number beside NaN; whole numbers have none.
NDArray chosen(const char* real, const char* whole, const NDArray& a, const NDArray& b) {
  return by_name(is_floating(a.dtype()) ? real : whole, a, b);
}

#define GLUINO_NAMED(name) [](const NDArray& a, const NDArray& b) { return by_name(name, a, b); }

// One of whole numbers beside a number; bits.cc has that of arrays.
constexpr Entry of_whole(const char* name, const char* doc, Function f, bool number_first = false) {
  return {.name = name,
          .doc = doc,
          .f = f,
          .result = Result::whole,
          .has_gradient = false,
          .arrays = false,
          .number_first = number_first};
}

const Entry kEntries[] = {
    {"add", "a + b", GLUINO_NAMED("broadcast_add"), "_npi_logical_or"},
    {.name = "subtract",
     .doc = "a - b",
     .f = GLUINO_NAMED("broadcast_sub"),
     .result = Result::numbers,
     .number_first = true},
    {"multiply", "a * b", GLUINO_NAMED("broadcast_mul"), "_npi_logical_and"},
    {.name = "mod",
     .doc = "The rest of a / b, signed as b",
     .f = GLUINO_NAMED("broadcast_mod"),
     .result = Result::numbers,
     .number_first = true},
    {.name = "fmod",
     .doc = "The rest of a / b, signed as a",
     .f =
         [](const NDArray& a, const NDArray& b) {
           return ops::sign(a) * by_name("broadcast_mod", ops::abs(a), ops::abs(b));
         },
     .result = Result::numbers,
     .number_first = true},
    {.name = "floor_divide",
     .doc = "a / b cut off towards minus infinity",
     .f = floor_divided,
     .result = Result::numbers,
     .number_first = true},
    {.name = "fmax",
     .doc = "The larger one, a number beside NaN",
     .f = [](const NDArray& a,
             const NDArray& b) { return chosen("_fmax", "broadcast_maximum", a, b); },
     .fill = {Fill::Kind::distinct, -2, 2}},
    {.name = "fmin",
     .doc = "The smaller one, a number beside NaN",
     .f = [](const NDArray& a,
             const NDArray& b) { return chosen("_fmin", "broadcast_minimum", a, b); },
     .fill = {Fill::Kind::distinct, -2, 2}},
    {.name = "logaddexp",
     .doc = "log(exp(a) + exp(b))",
     .f = GLUINO_NAMED("_logaddexp"),
     .result = Result::real},
    {.name = "power",
     .doc = "a to the power b",
     .f = GLUINO_NAMED("broadcast_power"),
     .number_first = true},
    {.name = "true_divide",
     .doc = "a / b, of whole numbers too a real one",
     .f = GLUINO_NAMED("broadcast_div"),
     .result = Result::real,
     .number_first = true},
    {.name = "arctan2",
     .doc = "The angle of the point (b, a), in radians",
     .f = GLUINO_NAMED("_arctan2"),
     .result = Result::real,
     .number_first = true},
    {.name = "hypot",
     .doc = "sqrt(a^2 + b^2)",
     .f = GLUINO_NAMED("broadcast_hypot"),
     .result = Result::real},
    {.name = "copysign",
     .doc = "The magnitude of a with the sign of b",
     .f = GLUINO_NAMED("_copysign"),
     .result = Result::real,
     .number_first = true},
    {.name = "ldexp",
     .doc = "a * 2^b",
     .f = GLUINO_NAMED("_ldexp"),
     .result = Result::real,
     .number_first = true},
    of_whole("bitwise_and", "The bits that both have", GLUINO_NAMED("_npi_bitwise_and")),
    of_whole("bitwise_or", "The bits that one has", GLUINO_NAMED("_npi_bitwise_or")),
    of_whole("bitwise_xor", "The bits that only one has", GLUINO_NAMED("_npi_bitwise_xor")),
    of_whole("gcd", "The greatest common divisor", GLUINO_NAMED("_npi_gcd")),
    of_whole("lcm", "The least common multiple", GLUINO_NAMED("_npi_lcm")),
    of_whole("bitwise_left_shift", "a * 2^b, without the bits that do not fit",
             GLUINO_NAMED("_npi_bitwise_left_shift"), true),
    of_whole("bitwise_right_shift", "a / 2^b, rounded down",
             GLUINO_NAMED("_npi_bitwise_right_shift"), true),
};

[[maybe_unused]] const bool defined = [] {
  for (const Entry& e : kEntries) {
    const std::string name = str("_npi_", e.name);
    if (e.arrays) define_arrays(name, e);
    // MXNet's name for hypot's is an alias of the operator of nd.
    if (e.name == std::string("hypot")) continue;
    define_number(name + "_scalar", e, false);
    if (e.number_first) define_number(str("_npi_r", e.name, "_scalar"), e, true);
  }
  return true;
}();

}  // namespace
}  // namespace gluino
