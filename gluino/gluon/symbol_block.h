#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/graph/run/cached_op.h>

#include <string>
#include <vector>

namespace gluino::gluon {

/// A block that runs a symbol: a network of the symbolic interface, or one that export_model wrote.
/// Its parameters are the symbol's arguments that are no inputs, and the auxiliary states.
class GLUINO_API SymbolBlock : public HybridBlock {
 public:
  /// `inputs` names the symbol's variables that are given in each call. Throws Error for a name
  /// that is none.
  SymbolBlock(const Symbol& outputs, std::vector<std::string> inputs);

  struct ImportOptions {
    /// Parameters that the file lacks are left to initialize().
    bool allow_missing = false;
    /// The file may hold more than the symbol has.
    bool ignore_extra = false;
  };
  /// What export_model, Module or MXNet wrote: `symbol_file` (JSON) and, unless empty,
  /// `param_file`, with its arrays at `contexts`. Throws Error, naming file and parameter, when
  /// they do not fit.
  static SymbolBlock imports(const std::string& symbol_file, std::vector<std::string> inputs,
                             const std::string& param_file, const std::vector<Context>& contexts,
                             const ImportOptions& options);
  static SymbolBlock imports(const std::string& symbol_file, std::vector<std::string> inputs,
                             const std::string& param_file = {},
                             const std::vector<Context>& contexts = {current_context()}) {
    return imports(symbol_file, std::move(inputs), param_file, contexts, ImportOptions());
  }

  /// The only output for the only input. Throws Error when there are several of either.
  NDArray forward(const NDArray& input) override;
  /// All outputs, for the inputs in the order in which they were named.
  std::vector<NDArray> operator()(const std::vector<NDArray>& inputs);
  using Block::operator();

  std::string to_string() const override;
  const Symbol& symbol() const { return op_.symbol(); }

 protected:
  NDArray run(const NDArray& input) override { return forward(input); }

 private:
  void complete_parameters(const std::vector<NDArray>& inputs) const;

  CachedOp op_;
  std::vector<std::string> input_names_;
  /// Per variable of the symbol: the number of the input, or the parameter.
  struct Source {
    int input = -1;
    Parameter parameter{};
  };
  std::vector<Source> sources_;
};

}  // namespace gluino::gluon
