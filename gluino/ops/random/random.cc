#include <gluino/base/convert.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/distributions.h>
#include <gluino/ops/random/random.h>
#include <gluino/ops/random/shape-inl.h>

#include <array>
#include <cmath>

namespace gluino {
namespace {

using namespace distributions;

bool is_finite(double value, DType dtype) {
  return dispatch(dtype,
                  [=]<class T>() { return std::isfinite(static_cast<double>(convert<T>(value))); });
}

// Whether a number is a parameter in the type in which numbers of `dtype` are drawn.
bool fits(double value, Range range, DType dtype) {
  return is_finite(value, dtype) && lies_in(value, range) &&
         (dtype == float64 || lies_in(static_cast<float>(value), range));
}

// The parameters that the options say; one that there is not is 0.
using Values = std::array<double, 2>;

void check_parameters(const Distribution& d, const Values& values, DType dtype, Inference& s) {
  if (&d == &distributions::uniform) {
    const auto [low, high] = values;
    // There are no parts of a range that is no number, as that from the least float to the largest.
    const bool fits = low <= high && is_finite(low, dtype) && is_finite(high, dtype) &&
                      is_finite(high - low, dtype);
    s.expect(fits, -1, "expected finite bounds, low at most high, got ", low, " and ", high);
    return;
  }
  for (std::size_t i = 0; i < d.count; ++i) {
    const distributions::Parameter& parameter = d.parameters[i];
    s.expect(fits(values[i], parameter.range, dtype), -1, parameter.name, ": expected ",
             described(parameter.range), ", got ", values[i]);
  }
}

template <class T>
void fill(const Draw<T>& draw, const Values& values, const Tensor& out) {
  random::in_stretches(out.size(), [&](Stream& stream, std::int64_t begin, std::int64_t end) {
    draw.numbers(stream, out.as<T>() + begin, end - begin, values[0], values[1]);
  });
}

void forward(const Distribution& d, const Values& values, const Call& call) {
  const Tensor& out = call.out[0];
  if (call.half == float16) {  // which is made of float when all are drawn
    const auto [first, second] = values;
    return fill(d.halves, {static_cast<float>(first), static_cast<float>(second)}, out);
  }
  dispatch_real(out.dtype, d.name, [&]<class T>() { fill(d.in<T>(), values, out); });
}

template <class O, class... M>
OpDefinition<O> define_draw(const std::string& name, const std::string& doc, const Distribution& d,
                            M O::*... members) {
  OpDefinition<O> definition(name);
  definition.doc(doc).random().forward([&d, members...](const O& o, const Call& call) {
    forward(d, {static_cast<double>(o.*members)...}, call);
  });
  const auto* parameter = d.parameters.begin();
  ((definition.field(parameter->name, members, parameter->doc), ++parameter), ...);
  return definition;
}

// _random_gamma and the like.
template <class O, class... M>
OpDefinition<O> define_random(std::vector<std::string> aliases, const Distribution& d,
                              M O::*... members) {
  auto definition = define_draw(str("_random_", d.name), d.doc, d, members...);
  aliases.push_back(str("random_", d.name));
  definition.inputs({})
      .aliases(std::move(aliases))
      .field("shape", &O::shape, "Shape of the result.")
      .field("ctx", &O::ctx, "Where it is made.")
      .field("dtype", &O::dtype, "A type of real numbers; None: float32.")
      .context_from(&O::ctx)
      .infer_types([](const O& o, auto /*in*/, auto out) { out[0] = o.dtype.value_or(float32); })
      .infer([&d, members...](const O& o, Inference& s) {
        check_parameters(d, {static_cast<double>(o.*members)...}, o.dtype.value_or(float32), s);
        set_shape(o.shape, s);
      });
  return definition;
}

// _random_gamma_like and the like.
template <class O, class... M>
OpDefinition<O> define_like(const Distribution& d, M O::*... members) {
  auto definition = define_draw(str("_random_", d.name, "_like"),
                                str(d.doc, " In the shape and type of an array."), d, members...);
  definition.inputs({"data"})
      .nameless()
      .looks_up({0})
      .infer([&d, members...](const O& o, Inference& s) {
        check_parameters(d, {static_cast<double>(o.*members)...}, s.in_type(0), s);
        s.set_out(0, s.in(0));
      })
      .sample({}, {{{3, 5}}})
      .sample({}, {{{0, 4}}});
  return definition;
}

// Both forms; `random_aliases` are the first one's.
template <class O, class... M>
void define_both(std::vector<std::string> random_aliases, const Distribution& d,
                 M O::*... members) {
  define_random(std::move(random_aliases), d, members...);
  define_like(d, members...);
}

using NB = NegativeBinomialOptions;
using GNB = GeneralizedNegativeBinomialOptions;

[[maybe_unused]] const bool defined = [] {
  using namespace distributions;
  define_both({"uniform"}, uniform, &UniformOptions::low, &UniformOptions::high);
  define_both({"normal"}, normal, &NormalOptions::loc, &NormalOptions::scale);
  define_both({}, gamma, &GammaOptions::alpha, &GammaOptions::beta);
  define_both({}, exponential, &ExponentialOptions::lam);
  define_both({}, poisson, &PoissonOptions::lam);
  define_both({}, negative_binomial, &NB::k, &NB::p);
  define_random({}, binomial, &BinomialOptions::n, &BinomialOptions::p);
  define_both({}, generalized_negative_binomial, &GNB::mu, &GNB::alpha);
  return true;
}();

// Each distribution has options of its own, so that its operator is looked for once.
template <class O>
NDArray draw(const char* name, const O& options) {
  static const Op& op = Op::get<O>(name);
  return apply(op, &options, {});
}

}  // namespace

NDArray nd::random::uniform(const UniformOptions& options) {
  return draw("_random_uniform", options);
}
NDArray nd::random::normal(const NormalOptions& options) { return draw("_random_normal", options); }
NDArray nd::random::gamma(const GammaOptions& options) { return draw("_random_gamma", options); }
NDArray nd::random::exponential(const ExponentialOptions& options) {
  return draw("_random_exponential", options);
}
NDArray nd::random::poisson(const PoissonOptions& options) {
  return draw("_random_poisson", options);
}
NDArray nd::random::negative_binomial(const NegativeBinomialOptions& options) {
  return draw("_random_negative_binomial", options);
}
NDArray nd::random::binomial(const BinomialOptions& options) {
  return draw("_random_binomial", options);
}
NDArray nd::random::generalized_negative_binomial(
    const GeneralizedNegativeBinomialOptions& options) {
  return draw("_random_generalized_negative_binomial", options);
}

}  // namespace gluino
