#pragma once

#include <cstdint>
#include <string>
#include <vector>

// This header and peer.h are read by C++17 sources too, and include nothing of any library.

namespace gluino::benchmarks {

/// The two networks of MXNet's digit tutorials, for images (N, 1, 28, 28), and a deeper one, for
/// images (N, 3, 32, 32).
/// MLP: flatten, 128 relu, 64 relu, 10. LeNet: 20 5x5 tanh, max-pool 2x2, 50 5x5 tanh, max-pool
/// 2x2, flatten, 500 tanh, 10. VGG: two 3x3 convolutions of 64 filters, padded by 1, each followed
/// by batch norm and relu; max-pool 2x2; the same with 128 and with 256 filters; flatten, 256 relu,
/// 10.
enum class Network { lenet, mlp, vgg };

/// Channels, height and width of what goes through a network.
struct Image {
  std::int64_t channels = 0;
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t size() const { return channels * height * width; }
};

/// One layer as each library is told of it.
struct Layer {
  enum class Kind { convolution, batch_norm, relu, tanh, max_pool, flatten, dense };
  Kind kind = Kind::relu;
  /// Filters of a convolution, outputs of a dense layer.
  std::int64_t units = 0;
  /// Height and width of a convolution's filters, and of what a pooling looks at and steps by.
  std::int64_t kernel = 0;
  std::int64_t padding = 0;
  /// What comes in, and what goes out.
  Image in{};
  Image out{};

  /// Per image.
  double multiply_adds() const;
};

/// The first one first.
std::vector<Layer> layers_of(Network network);

inline constexpr std::int64_t kClasses = 10;
/// At ten times its rate the deep network's loss first rises, and rounding grows to a tenth of it.
constexpr double learning_rate(Network network) { return network == Network::vgg ? 0.001 : 0.1; }

/// What is learnt: batches of images and labels that lie ready as float.
struct Problem {
  Network network = Network::lenet;
  std::int64_t batch_size = 0;
  Image image{};
  /// Per batch: batch_size * image.size() values from 0 to 1, and batch_size classes.
  std::vector<std::vector<float>> images;
  std::vector<std::vector<float>> labels;
};

/// Random images of which each is half a picture of its class (random too) and half noise, so that
/// there is something to learn. The same ones in every call.
Problem make_problem(Network network, std::int64_t batch_size, std::int64_t batches);

/// Floating-point operations per image in 10^6, a multiply-add counting 2: matrix products and
/// convolutions only. Training leaves out the gradient by the images, which nobody asks for.
double forward_mflop(Network network);
double training_mflop(Network network);

std::string to_string(Network network);

}  // namespace gluino::benchmarks
