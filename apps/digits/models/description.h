#pragma once

#include <apps/digits/models/networks.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// The JSON that stands beside a model's parameters and says what network they are of.
namespace digits {

/// What it tells, besides how pixels are scaled.
struct ModelInfo {
  NetworkOptions network;
  std::string dataset;
  std::int64_t epochs = 0;
  std::int64_t seed = 0;
  /// Of these weights; not known where no digit was counted, or none of the test digits was tried.
  std::optional<double> train_accuracy{};
  std::optional<double> test_accuracy{};
};

/// Tells whether two files were saved together, not who saved them.
std::string checksum(std::string_view bytes);

/// The JSON for a file of parameters with these bytes.
std::string describe(const ModelInfo& info, std::string_view params);

struct Description {
  ModelInfo info;
  /// Of the parameters.
  std::string params_checksum;
};
/// Reads it. Throws Error, naming `source`, the field, what was expected and what was found.
Description parse_description(const std::string& text, const std::string& source);

/// The network of a description that was read from `source`, not initialized.
gluino::gluon::nn::HybridSequential make_described(const ModelInfo& info,
                                                   const std::string& source);

/// "lenet with tanh, trained on mnist"
std::string in_words(const ModelInfo& info);

/// True when the JSON `text` describes parameters with these bytes.
bool describes(const std::string& text, std::string_view params);

}  // namespace digits
