#pragma once

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

/// What a block is called with, and its arrays in a row.
struct CallInputs {
  explicit CallInputs(const Nested& inputs) : nested(inputs), arrays(inputs.flatten()) {}
  /// Where the call runs: at the place of the first array.
  const Context& context() const {
    return arrays.empty() ? thread_state().context : arrays.front().context();
  }

  const Nested& nested;
  PooledVector<NDArray> arrays;
};

/// What a graph is traced for.
class CallSignature {
 public:
  /// Of a call with these inputs, now.
  explicit CallSignature(const CallInputs& inputs);
  /// Whether a call with these inputs, now, would have the same.
  bool fits(const CallInputs& inputs) const;
  bool training() const { return training_; }

 private:
  Nested nesting_;
  std::vector<Shape> shapes_;
  std::vector<DType> types_;
  Context context_;
  bool training_;
  bool recording_;
};

/// What forward computes, as a graph that runs.
class TracedForward {
 public:
  /// Notes what forward does with inputs like these, without computing it. Throws Error, with the
  /// layer or the line, when it does what a graph cannot.
  TracedForward(Block& block, const Nested& inputs);

  /// One array per variable of the graph, for a run with these inputs; nullopt when a parameter has
  /// another shape or type by now, so that forward may do something else.
  std::optional<PooledVector<NDArray>> gather(const CallInputs& inputs) const;
  Nested run(std::span<const NDArray> arrays) const;
  std::string explain(const CallInputs& inputs, const ExplainOptions& options) const;

  /// Whether forward may do something else in the next call, because it uses arrays of its own that
  /// are no parameters; then it is traced again.
  bool may_differ() const { return may_differ_; }
  /// Takes over what `earlier` has compiled, if both compute the same.
  void take_compiled(const TracedForward& earlier);

  /// What leads to the outputs, flattened.
  const Symbol& symbol() const { return symbol_; }
  /// The parameters (Parameter::reduce) and constants of the symbol, by name; a constant is what it
  /// was in the call that was traced.
  std::vector<std::pair<std::string, NDArray>> constants() const;

 private:
  /// A graph, and how its outputs are nested.
  struct Traced {
    Tracer::Graph graph;
    Nested outputs;
  };
  static Traced trace(Block& block, const Nested& inputs);
  TracedForward(const Block& block, Traced traced);
  void find_sources(const Block& block, std::vector<Tracer::Variable> variables);
  void find_results();

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
  /// Those that the operator takes come first.
  std::vector<Source> sources_;
  std::size_t num_op_inputs_ = 0;
  bool may_differ_ = false;
  /// Where the outputs stem from, flattened: outputs of the operator or, where forward gives what
  /// it got, sources; and how they are nested.
  struct Result {
    bool is_source = false;
    std::size_t number = 0;
  };
  std::vector<Result> results_;
  Nested nesting_;
  /// False where forward computes nothing.
  bool computes_ = false;
};

/// "data"; of several "data0", "data1".
std::vector<std::string> input_names(std::size_t count);

}  // namespace gluino::gluon
