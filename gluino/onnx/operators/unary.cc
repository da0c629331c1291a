#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/cast.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/hard_sigmoid.h>
#include <gluino/ops/elementwise/quadratic.h>
#include <gluino/ops/elementwise/straight_through.h>
#include <gluino/ops/updates/amp.h>

#include <cmath>
#include <limits>
#include <numbers>

// Functions of each element.
namespace gluino::onnx {
namespace {

std::string power(ExportNode& e, const std::string& x, double exponent) {
  return e.add("Pow", {x, e.number(exponent)});
}

// sign(x) f(|x|)
template <class F>
std::string of_magnitude(ExportNode& e, F f) {
  return e.add("Mul", {e.add("Sign", {e.in()}), f(e.add("Abs", {e.in()}))});
}

std::string cube_root(ExportNode& e) {
  return of_magnitude(e, [&](const std::string& x) { return power(e, x, 1.0 / 3); });
}

std::string truncated(ExportNode& e) {
  return of_magnitude(e, [&](const std::string& x) { return e.add("Floor", {x}); });
}

// The last whole number, and one more where what is left over is so great. (The whole number below
// x + 0.5 would be another one where that sum is rounded.)
std::string nearest(ExportNode& e, const std::string& x, const char* is_great) {
  const std::string whole = e.add("Floor", {x});
  const std::string rest = e.add("Sub", {x, whole});
  return e.add("Add", {whole, e.cast(e.add(is_great, {rest, e.number(0.5)}), e.dtype())});
}

// Halves away from zero.
std::string rounded(ExportNode& e) {
  return of_magnitude(e, [&](const std::string& x) { return nearest(e, x, "GreaterOrEqual"); });
}

std::string times(ExportNode& e, const std::string& x, double factor) {
  return e.add("Mul", {x, e.number(factor)});
}

std::string logarithm(ExportNode& e, double base) {
  return e.add("Div", {e.add("Log", {e.in()}), e.number(std::log(base))});
}

void write_formulas(Translations& t) {
  const auto formula = [&t](const char* ours, auto f) {
    t.writes<NoOptions>(ours, [f](ExportNode& e, const NoOptions& /*o*/) { e.give(f(e)); });
  };
  formula("square", [](ExportNode& e) { return e.add("Mul", {e.in(), e.in()}); });
  formula("rsqrt", [](ExportNode& e) { return e.add("Reciprocal", {e.add("Sqrt", {e.in()})}); });
  formula("cbrt", cube_root);
  formula("rcbrt", [](ExportNode& e) { return e.add("Reciprocal", {cube_root(e)}); });
  formula("expm1", [](ExportNode& e) {
    return e.add("Sub", {e.add("Exp", {e.in()}), e.number(1)});
  });
  formula("log1p", [](ExportNode& e) {
    return e.add("Log", {e.add("Add", {e.in(), e.number(1)})});
  });
  formula("log2", [](ExportNode& e) { return logarithm(e, 2); });
  formula("log10", [](ExportNode& e) { return logarithm(e, 10); });
  formula("degrees", [](ExportNode& e) { return times(e, e.in(), 180 / std::numbers::pi); });
  formula("radians", [](ExportNode& e) { return times(e, e.in(), std::numbers::pi / 180); });
  formula("round", rounded);
  formula("rint", [](ExportNode& e) { return nearest(e, e.in(), "Greater"); });
  formula("_contrib_round_ste", rounded);
  formula("_contrib_sign_ste", [](ExportNode& e) { return e.add("Sign", {e.in()}); });
  formula("trunc", truncated);
  formula("fix", truncated);
  formula("logical_not", [](ExportNode& e) {
    return e.cast(e.add("Not", {e.cast(e.in(), boolean)}), e.out_dtype());
  });
  formula("_contrib_div_sqrt_dim", [](ExportNode& e) {
    return times(e, e.in(), 1 / std::sqrt(static_cast<double>(e.size(0, e.ndim() - 1))));
  });
  const auto constant_like = [](double value) {
    return [value](ExportNode& e) {
      const NDArray number = nd::full({1}, value, e.dtype(), cpu());
      return e.add("ConstantOfShape", {e.shape_of(e.in())}, {{"value", number}});
    };
  };
  formula("zeros_like", constant_like(0));
  formula("ones_like", constant_like(1));
}

void write_clip(ExportNode& e, const ClipOptions& o) {
  e.give(e.add("Clip", {e.in(), e.number(o.a_min), e.number(o.a_max)}));
}

Symbol read_clip(const ImportNode& n) {
  Symbol x = n.in();
  const bool known = (!n.has(1) || n.constant_if(1)) && (!n.has(2) || n.constant_if(2));
  if (known) {
    constexpr double kMost = std::numeric_limits<double>::infinity();
    return n.make("clip",
                  ClipOptions{.a_min = n.has(1) ? n.number(1) : -kMost,
                              .a_max = n.has(2) ? n.number(2) : kMost},
                  {x});
  }
  if (n.has(1)) x = n.make("broadcast_maximum", {x, n.in(1)});
  if (n.has(2)) x = n.make("broadcast_minimum", {x, n.in(2)});
  return x;
}

void write_smooth_l1(ExportNode& e, const SmoothL1Options& o) {
  const double square = o.scalar * o.scalar;
  const std::string& x = e.in();
  const std::string magnitude = e.add("Abs", {x});
  const std::string is_near = e.add("Less", {magnitude, e.number(1 / square)});
  const std::string parabola = times(e, e.add("Mul", {x, x}), square / 2);
  const std::string line = e.add("Sub", {magnitude, e.number(0.5 / square)});
  e.give(e.add("Where", {is_near, parabola, line}));
}

void write_quadratic(ExportNode& e, const QuadraticOptions& o) {
  const std::string& x = e.in();
  const std::string rising = e.add("Add", {times(e, x, o.a), e.number(o.b)});
  e.give(e.add("Add", {e.add("Mul", {rising, x}), e.number(o.c)}));
}

// A condition of the size of the first axis chooses rows.
void write_where(ExportNode& e, const NoOptions& /*o*/) {
  std::string condition = e.cast(e.in(0), boolean);
  Ints axes;
  for (int axis = e.ndim(0); axis < e.ndim(1); ++axis) axes.push_back(axis);
  e.give(e.add("Where", {e.unsqueeze(condition, axes), e.in(1), e.in(2)}));
}

Symbol read_cast(const ImportNode& n) {
  // Of types that are not read.
  n.pass_over({"saturate"});
  const auto code = static_cast<std::int32_t>(n.integer("to"));
  return n.make("Cast", CastOptions{.dtype = type_of_code(code, n.where() + "to")}, {n.in()});
}

Symbol read_cast_like(const ImportNode& n) {
  n.pass_over({"saturate"});
  const DType dtype = n.dtype(1);
  n.in(1);
  return n.make("Cast", CastOptions{.dtype = dtype}, {n.in()});
}

Symbol read_hard_sigmoid(const ImportNode& n) {
  return n.make("hard_sigmoid",
                HardSigmoidOptions{.alpha = n.real("alpha", 0.2), .beta = n.real("beta", 0.5)},
                {n.in()});
}

Symbol read_is_inf(const ImportNode& n) {
  const bool below = n.integer("detect_negative", 1) != 0;
  const bool above = n.integer("detect_positive", 1) != 0;
  n.expect(below || above, "detects nothing");
  if (below && above) return n.make("_npi_isinf", {n.in()});
  return n.make(above ? "_npi_isposinf" : "_npi_isneginf", {n.in()});
}

const bool registered = translate([](Translations& t) {
  static constexpr const char* kSame[][2] = {{"relu", "Relu"},     {"sigmoid", "Sigmoid"},
                                             {"tanh", "Tanh"},     {"softsign", "Softsign"},
                                             {"exp", "Exp"},       {"log", "Log"},
                                             {"sqrt", "Sqrt"},     {"abs", "Abs"},
                                             {"negative", "Neg"},  {"reciprocal", "Reciprocal"},
                                             {"sin", "Sin"},       {"cos", "Cos"},
                                             {"tan", "Tan"},       {"arcsin", "Asin"},
                                             {"arccos", "Acos"},   {"arctan", "Atan"},
                                             {"sinh", "Sinh"},     {"cosh", "Cosh"},
                                             {"arcsinh", "Asinh"}, {"arccosh", "Acosh"},
                                             {"arctanh", "Atanh"}, {"erf", "Erf"},
                                             {"sign", "Sign"},     {"floor", "Floor"},
                                             {"ceil", "Ceil"},     {"round_half_to_even", "Round"}};
  for (const auto& [ours, theirs] : kSame) t.same(ours, theirs);
  write_formulas(t);
  t.writes<ClipOptions>("clip", write_clip).reads("Clip", read_clip);
  t.writes<SmoothL1Options>("smooth_l1", write_smooth_l1);
  t.writes<QuadraticOptions>("_contrib_quadratic", write_quadratic);
  t.writes<NoOptions>("_npi_where", [](ExportNode& e, const NoOptions& /*o*/) {
    e.give(e.add("Where", {e.cast(e.in(0), boolean), e.in(1), e.in(2)}));
  });
  t.writes<NoOptions>("where", write_where).reads("Where", [](const ImportNode& n) {
    return n.make("_npi_where", n.all_inputs());
  });
  t.writes<CastOptions>(
      "Cast", [](ExportNode& e, const CastOptions& o) { e.give(e.cast(e.in(), o.dtype)); });
  // Whole numbers stay as they are.
  t.writes<AmpCastOptions>("amp_cast", [](ExportNode& e, const AmpCastOptions& /*o*/) {
    e.give(e.out_dtype() == e.dtype() ? e.in() : e.cast(e.in(), e.out_dtype()));
  });
  t.reads("Cast", read_cast).reads("CastLike", read_cast_like);
  t.writes<HardSigmoidOptions>("hard_sigmoid", [](ExportNode& e, const HardSigmoidOptions& o) {
    e.give(e.add("HardSigmoid", {e.in()},
                 {{"alpha", static_cast<float>(o.alpha)}, {"beta", static_cast<float>(o.beta)}}));
  });
  t.reads("HardSigmoid", read_hard_sigmoid);
  t.reads("Not",
          [](const ImportNode& n) { return n.make("_equal_scalar", ScalarOptions{0}, {n.in()}); });
  t.reads("IsNaN", [](const ImportNode& n) { return n.make("_npi_isnan", {n.in()}); });
  t.reads("IsInf", read_is_inf);
});

}  // namespace
}  // namespace gluino::onnx
