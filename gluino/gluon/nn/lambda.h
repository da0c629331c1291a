#pragma once

#include <gluino/gluon/hybrid_block.h>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>

namespace gluino::gluon::nn {

/// @cond
/// The arguments of a function, as a block takes them; of one that takes anything (auto), an array.
template <class F>
struct FunctionArguments;
template <class R, class... In>
struct FunctionArguments<R(In...)> {
  template <class B>
  static auto of(const B& block, const Nested& inputs) {
    return block.template arguments<std::remove_cvref_t<In>...>(inputs);
  }
};
template <class F>
struct FunctionArguments : FunctionArguments<NDArray(const NDArray&)> {};
template <class F>
requires requires { &F::operator(); }
struct FunctionArguments<F> : FunctionArguments<decltype(&F::operator())> {};
template <class F, class R, class... In>
struct FunctionArguments<R (F::*)(In...) const> : FunctionArguments<R(In...)> {};
template <class F, class R, class... In>
struct FunctionArguments<R (F::*)(In...)> : FunctionArguments<R(In...)> {};
template <class F, class R, class... In>
struct FunctionArguments<R (F::*)(In...) const noexcept> : FunctionArguments<R(In...)> {};
template <class F, class R, class... In>
struct FunctionArguments<R (F::*)(In...) noexcept> : FunctionArguments<R(In...)> {};
template <class R, class... In>
struct FunctionArguments<R (*)(In...)> : FunctionArguments<R(In...)> {};
template <class R, class... In>
struct FunctionArguments<R (*)(In...) noexcept> : FunctionArguments<R(In...)> {};
/// @endcond

/// What Lambda and HybridLambda share: a function of arrays as a layer.
template <class Base>
class FunctionLayer : public Base {
 public:
  /// `function` takes and gives what BlockOf's forward may: arrays, lists of them, optional ones.
  template <class F>
  requires(!std::is_base_of_v<FunctionLayer, std::remove_cvref_t<F>>) explicit FunctionLayer(
      F&& function, const std::string& prefix = {})
      : Base(new_prefix(std::is_same_v<Base, HybridBlock> ? "hybridlambda" : "lambda", prefix)) {
    if constexpr (requires { function == nullptr; }) {
      check(!(function == nullptr), "a lambda layer needs a function");
    }
    using Given = FunctionArguments<std::decay_t<F>>;
    function_ = [f = std::decay_t<F>(std::forward<F>(function))](const FunctionLayer& self,
                                                                 const Nested& inputs) mutable {
      return Nested(std::apply(f, Given::of(self, inputs)));
    };
  }

  Nested forward(const Nested& inputs) override { return function_(*this, inputs); }

 private:
  std::function<Nested(const FunctionLayer&, const Nested&)> function_;
};

/// Any function as a layer: nn::Lambda([](const NDArray& x) { return nd::relu(x) * 2; }), of
/// several arrays, too: nn::Lambda([](const NDArray& x, const NDArray& y) { return x * y; }).
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
