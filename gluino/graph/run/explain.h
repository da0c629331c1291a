#pragma once

#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/run/graph_run.h>

#include <string>

namespace gluino::graph {

/// The steps of a run as a table: what each computes, of which nodes of the user's graph, which way
/// its kernel takes, where its result stands, and its median time; then the memory. All variables,
/// outputs and gradients must be set; the latter two are overwritten, and states move on.
std::string explain(GraphRun& run, const ExplainOptions& options);

}  // namespace gluino::graph
