#include "networks/problem.h"

#include <random>

namespace gluino::benchmarks {
namespace {

// Multiply-adds per image of each layer, the first one first.
std::vector<double> multiply_adds(Network network) {
  if (network == Network::mlp) return {784.0 * 128, 128.0 * 64, 64.0 * 10};
  return {20.0 * 24 * 24 * 25, 50.0 * 8 * 8 * 20 * 25, 800.0 * 500, 500.0 * 10};
}

}  // namespace

Problem make_problem(Network network, std::int64_t batch_size, std::int64_t batches) {
  // std::mt19937 gives the same numbers everywhere; the library's distributions do not.
  std::mt19937 engine(1);
  const auto uniform = [&] { return static_cast<float>(engine() >> 8) * 0x1p-24F; };
  std::vector<float> pictures(static_cast<std::size_t>(kClasses * kPixels));
  for (float& value : pictures) value = uniform();
  Problem problem{network, batch_size, {}, {}};
  for (std::int64_t b = 0; b < batches; ++b) {
    std::vector<float> images;
    std::vector<float> labels;
    for (std::int64_t i = 0; i < batch_size; ++i) {
      const auto label = static_cast<std::int64_t>(engine() % kClasses);
      labels.push_back(static_cast<float>(label));
      for (std::int64_t p = 0; p < kPixels; ++p) {
        const float ours = pictures[static_cast<std::size_t>(label * kPixels + p)];
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
  for (const double count : multiply_adds(network)) sum += count;
  return 2e-6 * sum;
}

double training_mflop(Network network) {
  return 3 * forward_mflop(network) - 2e-6 * multiply_adds(network).front();
}

std::string to_string(Network network) { return network == Network::mlp ? "MLP" : "LeNet"; }

}  // namespace gluino::benchmarks
