#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/gluon/block.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/ndarray/pooled.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

/// The graph of a hybridized block; the room's own.
namespace gluino::gluon {

/// A block's computation, of the arrays that it is given.
using ForwardFunction = FunctionRef<NDArray(std::span<const NDArray>)>;

/// What a graph is traced for.
class CallSignature {
 public:
  /// Of a call with these inputs, now.
  explicit CallSignature(std::span<const NDArray> inputs);
  /// Whether a call with these inputs, now, would have the same.
  bool fits(std::span<const NDArray> inputs) const;
  bool training() const { return training_; }

 private:
  std::vector<Shape> shapes_;
  std::vector<DType> types_;
  Context context_;
  bool training_;
  bool recording_;
};

/// What forward computes, as a graph that runs.
class TracedForward {
 public:
  /// Notes what `forward` does with inputs like these, without computing it. Throws Error, with the
  /// layer or the line, when it does what a graph cannot.
  TracedForward(const Block& block, std::span<const NDArray> inputs, ForwardFunction forward);

  /// One array per variable of the graph, for a run with these inputs; nullopt when a parameter has
  /// another shape or type by now, so that forward may do something else.
  std::optional<PooledVector<NDArray>> gather(std::span<const NDArray> inputs) const;
  NDArray run(std::span<const NDArray> arrays) const;
  std::string explain(std::span<const NDArray> inputs, const ExplainOptions& options) const;

  /// Whether forward may do something else in the next call, because it uses arrays of its own that
  /// are no parameters; then it is traced again.
  bool may_differ() const { return may_differ_; }
  /// Takes over what `earlier` has compiled, if both compute the same.
  void take_compiled(const TracedForward& earlier);

  /// What leads to the output.
  const Symbol& symbol() const { return symbol_; }
  /// The parameters (Parameter::reduce) and constants of the symbol, by name; a constant is what it
  /// was in the call that was traced.
  std::vector<std::pair<std::string, NDArray>> constants() const;

 private:
  TracedForward(const Block& block, Tracer::Graph graph);

  // Where a variable of the graph gets its array from: an input, a parameter or what was captured.
  struct Source {
    std::string name;
    int input = -1;
    Parameter parameter{};
    NDArray captured{};
    Shape shape{};
    DType dtype = float32;
    bool same_as(const Source& other) const;
  };

  Symbol symbol_;
  Symbol program_;
  CachedOp op_;
  std::vector<Source> sources_;
  bool may_differ_ = false;
  /// The source that forward returns as it is, if it does.
  std::optional<std::size_t> returned_{};
};

/// "data"; of several "data0", "data1".
std::string input_name(std::size_t index, std::size_t count);

}  // namespace gluino::gluon
