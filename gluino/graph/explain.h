#pragma once

#include <gluino/graph/graph_run.h>

#include <string>

namespace gluino::graph {

/// The steps of a run as a table: what each computes, of which nodes of the user's graph, where its
/// result stands, and the median time of `runs` runs; then the memory. The variables must be set;
/// the outputs and gradients are overwritten, and states move on.
std::string explain(GraphRun& run, bool training, int runs);

}  // namespace gluino::graph
