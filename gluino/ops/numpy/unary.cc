#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/elementwise/unary_functions-inl.h>
#include <gluino/ops/numpy/arrays-inl.h>

#include <cmath>
#include <limits>
#include <string_view>

/// NumPy's functions of each element: those of the one table, with NumPy's types.
namespace gluino {
namespace {

using namespace numpy;

using Kind = UnaryFunction::Kind;

const UnaryFunction& function_of(std::string_view name) {
  for (const UnaryFunction& function : unary_functions()) {
    if (function.name == name) return function;
  }
  fail("there is no function ", name);
}

// Whole numbers become float32 where the function has no meaning for them.
void define_unary(const std::string& name, const char* entry, const char* input = "x",
                  std::vector<std::string> aliases = {}) {
  const UnaryFunction& function = function_of(entry);
  const bool of_whole = function.whole != nullptr;
  const auto compute = [entry, of_whole](const NoOptions& none, In in) {
    const NDArray x = of_whole ? in[0] : real(in[0]);
    return apply(Op::get<NoOptions>(entry), &none, std::span(&x, 1));
  };
  auto definition = function.kind == Kind::steps
                        ? formula::define_without_gradient<NoOptions>(name, compute)
                        : formula::define<NoOptions>(name, compute);
  definition.aliases(std::move(aliases))
      .doc(function.doc)
      .inputs({input})
      .types(of_whole ? Types::numbers : Types::any)
      .row_wise()
      .infer_types([of_whole](const NoOptions& /*options*/, auto in, auto out) {
        if (in[0]) out[0] = of_whole ? *in[0] : real_type(*in[0]);
      })
      .sample({}, {{{3, 5}, function.range}})
      .sample({}, {{{}, function.range}})
      .sample({}, {{{0, 3}, function.range}});
}

[[maybe_unused]] const bool functions_defined = [] {
  for (const char* name :
       {"arccos", "arccosh", "arcsin",  "arcsinh",  "arctan",  "arctanh", "cbrt",      "ceil",
        "cos",    "cosh",    "degrees", "exp",      "expm1",   "fix",     "floor",     "log",
        "log10",  "log1p",   "log2",    "negative", "radians", "rint",    "sign",      "sin",
        "sinh",   "sqrt",    "square",  "tan",      "tanh",    "trunc",   "reciprocal"}) {
    define_unary(std::string("_npi_") + name, name);
  }
  define_unary("_npi_absolute", "abs", "x", {"_npi_abs"});
  define_unary("_npx_relu", "relu", "data");
  define_unary("_npx_sigmoid", "sigmoid", "data");
  return true;
}();

// Questions, answered by bool.
template <class F>
void define_question(const char* name, const char* doc, F f) {
  formula::define_without_gradient<NoOptions>(
      name,
      [f](const NoOptions& /*options*/, In in) {
        return as(f(in[0].dtype() == boolean ? as(in[0], int8) : in[0]), boolean);
      })
      .doc(doc)
      .inputs({"x"})
      .row_wise()
      .infer_types([](const NoOptions& /*options*/, auto /*in*/, auto out) { out[0] = boolean; })
      .sample({}, {{{3, 5}}})
      .sample({}, {{{}}})
      .sample({}, {{{0, 3}}});
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

[[maybe_unused]] const bool questions_defined = [] {
  // Whole numbers are finite: as real ones they are compared like any other.
  const auto distance = [](const NDArray& x) { return ops::abs(real(x)); };
  define_question("_npi_logical_not", "True where x is 0.",
                  [](const NDArray& x) { return x == 0.0; });
  define_question("_npi_isnan", "True where x is not a number.",
                  [](const NDArray& x) { return x != x; });
  define_question("_npi_isinf", "True where x is infinite.",
                  [=](const NDArray& x) { return distance(x) == kInfinity; });
  define_question("_npi_isfinite", "True where x is a number and finite.",
                  [=](const NDArray& x) { return distance(x) < kInfinity; });
  define_question("_npi_isposinf", "True where x is infinite and above 0.",
                  [](const NDArray& x) { return real(x) == kInfinity; });
  define_question("_npi_isneginf", "True where x is infinite and below 0.",
                  [](const NDArray& x) { return real(x) == -kInfinity; });
  return true;
}();

struct AroundOptions {
  std::int64_t decimals = 0;
};

const auto around =
    formula::define_without_gradient<AroundOptions>(
        "_npi_around",
        [](const AroundOptions& o, In in) {
          check(o.decimals > -300 && o.decimals < 300,
                "decimals: expected between -300 and 300, got ", o.decimals);
          if (o.decimals == 0 || (o.decimals > 0 && !is_floating(in[0].dtype()))) {
            return ops::rint(in[0]);
          }
          // By a whole power, so that 10^-2 is as exact as 10^2.
          const double power = std::pow(10.0, static_cast<double>(std::abs(o.decimals)));
          const bool right = o.decimals > 0;
          const NDArray x = is_floating(in[0].dtype()) ? in[0] : as(in[0], float64);
          const NDArray whole = ops::rint(right ? x * power : x / power);
          return as(right ? whole / power : whole * power, in[0].dtype());
        })
        .doc("The nearest number of so many decimals, halves to even.")
        .inputs({"x"})
        .types(Types::numbers)
        .row_wise()
        .field("decimals", &AroundOptions::decimals, "Below 0: places left of the point.")
        .sample({}, {{{3, 5}, {Fill::Kind::distinct, -20, 20}}})
        .sample({.decimals = 1}, {{{3, 5}, {Fill::Kind::distinct, -20, 20}}})
        .sample({.decimals = -1}, {{{0, 5}}});

struct NanToNumOptions {
  bool copy = true;
  double nan = 0;
  std::optional<double> posinf{};
  std::optional<double> neginf{};
};

double largest_of(DType dtype) {
  switch (dtype) {
    case float16:
      return 65504;
    case bfloat16:
      return 0x1.fep127;
    case float32:
      return std::numeric_limits<float>::max();
    default:
      return std::numeric_limits<double>::max();
  }
}

// Elements where the condition holds are `value`; no gradient goes to them.
NDArray replaced(const NDArray& x, const NDArray& condition, double value) {
  return ops::where(condition, filled(x.shape(), value, x.dtype(), x.context()), x);
}

const auto nan_to_num =
    formula::define<NanToNumOptions>("_npi_nan_to_num",
                                     [](const NanToNumOptions& o, In in) {
                                       NDArray x = in[0];
                                       if (!is_floating(x.dtype())) return x;
                                       const double most = largest_of(x.dtype());
                                       x = replaced(x, in[0] != in[0], o.nan);
                                       x = replaced(x, in[0] == kInfinity, o.posinf.value_or(most));
                                       return replaced(x, in[0] == -kInfinity,
                                                       o.neginf.value_or(-most));
                                     })
        .doc("Numbers in place of NaN and of infinities: 0 and the type's ends unless said.")
        .inputs({"data"})
        .row_wise()
        .field("copy", &NanToNumOptions::copy, "The result is a new array in any case.")
        .field("nan", &NanToNumOptions::nan, "In place of NaN.")
        .field("posinf", &NanToNumOptions::posinf, "In place of infinity.")
        .field("neginf", &NanToNumOptions::neginf, "In place of -infinity.")
        .sample({}, {{{3, 5}}})
        .sample({.nan = 1, .posinf = 2}, {{{0, 5}}});

}  // namespace
}  // namespace gluino
