#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <functional>
#include <string>
#include <utility>

namespace gluino::gluon::nn {

/// What Lambda and HybridLambda share: a function of arrays as a layer.
template <class Base>
class FunctionLayer : public Base {
 public:
  using Function = std::function<NDArray(const NDArray&)>;

  explicit FunctionLayer(Function function, const std::string& prefix = {})
      : Base(new_prefix(std::is_same_v<Base, HybridBlock> ? "hybridlambda" : "lambda", prefix)),
        function_(std::move(function)) {
    check(function_ != nullptr, "a lambda layer needs a function");
  }

  NDArray forward(const NDArray& input) override { return function_(input); }

 private:
  Function function_;
};

/// Any function as a layer: nn::Lambda([](const NDArray& x) { return nd::relu(x) * 2; }).
class GLUINO_API Lambda : public FunctionLayer<Block> {
 public:
  using FunctionLayer::FunctionLayer;
};

/// The same of a function that calls operators only, so that it can become part of a graph.
class GLUINO_API HybridLambda : public FunctionLayer<HybridBlock> {
 public:
  using FunctionLayer::FunctionLayer;
};

}  // namespace gluino::gluon::nn
