#pragma once

// What the networks are built of. Lists of layers stand in braces, in which C++ makes them in their
// order, so that their counted names follow it.
#include <gluino/gluon/contrib/concurrent.h>
#include <gluino/gluon/model_zoo/network.h>
#include <gluino/gluon/nn/nn.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::model_zoo {

using Layer = std::shared_ptr<HybridBlock>;
using Layers = std::vector<Layer>;

inline Layer conv(nn::ConvOptions options) {
  return std::make_shared<nn::Conv2D>(std::move(options));
}
inline Layer batch_norm(const nn::BatchNormLayerOptions& options = {}) {
  return std::make_shared<nn::BatchNorm>(options);
}
inline Layer relu() { return std::make_shared<nn::Activation>("relu"); }
inline Layer max_pool(const nn::PoolOptions& options) {
  return std::make_shared<nn::MaxPool2D>(options);
}
inline Layer avg_pool(const nn::PoolOptions& options) {
  return std::make_shared<nn::AvgPool2D>(options);
}
inline Layer global_avg_pool() { return std::make_shared<nn::GlobalAvgPool2D>(); }
inline Layer flatten() { return std::make_shared<nn::Flatten>(); }
inline Layer dropout(double rate) { return std::make_shared<nn::Dropout>(rate); }
inline Layer dense(nn::DenseOptions options) {
  return std::make_shared<nn::Dense>(std::move(options));
}

template <class Container>
void add(Container& container, const Layers& layers) {
  for (const Layer& layer : layers) container.add(layer);
}

/// Layers that run one after the other, named as parts of the block around them.
inline std::shared_ptr<nn::HybridSequential> row(const Layers& layers) {
  auto result = std::make_shared<nn::HybridSequential>();
  add(*result, layers);
  return result;
}

/// Layers of the same input, whose outputs are joined along the channels; named likewise.
inline Layer beside(const Layers& layers) {
  auto result =
      std::make_shared<contrib::nn::HybridConcurrent>(contrib::nn::ConcurrentOptions{.axis = 1});
  add(*result, layers);
  return result;
}

/// A container of the layers that `make` gives, which are named below it, as its `prefix` says.
template <class Make>
Layer named_row(const std::string& prefix, Make make) {
  auto result = std::make_shared<nn::HybridSequential>(prefix);
  const NameScope scope = result->name_scope();
  add(*result, make());
  return result;
}

/// The same of layers of the same input.
template <class Make>
Layer named_beside(const std::string& prefix, Make make) {
  auto result = std::make_shared<contrib::nn::HybridConcurrent>(
      contrib::nn::ConcurrentOptions{.axis = 1, .prefix = prefix});
  const NameScope scope = result->name_scope();
  add(*result, make());
  return result;
}

}  // namespace gluino::gluon::model_zoo
