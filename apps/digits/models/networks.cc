#include <apps/digits/models/networks.h>
#include <gluino/base/error.h>
#include <gluino/gluon/nn/nn.h>

#include <map>

namespace digits {
namespace {

namespace nn = gluino::gluon::nn;

nn::HybridSequential make_mlp(const std::string& activation) {
  nn::HybridSequential net("MLP_");
  const auto scope = net.name_scope();
  net.add(nn::Flatten(),
          nn::Dense({.units = 128, .activation = activation, .in_units = kRows * kColumns}),
          nn::Dense({.units = 64, .activation = activation, .in_units = 128}),
          nn::Dense({.units = kClasses, .in_units = 64}));
  return net;
}

nn::HybridSequential make_lenet(const std::string& activation) {
  nn::HybridSequential net("LeNet_");
  const auto scope = net.name_scope();
  net.add(nn::Conv2D(
              {.channels = 20, .kernel_size = {5, 5}, .activation = activation, .in_channels = 1}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}),
          nn::Conv2D(
              {.channels = 50, .kernel_size = {5, 5}, .activation = activation, .in_channels = 20}),
          nn::MaxPool2D({.pool_size = {2, 2}, .strides = {2, 2}}), nn::Flatten(),
          nn::Dense({.units = 500, .activation = activation, .in_units = 50 * 4 * 4}),
          nn::Dense({.units = kClasses, .in_units = 500}));
  return net;
}

struct Kind {
  std::string activation;
  nn::HybridSequential (*make)(const std::string& activation);
};

const std::map<std::string, Kind>& kinds() {
  static const std::map<std::string, Kind> all = {{"mlp", {"relu", make_mlp}},
                                                  {"lenet", {"tanh", make_lenet}}};
  return all;
}

const Kind& kind(const std::string& net) {
  const auto found = kinds().find(net);
  gluino::check(found != kinds().end(), "expected the network mlp or lenet, found '", net, "'");
  return found->second;
}

}  // namespace

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = {"mlp", "lenet"};
  return names;
}

std::string default_activation(const std::string& net) { return kind(net).activation; }

nn::HybridSequential make_network(const NetworkOptions& options) {
  const Kind& chosen = kind(options.net);
  return chosen.make(options.activation.empty() ? chosen.activation : options.activation);
}

}  // namespace digits
