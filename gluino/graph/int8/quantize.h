#pragma once

#include <gluino/graph/frozen/frozen.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gluino {

/// As MXNet's contrib.quantization has them.
struct QuantizeOptions {
  /// How the range of values of a layer's data is found: "naive" takes the least and the largest
  /// ones met, "entropy" the range whose bytes tell most about the distribution (the least
  /// Kullback-Leibler divergence), which may cut off rare large values. Where that brings the
  /// outputs for the calibration data not clearly nearer to those of floats, it takes the naive
  /// ranges.
  std::string calib_mode = "entropy";
  /// What bytes stand for: "uint8" numbers from 0 on, "int8" as many below 0 as above, "auto" those
  /// from the least to the largest value.
  std::string quantized_dtype = "auto";
  /// Layers that go on with floats, by the names of their nodes or of their operators. Names of
  /// which the network has none mean nothing, as in MXNet: one list serves several networks.
  std::vector<std::string> excluded_sym_names{};
  std::vector<std::string> excluded_op_names{};
};

/// A frozen network whose convolutions (without groups, of images) and fully connected layers
/// multiply bytes and add in 32 bits. Weights are quantized by output channel, data as
/// `calib_data`, batches of the network's inputs, tell: a sample of the training set of some
/// hundred is enough. Activations and maximum pooling after such a layer become a part of it;
/// between two of them the data stay bytes. All else computes in floats.
///
///     const FrozenGraph small = quantize(frozen, {{images}});
///
/// Exact sums make its results the same for any number of threads and any processor, but for the
/// last bits of floats between layers. It is faster than floats where the processor multiplies
/// bytes (AVX-512 VNNI, AMX). Throws Error for batches that do not fit, no samples at all, or
/// unknown options.
GLUINO_API FrozenGraph quantize(const FrozenGraph& network,
                                const std::vector<std::vector<NDArray>>& calib_data,
                                const QuantizeOptions& options = {});

/// Least and largest numbers of arrays by their names, "data" or "relu0_output".
using QuantizeRanges = std::map<std::string, std::pair<double, double>>;

/// The same where it is known already between which numbers the data of each layer lie; calib_mode
/// means nothing then. `like` are inputs of the network, whose shapes and types are looked at.
/// Throws Error, naming it, where a layer's data have no range.
GLUINO_API FrozenGraph quantize(const FrozenGraph& network, const QuantizeRanges& ranges,
                                const std::vector<NDArray>& like,
                                const QuantizeOptions& options = {});

}  // namespace gluino
