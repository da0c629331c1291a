#include <gluino/base/error.h>
#include <gluino/base/log.h>
#include <gluino/base/random.h>
#include <gluino/base/text.h>
#include <gluino/io/sentences/bucket_sentence_iter.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <map>
#include <numeric>

namespace gluino::rnn {
namespace {

using Sentences = std::vector<std::vector<std::int64_t>>;

std::vector<std::int64_t> in_order(std::size_t count) {
  std::vector<std::int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// The lengths that are asked for, or those of which there is a batch.
std::vector<std::int64_t> lengths_of(const Sentences& sentences,
                                     const BucketSentenceIterOptions& options) {
  std::vector<std::int64_t> lengths = options.buckets;
  std::sort(lengths.begin(), lengths.end());
  lengths.erase(std::unique(lengths.begin(), lengths.end()), lengths.end());
  check(lengths.empty() || lengths[0] >= 1,
        "BucketSentenceIter: buckets: expected lengths of at least 1, got ",
        lengths.empty() ? 0 : lengths[0]);
  if (!lengths.empty()) return lengths;
  std::map<std::int64_t, std::int64_t> counts;
  for (const auto& sentence : sentences) ++counts[static_cast<std::int64_t>(sentence.size())];
  for (const auto& [length, count] : counts) {
    if (length >= 1 && count >= options.batch_size) lengths.push_back(length);
  }
  check(!lengths.empty(), "BucketSentenceIter: no length has enough sentences for a batch of ",
        options.batch_size, "; give buckets, or a smaller batch_size");
  return lengths;
}

}  // namespace

BucketSentenceIter::BucketSentenceIter(const Sentences& sentences,
                                       const BucketSentenceIterOptions& options)
    : DataIter(options.batch_size), options_(options) {
  check(options.layout == "NT" || options.layout == "TN",
        "BucketSentenceIter: layout: expected NT (samples first) or TN (steps first), got ",
        options.layout);
  for (const std::int64_t length : lengths_of(sentences, options)) buckets_.push_back({length});
  std::int64_t left_out = 0;
  for (const auto& sentence : sentences) {
    const auto size = static_cast<std::int64_t>(sentence.size());
    const auto bucket = std::lower_bound(
        buckets_.begin(), buckets_.end(), size,
        [](const Bucket& one, std::int64_t needed) { return one.length < needed; });
    if (bucket == buckets_.end()) {
      ++left_out;
      continue;
    }
    bucket->words.insert(bucket->words.end(), sentence.begin(), sentence.end());
    bucket->words.insert(bucket->words.end(), static_cast<std::size_t>(bucket->length - size),
                         options.invalid_label);
  }
  if (left_out > 0) {
    log_line(str("BucketSentenceIter: left out ", left_out, " sentences, longer than all buckets"));
  }
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    const std::size_t count =
        buckets_[i].words.size() / static_cast<std::size_t>(buckets_[i].length);
    buckets_[i].order = in_order(count);
    for (std::int64_t first = 0; first + options.batch_size <= static_cast<std::int64_t>(count);
         first += options.batch_size) {
      places_.push_back({i, first});
    }
  }
  order_ = in_order(places_.size());
  reset();
}

void BucketSentenceIter::reset() {
  given_ = 0;
  random::shuffle(order_);
  for (Bucket& bucket : buckets_) random::shuffle(bucket.order);
}

bool BucketSentenceIter::next(io::DataBatch& batch) {
  batch.clear();
  if (given_ == order_.size()) return false;
  const Place& place = places_[static_cast<std::size_t>(order_[given_++])];
  const Bucket& bucket = buckets_[place.bucket];
  batch.data.push_back(words_of(bucket, place.first, 0));
  batch.label.push_back(words_of(bucket, place.first, 1));
  batch.provide_data.push_back(description(options_.data_name, bucket.length));
  batch.provide_label.push_back(description(options_.label_name, bucket.length));
  batch.bucket_key = bucket.length;
  return true;
}

// The words of a batch of sentences, or those that stand so many steps ahead of them.
NDArray BucketSentenceIter::words_of(const Bucket& bucket, std::int64_t first,
                                     std::int64_t ahead) const {
  const std::int64_t samples = batch_size();
  const std::int64_t steps = bucket.length;
  const bool steps_first = options_.layout == "TN";
  std::vector<std::int64_t> words(static_cast<std::size_t>(samples * steps),
                                  options_.invalid_label);
  for (std::int64_t n = 0; n < samples; ++n) {
    const std::int64_t sentence = bucket.order[static_cast<std::size_t>(first + n)];
    for (std::int64_t t = 0; t + ahead < steps; ++t) {
      const std::int64_t place = steps_first ? t * samples + n : n * steps + t;
      words[static_cast<std::size_t>(place)] =
          bucket.words[static_cast<std::size_t>(sentence * steps + t + ahead)];
    }
  }
  return nd::array(words, options_.dtype, cpu()).view(description("", steps).shape);
}

io::DataDesc BucketSentenceIter::description(const std::string& name, std::int64_t length) const {
  const Shape shape =
      options_.layout == "TN" ? Shape({length, batch_size()}) : Shape({batch_size(), length});
  return {.name = name, .shape = shape, .dtype = options_.dtype, .layout = options_.layout};
}

std::vector<io::DataDesc> BucketSentenceIter::provide_data() const {
  return {description(options_.data_name, buckets_.back().length)};
}

std::vector<io::DataDesc> BucketSentenceIter::provide_label() const {
  return {description(options_.label_name, buckets_.back().length)};
}

std::vector<std::int64_t> BucketSentenceIter::buckets() const {
  std::vector<std::int64_t> lengths;
  lengths.reserve(buckets_.size());
  for (const Bucket& bucket : buckets_) lengths.push_back(bucket.length);
  return lengths;
}

}  // namespace gluino::rnn
