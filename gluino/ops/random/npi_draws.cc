#include <gluino/ops/core/temporary.h>
#include <gluino/ops/random/npi-inl.h>

namespace gluino {
namespace {

using distributions::Range;
using random::Stream;

// A distribution that is made of noise without parameters, so that gradients reach them: the noise,
// the number, and its slopes by the parameters. The noise is drawn in float, one number after the
// other, which makes the numbers MXNet's.

// A uniform number above 0: 0, drawn once in 2^32 times, becomes half of the least that is drawn.
float above_0(Stream& stream) { return std::max(stream.canonical<float>(), 0x1p-33F); }
float unit_exponential(Stream& stream) { return -std::log(above_0(stream)); }

struct Uniform {
  static constexpr const char* doc = "Numbers uniform in [low, high).";
  static constexpr std::array names = {"low", "high"};
  static constexpr std::array ranges = {Range::any, Range::any};
  static float noise(Stream& stream) { return stream.canonical<float>(); }
  template <class T>
  static T number(T u, T low, T high) {
    return low + (high - low) * u;
  }
  static std::array<double, 2> slopes(double u, double /*low*/, double /*high*/) {
    return {1 - u, u};
  }
};

struct LocationAndScale {
  static constexpr std::array names = {"loc", "scale"};
  static constexpr std::array ranges = {Range::any, Range::at_least_0};
  template <class T>
  static T number(T n, T loc, T scale) {
    return loc + scale * n;
  }
  static std::array<double, 2> slopes(double n, double /*loc*/, double /*scale*/) { return {1, n}; }
};

struct Normal : LocationAndScale {
  static constexpr const char* doc = "Normally distributed numbers.";
  // MXNet's noise comes from one std::normal_distribution: see draw_noise.
};

struct Gumbel : LocationAndScale {
  static constexpr const char* doc = "Numbers of Gumbel's distribution of extremes.";
  static float noise(Stream& stream) { return -std::log(unit_exponential(stream)); }
};

struct Logistic : LocationAndScale {
  static constexpr const char* doc = "Numbers of the logistic distribution.";
  static float noise(Stream& stream) {
    const float u = above_0(stream);
    return std::log(u) - std::log(std::max(1 - u, 0x1p-33F));
  }
};

struct Laplace : LocationAndScale {
  static constexpr const char* doc = "Numbers of Laplace's distribution.";
  static float noise(Stream& stream) {
    const float u = above_0(stream);
    return u < 0.5F ? std::log(u * 2) : -std::log((1 - u) * 2);
  }
};

struct Scale {
  static constexpr std::array names = {"scale"};
  static constexpr std::array ranges = {Range::at_least_0};
  template <class T>
  static T number(T n, T scale) {
    return scale * n;
  }
  static std::array<double, 1> slopes(double n, double /*scale*/) { return {n}; }
};

struct Exponential : Scale {
  static constexpr const char* doc = "Exponentially distributed numbers.";
  static float noise(Stream& stream) { return unit_exponential(stream); }
};

struct Rayleigh : Scale {
  static constexpr const char* doc = "Lengths of vectors of two normally distributed numbers.";
  static float noise(Stream& stream) { return std::sqrt(-2 * std::log(above_0(stream))); }
};

struct Pareto {
  static constexpr const char* doc = "Numbers of Pareto's second distribution.";
  static constexpr std::array names = {"a"};
  static constexpr std::array ranges = {Range::above_0};
  static float noise(Stream& stream) { return unit_exponential(stream); }
  template <class T>
  static T number(T n, T a) {
    return std::expm1(n / a);
  }
  static std::array<double, 1> slopes(double n, double a) {
    return {-n / (a * a) * std::exp(n / a)};
  }
};

struct Weibull {
  static constexpr const char* doc = "Numbers of Weibull's distribution.";
  static constexpr std::array names = {"a"};
  static constexpr std::array ranges = {Range::above_0};
  static float noise(Stream& stream) { return unit_exponential(stream); }
  template <class T>
  static T number(T n, T a) {
    return std::pow(n, 1 / a);
  }
  static std::array<double, 1> slopes(double n, double a) {
    return {n == 0 ? 0 : -std::log(n) / (a * a) * std::pow(n, 1 / a)};
  }
};

struct Power {
  static constexpr const char* doc = "Numbers in [0, 1] of the density a x^(a - 1).";
  static constexpr std::array names = {"a"};
  static constexpr std::array ranges = {Range::above_0};
  static float noise(Stream& stream) { return unit_exponential(stream); }
  template <class T>
  static T number(T n, T a) {
    return std::pow(-std::expm1(-n), 1 / a);
  }
  static std::array<double, 1> slopes(double n, double a) {
    const double u = -std::expm1(-n);
    return {u == 0 ? 0 : -std::log(u) / (a * a) * std::pow(u, 1 / a)};
  }
};

template <class D, class T>
void draw_noise(T* noise, std::int64_t size) {
  random::one_by_one([&](Stream& stream) {
    if constexpr (std::is_same_v<D, Normal>) {
      for (std::int64_t i = 0; i < size; i += 2) {
        const auto [one, other] = stream.normal_pair<float>();
        noise[i] = static_cast<T>(one);
        if (i + 1 < size) noise[i + 1] = static_cast<T>(other);
      }
    } else {
      std::generate_n(noise, size, [&] { return static_cast<T>(D::noise(stream)); });
      if constexpr (std::is_same_v<D, Power>) stream();  // MXNet draws one more
    }
  });
}

template <class D>
constexpr bool kTwo = D::names.size() == 2;

// Calls f(parameters...), each PerNumber.
template <class D, class O, class F>
void with_parameters(const char* op, const O& o, std::span<const Tensor> in, const Shape& out,
                     F f) {
  std::size_t input = 0;
  const auto find = [&](std::size_t k, const std::optional<double>& number) {
    return parameter(number, in, input, out, D::ranges[k], str("[", op, "] ", D::names[k]));
  };
  const PerNumber first = find(0, o.first);
  if constexpr (kTwo<D>) {
    const PerNumber second = find(1, o.second);
    f(first, second);
  } else {
    f(first);
  }
}

template <class D, class O>
void forward(const char* op, const O& o, const Call& call) {
  const Tensor& out = call.out[0];
  dispatch_real(out.dtype, op, [&]<class T>() {
    const Temporary<T> own(call.out[1] ? 0 : out.size());
    T* const noise = call.out[1] ? call.out[1].as<T>() : own.data();
    with_parameters<D>(op, o, call.in, out.shape, [&](const auto&... parameter) {
      draw_noise<D>(noise, out.size());
      for (std::int64_t i = 0; i < out.size(); ++i) {
        out.as<T>()[i] = D::number(noise[i], static_cast<T>(parameter.at(i))...);
      }
    });
  });
}

template <class D, class O>
void backward(const char* op, const O& o, const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  dispatch_real(dy.dtype, op, [&]<class T>() {
    with_parameters<D>(op, o, call.in, dy.shape, [&](const auto&... parameter) {
      const std::array given = {!o.first, !o.second};
      const std::array all = {&parameter...};
      std::size_t input = 0;
      for (std::size_t k = 0; k < all.size(); ++k) {
        if (!given[k]) continue;
        const Tensor& dp = call.in_grad[input++];
        if (!dp) continue;
        PooledVector<double> sums(static_cast<std::size_t>(dp.size()), 0.0);
        for (std::int64_t i = 0; i < dy.size(); ++i) {
          const auto slopes = D::slopes(call.out[1].as<T>()[i], parameter.at(i)...);
          sums[all[k]->place(i)] += dy.as<T>()[i] * slopes[k];
        }
        dispatch_numbers(dp.dtype, [&]<class P>() {
          std::transform(sums.begin(), sums.end(), dp.as<P>(),
                         [](double sum) { return static_cast<P>(sum); });
        });
      }
    });
  });
}

constexpr Fill kInRange{Fill::Kind::uniform, 0.5, 2};

// With inputs for two parameters, one of two, and one.
void add_samples(OpDefinition<NpiOptions>& definition, bool two) {
  if (!two) {
    definition.sample({.dtype = float64}, {{{3, 2}, kInRange}})
        .sample({.size = Shape{2, 3}, .dtype = float64}, {{{3}, kInRange}})
        .sample({}, {{{0, 3}, kInRange}});
    return;
  }
  definition.sample({.dtype = float64}, {{{3, 1}, kInRange}, {{4}, kInRange}})
      .sample({.second = 2, .dtype = float64}, {{{3, 2}, kInRange}})
      .sample({.first = 1, .size = Shape{2, 3}, .dtype = float64}, {{{3}, kInRange}})
      .sample({}, {{{0, 3}, kInRange}, {{3}, kInRange}});
}
void add_samples(OpDefinition<NpiScaleOptions>& definition, bool /*two*/) {
  definition.sample({.first = {}, .dtype = float64}, {{{3, 2}, kInRange}})
      .sample({.first = {}, .size = Shape{2, 3}, .dtype = float64}, {{{3}, kInRange}})
      .sample({.first = {}}, {{{0, 3}, kInRange}});
}

template <class D, class O = NpiOptions, bool batch = false>
OpDefinition<O> define(const char* name) {
  auto definition = define_op<O>(name);
  definition.doc(str(D::doc, " Parameters that are None are inputs."))
      .types(Types::numbers)
      .inputs(kTwo<D> ? std::vector<std::string>{"input1", "input2"}
                      : std::vector<std::string>{"input1"})
      .inputs_by([](const O& o) { return inputs_of(o, kTwo<D>); }, [](const O& /*o*/) { return 0; })
      .field(D::names[0], &O::first, "A number, or None for an input.");
  if constexpr (kTwo<D>) {
    definition.field(D::names[1], &O::second, "A number, or None for an input.");
  }
  definition
      .field("size", &O::size,
             batch ? "Of the batches, in front of the parameters' shape."
                   : "Of the result; None: the parameters'.")
      .field("ctx", &O::ctx, "Where it is made.")
      .field("dtype", &O::dtype, "A type of real numbers.")
      .context_from(&O::ctx)
      .outputs({"output", "noise"}, 1)
      .random()
      .infer_types([](const O& o, auto /*in*/, auto out) { out[0] = out[1] = o.dtype; })
      .infer([](const O& o, Inference& s) {
        check_number(o.first, D::ranges[0], D::names[0], s);
        if constexpr (kTwo<D>) check_number(o.second, D::ranges[1], D::names[1], s);
        s.expect(is_floating(o.dtype), -1, "dtype: expected a type of real numbers, got ", o.dtype);
        s.set_out(0, shape_of_draws(o.size, batch, s));
        s.set_out(1, s.out(0));
      })
      .forward([name](const O& o, const Call& call) { forward<D>(name, o, call); })
      .backward([name](const O& o, const GradientCall& call) { backward<D>(name, o, call); },
                Op::inputs | Op::outputs)
      .instead("draws without parameters, and arithmetic");
  add_samples(definition, kTwo<D>);
  return definition;
}

const auto uniform = define<Uniform>("_npi_uniform");
const auto normal = define<Normal>("_npi_normal");
const auto uniform_n = define<Uniform, NpiOptions, true>("_npi_uniform_n");
const auto normal_n = define<Normal, NpiOptions, true>("_npi_normal_n");
const auto gumbel = define<Gumbel>("_npi_gumbel");
const auto logistic = define<Logistic>("_npi_logistic");
const auto laplace = define<Laplace>("_npi_laplace");
const auto exponential = define<Exponential, NpiScaleOptions>("_npi_exponential");
const auto rayleigh = define<Rayleigh, NpiScaleOptions>("_npi_rayleigh");
const auto pareto = define<Pareto>("_npi_pareto");
const auto weibull = define<Weibull>("_npi_weibull");
const auto power = define<Power>("_npi_powerd");

}  // namespace
}  // namespace gluino
