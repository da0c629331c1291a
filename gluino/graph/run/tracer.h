#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ops/core/tracing_recorder.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace gluino {

/// Makes a graph of the operators that run on this thread while it lives. They compute nothing: the
/// arrays that they make have shapes and types but no values. What cannot become a part of a graph
/// throws Error: reading such an array (with the line where it stands), changes in place, layers
/// that run in another mode than the rest, work at several places.
class GLUINO_API Tracer final : private ReadObserver {
 public:
  Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;
  ~Tracer() override;

  /// True while a tracer lives on this thread.
  static bool is_active();

  /// Adds an input that is given anew with each run, of the form of `like`. What is traced must use
  /// the array returned, which stands for it: `like` may be a parameter as well, or be given for
  /// two inputs. No two inputs have one name.
  NDArray add_input(const NDArray& like, const std::string& name);
  /// An array that is known to belong to the graph should it be used, so that its slices are parts
  /// of the graph, too.
  void watch(const NDArray& array);

  /// A variable of the graph: an input, by the number in which it was added, or an array that stood
  /// there before and is to be read in each run.
  struct Variable {
    std::string name{};
    int input = -1;
    NDArray array{};
    /// The array was neither added nor named.
    bool captured = false;
  };
  struct Graph {
    /// What leads to the outputs.
    Symbol symbol{};
    /// What is to run. Its last outputs are the outputs; those before them, if there are any, see
    /// to it that all operators which draw numbers or change states run.
    Symbol program{};
    /// Of the program, in the order of its list_inputs.
    std::vector<Variable> variables{};
    /// Whether the next run may do something else, because arrays were captured or read; then it is
    /// to be traced again.
    bool may_differ = false;
  };
  /// The graph that leads to `outputs`. `name_of` gives the names of arrays that nobody added,
  /// parameters; others are captured and named "constant0", ... Throws Error when somebody besides
  /// the caller still holds an array that was computed, which would never get values. After it the
  /// tracer has no more arrays.
  Graph finish(std::vector<NDArray> outputs,
               const std::function<std::optional<std::string>(const NDArray&)>& name_of);

 private:
  class Listener;
  /// Arrays that stand in one memory, and what made the first.
  struct Memory {
    std::shared_ptr<Storage> storage;
    std::vector<NDArray> arrays;
    std::string maker;
    /// It was there before: a view of an array that was not computed.
    bool outside = false;
  };

  void record(const Op& op, const void* options, std::span<const NDArray> in,
              std::span<NDArray> out, bool recording);
  void check_call(const Op& op, const void* options, std::span<const NDArray> in,
                  std::span<NDArray> out, bool recording) const;
  bool remembers(const NDArray& array) const;
  void read(const NDArray& array, const SourceLocation& where) override;

  NodeEntry entry_of(const NDArray& array);
  NodeEntry entry_of_view(const NDArray& array, const std::vector<NDArray>& arrays);
  template <class O>
  NodeEntry add_node(const char* op, const O& options, NodeEntry in);
  NodeEntry stop_gradient(NodeEntry entry);
  void note_computed(const NDArray& array, NodeEntry entry, const std::string& maker);
  std::string node_name(const Op& op);

  void name_variables(const std::function<std::optional<std::string>(const NDArray&)>& name_of);
  Symbol program_of(const Symbol& outputs) const;
  void check_nothing_is_kept();

  Mode before_;
  ReadObserver* observer_before_;
  DType products_;
  std::uint64_t times_seeded_;
  /// Whether gradients are recorded around what is traced.
  bool recorded_;
  std::unique_ptr<Listener> recording_, paused_;
  std::optional<Context> context_{};

  /// What each array met is in the graph. All of them are kept below, so that none takes another's
  /// identity.
  std::unordered_map<const void*, NodeEntry> entries_;
  /// Memory of inputs and of what was computed.
  std::unordered_map<const Storage*, Memory> memory_;
  std::unordered_set<const void*> watched_;
  /// The variables, with their nodes, in the order in which they were met.
  std::vector<std::pair<std::shared_ptr<Node>, Variable>> variables_;
  /// The nodes that draw numbers, change states or run a user's code.
  std::vector<std::shared_ptr<Node>> effects_;
  std::unordered_map<std::string, int> name_counts_;
  std::uint64_t num_recorded_ = 0;
  bool has_read_ = false;
};

/// What the loop or branch that a tracer hears of is to run; see TracingRecorder::trace.
std::optional<TracedFunction> trace_function(std::span<const NDArray> like,
                                             TracingRecorder::Function function);

/// Runs a symbol operator by operator, without compiling it: each call is an eager one. Arrays in
/// the order of Symbol::list_inputs.
GLUINO_API std::vector<NDArray> interpret(const Symbol& symbol, std::span<const NDArray> inputs);

/// True when both compute the same of their variables, which may have other names.
GLUINO_API bool same_computation(const Symbol& a, const Symbol& b);

}  // namespace gluino
