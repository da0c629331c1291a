#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>

#include <algorithm>
#include <cmath>
#include <numbers>

// What sound is looked at through: constants that follow from the file.
namespace gluino::onnx {
namespace {

constexpr std::int64_t kMostElements = std::int64_t{1} << 26;

DType output_type(const ImportNode& n) {
  return type_of_code(static_cast<std::int32_t>(n.integer("output_datatype", 1)),
                      n.where() + "output_datatype");
}

std::int64_t whole(const ImportNode& n, int input, const char* name) {
  const double value = n.number(input);
  n.expect(value >= 0 && value <= static_cast<double>(kMostElements), name, ": got ", value);
  return static_cast<std::int64_t>(value);
}

// a - b cos(turn) + c cos(2 turn), once around in as many numbers, or in one less.
Symbol window(const ImportNode& n, double a, double b, double c) {
  const std::int64_t size = whole(n, 0, "size");
  const bool is_periodic = n.integer("periodic", 1) != 0;
  const auto around = static_cast<double>(is_periodic ? size : size - 1);
  std::vector<double> values;
  for (std::int64_t i = 0; i < size; ++i) {
    const double turn = around > 0 ? 2 * std::numbers::pi * static_cast<double>(i) / around : 0;
    values.push_back(a - b * std::cos(turn) + c * std::cos(2 * turn));
  }
  return n.parameter(nd::from(values, {size}, cpu()).astype(output_type(n)));
}

// Triangles over the bins of a spectrum, whose corners are as far apart as the ear tells.
Symbol read_mel_weights(const ImportNode& n) {
  const std::int64_t bins = whole(n, 0, "num_mel_bins"), length = whole(n, 1, "dft_length");
  const double rate = n.number(2);
  const std::int64_t rows = length / 2 + 1;
  const auto is_pitch = [&](int input) {
    return std::isfinite(n.number(input)) && n.number(input) >= 0;
  };
  n.expect(rate > 0 && bins > 0 && is_pitch(3) && is_pitch(4) && rows <= kMostElements / bins,
           "of ", bins, " bins and ", length, " numbers at ", rate, " Hz");
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const double low = mel(n.number(3)), high = mel(n.number(4));
  const double step = (high - low) / static_cast<double>(bins + 2);
  const auto corner = [&](std::int64_t i) {
    const double hertz = 700 * (std::pow(10, (low + step * static_cast<double>(i)) / 2595) - 1);
    const double place = std::floor(static_cast<double>(length + 1) * hertz / rate);
    return static_cast<std::int64_t>(std::clamp(place, 0.0, static_cast<double>(rows)));
  };
  std::vector<double> weights(static_cast<std::size_t>(rows * bins), 0);
  const auto set = [&](std::int64_t row, std::int64_t bin, std::int64_t up, std::int64_t down) {
    weights[static_cast<std::size_t>(row * bins + bin)] =
        static_cast<double>(up) / static_cast<double>(down);
  };
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    const std::int64_t left = corner(bin), middle = corner(bin + 1), right = corner(bin + 2);
    if (left == middle && middle < rows) set(middle, bin, 1, 1);
    for (std::int64_t row = left; row <= std::min(middle, rows - 1) && left < middle; ++row) {
      set(row, bin, row - left, middle - left);
    }
    for (std::int64_t row = middle; row < std::min(right, rows); ++row) {
      set(row, bin, right - row, right - middle);
    }
  }
  return n.parameter(nd::from(weights, {rows, bins}, cpu()).astype(output_type(n)));
}

const bool registered = translate([](Translations& t) {
  t.reads("HannWindow", [](const ImportNode& n) { return window(n, 0.5, 0.5, 0); });
  // 25/46 and 21/46, as ONNX has them.
  t.reads("HammingWindow", [](const ImportNode& n) { return window(n, 25.0 / 46, 21.0 / 46, 0); });
  t.reads("BlackmanWindow", [](const ImportNode& n) { return window(n, 0.42, 0.5, 0.08); });
  t.reads("MelWeightMatrix", read_mel_weights);
});

}  // namespace
}  // namespace gluino::onnx
