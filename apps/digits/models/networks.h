#pragma once

#include <gluino/gluon/nn/containers.h>

#include <string>
#include <vector>

namespace digits {

/// The images every network takes: (N, 1, 28, 28), from 0 to 1.
inline constexpr std::int64_t kRows = 28;
inline constexpr std::int64_t kColumns = 28;
inline constexpr int kClasses = 10;
/// Pixels from 0 to 255 are divided by it.
inline constexpr int kPixelScale = 255;

struct NetworkOptions {
  std::string net = "lenet";
  /// Empty: the network's default_activation.
  std::string activation{};
};

/// "mlp", "lenet".
const std::vector<std::string>& network_names();
std::string default_activation(const std::string& net);

/// The network, not initialized, giving (N, 10): scores whose softmax are the probabilities of the
/// classes. All shapes are known, so that parameters of a file are compared with them. Throws Error
/// on unknown names.
gluino::gluon::nn::HybridSequential make_network(const NetworkOptions& options);

}  // namespace digits
