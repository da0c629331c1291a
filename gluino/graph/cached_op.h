#pragma once

#include <gluino/graph/symbol.h>

#include <memory>
#include <span>
#include <vector>

namespace gluino {

/// A symbol that is called like an operator: compiled for the shapes, types and place of its inputs
/// when it first sees them, and recorded by autograd as one step. Several threads may call it at
/// once. Copies are handles of the same one.
class GLUINO_API CachedOp {
 public:
  /// `max_compiled`: how many compilations are kept; the one unused for longest is dropped.
  explicit CachedOp(Symbol symbol, std::size_t max_compiled = 64);

  /// One array per variable, in the order of Symbol::list_inputs; gives the symbol's outputs.
  /// Throws Error when number, shapes or types do not fit.
  std::vector<NDArray> operator()(std::span<const NDArray> inputs) const;

  const Symbol& symbol() const;
  /// How many compilations are kept now.
  std::size_t num_compiled() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace gluino
