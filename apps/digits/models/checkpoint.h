#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/ndarray/params.h>

#include <optional>
#include <string>

/// Networks as two files in MXNet's form, which Module's checkpoints and Gluon's export share:
/// PREFIX-symbol.json, the graph, and PREFIX-0001.params, its arrays "arg:NAME" and "aux:NAME"
/// after epoch 1.
namespace digits {

std::string symbol_path(const std::string& prefix);
std::string checkpoint_path(const std::string& prefix, int epoch);

bool is_checkpoint(const std::string& prefix);

/// The epoch itself if given, else the last one of which there is a file. Throws Error when there
/// is none.
int find_epoch(const std::string& prefix, const std::optional<int>& epoch);

/// Throws Failure with Exit::wrong_use where an epoch is given: `path`, which is read instead, has
/// none, and would be taken for it.
void refuse_epoch(const std::string& path, const std::optional<int>& epoch);

/// Writes both files. After an Error, such as a full disk, the earlier ones are there and whole; a
/// graph is never beside the arrays of another.
void save_checkpoint(const std::string& prefix, int epoch, const gluino::Symbol& symbol,
                     const gluino::nd::NamedArrays& arrays);

/// The graph up to the scores, where it ends in a softmax: that and the label are left out.
gluino::Symbol without_softmax(const gluino::Symbol& symbol);

}  // namespace digits
