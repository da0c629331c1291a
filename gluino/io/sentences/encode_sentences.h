#pragma once

#include <gluino/base/export.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

/// Texts for recurrent networks: MXNet's mx.rnn.
namespace gluino::rnn {

/// The number of each word.
using Vocabulary = std::map<std::string, std::int64_t>;

struct EncodeOptions {
  /// The words that there are. Without one each new word gets the next number.
  std::optional<Vocabulary> vocab{};
  /// A number that no word gets, and what stands for it in a new vocabulary.
  std::int64_t invalid_label = -1;
  std::string invalid_key = "\n";
  /// The number of the first new word.
  std::int64_t start_label = 0;
  /// What all words count as that `vocab` does not have; without it they are an Error.
  std::optional<std::string> unknown_token{};
};

struct EncodedSentences {
  std::vector<std::vector<std::int64_t>> sentences;
  Vocabulary vocab;
};

/// Sentences, lists of words, as lists of numbers. With `vocab` and `unknown_token` all unknown
/// words have one number, where MXNet gives each a new one. Throws Error for a word that is
/// unknown.
GLUINO_API EncodedSentences encode_sentences(const std::vector<std::vector<std::string>>& sentences,
                                             const EncodeOptions& options = {});

}  // namespace gluino::rnn
