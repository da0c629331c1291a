#pragma once

#include <gluino/gluon/block.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/symbol/symbol.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon {

/// A block whose forward calls operators only, the same ones whatever the values in the arrays, so
/// that it can be turned into a graph.
///
/// The graph reads parameters in each call. Arrays of its own that forward uses and that are no
/// parameters are found anew in each call, which takes longer; what depends on other members, such
/// as numbers, is noted once, until hybridize() is called again. A block with a hook on one of its
/// layers runs forward itself, so that the hook is called.
class GLUINO_API HybridBlock : public Block {
 public:
  explicit HybridBlock(std::string prefix = {});
  /// A copy of a hybridized block is hybridized, and makes graphs of its own.
  HybridBlock(const HybridBlock& other);
  HybridBlock& operator=(const HybridBlock& other);
  ~HybridBlock() override = default;

  /// From now on (not, if !active) the block runs as a compiled graph, with the same results. The
  /// first call with inputs of some shape notes what forward does, in a run without computation,
  /// once all parameters have their values. Throws Error in that call, naming the line of forward
  /// or the layer, when it does what a graph cannot.
  void hybridize(bool active = true) override;

  /// How many graphs are kept at most, one for each nesting and shapes of the inputs, mode and
  /// place; the one unused for longest goes first.
  static constexpr std::size_t kMaxGraphs = 64;

  /// Writes the graph and the parameters as MXNet reads them: `path`-symbol.json and
  /// `path`-0000.params. The block must be hybridized and have been called once. Returns both
  /// names. Arrays of its own that forward uses are written as they are now. Inputs are named
  /// "data", of several "data0", "data1", as MXNet names them, in the order of Nested::flatten.
  std::pair<std::string, std::string> export_model(const std::string& path, int epoch = 0) const;

  /// The graph of the block for inputs, as of call(), such as these: what a hybridized block
  /// compiles. Its outputs are those of the block, flattened.
  Symbol to_symbol(const Nested& inputs);

  /// The block as it is now, for inference alone, at the place of `inputs`: faster, with a copy of
  /// the parameters, and callable from several threads. It takes and gives flattened arrays, also
  /// of other shapes as far as forward does not look at them.
  FrozenGraph freeze(const Nested& inputs);

  /// What a hybridized block computes for inputs such as these, as a table of steps: which layers
  /// became one, the kernels' ways and layouts, and the time of each. With `train` as in training,
  /// gradients included. Changes neither gradients nor states.
  std::string explain(const Nested& inputs, const ExplainOptions& options = {});

 protected:
  /// forward of these inputs, or the graph that it has become. While it is traced, forward gets
  /// arrays that stand for those of `inputs`, and must use them.
  Nested run(const Nested& inputs) override;

 private:
  struct Graphs;
  std::shared_ptr<Graphs> graphs_;
};

/// While it lives, hybridized blocks on this thread run forward as if they were not.
class GLUINO_API EagerScope {
 public:
  EagerScope();
  EagerScope(const EagerScope&) = delete;
  EagerScope& operator=(const EagerScope&) = delete;
  ~EagerScope();
  static bool is_active();
};

}  // namespace gluino::gluon
