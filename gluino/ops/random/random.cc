#include <gluino/ops/core/define.h>
#include <gluino/ops/random/distributions-inl.h>
#include <gluino/ops/random/random.h>
#include <gluino/ops/random/shape-inl.h>

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

template <class D>
void check_parameters(const typename D::Options& o, DType dtype, Inference& s) {
  for_each_parameter<D>([&](const auto& parameter) {
    s.expect(fits(static_cast<double>(o.*parameter.member), parameter.range, dtype), -1,
             parameter.name, ": expected ", described(parameter.range), ", got ",
             o.*parameter.member);
  });
}

template <>
void check_parameters<Uniform>(const UniformOptions& o, DType dtype, Inference& s) {
  // There are no parts of a range that is no number, as that from the least float to the largest.
  const bool fits = o.low <= o.high && is_finite(o.low, dtype) && is_finite(o.high, dtype) &&
                    is_finite(o.high - o.low, dtype);
  s.expect(fits, -1, "expected finite bounds, low at most high, got ", o.low, " and ", o.high);
}

// Numbers T that are drawn in Real, with parameters of the type Given.
template <class D, class T, class Real, class Given = Real>
void fill(const typename D::Options& o, const Tensor& out) {
  std::apply(
      [&](const auto&... parameter) {
        random::in_stretches(out.size(), [&](Stream& stream, std::int64_t i, std::int64_t end) {
          for (; i < end; ++i) {
            out.as<T>()[i] = static_cast<T>(
                D::draw(stream, static_cast<Real>(static_cast<Given>(o.*parameter.member))...));
          }
        });
      },
      D::parameters);
}

template <class D>
void forward(const typename D::Options& o, const Call& call) {
  const Tensor& out = call.out[0];
  if (call.half == float16) {  // which is made of float when all are drawn
    fill<D, float, typename D::Half, float>(o, out);
    return;
  }
  dispatch_real(out.dtype, D::name,
                [&]<class T>() { fill<D, T, typename D::template Real<T>>(o, out); });
}

template <class D>
using Definition = OpDefinition<typename D::Options>;

template <class D>
Definition<D> define_draw(const std::string& name, const std::string& doc) {
  Definition<D> definition(name);
  definition.doc(doc).random().forward(forward<D>);
  for_each_parameter<D>([&](const auto& parameter) {
    definition.field(parameter.name, parameter.member, parameter.doc);
  });
  return definition;
}

// _random_gamma and the like.
template <class D>
Definition<D> define_random(std::vector<std::string> aliases = {}) {
  using O = typename D::Options;
  auto definition = define_draw<D>(str("_random_", D::name), D::doc);
  aliases.push_back(str("random_", D::name));
  definition.inputs({})
      .aliases(std::move(aliases))
      .field("shape", &O::shape, "Shape of the result.")
      .field("ctx", &O::ctx, "Where it is made.")
      .field("dtype", &O::dtype, "A type of real numbers; None: float32.")
      .context_from(&O::ctx)
      .infer_types([](const O& o, auto /*in*/, auto out) { out[0] = o.dtype.value_or(float32); })
      .infer([](const O& o, Inference& s) {
        check_parameters<D>(o, o.dtype.value_or(float32), s);
        set_shape(o.shape, s);
      });
  return definition;
}

// _random_gamma_like and the like.
template <class D>
Definition<D> define_like() {
  using O = typename D::Options;
  auto definition = define_draw<D>(str("_random_", D::name, "_like"),
                                   str(D::doc, " In the shape and type of an array."));
  definition.inputs({"data"})
      .nameless()
      .looks_up({0})
      .infer([](const O& o, Inference& s) {
        check_parameters<D>(o, s.in_type(0), s);
        s.set_out(0, s.in(0));
      })
      .sample({}, {{{3, 5}}})
      .sample({}, {{{0, 4}}});
  return definition;
}

const auto uniform = define_random<Uniform>({"uniform"});
const auto normal = define_random<Normal>({"normal"});
const auto gamma = define_random<Gamma>();
const auto exponential = define_random<Exponential>();
const auto poisson = define_random<Poisson>();
const auto negative_binomial = define_random<NegativeBinomial>();
const auto binomial = define_random<Binomial>();
const auto generalized = define_random<GeneralizedNegativeBinomial>();

const auto uniform_like = define_like<Uniform>();
const auto normal_like = define_like<Normal>();
const auto gamma_like = define_like<Gamma>();
const auto exponential_like = define_like<Exponential>();
const auto poisson_like = define_like<Poisson>();
const auto negative_binomial_like = define_like<NegativeBinomial>();
const auto generalized_like = define_like<GeneralizedNegativeBinomial>();

template <class D>
NDArray draw(const typename D::Options& options) {
  static const Op& op = Op::get<typename D::Options>(str("_random_", D::name));
  return apply(op, &options, {});
}

}  // namespace

NDArray nd::random::uniform(const UniformOptions& options) { return draw<Uniform>(options); }
NDArray nd::random::normal(const NormalOptions& options) { return draw<Normal>(options); }
NDArray nd::random::gamma(const GammaOptions& options) { return draw<Gamma>(options); }
NDArray nd::random::exponential(const ExponentialOptions& options) {
  return draw<Exponential>(options);
}
NDArray nd::random::poisson(const PoissonOptions& options) { return draw<Poisson>(options); }
NDArray nd::random::negative_binomial(const NegativeBinomialOptions& options) {
  return draw<NegativeBinomial>(options);
}
NDArray nd::random::binomial(const BinomialOptions& options) { return draw<Binomial>(options); }
NDArray nd::random::generalized_negative_binomial(
    const GeneralizedNegativeBinomialOptions& options) {
  return draw<GeneralizedNegativeBinomial>(options);
}

}  // namespace gluino
