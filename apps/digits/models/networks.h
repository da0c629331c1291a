#pragma once

#include <apps/digits/models/images.h>
#include <gluino/gluon/nn/containers.h>

#include <string>
#include <vector>

namespace digits {

struct NetworkOptions {
  std::string net = "lenet";
  /// Empty: the network's default_activation.
  std::string activation{};
  /// What it reads: images (N, 1, rows, columns), and the classes that it tells apart.
  ImageKind images{};
};

/// "mlp", "lenet", "cnn", "resnet20".
const std::vector<std::string>& network_names();
std::string default_activation(const std::string& net);

/// The network, not initialized, giving (N, classes): scores whose softmax are the probabilities of
/// the classes. All shapes are known, so that parameters of a file are compared with them. Throws
/// Error on unknown names, and on images that are too small for it.
gluino::gluon::nn::HybridSequential make_network(const NetworkOptions& options);

}  // namespace digits
