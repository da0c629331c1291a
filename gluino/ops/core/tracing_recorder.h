#pragma once

#include <gluino/base/export.h>
#include <gluino/base/function_ref.h>
#include <gluino/ops/core/invoke.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace gluino {

class Callable;

/// A function of arrays as a graph.
struct TracedFunction {
  struct Input {
    /// Which argument it is; -1: the array, which the function took from outside.
    int argument = -1;
    NDArray array{};
  };
  std::shared_ptr<const Callable> graph;
  /// Per input of the graph. An argument that the function does not read is missing.
  std::vector<Input> inputs;
};

/// A recorder that hears of everything, also where autograd is told to pause: what makes a graph
/// must see all of it. autograd's scopes ask it for the recorder to put in their place.
class GLUINO_API TracingRecorder : public Recorder {
 public:
  /// The same one, where gradients are recorded or not.
  virtual TracingRecorder& while_recording(bool recording) = 0;
  /// Whether gradients are recorded where this one hears.
  virtual bool is_recording() const = 0;

  using Function = FunctionRef<std::vector<NDArray>(std::span<const NDArray> arguments)>;
  /// The graph of a function that loops and branches call: it is run once, on arrays without values
  /// of the shapes and types of `like`. Nothing where it changes states, or draws numbers, that
  /// lead to no output.
  virtual std::optional<TracedFunction> trace(std::span<const NDArray> like, Function function) = 0;

  /// The one that hears of operators on this thread; null when there is none.
  static TracingRecorder* current() {
    return dynamic_cast<TracingRecorder*>(current_mode().recorder);
  }
};

/// What is told of a change in place of an array that the recorder remembers.
inline const char* change_refused() {
  return TracingRecorder::current() == nullptr
             ? "an array that was recorded cannot be changed in place; do it outside "
               "autograd::record"
             : "an array cannot be changed in place where a hybridized block becomes a graph; make "
               "a new one: y = y + x";
}

}  // namespace gluino
