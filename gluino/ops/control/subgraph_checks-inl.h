#pragma once

#include <gluino/base/error.h>
#include <gluino/ops/control/subgraphs.h>

#include <string>
#include <vector>

/// Checks of what files say of nodes with subgraphs, and what all of these operators share; the
/// corner's own.
namespace gluino {

/// The graphs of a call. Throws Error unless there are `count`.
const std::vector<std::shared_ptr<const Callable>>& graphs_of(
    const char* op, const std::shared_ptr<const Subgraphs>& subgraphs, std::size_t count);

/// Throws Error unless the numbers lie below `limit` and differ from each other.
void check_locations(const char* op, const char* option, const Locations& locations,
                     std::size_t limit);
/// The same, and there is one for each of `count`.
void check_locations(const char* op, const char* option, const Locations& locations,
                     std::size_t count, std::size_t limit);

/// Throws Error unless a graph has as many outputs as the node says, of which some are stacked.
void check_outputs(const char* op, const Callable& graph, int num_outputs);

/// Names of `count` inputs or outputs: "state0", "state1".
void add_names(std::vector<std::string>& names, const char* stem, std::size_t count);

/// Names of the outputs that users see, as MXNet gives them, and of the hidden one that says which
/// way the call went.
std::vector<std::string> names_of_outputs(int count);

/// Whether an array of one number is not 0. Throws Error for another size.
bool is_true(const char* what, const Tensor& tensor);

}  // namespace gluino
