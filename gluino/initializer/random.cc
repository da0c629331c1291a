// Initializers that draw random numbers.
#include <gluino/base/error.h>
#include <gluino/base/random.h>
#include <gluino/base/text.h>
#include <gluino/initializer/initializer.h>
#include <gluino/initializer/numpy_draws.h>
#include <gluino/initializer/options.h>
#include <gluino/ops/core/invoke.h>

#include <cmath>
#include <span>

namespace gluino::init {
namespace {

using Draw32 = void (*)(std::span<float>, double, double);
using Draw64 = void (*)(std::span<double>, double, double);

template <class T, class Draw>
void fill(const NDArray& array, Draw draw, double first, double second) {
  array.note_change();
  draw(std::span(array.data<T>(), static_cast<std::size_t>(array.size())), first, second);
}

// Draws on the CPU whatever the array's place, so that a seed gives the same weights everywhere.
void fill_random(const NDArray& array, Draw32 draw32, Draw64 draw64, double first, double second) {
  // MXNet's bounds and deviations are of this type.
  const double a = static_cast<float>(first);
  const double b = static_cast<float>(second);
  const bool here = array.context().device == Device::cpu;
  if (here && array.dtype() == float32) return fill<float>(array, draw32, a, b);
  if (here && array.dtype() == float64) return fill<double>(array, draw64, a, b);
  check(is_floating(array.dtype()), "random weights need a floating-point array, got ",
        array.dtype());
  // MXNet draws float16 in double, and rounds to float on the way.
  const bool half = array.dtype() == float16;
  const NDArray drawn(array.shape(), half || array.dtype() == float64 ? float64 : float32, cpu());
  fill_random(drawn, draw32, draw64, first, second);
  array.assign((half ? drawn.astype(float32) : drawn).as_in_context(array.context()));
}

thread_local bool draws_as_numpy = false;

void fill_by_operator(const char* op, const NDArray& array, Attributes parameters) {
  check(is_floating(array.dtype()), "random weights need a floating-point array, got ",
        array.dtype());
  if (array.size() == 0) return;
  parameters["size"] = str(array.shape());
  parameters["dtype"] = array.dtype() == float64 ? "float64" : "float32";
  parameters["ctx"] = "cpu(0)";
  array.assign(nd::invoke(op, {}, parameters)[0].as_in_context(array.context()));
}

void fill_uniform(const NDArray& array, double scale) {
  if (draws_as_numpy) {
    return fill_by_operator("_npi_uniform", array,
                            {{"low", python_repr(-scale)}, {"high", python_repr(scale)}});
  }
  fill_random(array, random::uniform, random::uniform, -scale, scale);
}

void fill_normal(const NDArray& array, double sigma) {
  if (draws_as_numpy) {
    return fill_by_operator("_npi_normal", array, {{"loc", "0"}, {"scale", python_repr(sigma)}});
  }
  fill_random(array, random::normal, random::normal, 0, sigma);
}

void check_scale(const char* who, const char* option, double value) {
  check(std::isfinite(value) && value >= 0, "[", who, "] ", option,
        ": expected a finite number of at least 0, got ", value);
}

double xavier_factor(const XavierOptions& options, const Shape& shape) {
  const auto kernel = static_cast<double>(shape.size_between(2, shape.ndim()));
  const double in = static_cast<double>(shape[1]) * kernel;
  const double out = static_cast<double>(shape[0]) * kernel;
  if (options.factor_type == "in") return in;
  if (options.factor_type == "out") return out;
  return (in + out) / 2;
}

Initializer make_xavier(const XavierOptions& options, const std::string& who) {
  check(options.rnd_type == "uniform" || options.rnd_type == "gaussian", "[", who,
        "] rnd_type: expected uniform or gaussian, got '", options.rnd_type, "'");
  check(options.factor_type == "avg" || options.factor_type == "in" || options.factor_type == "out",
        "[", who, "] factor_type: expected avg, in or out, got '", options.factor_type, "'");
  check_scale(who.c_str(), "magnitude", options.magnitude);
  return Initializer(
      [=](const std::string& name, const NDArray& array) {
        check(array.ndim() >= 2, "[", who, "] ", name, ": expected at least 2 dimensions, got ",
              array.shape());
        if (array.size() == 0) return;
        const double scale = std::sqrt(options.magnitude / xavier_factor(options, array.shape()));
        options.rnd_type == "uniform" ? fill_uniform(array, scale) : fill_normal(array, scale);
      },
      who);
}

[[maybe_unused]] const bool registered = [] {
  register_initializer("uniform", [](const auto& options) {
    OptionReader reader("uniform", options);
    const double scale = reader.number("scale", 0.07);
    reader.done();
    return Uniform(scale);
  });
  register_initializer("normal", [](const auto& options) {
    OptionReader reader("normal", options);
    const double sigma = reader.number("sigma", 0.01);
    reader.done();
    return Normal(sigma);
  });
  register_initializer("xavier", [](const auto& options) {
    OptionReader reader("xavier", options);
    XavierOptions xavier;
    xavier.rnd_type = reader.text("rnd_type", xavier.rnd_type);
    xavier.factor_type = reader.text("factor_type", xavier.factor_type);
    xavier.magnitude = reader.number("magnitude", xavier.magnitude);
    reader.done();
    return Xavier(xavier);
  });
  register_initializer("msraprelu", [](const auto& options) {
    OptionReader reader("msraprelu", options);
    MSRAPreluOptions msra;
    msra.factor_type = reader.text("factor_type", msra.factor_type);
    msra.slope = reader.number("slope", msra.slope);
    reader.done();
    return MSRAPrelu(msra);
  });
  return true;
}();

}  // namespace

NumpyDraws::NumpyDraws() : before_(draws_as_numpy) { draws_as_numpy = true; }
NumpyDraws::~NumpyDraws() { draws_as_numpy = before_; }

Initializer Uniform(double scale) {
  check_scale("uniform", "scale", scale);
  return Initializer([=](const auto&, const NDArray& array) { fill_uniform(array, scale); },
                     "uniform");
}

Initializer Normal(double sigma) {
  check_scale("normal", "sigma", sigma);
  return Initializer([=](const auto&, const NDArray& array) { fill_normal(array, sigma); },
                     "normal");
}

Initializer Xavier(const XavierOptions& options) { return make_xavier(options, "xavier"); }

Initializer MSRAPrelu(const MSRAPreluOptions& options) {
  return make_xavier({.rnd_type = "gaussian",
                      .factor_type = options.factor_type,
                      .magnitude = 2 / (1 + options.slope * options.slope)},
                     "msraprelu");
}

}  // namespace gluino::init
