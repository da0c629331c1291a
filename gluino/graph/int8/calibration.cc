#include <gluino/base/error.h>
#include <gluino/graph/int8/calibration.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace gluino::graph {
namespace {

constexpr std::size_t kBins = 2048;
// Steps of a byte from its least to its largest value, and to either side of the middle.
constexpr double kSteps = 255;
constexpr double kSignedSteps = 127;

// What is known of one output's values; 0 is always among them.
struct Range {
  double least = 0;
  double most = 0;
  std::vector<double> histogram{};  // of magnitudes up to the largest one

  double magnitude() const { return std::max(-least, most); }
};

template <class F>
void for_outputs(const FrozenGraph& network, const std::vector<std::vector<NDArray>>& batches,
                 F f) {
  for (const auto& batch : batches) {
    const auto outputs = network(batch);
    for (std::size_t i = 0; i < outputs.size(); ++i) f(i, outputs[i].to_vector<float>());
  }
}

// The divergence of the distribution cut off at `cut` from what `levels` steps leave of it.
double divergence(const std::vector<double>& histogram, std::size_t cut, std::size_t levels) {
  const double total = std::accumulate(histogram.begin(), histogram.end(), 0.0);
  const double outside =
      std::accumulate(histogram.begin() + static_cast<std::ptrdiff_t>(cut), histogram.end(), 0.0);
  const double inside = total - outside;
  if (inside <= 0) return std::numeric_limits<double>::infinity();
  double sum = 0;
  double free = 0;  // bins less levels
  for (std::size_t level = 0; level < levels; ++level) {
    const std::size_t begin = level * cut / levels;
    const std::size_t end = (level + 1) * cut / levels;
    double mass = 0;
    double filled = 0;
    for (std::size_t i = begin; i < end; ++i) {
      mass += histogram[i];
      filled += histogram[i] > 0 ? 1 : 0;
    }
    free += std::max(filled - 1, 0.0);
    for (std::size_t i = begin; i < end; ++i) {
      // What is cut off comes to stand at the end.
      const double p = (histogram[i] + (i + 1 == cut ? outside : 0)) / total;
      if (p <= 0) continue;
      // A place where nothing stood before is nearly impossible after rounding.
      const double q = histogram[i] > 0 ? mass / filled / inside : 1e-9;
      sum += p * std::log(p / q);
    }
  }
  // So much comes of counting a sample alone, were the distribution flat within each level.
  return sum - free / (2 * total);
}

// What is lost in squares, bins being the unit: by rounding to the levels of the cut, evenly
// distributed, and by cutting off.
double squared_error(const std::vector<double>& histogram, std::size_t cut, std::size_t levels) {
  const double step = static_cast<double>(cut) / static_cast<double>(levels);
  double sum = 0;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    const double beyond = i < cut ? 0 : static_cast<double>(i - cut) + 0.5;
    sum += histogram[i] * (i < cut ? step * step / 12 : beyond * beyond);
  }
  return sum;
}

// Steps that reach from one end to the other, 0 being one of them.
Calibrated reaching(double least, double most) {
  const double zero_point = std::round(kSteps * -least / (most - least));
  const double below = zero_point > 0 ? -least / zero_point : 0;
  const double above = zero_point < kSteps ? most / (kSteps - zero_point) : 0;
  return {std::max(below, above), static_cast<std::int64_t>(zero_point)};
}

Calibrated calibrated(const Range& range, const std::string& quantized_dtype) {
  check(quantized_dtype != "uint8" || range.least >= 0,
        "quantize: quantized_dtype uint8 cannot stand for ", range.least,
        ", which is among a layer's data; take int8 or auto");
  double most = range.magnitude();
  if (most == 0) return {1, 0};
  const bool both_sides = quantized_dtype == "int8";
  const double steps = both_sides ? kSignedSteps : kSteps * most / (range.most - range.least);
  if (!range.histogram.empty()) {
    const auto levels = static_cast<std::size_t>(steps);
    most *= static_cast<double>(best_cut(range.histogram, levels)) / kBins;
  }
  if (both_sides) return {most / kSignedSteps, 128};
  return reaching(std::max(range.least, -most), std::min(range.most, most));
}

}  // namespace

Calibrated calibrated_by_range(double least, double most, const std::string& quantized_dtype) {
  check(std::isfinite(least) && std::isfinite(most) && least <= most,
        "quantize: expected a range of finite numbers, got ", least, " to ", most);
  return calibrated({.least = std::min(least, 0.0), .most = std::max(most, 0.0)}, quantized_dtype);
}

std::size_t best_cut(const std::vector<double>& histogram, std::size_t levels) {
  std::size_t best = histogram.size();
  double least = divergence(histogram, best, levels);
  const double allowed = squared_error(histogram, best, levels);
  for (std::size_t cut = levels; cut < histogram.size(); ++cut) {
    if (squared_error(histogram, cut, levels) > allowed) continue;
    const double here = divergence(histogram, cut, levels);
    if (here < least) {
      least = here;
      best = cut;
    }
  }
  return best;
}

std::vector<Calibrated> calibrate(const FrozenGraph& network,
                                  const std::vector<std::vector<NDArray>>& batches,
                                  const std::string& calib_mode,
                                  const std::string& quantized_dtype) {
  std::vector<Range> ranges(network.symbol().num_outputs());
  bool has_values = false;
  for_outputs(network, batches, [&](std::size_t output, const std::vector<float>& values) {
    has_values = has_values || !values.empty();
    Range& range = ranges[output];
    for (const float value : values) {
      check(std::isfinite(value), "quantize: the calibration data lead to ", value);
      range.least = std::min<double>(range.least, value);
      range.most = std::max<double>(range.most, value);
    }
  });
  check(has_values, "quantize: the calibration data have no samples, so that they tell no range");
  if (calib_mode == "entropy") {
    for (Range& range : ranges) range.histogram.assign(kBins, 0);
    for_outputs(network, batches, [&](std::size_t output, const std::vector<float>& values) {
      Range& range = ranges[output];
      const double factor = range.magnitude() > 0 ? kBins / range.magnitude() : 0;
      for (const float value : values) {
        // Bytes can say 0 whatever the range, and relu gives so many that they would hide the rest.
        if (value == 0) continue;
        const auto bin = static_cast<std::size_t>(std::abs(value) * factor);
        ++range.histogram[std::min(bin, kBins - 1)];
      }
    });
  }
  std::vector<Calibrated> result;
  result.reserve(ranges.size());
  for (const Range& range : ranges) result.push_back(calibrated(range, quantized_dtype));
  return result;
}

}  // namespace gluino::graph
