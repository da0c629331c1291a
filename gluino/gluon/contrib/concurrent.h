#pragma once

#include <gluino/gluon/nn/containers.h>
#include <gluino/gluon/nn/image_layers.h>
#include <gluino/ops/movement/movement.h>

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

/// Layers of mxnet.gluon.contrib.nn.
namespace gluino::gluon::contrib::nn {

struct ConcurrentOptions {
  std::int64_t axis = -1;
  std::string prefix{};
};

/// What Concurrent and HybridConcurrent share: layers that all get the same inputs.
template <class Base>
class Branches : public gluon::nn::Chain<Base> {
 public:
  using Options = ConcurrentOptions;
  explicit Branches(const ConcurrentOptions& options = {})
      : gluon::nn::Chain<Base>(
            std::is_same_v<Base, HybridBlock> ? "hybridconcurrent" : "concurrent", options.prefix),
        axis_(options.axis) {}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // as in block.h
  NDArray forward(const NDArray& input) override { return joined(input); }
  Nested forward(const Nested& inputs) override { return joined(inputs); }
#pragma GCC diagnostic pop

 private:
  NDArray joined(const Nested& inputs) const {
    std::vector<NDArray> outputs;
    for (const auto& [name, layer] : this->children()) {
      outputs.push_back(layer->call(inputs).array());
    }
    return ops::concat(outputs, {.dim = axis_});
  }

  std::int64_t axis_;
};

/// Gives the outputs of its layers, all of the same inputs, joined along an axis:
///
///     contrib::nn::HybridConcurrent net({.axis = 1});
///     net.add(nn::Conv2D({.channels = 8, .kernel_size = {1, 1}}), contrib::nn::Identity());
class GLUINO_API Concurrent : public Branches<Block> {
 public:
  using Branches::Branches;
};

/// The same of hybrid blocks only, so that the whole can be turned into a graph.
class GLUINO_API HybridConcurrent : public Branches<HybridBlock> {
 public:
  using Branches::Branches;
};

using gluon::nn::PixelShuffle1D;
using gluon::nn::PixelShuffle2D;
using gluon::nn::PixelShuffle3D;

/// Gives its input, or the list of them if they are several.
class GLUINO_API Identity : public HybridBlock {
 public:
  explicit Identity(const std::string& prefix = {}) : HybridBlock(new_prefix("identity", prefix)) {}
  Nested forward(const Nested& inputs) override { return inputs.size() == 1 ? inputs[0] : inputs; }
};

}  // namespace gluino::gluon::contrib::nn
