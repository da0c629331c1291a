// The default ranges of quantized networks, for data of all kinds: shifted, of one sign, with
// values that come again and again, with rare large ones.
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <random>

#include "ops/support.h"

namespace gluino {
namespace {

using Generator = std::mt19937;

double uniform(Generator& draw, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(draw);
}

// How the elements of data are distributed.
struct Distribution {
  int kind = 0;  // even, bell, long tail, two hills
  double scale = 1;
  double shift = 0;
  double atom_share = 0;  // how many are one and the same value
  double atom = 0;
  double outlier_share = 0;  // how many are ten times as large

  static Distribution random(Generator& draw) {
    Distribution d;
    d.kind = static_cast<int>(draw() % 4);
    d.scale = std::pow(10, uniform(draw, -3, 3));
    if (draw() % 2 == 0) d.shift = d.scale * uniform(draw, -3, 3);
    if (draw() % 2 == 0) {
      d.atom_share = uniform(draw, 0.1, 0.95);
      d.atom = d.shift + d.scale * std::array<double, 3>{-1, 0, 1}[draw() % 3];
    }
    if (draw() % 3 == 0) d.outlier_share = 0.001;
    return d;
  }

  double one(Generator& draw) const {
    if (uniform(draw, 0, 1) < atom_share) return atom;
    double x = uniform(draw, -1, 1);
    if (kind == 1) x = (x + uniform(draw, -1, 1) + uniform(draw, -1, 1)) / 2;
    if (kind == 2) x = x * x * x * x * x;
    if (kind == 3) x = (x > 0 ? 0.8 : -0.8) + 0.2 * uniform(draw, -1, 1);
    if (uniform(draw, 0, 1) < outlier_share) x *= 10;
    return shift + scale * x;
  }

  NDArray array(Generator& draw, const Shape& shape) const {
    std::vector<float> values(static_cast<std::size_t>(shape.size()));
    for (float& value : values) value = static_cast<float>(one(draw));
    return nd::from(values, shape);
  }

  std::string describe() const {
    return str("kind ", kind, ", scale ", scale, ", shift ", shift, ", ", atom_share, " are ", atom,
               ", outliers ", outlier_share);
  }
};

struct Case {
  Symbol symbol;
  ArrayMap params;
  Shape sample;
  Distribution data;
};

// One to three layers with functions between them.
Case random_case(Generator& draw) {
  Case result;
  result.data = Distribution::random(draw);
  const bool images = draw() % 2 == 0;
  result.sample = images ? Shape{2, 9, 9} : Shape{50};
  Symbol x = sym::var("data");
  const auto layers = 1 + draw() % 3;
  for (std::size_t i = 0; i < layers; ++i) {
    const std::string name = "layer" + std::to_string(i);
    if (images && i + 1 < layers) {
      x = sym::Convolution(x, {.kernel = {3, 3}, .pad = {1, 1}, .num_filter = 12}, name);
    } else {
      x = sym::FullyConnected(x, {.num_hidden = 20}, name);
    }
    const std::array<const char*, 4> functions = {"", "relu", "tanh", "sigmoid"};
    const std::string function = functions[i + 1 < layers ? draw() % 4 : 0];
    if (!function.empty()) x = sym::Activation(x, {.act_type = function});
  }
  result.symbol = x;
  Shape data = result.sample;
  data.insert(0, 1);
  const auto found = x.infer_shape({{"data", data}});
  const auto names = x.list_arguments();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == "data") continue;
    const Shape& shape = found.arguments[i];
    const double fan_in = static_cast<double>(shape.size_between(1, shape.ndim()));
    // The first layer brings the data to the size that functions like.
    double most = shape.ndim() > 1 ? std::sqrt(3 / fan_in) : 0.1;
    if (names[i] == "layer0_weight") most /= result.data.scale;
    const double least = draw() % 4 == 0 ? -most / 4 : -most;
    std::vector<float> values(static_cast<std::size_t>(shape.size()));
    for (float& value : values) value = static_cast<float>(uniform(draw, least, most));
    result.params[names[i]] = nd::from(values, shape);
  }
  return result;
}

// What is lost, as a share of the root mean square.
double relative_error(const NDArray& got, const NDArray& expected) {
  const double norm = expected.norm().asscalar();
  const double distance = (got - expected).norm().asscalar();
  return norm == 0 ? distance : distance / norm;
}

TEST(QuantizeRanges, TheDefaultIsNeverWorseThanThePlainRange) {
  int better = 0;
  for (unsigned seed = 0; seed < 150; ++seed) {
    Generator draw(seed);
    const Case made = random_case(draw);
    SCOPED_TRACE(str("seed ", seed, ": ", made.data.describe()));
    const FrozenGraph network(made.symbol, made.params);
    Shape shape = made.sample;
    shape.insert(0, 64);
    const std::vector<std::vector<NDArray>> batches = {{made.data.array(draw, shape)},
                                                       {made.data.array(draw, shape)}};
    const FrozenGraph plain = quantize(network, batches, {.calib_mode = "naive"});
    const FrozenGraph usual = quantize(network, batches);
    const NDArray other = made.data.array(draw, shape);
    for (const NDArray& x : {batches[0][0], other}) {
      const NDArray expected = network(x);
      const double of_plain = relative_error(plain(x), expected);
      const double of_usual = relative_error(usual(x), expected);
      EXPECT_LE(of_usual, 1.1 * of_plain + 1e-6);
      better += of_usual < 0.9 * of_plain ? 1 : 0;
    }
  }
  EXPECT_GT(better, 0) << "rare large values are never cut off";
}

// 28 x 28 strokes, as digits are after the usual normalisation.
NDArray digits(Generator& draw, std::int64_t count, double mean, double deviation) {
  std::vector<float> values(static_cast<std::size_t>(count * 784));
  for (std::int64_t n = 0; n < count; ++n) {
    const double slant = uniform(draw, -0.5, 0.5);
    const double place = uniform(draw, 10, 18);
    const double width = uniform(draw, 1.5, 3);
    for (std::int64_t y = 0; y < 28; ++y) {
      for (std::int64_t x = 0; x < 28; ++x) {
        const double from_stroke =
            std::abs(static_cast<double>(x) - place - slant * (double(y) - 14));
        const bool inside = y > 4 && y < 24;
        const double ink = inside ? std::clamp(width - from_stroke, 0.0, 1.0) : 0;
        values[static_cast<std::size_t>(n * 784 + y * 28 + x)] =
            static_cast<float>((ink - mean) / deviation);
      }
    }
  }
  return nd::from(values, {count, 1, 28, 28});
}

Symbol perceptron(const std::string& function) {
  const auto act = [&](const Symbol& x) { return sym::Activation(x, {.act_type = function}); };
  const Symbol x = act(sym::FullyConnected(sym::var("data"), {.num_hidden = 64}, "fc1"));
  return sym::FullyConnected(act(sym::FullyConnected(x, {.num_hidden = 64}, "fc2")),
                             {.num_hidden = 10}, "fc3");
}

Symbol lenet(const std::string& function) {
  const auto stage = [&](const Symbol& x, std::int64_t filters, const std::string& name) {
    const Symbol y = sym::Convolution(x, {.kernel = {5, 5}, .num_filter = filters}, name);
    return sym::Pooling(sym::Activation(y, {.act_type = function}),
                        {.kernel = {2, 2}, .stride = {2, 2}});
  };
  const Symbol features = stage(stage(sym::var("data"), 8, "conv1"), 16, "conv2");
  return sym::FullyConnected(features, {.num_hidden = 10}, "fc");
}

TEST(QuantizeRanges, OfNormalisedDigitsAndAfterASigmoid) {
  for (const std::string function : {"relu", "tanh", "sigmoid"}) {
    for (const auto& [mean, deviation] : {std::pair(0.0, 1.0), {0.1307, 0.3081}, {0.5, 0.5}}) {
      // Weights alone, as bytes, leave half a percent with each layer.
      for (const auto& [net, bound] :
           {std::pair(perceptron(function), 0.01), {lenet(function), 0.015}}) {
        Generator draw(3);
        random::seed(3);
        ArrayMap params;
        const auto names = net.list_arguments();
        const auto found = net.infer_shape({{"data", {1, 1, 28, 28}}});
        for (std::size_t i = 1; i < names.size(); ++i) {
          const Shape& shape = found.arguments[i];
          const double fan_in = static_cast<double>(shape.size_between(1, shape.ndim()));
          const double most = shape.ndim() > 1 ? std::sqrt(3 / fan_in) : 0.1;
          params[names[i]] = nd::random::uniform({.low = -most, .high = most, .shape = shape});
        }
        const FrozenGraph network(net, params);
        const FrozenGraph small = quantize(network, {{digits(draw, 200, mean, deviation)}});
        const NDArray other = digits(draw, 200, mean, deviation);
        EXPECT_LT(relative_error(small(other), network(other)), bound)
            << net.name() << ", " << function << ", normalised by " << mean << ", " << deviation;
      }
    }
  }
}

}  // namespace
}  // namespace gluino
