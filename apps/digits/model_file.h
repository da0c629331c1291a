#pragma once

#include <apps/digits/networks.h>
#include <gluino/gluon/block.h>

#include <cstdint>
#include <string>

/// A trained network as two files: PREFIX.params, which Block::load_parameters reads, and
/// PREFIX.json, which says what network that is and how it came about.
namespace digits {

/// What PREFIX.json tells, besides how images are scaled and what the classes are.
struct ModelInfo {
  NetworkOptions network;
  std::string dataset;
  std::int64_t epochs = 0;
  std::int64_t seed = 0;
  double train_accuracy = 0;
  double test_accuracy = 0;
};

/// Throws Failure unless files of that prefix could be made: told before training, not after.
void check_can_save(const std::string& prefix);

/// Writes both files. After an Error, such as a full disk, the earlier model is there and whole.
void save_model(const std::string& prefix, const gluino::gluon::Block& net, const ModelInfo& info);

struct Model {
  gluino::gluon::nn::HybridSequential net;
  ModelInfo info;
};

/// Reads both files. Throws Failure with Exit::model_unusable, naming the file, what was expected
/// and what was found, when one is missing or damaged, or they do not belong together.
Model load_model(const std::string& prefix);

}  // namespace digits
