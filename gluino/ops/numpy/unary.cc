#include <gluino/base/convert.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/questions.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/elements.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/elementwise/unary_functions-inl.h>
#include <gluino/ops/numpy/arrays-inl.h>
#include <gluino/ops/numpy/elements-inl.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

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
OpDefinition<NoOptions> define_unary(const std::string& name, const char* entry,
                                     const char* input = "x",
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
  return definition;
}

[[maybe_unused]] const bool functions_defined = [] {
  for (const char* name :
       {"arccos", "arccosh", "arcsin",  "arcsinh",  "arctan",  "arctanh",   "cbrt",  "ceil",
        "cos",    "cosh",    "degrees", "exp",      "expm1",   "fix",       "floor", "log",
        "log10",  "log1p",   "log2",    "negative", "radians", "sign",      "sin",   "sinh",
        "sqrt",   "square",  "tan",     "tanh",     "trunc",   "reciprocal"}) {
    define_unary(std::string("_npi_") + name, name);
  }
  define_unary("_npi_rint", "round_half_to_even");
  define_unary("_npi_absolute", "abs", "x", {"_npi_abs"});
  define_unary("_npx_relu", "relu", "data").nameless();
  define_unary("_npx_sigmoid", "sigmoid", "data").nameless();
  return true;
}();

// The real number that an element is, or itself, of which it can be asked.
template <class T>
auto asked(T x) {
  if constexpr (std::is_integral_v<T> || std::is_floating_point_v<T>) {
    return x;
  } else {
    return static_cast<float>(x);
  }
}

// Questions, answered by bool: of float and double by a kernel, of others by f.
template <class Kernel, class F>
void define_question(const char* name, const char* doc, Kernel kernel, F f) {
  define_op(name)
      .doc(doc)
      .inputs({"x"})
      .types(Types::any)
      .row_wise()
      .infer_types([](const NoOptions& /*options*/, auto /*in*/, auto out) { out[0] = boolean; })
      .infer(+[](const NoOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); })
      .forward([kernel, f](const NoOptions& /*options*/, const Call& call) {
        // Truths as bytes: of bool no compiler makes vectors.
        const DType dtype = call.in[0].dtype;
        dispatch(dtype == boolean ? uint8 : dtype, [&]<class T>() {
          const T* const x = static_cast<const T*>(call.in[0].data);
          bool* const truths = call.out[0].as<bool>();
          if constexpr (std::is_floating_point_v<T>) {
            kernel(x, truths, call.in[0].size());
          } else {
            each_element(x, truths, call.in[0].size(), [f](T value) { return f(asked(value)); });
          }
        });
      })
      .sample({}, {{{3, 5}}})
      .sample({}, {{{}}})
      .sample({}, {{{0, 3}}});
}

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Whole numbers are finite.
template <class T>
constexpr T kEndless = std::numeric_limits<T>::infinity();

// Whether elements are a number.
template <class T>
void are(const T* x, double number, bool* truths, std::int64_t n) {
  kernels::binary::equal<T, bool>().array_scalar(x, static_cast<T>(number), truths, n);
}

#define GLUINO_ASK(...) []<class T>(const T* x, bool* y, std::int64_t n) { __VA_ARGS__; }
[[maybe_unused]] const bool questions_defined = [] {
  define_question("_npi_logical_not", "True where x is 0.", GLUINO_ASK(are(x, 0, y, n)),
                  []<class T>(T x) { return x == T(0); });
  define_question("_npi_isnan", "True where x is not a number.",
                  GLUINO_ASK(kernels::is_nan(x, y, n)), []<class T>(T x) { return x != x; });
  define_question("_npi_isinf", "True where x is infinite.",
                  GLUINO_ASK(kernels::is_infinite(x, y, n)), []<class T>([[maybe_unused]] T x) {
                    if constexpr (std::is_floating_point_v<T>) return std::abs(x) == kEndless<T>;
                    return false;
                  });
  define_question("_npi_isfinite", "True where x is a number and finite.",
                  GLUINO_ASK(kernels::is_finite(x, y, n)), []<class T>([[maybe_unused]] T x) {
                    if constexpr (std::is_floating_point_v<T>) return std::abs(x) < kEndless<T>;
                    return true;
                  });
  define_question("_npi_isposinf", "True where x is infinite and above 0.",
                  GLUINO_ASK(are(x, kInfinity, y, n)),
                  []<class T>(T x) { return std::is_floating_point_v<T> && x == kEndless<T>; });
  define_question("_npi_isneginf", "True where x is infinite and below 0.",
                  GLUINO_ASK(are(x, -kInfinity, y, n)),
                  []<class T>(T x) { return std::is_floating_point_v<T> && x == -kEndless<T>; });
  return true;
}();
#undef GLUINO_ASK

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
            return ops::round_half_to_even(in[0]);
          }
          // By a whole power, so that 10^-2 is as exact as 10^2.
          const double power = std::pow(10.0, static_cast<double>(std::abs(o.decimals)));
          const bool right = o.decimals > 0;
          const NDArray x = is_floating(in[0].dtype()) ? in[0] : as(in[0], float64);
          const NDArray whole = ops::round_half_to_even(right ? x * power : x / power);
          return as(right ? whole / power : whole * power, in[0].dtype());
        })
        .doc("The nearest number of so many decimals, halves to even.")
        .inputs({"x"})
        .types(Types::numbers)
        .row_wise()
        .field("decimals", &AroundOptions::decimals, "Below 0: places left of the point.")
        .tolerates("decimal", {"0"})  // As MXNet 2 calls it.
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

// What stands in place of an element, by its bits as a signed number: without jumps for any type.
template <class W>
struct Replacements {
  W infinity, nan, above, below;

  W of(W x) const {
    const auto size = static_cast<W>(x & std::numeric_limits<W>::max());
    const W bounded = size == infinity ? (x < 0 ? below : above) : x;
    return size > infinity ? nan : bounded;
  }
};

void nan_to_num_forward(const NanToNumOptions& o, const Call& call) {
  const DType dtype = call.in[0].dtype;
  if (!is_floating(dtype)) {
    std::memcpy(call.out[0].data, call.in[0].data,
                static_cast<std::size_t>(call.in[0].size()) * size_of(dtype));
    return;
  }
  const double most = largest_of(dtype);
  dispatch_words(dtype, [&]<class U>() {
    using W = std::make_signed_t<U>;
    const auto word = [dtype](double value) { return static_cast<W>(word_of(dtype, value)); };
    const Replacements<W> replacements = {word(kInfinity), word(o.nan),
                                          word(o.posinf.value_or(most)),
                                          word(o.neginf.value_or(-most))};
    const W* x = static_cast<const W*>(call.in[0].data);
    W* y = static_cast<W*>(call.out[0].data);
    parallel_for(call.in[0].size(), kernels::kCopyGrain, [=](std::int64_t i, std::int64_t end) {
      for (; i < end; ++i) y[i] = replacements.of(x[i]);
    });
  });
}

// The formula gives the gradients.
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
        .forward(nan_to_num_forward)
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
