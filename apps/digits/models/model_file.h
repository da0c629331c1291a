#pragma once

#include <apps/digits/models/description.h>
#include <gluino/gluon/hybrid_block.h>

#include <memory>
#include <optional>
#include <string>

/// A trained network as two files: PREFIX.params, which Block::load_parameters reads, and
/// PREFIX.json, which says what network that is and how it came about. Networks are also read from
/// the files of checkpoint.h.
namespace digits {

/// Throws Failure unless files of that prefix could be made: told before training, not after.
void check_can_save(const std::string& prefix);

/// Writes both files. After an Error, such as a full disk, the earlier model is there and whole;
/// whenever the process is killed, the earlier one or the new one is loaded.
void save_model(const std::string& prefix, const gluino::gluon::Block& net, const ModelInfo& info);

struct Model {
  /// Gives scores (N, classes) for images (N, 1, rows, columns).
  std::shared_ptr<gluino::gluon::HybridBlock> net;
  /// Not known of a checkpoint.
  std::optional<ModelInfo> info;
  /// "lenet with tanh, trained on mnist"
  std::string description;
  /// What it reads; the digits for a checkpoint.
  ImageKind images{};
};

/// Reads PREFIX.json and PREFIX.params or, where the first is missing, a checkpoint: that of
/// `epoch`, or the last; or, where `prefix` ends in .onnx, that file. Throws Failure with
/// Exit::model_unusable, naming the file, what was expected and what was found, when one is missing
/// or damaged, they do not belong together, or the network does not read digits.
/// With Exit::wrong_use when an epoch is given where none can be told.
Model load_model(const std::string& prefix, const std::optional<int>& epoch = {});

/// The same without the parameters: which network it is.
NetworkOptions read_network(const std::string& prefix);
/// The file of the parameters that PREFIX.json describes: PREFIX.params or, after a process was
/// killed while it saved, PREFIX.params.next.
std::string described_params(const std::string& prefix);
/// True where there is a PREFIX.json.
bool is_model(const std::string& prefix);
/// What the files of a network would be called, for messages: "the first part of the names ...".
std::string model_names(const std::string& prefix);

}  // namespace digits
