#pragma once

#include <gluino/gluino.h>
#include <gluino/ops/core/op.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace gluino::testing {

/// An array filled as a sample asks for.
inline NDArray filled(const SampleInput& input, DType dtype, unsigned seed) {
  std::mt19937 generator(seed);
  const auto n = static_cast<std::size_t>(input.shape.size());
  const Fill& fill = input.fill;
  std::vector<double> values(n);
  if (fill.kind == Fill::Kind::distinct) {
    // Part of a step off, another one for each seed: no value is zero, a half, or another input's.
    const double offset = (1 + seed % 7) / 9.0;
    const double step = (fill.high - fill.low) / static_cast<double>(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
      values[i] = fill.low + step * (static_cast<double>(i) + offset);
    }
    std::shuffle(values.begin(), values.end(), generator);
  } else if (fill.kind == Fill::Kind::integers) {
    std::uniform_int_distribution<int> draw(static_cast<int>(fill.low),
                                            static_cast<int>(fill.high) - 1);
    for (double& value : values) value = draw(generator);
  } else {
    std::uniform_real_distribution<double> draw(fill.low, fill.high);
    for (double& value : values) value = draw(generator);
  }
  return nd::from(values, input.shape).astype(dtype);
}

inline std::vector<NDArray> inputs_of(const Sample& sample, DType dtype) {
  std::vector<NDArray> inputs;
  for (const SampleInput& input : sample.inputs) {
    inputs.push_back(filled(input, dtype, 100 + static_cast<unsigned>(inputs.size())));
  }
  return inputs;
}

inline std::string describe(const Op& op, const Sample& sample) {
  std::string text = op.name + "(";
  for (const auto& [key, value] : op.format_options(sample.options.get())) {
    text += key + " = " + value + ", ";
  }
  for (const SampleInput& input : sample.inputs) text += input.shape.to_string();
  return text + ")";
}

inline bool same_bits(const NDArray& a, const NDArray& b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         (a.bytes() == 0 || std::memcmp(a.data(), b.data(), a.bytes()) == 0);
}

}  // namespace gluino::testing
