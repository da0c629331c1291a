#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/params.h>

#include <string>

namespace gluino::graph {

/// What is saved after an epoch. Files without a name are not written.
struct CheckpointFiles {
  std::string symbol_file{};
  const Symbol& symbol;
  std::string params_file;
  const nd::NamedArrays& arrays;
  std::string states_file{};
  std::string states{};
};

/// Writes the files of a checkpoint. Whenever it is broken off, there are the old ones, the new
/// ones, or some are missing, so that no network is loaded with the parameters of another. A graph
/// that is there already, as after every epoch but the first, stays.
GLUINO_API void write_checkpoint(const CheckpointFiles& files);

}  // namespace gluino::graph
