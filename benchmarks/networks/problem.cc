#include "networks/problem.h"

#include <algorithm>
#include <random>

namespace gluino::benchmarks {
namespace {

using Kind = Layer::Kind;

constexpr Image kDigit{1, 28, 28};
constexpr Image kPhoto{3, 32, 32};

std::vector<Layer> describe(Network network) {
  if (network == Network::mlp) {
    return {{Kind::flatten},   {Kind::dense, 128}, {Kind::relu},
            {Kind::dense, 64}, {Kind::relu},       {Kind::dense, kClasses}};
  }
  if (network == Network::lenet) {
    return {{Kind::convolution, 20, 5},
            {Kind::tanh},
            {Kind::max_pool, 0, 2},
            {Kind::convolution, 50, 5},
            {Kind::tanh},
            {Kind::max_pool, 0, 2},
            {Kind::flatten},
            {Kind::dense, 500},
            {Kind::tanh},
            {Kind::dense, kClasses}};
  }
  std::vector<Layer> layers;
  for (const std::int64_t filters : {64, 128, 256}) {
    for (int i = 0; i < 2; ++i) {
      layers.push_back({Kind::convolution, filters, 3, 1});
      layers.push_back({Kind::batch_norm});
      layers.push_back({Kind::relu});
    }
    layers.push_back({Kind::max_pool, 0, 2});
  }
  layers.insert(layers.end(),
                {{Kind::flatten}, {Kind::dense, 256}, {Kind::relu}, {Kind::dense, kClasses}});
  return layers;
}

Image output_of(const Layer& layer) {
  const Image& in = layer.in;
  switch (layer.kind) {
    case Kind::convolution: {
      const std::int64_t lost = layer.kernel - 1 - 2 * layer.padding;
      return {layer.units, in.height - lost, in.width - lost};
    }
    case Kind::max_pool:
      return {in.channels, in.height / layer.kernel, in.width / layer.kernel};
    case Kind::flatten:
      return {in.size(), 1, 1};
    case Kind::dense:
      return {layer.units, 1, 1};
    default:
      return in;
  }
}

}  // namespace

double Layer::multiply_adds() const {
  if (kind == Kind::dense) return static_cast<double>(in.size() * units);
  if (kind != Kind::convolution) return 0;
  return static_cast<double>(out.size() * in.channels * kernel * kernel);
}

std::vector<Layer> layers_of(Network network) {
  std::vector<Layer> layers = describe(network);
  Image image = network == Network::vgg ? kPhoto : kDigit;
  for (Layer& layer : layers) {
    layer.in = image;
    layer.out = image = output_of(layer);
  }
  return layers;
}

Problem make_problem(Network network, std::int64_t batch_size, std::int64_t batches) {
  // std::mt19937 gives the same numbers everywhere; the library's distributions do not.
  std::mt19937 engine(1);
  const auto uniform = [&] { return static_cast<float>(engine() >> 8) * 0x1p-24F; };
  const Image image = layers_of(network).front().in;
  const std::int64_t pixels = image.size();
  std::vector<float> pictures(static_cast<std::size_t>(kClasses * pixels));
  for (float& value : pictures) value = uniform();
  Problem problem{network, batch_size, image, {}, {}};
  for (std::int64_t b = 0; b < batches; ++b) {
    std::vector<float> images;
    std::vector<float> labels;
    for (std::int64_t i = 0; i < batch_size; ++i) {
      const auto label = static_cast<std::int64_t>(engine() % kClasses);
      labels.push_back(static_cast<float>(label));
      for (std::int64_t p = 0; p < pixels; ++p) {
        const float ours = pictures[static_cast<std::size_t>(label * pixels + p)];
        images.push_back(0.5F * ours + 0.5F * uniform());
      }
    }
    problem.images.push_back(std::move(images));
    problem.labels.push_back(std::move(labels));
  }
  return problem;
}

double forward_mflop(Network network) {
  double sum = 0;
  for (const Layer& layer : layers_of(network)) sum += layer.multiply_adds();
  return 2e-6 * sum;
}

double training_mflop(Network network) {
  const std::vector<Layer> layers = layers_of(network);
  const auto first = std::find_if(layers.begin(), layers.end(),
                                  [](const Layer& layer) { return layer.multiply_adds() > 0; });
  return 3 * forward_mflop(network) - 2e-6 * first->multiply_adds();
}

std::string to_string(Network network) {
  switch (network) {
    case Network::lenet:
      return "LeNet";
    case Network::mlp:
      return "MLP";
    default:
      return "VGG";
  }
}

}  // namespace gluino::benchmarks
