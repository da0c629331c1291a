#pragma once

#include <gluino/gluon/block.h>
#include <gluino/gluon/hybrid_block.h>

#include <tuple>
#include <type_traits>
#include <utility>

namespace gluino::gluon {

template <class Base, class Signature>
class WithForward;

/// A block, derived from Base, whose forward takes and gives what a signature says: arrays
/// (NDArray), lists of them (std::vector), pairs and tuples, what is absent at times
/// (std::optional), or anything (Nested). One's own network is a class derived from it:
///
///     class Attention : public HybridBlockOf<NDArray(NDArray, NDArray, NDArray)> {
///      public:
///       NDArray forward(NDArray query, NDArray key, NDArray value) override { ... }
///     };
///     class Cell : public HybridBlockOf<std::pair<NDArray, std::vector<NDArray>>(
///                      const NDArray&, const std::vector<NDArray>&)> { ... };
///
///     auto [y, states] = cell(x, {h, c});
///
/// Called through Block it checks what it is given; an Error says what it takes and what it got.
template <class Base, class Result, class... In>
class WithForward<Base, Result(In...)> : public Base {
  static_assert(
      !std::is_same_v<void(In...), void(const NDArray&)>,
      "forward of one array: derive from Block or HybridBlock, or write NDArray instead of "
      "const NDArray&");

 public:
  using Base::Base;

  Result operator()(const std::remove_cvref_t<In>&... inputs) {
    return this->call(Nested(std::initializer_list<Nested>{inputs...})).template to<Result>();
  }

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverloaded-virtual"  // as in block.h
  virtual Result forward(In... inputs) = 0;
  Nested forward(const Nested& inputs) final {
    auto values = this->template arguments<std::remove_cvref_t<In>...>(inputs);
    return std::apply(
        [this](auto&... value) { return Nested(this->forward(static_cast<In>(value)...)); },
        values);
  }
#pragma GCC diagnostic pop
};

template <class Signature>
using BlockOf = WithForward<Block, Signature>;
template <class Signature>
using HybridBlockOf = WithForward<HybridBlock, Signature>;

}  // namespace gluino::gluon
