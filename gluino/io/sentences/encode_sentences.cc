#include <gluino/base/error.h>
#include <gluino/io/sentences/encode_sentences.h>

#include <set>

namespace gluino::rnn {
namespace {

// Gives words their numbers, none twice.
class Numbering {
 public:
  explicit Numbering(const EncodeOptions& options)
      : options_(options),
        vocab_(options.vocab.value_or(Vocabulary{{options.invalid_key, options.invalid_label}})),
        taken_{options.invalid_label},
        next_(options.start_label) {
    for (const auto& [word, number] : vocab_) taken_.insert(number);
  }

  std::int64_t number_of(const std::string& word) {
    const auto known = vocab_.find(word);
    if (known != vocab_.end()) return known->second;
    const bool grows = !options_.vocab.has_value();
    check(grows || options_.unknown_token.has_value(), "encode_sentences: the vocabulary has no '",
          word, "'; say as unknown_token what unknown words count as");
    const auto [place, is_new] = vocab_.emplace(grows ? word : *options_.unknown_token, 0);
    if (is_new) {
      while (taken_.contains(next_)) ++next_;
      place->second = next_++;
    }
    return place->second;
  }

  const Vocabulary& vocab() const { return vocab_; }

 private:
  const EncodeOptions& options_;
  Vocabulary vocab_;
  std::set<std::int64_t> taken_;
  std::int64_t next_;
};

}  // namespace

EncodedSentences encode_sentences(const std::vector<std::vector<std::string>>& sentences,
                                  const EncodeOptions& options) {
  Numbering numbering(options);
  EncodedSentences encoded;
  encoded.sentences.reserve(sentences.size());
  for (const std::vector<std::string>& sentence : sentences) {
    std::vector<std::int64_t>& numbers = encoded.sentences.emplace_back();
    numbers.reserve(sentence.size());
    for (const std::string& word : sentence) numbers.push_back(numbering.number_of(word));
  }
  encoded.vocab = numbering.vocab();
  return encoded;
}

}  // namespace gluino::rnn
