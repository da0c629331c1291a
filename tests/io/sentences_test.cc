// Sentences as numbers and in buckets. What is expected is what MXNet 1.9.1 gives, but for the
// order, which follows from another generator.
#include <gluino/base/log.h>
#include <gluino/base/random.h>
#include <gluino/io/iterators/prefetching_iter.h>
#include <gluino/io/iterators/resize_iter.h>
#include <gluino/io/sentences/bucket_sentence_iter.h>
#include <gluino/io/sentences/encode_sentences.h>

#include "error_message.h"

namespace gluino {
namespace {

using rnn::BucketSentenceIter;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using ::testing::Pair;

using Words = std::vector<std::vector<std::string>>;
using Numbers = std::vector<std::vector<std::int64_t>>;

const Numbers kSentences = {{1, 2, 3},          {1, 2}, {4, 5, 6}, {7, 8}, {9, 8, 7}, {1},
                            {1, 2, 3, 4, 5, 6}, {3, 4}, {2, 2}};

TEST(EncodeSentences, GivesEachWordItsNumber) {
  const Words words = {{"a", "b"}, {"b", "c"}};
  const auto from_zero = rnn::encode_sentences(words);
  EXPECT_EQ(from_zero.sentences, Numbers({{0, 1}, {1, 2}}));
  EXPECT_THAT(from_zero.vocab,
              ElementsAre(Pair("\n", -1), Pair("a", 0), Pair("b", 1), Pair("c", 2)));
  const auto without_one = rnn::encode_sentences(words, {.invalid_label = 1, .invalid_key = "no"});
  EXPECT_EQ(without_one.sentences, Numbers({{0, 2}, {2, 3}}));
  EXPECT_THAT(without_one.vocab,
              ElementsAre(Pair("a", 0), Pair("b", 2), Pair("c", 3), Pair("no", 1)));
}

TEST(EncodeSentences, KnowsTheWordsOfAVocabulary) {
  const Words words = {{"a", "x"}, {"y", "b"}};
  const rnn::Vocabulary vocab = {{"a", 1}, {"b", 2}};
  EXPECT_THAT(message_of([&] { rnn::encode_sentences(words, {.vocab = vocab}); }),
              HasSubstr("the vocabulary has no 'x'"));
  const auto as_b = rnn::encode_sentences(words, {.vocab = vocab, .unknown_token = "b"});
  EXPECT_EQ(as_b.sentences, Numbers({{1, 2}, {2, 2}}));
  const auto as_z =
      rnn::encode_sentences(words, {.vocab = vocab, .start_label = 1, .unknown_token = "z"});
  EXPECT_EQ(as_z.sentences, Numbers({{1, 3}, {3, 2}}));
  EXPECT_EQ(as_z.vocab.at("z"), 3);
}

// The rows of a batch, each with its label's, in the order of the alphabet: "2: 1 2 -> 2 -1".
std::vector<std::string> rows_of(io::DataIter& iter, bool steps_first) {
  std::vector<std::string> rows;
  for (const io::DataBatch& batch : iter) {
    const std::int64_t length = batch.bucket_key.number();
    for (const auto* descs : {&batch.provide_data, &batch.provide_label}) {
      EXPECT_EQ((*descs)[0].shape, batch.data[0].shape());
    }
    const NDArray data = steps_first ? batch.data[0].T() : batch.data[0];
    const NDArray label = steps_first ? batch.label[0].T() : batch.label[0];
    EXPECT_EQ(data.shape(), Shape({iter.batch_size(), length}));
    EXPECT_EQ(batch.pad, 0);
    for (std::int64_t n = 0; n < iter.batch_size(); ++n) {
      std::string row = str(length, ':');
      for (const int word : data[n].to_vector<int>()) row += str(' ', word);
      row += " ->";
      for (const int word : label[n].to_vector<int>()) row += str(' ', word);
      rows.push_back(row);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

TEST(BucketSentenceIter, FillsSentencesUpToTheirBuckets) {
  std::vector<std::string> lines;
  const Logger before = set_logger([&](const std::string& line) { lines.push_back(line); });
  for (const std::string layout : {"NT", "TN"}) {
    BucketSentenceIter iter(kSentences, {.batch_size = 1, .buckets = {3, 2}, .layout = layout});
    EXPECT_EQ(iter.default_bucket_key(), 3);
    const Shape shape = layout == "NT" ? Shape({1, 3}) : Shape({3, 1});
    EXPECT_EQ(iter.provide_data()[0],
              (io::DataDesc{.name = "data", .shape = shape, .layout = layout}));
    EXPECT_EQ(iter.provide_label()[0].name, "softmax_label");
    const auto all = {"2: 1 -1 -> -1 -1",   "2: 1 2 -> 2 -1",    "2: 2 2 -> 2 -1",
                      "2: 3 4 -> 4 -1",     "2: 7 8 -> 8 -1",    "3: 1 2 3 -> 2 3 -1",
                      "3: 4 5 6 -> 5 6 -1", "3: 9 8 7 -> 8 7 -1"};
    EXPECT_THAT(rows_of(iter, layout == "TN"), ::testing::ElementsAreArray(all));
    iter.reset();
    EXPECT_THAT(rows_of(iter, layout == "TN"), ::testing::ElementsAreArray(all));
  }
  set_logger(before);
  EXPECT_EQ(lines[0], "BucketSentenceIter: left out 1 sentences, longer than all buckets");
}

TEST(BucketSentenceIter, ShufflesByTheSeed) {
  Numbers sentences;
  for (std::int64_t i = 0; i < 40; ++i) sentences.emplace_back(2 + i % 2, i);
  const auto epochs = [&](std::int64_t seed) {
    random::seed(seed);
    BucketSentenceIter iter(sentences, {.batch_size = 3, .dtype = int32});
    std::vector<std::vector<int>> order;
    for (int epoch = 0; epoch < 2; ++epoch, iter.reset()) {
      order.emplace_back();
      for (const io::DataBatch& batch : iter) {
        EXPECT_EQ(batch.data[0].dtype(), int32);
        for (const int word : batch.data[0].to_vector<int>()) order.back().push_back(word);
      }
    }
    return order;
  };
  const auto order = epochs(5);
  EXPECT_EQ(order[0].size(), 18U * 5);  // two sentences of each length make no batch
  EXPECT_NE(order[0], order[1]);
  EXPECT_EQ(order, epochs(5));
  EXPECT_NE(order, epochs(6));
}

TEST(BucketSentenceIter, BucketsAreTheLengthsWithEnoughSentences) {
  EXPECT_THAT(BucketSentenceIter(kSentences, {.batch_size = 2}).buckets(), ElementsAre(2, 3));
  // A bucket without sentences is no mistake.
  BucketSentenceIter some({{1, 2}, {3, 4}}, {.batch_size = 2, .buckets = {7, 2}});
  EXPECT_EQ(rows_of(some, false).size(), 2U);
}

TEST(BucketSentenceIter, MistakesAreTold) {
  const auto message = [](const rnn::BucketSentenceIterOptions& options) {
    return message_of([&] { BucketSentenceIter(kSentences, options); });
  };
  EXPECT_THAT(message({.batch_size = 100}),
              HasSubstr("no length has enough sentences for a batch"));
  EXPECT_THAT(message({.layout = "XX"}), HasSubstr("expected NT (samples first) or TN"));
  EXPECT_THAT(message({.buckets = {0, 3}}), HasSubstr("lengths of at least 1, got 0"));
  EXPECT_THAT(message({.batch_size = 0}), HasSubstr("batch_size"));
}

// Keys and descriptions come through iterators around it.
TEST(BucketSentenceIter, KeepsItsKeysInsideOfOthers) {
  const auto make = [](const std::string& name) {
    return std::make_shared<BucketSentenceIter>(
        kSentences, rnn::BucketSentenceIterOptions{.batch_size = 2, .data_name = name});
  };
  io::ResizeIter five(make("data"), {.size = 5});
  EXPECT_EQ(five.default_bucket_key(), 3);
  EXPECT_EQ(rows_of(five, false).size(), 10U);
  io::PrefetchingIter ahead({make("data")}, {.rename_data = {{{"data", "words"}}}});
  EXPECT_EQ(ahead.default_bucket_key(), 3);
  io::DataBatch batch;
  ASSERT_TRUE(ahead.next(batch));
  EXPECT_EQ(batch.provide_data.at(0).name, "words");
  EXPECT_EQ(batch.provide_data[0].shape, batch.data[0].shape());
  EXPECT_TRUE(batch.bucket_key.is_number());
}

TEST(BucketKey, IsANumberNumbersOrAText) {
  EXPECT_EQ(io::BucketKey(20).to_string(), "20");
  EXPECT_EQ(io::BucketKey(10, 20).to_string(), "(10, 20)");
  EXPECT_EQ(io::BucketKey(std::vector<std::int64_t>{10}).to_string(), "(10,)");
  EXPECT_EQ(io::BucketKey("short").to_string(), "short");
  EXPECT_EQ(io::BucketKey().to_string(), "None");
  EXPECT_THAT(io::BucketKey(10, 20).numbers(), ElementsAre(10, 20));
  EXPECT_THAT(message_of([] { io::BucketKey("short").number(); }), HasSubstr("got short"));
  EXPECT_THAT(message_of([] { io::BucketKey(3).numbers(); }), HasSubstr("got 3"));
  EXPECT_LT(io::BucketKey(3), io::BucketKey(20));
}

}  // namespace
}  // namespace gluino
