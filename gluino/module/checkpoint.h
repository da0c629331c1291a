#pragma once

#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/symbol/symbol.h>

#include <optional>
#include <string>

/// Trained networks in files: "prefix-symbol.json", and "prefix-0001.params" after epoch 1. MXNet
/// 1.x reads what is written here, and the other way round.
namespace gluino::model {

/// The parameters of a network by name: what training changes, and the auxiliary states, which
/// operators change (running means).
struct Params {
  ArrayMap arg_params;
  ArrayMap aux_params;
};

/// A trained network.
struct Checkpoint {
  Symbol symbol;
  ArrayMap arg_params;
  ArrayMap aux_params;
};

/// "prefix-0001.params" for epoch 1; also of ".states" and the like.
GLUINO_API std::string checkpoint_path(const std::string& prefix, int epoch,
                                       const std::string& kind = "params");

/// Writes both files and, where `states` is given, "prefix-0001.states" with what an optimizer
/// keeps. Whenever it is broken off, there are the old files, the new ones, or some are missing.
/// The symbol may be left out (not defined). Logs `Saved checkpoint to "prefix-0001.params"`.
GLUINO_API void save_checkpoint(const std::string& prefix, int epoch, const Symbol& symbol,
                                const ArrayMap& arg_params, const ArrayMap& aux_params,
                                const std::optional<std::string>& states = {});

/// Reads both files, or the parameters alone. Throws Error, naming the file.
GLUINO_API Checkpoint load_checkpoint(const std::string& prefix, int epoch);
GLUINO_API Params load_params(const std::string& prefix, int epoch);

/// The network of a checkpoint for inference alone; its losses need no labels.
GLUINO_API FrozenGraph load_frozen(const std::string& prefix, int epoch,
                                   const FrozenOptions& options = {});

/// The parameters in one file with any name: arrays named "arg:fc1_weight" and
/// "aux:bn_moving_mean".
GLUINO_API void save_params_file(const std::string& path, const Params& params);
GLUINO_API Params load_params_file(const std::string& path);

}  // namespace gluino::model
