// Functions inside of what is being traced: the bodies of loops.
#include <gluino/base/error.h>
#include <gluino/graph/run/tracer.h>
#include <gluino/graph/symbol/callable.h>
#include <gluino/graph/symbol/cut_subgraph.h>

#include <utility>

namespace gluino {

std::optional<TracedFunction> trace_function(std::span<const NDArray> like,
                                             TracingRecorder::Function function) {
  Tracer tracer;
  std::vector<NDArray> arguments;
  for (const NDArray& one : like) {
    arguments.push_back(tracer.add_input(one, str("argument", arguments.size())));
  }
  std::vector<NDArray> outputs = function(arguments);
  arguments.clear();
  int captured = 0;
  const Tracer::Graph graph = tracer.finish(std::move(outputs), [&](const NDArray& /*array*/) {
    return std::optional(str("captured", captured++));
  });
  // What has effects beside its outputs would have to be an output, too.
  if (graph.program.num_outputs() != graph.symbol.num_outputs()) return std::nullopt;
  TracedFunction traced{.graph = graph::make_callable(graph::with_outputs_of_nodes(graph.symbol)),
                        .inputs = {}};
  for (const Tracer::Variable& variable : graph.variables) {
    traced.inputs.push_back({.argument = variable.input, .array = variable.array});
  }
  return traced;
}

}  // namespace gluino
