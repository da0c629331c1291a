#pragma once

#include <gluino/graph/frozen/frozen.h>

#include <cstdint>
#include <string>
#include <vector>

/// Which numbers the bytes of quantized data stand for; the room's own.
namespace gluino::graph {

/// A byte q stands for (q - zero_point) * scale.
struct Calibrated {
  double scale = 1;
  std::int64_t zero_point = 0;
};

/// For every output of `network`, from those that it gives for the batches. `calib_mode` and
/// `quantized_dtype` as in QuantizeOptions.
std::vector<Calibrated> calibrate(const FrozenGraph& network,
                                  const std::vector<std::vector<NDArray>>& batches,
                                  const std::string& calib_mode,
                                  const std::string& quantized_dtype);

/// For data of which only that is known. Throws Error unless both are finite and least <= most.
Calibrated calibrated_by_range(double least, double most, const std::string& quantized_dtype);

/// How many of the first bins of a histogram of magnitudes are worth keeping, when `levels` steps
/// are to tell them apart: those with the least Kullback-Leibler divergence between the
/// distribution cut off there and its rounded form (Migacz, "8-bit inference with TensorRT", 2017),
/// among those that lose no more in squares than all bins would. The divergence alone knows no
/// distances: a value that stands for half of the data makes it cut off half of the others.
std::size_t best_cut(const std::vector<double>& histogram, std::size_t levels);

}  // namespace gluino::graph
