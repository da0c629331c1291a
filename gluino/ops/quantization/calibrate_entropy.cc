#include <gluino/ops/core/define.h>
#include <gluino/ops/quantization/quantization.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>
#include <vector>

namespace gluino {
namespace {

using Bins = std::vector<double>;

void infer(const CalibrateEntropyOptions& o, Inference& s) {
  s.expect_ndim(0, 1, "(bins)");
  const std::int64_t bins = s.in(0)[0];
  s.expect(o.num_quantized_bins >= 1 && o.num_quantized_bins <= bins, -1,
           "num_quantized_bins: expected 1 to the number of bins, ", bins, ", got ",
           o.num_quantized_bins);
  s.set_in(1, {bins + 1});
  s.set_out(0, {1});
  s.set_out(1, {1});
}

// The distribution with what stands for its zeros taken off the rest, or nothing where the zeros
// are too many; then of the sum 1.
bool smooth(Bins& bins) {
  constexpr double kForZero = 1e-4;
  const auto zeros = static_cast<double>(std::count(bins.begin(), bins.end(), 0.0));
  const double others = static_cast<double>(bins.size()) - zeros;
  if (others == 0 || kForZero * zeros >= others) return false;
  for (double& bin : bins) bin = bin == 0 ? kForZero : bin - kForZero * zeros / others;
  const double sum = std::accumulate(bins.begin(), bins.end(), 0.0);
  for (double& bin : bins) bin /= sum;
  return true;
}

// What is left of bins told by so many steps, each of several bins, the last of what is left over:
// its mean over those that hold anything.
Bins in_steps(const Bins& bins, std::size_t steps) {
  Bins result(bins.size());
  const std::size_t length = bins.size() / steps;
  for (std::size_t step = 0; step < steps; ++step) {
    const auto begin = static_cast<std::ptrdiff_t>(step * length);
    const auto end =
        static_cast<std::ptrdiff_t>(step + 1 < steps ? (step + 1) * length : bins.size());
    const double sum = std::accumulate(bins.begin() + begin, bins.begin() + end, 0.0);
    const auto filled = (end - begin) - std::count(bins.begin() + begin, bins.begin() + end, 0.0);
    if (filled > 0) {
      std::fill(result.begin() + begin, result.begin() + end, sum / static_cast<double>(filled));
    }
  }
  return result;
}

// Of the bins from `begin` to `end` alone, with all others at their ends; nothing where either
// form has too many zeros to be compared.
std::optional<double> divergence(const Bins& histogram, std::size_t begin, std::size_t end,
                                 std::size_t steps) {
  const auto at = [&](std::size_t i) { return histogram.begin() + static_cast<std::ptrdiff_t>(i); };
  Bins cut(at(begin), at(end));
  // The steps do not see the first bin: so MXNet measures.
  Bins seen = cut;
  seen.front() = 0;
  cut.front() += std::accumulate(histogram.begin(), at(begin), 0.0);
  cut.back() += std::accumulate(at(end), histogram.end(), 0.0);
  Bins rounded = in_steps(seen, steps);
  for (std::size_t i = 0; i < cut.size(); ++i) {
    if (cut[i] == 0) rounded[i] = 0;
  }
  if (!smooth(cut) || !smooth(rounded)) return std::nullopt;
  double sum = 0;
  for (std::size_t i = 0; i < cut.size(); ++i) {
    // A bin that held next to nothing may have come to hold less.
    if (cut[i] > 0 && rounded[i] > 0) sum += cut[i] * std::log(cut[i] / rounded[i]);
  }
  return sum;
}

template <class T>
void calibrate(const CalibrateEntropyOptions& o, const Call& call) {
  const T* const counts = call.in[0].as<T>();
  const auto bins = static_cast<std::size_t>(call.in[0].size());
  const Bins histogram(counts, counts + bins);
  check(std::all_of(histogram.begin(), histogram.end(),
                    [](double count) { return count >= 0 && std::isfinite(count); }),
        "[_contrib_calibrate_entropy] hist: expected counts, none below 0");
  const auto steps = static_cast<std::size_t>(o.num_quantized_bins);
  const std::size_t middle = bins / 2;
  double least = std::numeric_limits<double>::infinity();
  std::size_t threshold = bins;
  for (std::size_t half = steps / 2; half <= middle; ++half) {
    const std::size_t end = std::min(middle + half + 1, bins);
    if (end - (middle - half) < steps) continue;
    const auto here = divergence(histogram, middle - half, end, steps);
    if (!here || *here >= least) continue;
    least = *here;
    threshold = end;
  }
  *call.out[0].as<T>() = call.in[1].as<T>()[threshold];
  *call.out[1].as<T>() = static_cast<T>(least);
}

const auto registered =
    define_op<CalibrateEntropyOptions>("_contrib_calibrate_entropy")
        .doc(
            "Where to cut off a distribution that is to be told by few steps, and what that costs.")
        .inputs({"hist", "hist_edges"})
        .outputs({"threshold", "divergence"}, 2)
        .looks_up({0, 1})
        .field("num_quantized_bins", &CalibrateEntropyOptions::num_quantized_bins,
               "The number of steps.")
        .infer(infer)
        .forward([](const CalibrateEntropyOptions& o, const Call& call) {
          dispatch_real(call.in[0].dtype, "_contrib_calibrate_entropy",
                        [&]<class T>() { calibrate<T>(o, call); });
        })
        .sample({.num_quantized_bins = 7},
                {{{21}, {Fill::Kind::integers, 1, 50}}, {{22}, {Fill::Kind::distinct, -1, 1}}})
        .sample({.num_quantized_bins = 5},
                {{{31}, {Fill::Kind::integers, 0, 9}}, {{32}, {Fill::Kind::distinct, -1, 1}}});

}  // namespace
}  // namespace gluino
