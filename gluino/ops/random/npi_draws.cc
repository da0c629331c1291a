#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ops/random/npi-inl.h>

#include <array>
#include <tuple>
#include <type_traits>
#include <utility>

namespace gluino {
namespace {

using distributions::Range;
using random::Stream;

// Distributions that are made of noise without parameters, so that gradients reach them: the noise,
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
  // MXNet's comes from one std::normal_distribution, which makes two numbers at a time.
  static void noise(Stream& stream, float* noise, std::int64_t count) {
    for (std::int64_t i = 0; i < count; i += 2) {
      const auto [one, other] = stream.normal_pair<float>();
      noise[i] = one;
      if (i + 1 < count) noise[i + 1] = other;
    }
  }
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

// A distribution as what one definition is made of.
struct Distribution {
  const char* doc;
  std::size_t parameters;
  std::array<const char*, 2> names;
  std::array<Range, 2> ranges;
  void (*noise)(Stream& stream, float* noise, std::int64_t count);
  std::tuple<float (*)(float, float, float), double (*)(double, double, double)> number;
  std::array<double, 2> (*slopes)(double noise, double first, double second);
  // MXNet draws one more number in the end.
  bool one_more = false;

  bool two() const { return parameters == 2; }
};

template <class D>
void noise_of(Stream& stream, float* noise, std::int64_t count) {
  if constexpr (std::is_same_v<D, Normal>) {
    D::noise(stream, noise, count);
  } else {
    std::generate_n(noise, count, [&] { return D::noise(stream); });
  }
}

template <class D, class T>
T number_of(T noise, T first, [[maybe_unused]] T second) {
  if constexpr (D::names.size() == 2) {
    return D::number(noise, first, second);
  } else {
    return D::number(noise, first);
  }
}

template <class D>
std::array<double, 2> slopes_of(double noise, double first, [[maybe_unused]] double second) {
  if constexpr (D::names.size() == 2) {
    return D::slopes(noise, first, second);
  } else {
    return {D::slopes(noise, first)[0], 0};
  }
}

template <class D>
constexpr Distribution kOf = {
    .doc = D::doc,
    .parameters = D::names.size(),
    .names = {D::names.front(), D::names.back()},
    .ranges = {D::ranges.front(), D::ranges.back()},
    .noise = noise_of<D>,
    .number = {number_of<D, float>, number_of<D, double>},
    .slopes = slopes_of<D>,
    .one_more = std::is_same_v<D, Power>,
};

// How many numbers are drawn at a time: an even one, as normal ones come in pairs.
constexpr std::int64_t kBlock = 256;

using Numbers = std::array<std::optional<double>, 2>;

// For each number that is drawn, the one or two that belong to it.
std::array<PerNumber, 2> parameters_of(const Distribution& d, const char* op, const Numbers& given,
                                       std::span<const Tensor> in, const Shape& out) {
  std::size_t input = 0;
  const auto find = [&](std::size_t k) {
    return parameter(given[k], in, input, out, d.ranges[k], str("[", op, "] ", d.names[k]));
  };
  PerNumber first = find(0);
  return {std::move(first), d.two() ? find(1) : PerNumber(0)};
}

void forward(const Distribution& d, const char* op, const Numbers& given, const Call& call) {
  const Tensor& out = call.out[0];
  const std::array<PerNumber, 2> all = parameters_of(d, op, given, call.in, out.shape);
  dispatch_real(out.dtype, op, [&]<class T>() {
    float noise[kBlock];
    double first[kBlock], second[kBlock];
    const auto number = std::get<T (*)(T, T, T)>(d.number);
    T* const kept = call.out[1].as<T>();
    random::one_by_one([&](Stream& stream) {
      for (std::int64_t i = 0; i < out.size(); i += kBlock) {
        const std::int64_t count = std::min(kBlock, out.size() - i);
        d.noise(stream, noise, count);
        all[0].read(i, count, first);
        all[1].read(i, count, second);
        for (std::int64_t j = 0; j < count; ++j) {
          const auto one = static_cast<T>(noise[j]);
          if (kept) kept[i + j] = one;
          out.as<T>()[i + j] = number(one, static_cast<T>(first[j]), static_cast<T>(second[j]));
        }
      }
      if (d.one_more) stream();
    });
  });
}

void backward(const Distribution& d, const char* op, const Numbers& given,
              const GradientCall& call) {
  const Tensor& dy = call.out_grad[0];
  const std::array<PerNumber, 2> all = parameters_of(d, op, given, call.in, dy.shape);
  dispatch_real(dy.dtype, op, [&]<class T>() {
    std::size_t input = 0;
    for (std::size_t k = 0; k < d.parameters; ++k) {
      if (given[k]) continue;
      const Tensor& dp = call.in_grad[input++];
      if (!dp) continue;
      PooledVector<double> sums(static_cast<std::size_t>(dp.size()), 0.0);
      double first[kBlock], second[kBlock];
      for (std::int64_t i = 0; i < dy.size(); i += kBlock) {
        const std::int64_t count = std::min(kBlock, dy.size() - i);
        all[0].read(i, count, first);
        all[1].read(i, count, second);
        for (std::int64_t j = 0; j < count; ++j) {
          const auto slopes = d.slopes(call.out[1].as<T>()[i + j], first[j], second[j]);
          sums[all[k].place(i + j)] += dy.as<T>()[i + j] * slopes[k];
        }
      }
      kernels::convert(sums.data(), float64, dp.data, dp.dtype, dp.size());
    }
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

template <class O = NpiOptions>
OpDefinition<O> define(const char* name, const Distribution& d, bool batch = false) {
  auto definition = define_op<O>(name);
  const auto given = [](const O& o) { return Numbers{o.first, o.second}; };
  definition.doc(str(d.doc, " Parameters that are None are inputs."))
      .types(Types::numbers)
      .inputs(d.two() ? std::vector<std::string>{"input1", "input2"}
                      : std::vector<std::string>{"input1"})
      .inputs_by([&d](const O& o) { return inputs_of(o, d.two()); },
                 [](const O& /*o*/) { return 0; })
      .field(d.names[0], &O::first, "A number, or None for an input.");
  if (d.two()) definition.field(d.names[1], &O::second, "A number, or None for an input.");
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
      .infer([&d, batch](const O& o, Inference& s) {
        check_number(o.first, d.ranges[0], d.names[0], s);
        if (d.two()) check_number(o.second, d.ranges[1], d.names[1], s);
        s.expect(is_floating(o.dtype), -1, "dtype: expected a type of real numbers, got ", o.dtype);
        s.set_out(0, shape_of_draws(o.size, batch, s));
        s.set_out(1, s.out(0));
      })
      .forward(
          [&d, name, given](const O& o, const Call& call) { forward(d, name, given(o), call); })
      .backward([&d, name, given](const O& o,
                                  const GradientCall& call) { backward(d, name, given(o), call); },
                Op::inputs | Op::outputs)
      .instead("draws without parameters, and arithmetic");
  add_samples(definition, d.two());
  return definition;
}

const auto uniform = define("_npi_uniform", kOf<Uniform>);
const auto normal = define("_npi_normal", kOf<Normal>);
const auto uniform_n = define("_npi_uniform_n", kOf<Uniform>, true);
const auto normal_n = define("_npi_normal_n", kOf<Normal>, true);
const auto gumbel = define("_npi_gumbel", kOf<Gumbel>);
const auto logistic = define("_npi_logistic", kOf<Logistic>);
const auto laplace = define("_npi_laplace", kOf<Laplace>);
const auto exponential = define<NpiScaleOptions>("_npi_exponential", kOf<Exponential>);
const auto rayleigh = define<NpiScaleOptions>("_npi_rayleigh", kOf<Rayleigh>);
const auto pareto = define("_npi_pareto", kOf<Pareto>);
const auto weibull = define("_npi_weibull", kOf<Weibull>);
const auto power = define("_npi_powerd", kOf<Power>);

}  // namespace
}  // namespace gluino
