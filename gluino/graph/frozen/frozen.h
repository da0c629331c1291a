#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/shared.h>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gluino {

struct FrozenOptions {
  /// The arguments that each call gives, in its order. Not given: those that no array is given for,
  /// in the symbol's order; labels of losses are never asked for.
  std::vector<std::string> inputs{};
  /// Where the network runs; the parameters are copied there.
  Context context = current_context();
  /// `inputs` may name what the symbol does not have: a call gives it, and nobody reads it.
  bool allow_unused_inputs = false;
  /// The parameters may hold more than the symbol has, as when a part of a network is frozen.
  bool allow_extra_params = false;
  /// For how many shapes of the inputs compilations are kept; the one unused for longest goes
  /// first.
  std::size_t max_compiled = 16;
};

namespace graph {
struct KnownGraph;
}

/// A trained network that is only used: a symbol and its parameters, copied once. What depends on
/// parameters alone is computed once, batch normalisation becomes a part of the convolution or
/// fully connected layer before it, and what serves training (dropout, losses' labels) is left
/// out. Changing the network afterwards does not change it.
///
///     const FrozenGraph digits(symbol, arg_params, aux_params);
///     NDArray probabilities = digits(images);
///
/// Any number of threads may call it at once: they share the parameters, and each call has memory
/// of its own for what lies between. Nothing is recorded by autograd. Copies are handles of the
/// same one.
class GLUINO_API FrozenGraph {
 public:
  /// Throws Error when an array is no argument's or auxiliary state's, or one is missing that is no
  /// input.
  explicit FrozenGraph(const Symbol& symbol, const ArrayMap& arg_params,
                       const ArrayMap& aux_params = {}, const FrozenOptions& options = {});
  /// What passes have made of a graph whose arrays are already its own.
  FrozenGraph(graph::KnownGraph known, const FrozenOptions& options);

  /// The outputs for the arrays of `inputs()`; compiled when their shapes are met first, while
  /// calls with other shapes go on. Where each row of the outputs follows from that row of the
  /// inputs, a batch of up to 64 is filled up to the next of a few sizes, so that those between
  /// need no compilation of their own. Throws Error when number, shapes, types or places do not
  /// fit.
  std::vector<NDArray> operator()(std::span<const NDArray> inputs) const;
  std::vector<NDArray> operator()(std::initializer_list<NDArray> inputs) const {
    return (*this)(std::span(inputs.begin(), inputs.size()));
  }
  /// The only output for the only input.
  NDArray operator()(const NDArray& input) const;

  const std::vector<std::string>& inputs() const;
  const Context& context() const;
  /// The graph that is compiled, and copies of the arrays of its variables that are no inputs.
  const Symbol& symbol() const;
  ArrayMap params() const;
  /// Both without copies, for what makes other graphs of them; must not be written to.
  const graph::KnownGraph& known() const;

  /// For inputs like these, the steps of a call, their memory, and the median time of each.
  std::string explain(std::span<const NDArray> inputs, int runs = 10) const;
  /// How many compilations are kept now.
  std::size_t num_compiled() const;

 private:
  struct Impl;
  Shared<Impl> impl_;
};

}  // namespace gluino
