#include <apps/digits/models/networks.h>
#include <apps/digits/models/residual.h>
#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/nn/nn.h>

#include <algorithm>

namespace digits {
namespace {

namespace nn = gluino::gluon::nn;

// A network's name, its options with an activation in any case.
using Make = nn::HybridSequential (*)(const NetworkOptions& options);

nn::HybridSequential make_mlp(const NetworkOptions& options) {
  const auto& [rows, columns, classes] = options.images;
  nn::HybridSequential net("MLP_");
  const auto scope = net.name_scope();
  net.add(nn::Flatten(),
          nn::Dense({.units = 128, .activation = options.activation, .in_units = rows * columns}),
          nn::Dense({.units = 64, .activation = options.activation, .in_units = 128}),
          nn::Dense({.units = options.images.num_classes(), .in_units = 64}));
  return net;
}

nn::HybridSequential make_lenet(const NetworkOptions& options) {
  // What two convolutions of 5x5, each with a pooling behind it, leave of a side.
  const auto left = [](std::int64_t side) { return ((side - 4) / 2 - 4) / 2; };
  nn::HybridSequential net("LeNet_");
  const auto scope = net.name_scope();
  net.add(nn::Conv2D({.channels = 20,
                      .kernel_size = {5, 5},
                      .activation = options.activation,
                      .in_channels = 1}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D({.channels = 50,
                      .kernel_size = {5, 5},
                      .activation = options.activation,
                      .in_channels = 20}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
          nn::Dense({.units = 500,
                     .activation = options.activation,
                     .in_units = 50 * left(options.images.rows) * left(options.images.columns)}),
          nn::Dense({.units = options.images.num_classes(), .in_units = 500}));
  return net;
}

// A convolution of 3x3 with batch norm, whose offset takes the place of a bias.
void add_convolution(nn::HybridSequential& net, std::int64_t from, std::int64_t to,
                     std::int64_t padding, const std::string& activation) {
  net.add(nn::Conv2D({.channels = to,
                      .kernel_size = 3,
                      .padding = padding,
                      .use_bias = false,
                      .in_channels = from}));
  net.add(nn::BatchNorm({.in_channels = to}));
  net.add(nn::Activation(activation));
}

nn::HybridSequential make_cnn(const NetworkOptions& options) {
  const std::string& activation = options.activation;
  // What three poolings leave of a side; the last convolution has no padding.
  const auto left = [](std::int64_t side) { return (side / 4 - 2) / 2; };
  nn::HybridSequential net("CNN_");
  const auto scope = net.name_scope();
  add_convolution(net, 1, 16, 1, activation);
  net.add(nn::MaxPool2D());
  add_convolution(net, 16, 32, 1, activation);
  net.add(nn::MaxPool2D());
  add_convolution(net, 32, 64, 1, activation);
  add_convolution(net, 64, 64, 0, activation);
  net.add(nn::MaxPool2D());
  net.add(nn::Flatten());
  net.add(nn::Dense({.units = 128,
                     .activation = activation,
                     .in_units = 64 * left(options.images.rows) * left(options.images.columns)}));
  net.add(nn::Dense({.units = options.images.num_classes(), .in_units = 128}));
  return net;
}

nn::HybridSequential make_resnet20(const NetworkOptions& options) {
  constexpr std::int64_t kChannels[] = {16, 32, 64};
  constexpr int kBlocks = 3;
  nn::HybridSequential net("ResNet20_");
  const auto scope = net.name_scope();
  std::int64_t channels = kChannels[0];
  add_convolution(net, 1, channels, 1, options.activation);
  for (const std::int64_t next : kChannels) {
    for (int block = 0; block < kBlocks; ++block) {
      net.add(Residual({.in_channels = channels,
                        .channels = next,
                        .stride = next != channels ? 2 : 1,
                        .activation = options.activation}));
      channels = next;
    }
  }
  net.add(nn::GlobalAvgPool2D());
  net.add(nn::Flatten());
  net.add(nn::Dense({.units = options.images.num_classes(), .in_units = channels}));
  return net;
}

struct Kind {
  std::string name;
  std::string activation;
  // Of an image, in pixels.
  std::int64_t least_side;
  Make make;
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {{"mlp", "relu", 1, make_mlp},
                                        {"lenet", "tanh", 16, make_lenet},
                                        {"cnn", "relu", 16, make_cnn},
                                        {"resnet20", "relu", 4, make_resnet20}};
  return all;
}

const Kind& kind(const std::string& net) {
  const auto found = std::find_if(kinds().begin(), kinds().end(),
                                  [&](const Kind& each) { return each.name == net; });
  gluino::check(found != kinds().end(), "expected the network ",
                gluino::join(network_names(), " or "), ", found '", net, "'");
  return *found;
}

}  // namespace

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Kind& each : kinds()) all.push_back(each.name);
    return all;
  }();
  return names;
}

std::string default_activation(const std::string& net) { return kind(net).activation; }

nn::HybridSequential make_network(const NetworkOptions& options) {
  const Kind& chosen = kind(options.net);
  const auto& images = options.images;
  gluino::check(std::min(images.rows, images.columns) >= chosen.least_side, chosen.name,
                ": expected images of at least ", chosen.least_side, "x", chosen.least_side,
                ", got ", images.rows, "x", images.columns);
  NetworkOptions complete = options;
  if (complete.activation.empty()) complete.activation = chosen.activation;
  return chosen.make(complete);
}

}  // namespace digits
