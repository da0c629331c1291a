#include <gluino/base/convert.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/random/npi-inl.h>

#include <cmath>
#include <vector>

namespace gluino {
namespace {

using distributions::Range;
using random::Stream;

// Draws of NumPy's face through which no gradient goes.

// Marsaglia and Tsang (2000), "A simple method for generating gamma variables": a number of scale 1
// made of a normal one and two uniform ones; none where they are rejected.
std::optional<double> gamma_number(double shape, double normal, const double* uniform) {
  const double d = shape < 1 ? shape + 2.0 / 3.0 : shape - 1.0 / 3.0;
  const double x = 1 + normal / std::sqrt(9 * d);
  const double v = x * x * x;
  if (v <= 0) return std::nullopt;
  const double room = 0.5 * normal * normal + d * (1 - v + std::log(v));
  if (std::log(uniform[0]) >= room) return std::nullopt;
  return shape < 1 ? d * v * std::pow(uniform[1], 1 / shape) : d * v;
}

// Calls give(i, number) once for each i below `count`, with MXNet's numbers: while some are
// rejected, it draws anew for all.
template <class Give>
void draw_gamma_numbers(const PerNumber& shape, std::int64_t count, Give give) {
  const Temporary<double> uniform(2 * count);
  std::vector<bool> is_given(static_cast<std::size_t>(count));
  random::one_by_one([&](Stream& stream) {
    for (std::int64_t given = 0; given < count;) {
      std::generate_n(uniform.data(), 2 * count, [&] { return stream.canonical<double>(); });
      for (std::int64_t i = 0; i < count; ++i) {
        const double normal = stream.normal<double>();
        const auto at = static_cast<std::size_t>(i);
        if (is_given[at]) continue;
        const double alpha = shape.at(i);
        const std::optional<double> number =
            std::isnan(alpha) ? alpha : gamma_number(alpha, normal, uniform.data() + 2 * i);
        if (!number) continue;
        give(i, *number);
        is_given[at] = true;
        ++given;
      }
    }
  });
}

void draw_gamma(const NpiOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  std::size_t input = 0;
  const auto find = [&](const std::optional<double>& number, const char* name) {
    return parameter(number, call.in, input, out.shape, Range::above_0, str("[_npi_gamma] ", name));
  };
  const PerNumber shape = find(o.first, "shape");
  const PerNumber scale = find(o.second, "scale");
  dispatch_real(out.dtype, "_npi_gamma", [&]<class T>() {
    draw_gamma_numbers(shape, out.size(), [&](std::int64_t i, double number) {
      out.as<T>()[i] = static_cast<T>(number * scale.at(i));
    });
  });
}

void infer_gamma(const NpiOptions& o, Inference& s) {
  check_number(o.first, Range::above_0, "shape", s);
  check_number(o.second, Range::above_0, "scale", s);
  s.expect(is_floating(o.dtype), -1, "dtype: expected a type of real numbers, got ", o.dtype);
  for (int i = 0; i < s.num_inputs(); ++i) expect_numbers(i, s);
  s.set_out(0, shape_of_draws(o.size, false, s));
}

constexpr Fill kInRange{Fill::Kind::uniform, 0.2, 0.9};

const auto gamma =
    define_op<NpiOptions>("_npi_gamma")
        .doc("Numbers of the gamma distribution. Parameters that are None are inputs.")
        .types(Types::numbers)
        .inputs({"input1", "input2"})
        .inputs_by([](const NpiOptions& o) { return inputs_of(o, true); },
                   [](const NpiOptions& /*o*/) { return 0; })
        .looks_up({0, 1})
        .field("shape", &NpiOptions::first, "Of the distribution; None for an input.")
        .field("scale", &NpiOptions::second, "A number, or None for an input.")
        .field("size", &NpiOptions::size, "Of the result; None: the parameters'.")
        .field("ctx", &NpiOptions::ctx, "Where it is made.")
        .field("dtype", &NpiOptions::dtype, "A type of real numbers.")
        .context_from(&NpiOptions::ctx)
        .random()
        .infer_types([](const NpiOptions& o, auto /*in*/, auto out) { out[0] = o.dtype; })
        .infer(infer_gamma)
        .forward(draw_gamma)
        .sample({}, {{{3, 1}, kInRange}, {{4}, kInRange}})
        .sample({.second = 2, .size = Shape{2, 3}}, {{{3}, kInRange}})
        .sample({}, {{{0, 3}, kInRange}, {{3}, kInRange}});

struct BernoulliOptions {
  std::optional<double> prob{};
  std::optional<double> logit{};
  std::optional<Shape> size{};
  Context ctx = current_context();
  DType dtype = float32;
  bool is_logit = false;

  bool has_input() const { return !prob && !logit; }
  bool by_logit() const { return logit || (!prob && is_logit); }
};

double chance_of_logit(double logit) { return 1 / (1 + std::exp(-logit)); }

void infer_bernoulli(const BernoulliOptions& o, Inference& s) {
  s.expect(!o.prob || !o.logit, -1, "expected either prob or logit, got both");
  s.expect(!o.prob || (*o.prob >= 0 && *o.prob <= 1), -1, "prob: expected a chance of 0 to 1, got ",
           o.prob.value_or(0));
  check_number(o.logit, Range::any, "logit", s);
  s.set_out(0, shape_of_draws(o.size, false, s));
}

// 1 where a uniform number lies below the chance: MXNet's numbers.
void draw_bernoulli(const BernoulliOptions& o, const Call& call) {
  const Tensor& out = call.out[0];
  const bool by_logit = o.by_logit();
  const PerNumber given = o.has_input()
                              ? PerNumber(call.in[0], out.shape, Range::any, "[_npi_bernoulli]")
                              : PerNumber(by_logit ? *o.logit : *o.prob);
  const auto chance_of = [&](std::int64_t i) {
    const double chance = by_logit ? chance_of_logit(given.at(i)) : given.at(i);
    check(chance >= 0 && chance <= 1, "[_npi_bernoulli] prob: expected chances of 0 to 1, got ",
          chance);
    return chance;
  };
  dispatch(out.dtype, [&]<class T>() {
    random::one_by_one([&](Stream& stream) {
      for (std::int64_t i = 0; i < out.size(); ++i) {
        const bool comes = static_cast<double>(stream.canonical<float>()) < chance_of(i);
        out.as<T>()[i] = convert<T>(comes ? 1.0F : 0.0F);
      }
    });
  });
}

const auto bernoulli =
    define_op<BernoulliOptions>("_npi_bernoulli")
        .doc("1 with a chance, else 0. Without prob and logit the input is one of them.")
        .types(Types::any)
        .inputs({"input1"})
        .omits_last_when([](const BernoulliOptions& o) { return !o.has_input(); })
        .looks_up({0})
        .field("prob", &BernoulliOptions::prob, "The chance.")
        .field("logit", &BernoulliOptions::logit, "The logarithm of the odds instead.")
        .field("size", &BernoulliOptions::size, "Of the result; None: the input's.")
        .field("ctx", &BernoulliOptions::ctx, "Where it is made.")
        .field("dtype", &BernoulliOptions::dtype, "Of the result.")
        .field("is_logit", &BernoulliOptions::is_logit, "Whether the input is the logarithm.")
        .context_from(&BernoulliOptions::ctx)
        .random()
        .infer_types([](const BernoulliOptions& o, auto /*in*/, auto out) { out[0] = o.dtype; })
        .infer(infer_bernoulli)
        .forward(draw_bernoulli)
        .sample({}, {{{3, 4}, kInRange}})
        .sample({.size = Shape{2, 3}, .is_logit = true}, {{{3}}})
        .sample({}, {{{0, 3}}});

}  // namespace
}  // namespace gluino
