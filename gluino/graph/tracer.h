#pragma once

#include <gluino/graph/symbol.h>
#include <gluino/ops/invoke.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gluino {

/// Makes a graph of the operators that run on this thread while it lives. They run as ever, and
/// autograd goes on hearing of them; or, in a dry run, they compute nothing, and the arrays that
/// they make have shapes and types but no values. What cannot become a part of a graph, such as
/// reading elements of an array, throws Error with the line where it stands.
class GLUINO_API Tracer final : public Recorder, private ReadObserver {
 public:
  explicit Tracer(bool dry_run = false);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer() override;

  /// True while a tracer lives on this thread.
  static bool is_active();

  /// An array that is given anew with each run.
  void add_input(const NDArray& array, const std::string& name);

  /// An array that is an input of the graph: one added, or one that operators used without it
  /// having been traced.
  struct Input {
    std::string name;
    NDArray array;
  };
  /// The graph that leads to `outputs`. `name_of` gives the names of arrays that nobody added,
  /// parameters; what it does not know becomes a constant, named "constant0", ...
  Symbol finish(const std::vector<NDArray>& outputs,
                const std::function<std::optional<std::string>(const NDArray&)>& name_of);
  /// After finish: the inputs by their names.
  const std::map<std::string, Input>& inputs() const { return inputs_; }

  void record(const Op& op, const void* options, std::span<const NDArray> in,
              std::span<NDArray> out) override;
  bool remembers(const NDArray& array) const override;

 private:
  void read(const NDArray& array, const SourceLocation& where) override;
  NodeEntry entry_of(const NDArray& array);
  std::string node_name(const Op& op);

  Mode before_;
  ReadObserver* observer_before_;
  /// Keeps all arrays that were met, so that none takes another's identity.
  std::vector<NDArray> kept_;
  std::unordered_map<const void*, NodeEntry> entries_;
  /// Memory of what was computed or added.
  std::set<const void*> memory_;
  /// Arrays that nobody computed or added, with their variables.
  std::vector<std::pair<NDArray, std::shared_ptr<Node>>> unknown_;
  std::map<std::string, Input> inputs_;
  std::map<std::string, int> name_counts_;
  std::uint64_t num_recorded_ = 0;
};

/// Runs a symbol operator by operator, without compiling it: each call is an eager one. Arrays in
/// the order of Symbol::list_inputs.
GLUINO_API std::vector<NDArray> interpret(const Symbol& symbol, std::span<const NDArray> inputs);

}  // namespace gluino
