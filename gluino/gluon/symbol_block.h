#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/graph/run/cached_op.h>

#include <concepts>
#include <span>
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
  /// The same of several symbols: a block that gives their outputs, as a list if they are several.
  SymbolBlock(const std::vector<Symbol>& outputs, std::vector<std::string> inputs)
      : SymbolBlock(sym::Group(outputs), std::move(inputs)) {}

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

  /// The output, or the list of all outputs, for the inputs in the order in which they were named.
  /// Throws Error, with their names, when those are not as many arrays.
  Nested forward(const Nested& inputs) override;
  /// The same as lists, for any number of either.
  std::vector<NDArray> operator()(const std::vector<NDArray>& inputs);
  template <class... Arrays>
  requires(std::convertible_to<const Arrays&, NDArray>&&...) Nested operator()(
      const NDArray& first, const NDArray& second, const Arrays&... more) {
    return call({first, second, more...});
  }
  /// The only output for the only input.
  NDArray operator()(const NDArray& input);

  std::string to_string() const override;
  const Symbol& symbol() const { return op_.symbol(); }

 protected:
  Nested run(const Nested& inputs) override { return forward(inputs); }

 private:
  void complete_parameters(std::span<const NDArray> inputs) const;

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
