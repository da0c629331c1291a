#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/params.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino::graph {

/// What is saved after an epoch.
struct CheckpointFiles {
  /// Networks by the files that they go to.
  std::vector<std::pair<std::string, Symbol>> symbols{};
  std::string params_file;
  const nd::NamedArrays& arrays;
  /// The bytes of other files that belong to these, such as what an optimizer keeps.
  std::vector<std::pair<std::string, std::string>> others{};
};

/// Writes the files of a checkpoint. Whenever it is broken off, there are the old ones, the new
/// ones, or some are missing, so that no network is loaded with the parameters of another. A graph
/// that is there already, as after every epoch but the first, stays.
GLUINO_API void write_checkpoint(const CheckpointFiles& files);

}  // namespace gluino::graph
