// Which word comes next: an LSTM learns sentences of several lengths. Each batch has sentences of
// one bucket, and a network for that length; all networks have the same parameters. Without a file
// the program makes sentences itself, of 26 words, whose grammar leaves a perplexity of about 3.3;
// it fails above 4 after 5 epochs.
//
//     language_model [file with a sentence per line] [epochs] [seed]

#include <gluino/gluino.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace mx = gluino;

namespace {

using Sentence = std::vector<std::string>;

constexpr int kBatchSize = 32;
constexpr int kHidden = 64;
// No word has this number: it fills sentences up, and losses leave it out.
constexpr int kNoWord = 0;

std::vector<Sentence> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw mx::Error(path + ": cannot be read");
  std::vector<Sentence> sentences;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    Sentence sentence;
    for (std::string word; words >> word;) sentence.push_back(word);
    if (sentence.size() > 1) sentences.push_back(sentence);
  }
  return sentences;
}

// Sentences in which verbs agree with their subjects: "two small birds watch the cat in the
// garden".
class Grammar {
 public:
  explicit Grammar(int seed) : random_(static_cast<unsigned>(seed)) {}

  Sentence sentence() {
    Sentence words;
    const bool many = add_things(words);
    add(words, many ? Sentence{"chase", "watch", "hear"} : Sentence{"chases", "watches", "hears"});
    add_things(words);
    if (chance(2)) {
      add(words, {"in", "behind", "near"});
      words.emplace_back("the");
      add(words, {"garden", "house", "barn"});
    }
    words.emplace_back(".");
    return words;
  }

 private:
  bool chance(int one_of) { return random_() % static_cast<unsigned>(one_of) == 0; }
  void add(Sentence& words, const Sentence& choices) {
    words.push_back(choices[random_() % choices.size()]);
  }
  // Tells whether it is more than one thing.
  bool add_things(Sentence& words) {
    const bool many = chance(2);
    add(words, many ? Sentence{"two", "many"} : Sentence{"a", "the"});
    if (chance(3)) add(words, {"small", "old", "brown"});
    add(words, many ? Sentence{"cats", "dogs", "birds"} : Sentence{"cat", "dog", "bird"});
    return many;
  }

  std::mt19937 random_;
};

std::vector<Sentence> made_sentences(int count, int seed) {
  Grammar grammar(seed);
  std::vector<Sentence> sentences;
  for (int i = 0; i < count; ++i) sentences.push_back(grammar.sentence());
  return sentences;
}

// The network for sentences of any length, steps first: the words of a step become vectors, an LSTM
// goes over the steps, and what it holds says how likely each word is to come next.
mx::mod::SymGen network(std::int64_t words) {
  return [words](const mx::io::BucketKey&) {
    const mx::Attributes empty_state = {{"shape", mx::str("(1, ", kBatchSize, ", ", kHidden, ")")}};
    const auto state = mx::sym::invoke("_zeros", std::vector<mx::Symbol>(), empty_state);
    const auto vectors =
        mx::sym::Embedding(mx::sym::var("data"), {.input_dim = words, .output_dim = 32}, "embed");
    // One row of numbers has all weights; where what lies in it is known to this initializer, which
    // leaves each weight to the one that fit is given.
    const auto parameters = mx::sym::var(
        "lstm_parameters",
        {.init = mx::str(R"(["fusedrnn", {"init": null, "mode": "lstm", "num_layers": 1, )",
                         R"("num_hidden": )", kHidden, "}]")});
    const auto steps = mx::sym::RNN({vectors, parameters, state, state},
                                    {.state_size = kHidden, .mode = "lstm"}, "lstm");
    const auto rows = mx::sym::reshape(steps, {.shape = {-1, kHidden}});
    const auto scores = mx::sym::FullyConnected(rows, {.num_hidden = words}, "scores");
    const auto label = mx::sym::reshape(mx::sym::var("softmax_label"), {.shape = {-1}});
    return mx::mod::BucketNetwork{mx::sym::SoftmaxOutput(
        scores, label, {.ignore_label = kNoWord, .use_ignore = true, .normalization = "valid"},
        "softmax")};
  };
}

// The sentence that begins so and goes on with the likeliest words.
Sentence continued(mx::mod::BucketingModule& model, Sentence words,
                   const mx::rnn::Vocabulary& vocab, std::int64_t length) {
  std::vector<std::string> spelled(vocab.size());
  for (const auto& [word, number] : vocab) spelled.at(static_cast<std::size_t>(number)) = word;
  while (static_cast<std::int64_t>(words.size()) < length && words.back() != ".") {
    mx::NDArray batch = mx::nd::zeros({length, kBatchSize});
    for (std::size_t i = 0; i < words.size(); ++i) {
      batch[static_cast<std::int64_t>(i)] = static_cast<double>(vocab.at(words[i]));
    }
    mx::io::DataBatch question{.data = {batch}, .label = {}};
    question.bucket_key = length;
    model.forward(question, false);
    const auto last = static_cast<std::int64_t>(words.size() - 1) * kBatchSize;
    const auto next = mx::nd::argmax(model.get_outputs()[0][last], {.axis = 0}).asscalar<int>();
    words.push_back(spelled.at(static_cast<std::size_t>(next)));
  }
  return words;
}

int run(const std::string& path, int epochs, int seed) {
  mx::random::seed(seed);
  const auto sentences = path.empty() ? made_sentences(4000, seed) : read(path);
  const auto [numbers, vocab] =
      mx::rnn::encode_sentences(sentences, {.invalid_label = kNoWord, .start_label = kNoWord + 1});
  const auto split = numbers.end() - static_cast<std::ptrdiff_t>(numbers.size() / 10);
  const mx::rnn::BucketSentenceIterOptions options = {
      .batch_size = kBatchSize, .buckets = {6, 8, 12}, .invalid_label = kNoWord, .layout = "TN"};
  mx::rnn::BucketSentenceIter train_iter({numbers.begin(), split}, options);
  mx::rnn::BucketSentenceIter val_iter({split, numbers.end()}, options);

  const auto words = static_cast<std::int64_t>(vocab.size());
  mx::mod::BucketingModule model(network(words), train_iter.default_bucket_key());
  mx::metric::Perplexity perplexity({.ignore_label = kNoWord});
  model.fit(train_iter, {.eval_data = val_iter,
                         .eval_metric = perplexity,
                         .batch_end_callback = mx::callback::Speedometer(kBatchSize, 50),
                         .optimizer = "adam",
                         .optimizer_params = {{"learning_rate", 0.01}, {"rescale_grad", 1}},
                         .initializer = mx::init::Xavier(),
                         .num_epoch = epochs});

  const double reached = model.score(val_iter, perplexity)[0].second;
  std::cout << words - 1 << " words, perplexity " << reached << "\n";
  for (const std::string& next : continued(model, {sentences[0][0]}, vocab, 12)) {
    std::cout << next << ' ';
  }
  std::cout << "\n";
  // Of other texts nobody knows how much they say about the next word.
  const bool good = !path.empty() || epochs < 5 || reached < 4;
  if (!good) std::cerr << "language_model: the perplexity is higher than it should be\n";
  return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc > 1 ? argv[1] : "", argc > 2 ? std::stoi(argv[2]) : 5,
               argc > 3 ? std::stoi(argv[3]) : 42);
  } catch (const std::exception& error) {
    std::cerr << "language_model: " << error.what() << "\n";
    return EXIT_FAILURE;
  }
}
