#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/shared.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace gluino {

struct ExplainOptions {
  /// Run as in training, and the gradient too.
  bool train = false;
  /// Runs of which the median time counts; one more goes before.
  int runs = 10;
};

/// A symbol that is called like an operator: compiled for the shapes, types and place of its inputs
/// when it first sees them, and recorded by autograd as one step. Inside of a block that is being
/// traced it becomes a part of that graph. One with an operator whose elements decide how large its
/// output is (boolean_mask) is not compiled, but runs operator by operator. Several threads may
/// call it at once. Copies are handles of the same one.
class GLUINO_API CachedOp {
 public:
  /// `max_compiled`: how many compilations are kept; the one unused for longest is dropped.
  explicit CachedOp(Symbol symbol, std::size_t max_compiled = 64);

  /// One array per variable, in the order of Symbol::list_inputs; gives the symbol's outputs.
  /// Throws Error when number, shapes or types do not fit.
  std::vector<NDArray> operator()(std::span<const NDArray> inputs) const;
  /// The same with the symbol's outputs put into `outputs`, one handle each, which refer to no
  /// arrays yet. In the steady state this asks the heap for nothing.
  void operator()(std::span<const NDArray> inputs, std::span<NDArray> outputs) const;

  /// What a call with these inputs computes, as Executor::explain; with `train` as if autograd
  /// recorded it. Nothing of the inputs is changed.
  std::string explain(std::span<const NDArray> inputs, const ExplainOptions& options = {}) const;

  const Symbol& symbol() const;

 private:
  struct Impl;
  Shared<Impl> impl_;
};

/// The symbol of the call that autograd recorded with this operator and these options; null where
/// the operator is none that runs a CachedOp.
GLUINO_API std::shared_ptr<const Symbol> recorded_symbol(const Op& op, const void* options);

}  // namespace gluino
