#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::rnn {

struct BucketSentenceIterOptions {
  std::int64_t batch_size = 1;
  /// The lengths. Without them: those of which there are enough sentences for a batch.
  std::vector<std::int64_t> buckets{};
  /// What fills up sentences, and is the label of the last word.
  std::int64_t invalid_label = -1;
  std::string data_name = "data";
  std::string label_name = "softmax_label";
  DType dtype = float32;
  /// "NT", samples first, or "TN", steps first.
  std::string layout = "NT";
};

/// Batches of sentences, each filled up to the length of its bucket, which is the batch's
/// bucket_key; the label of a word is the word that follows. Sentences longer than all buckets are
/// left out, which is logged, and so are those that make no whole batch.
///
/// The batches are those of MXNet, in another order: each epoch shuffles the sentences of a bucket,
/// and then the batches, by random::shuffle, where MXNet in Python takes NumPy's generator for the
/// sentences and Python's for the batches.
class GLUINO_API BucketSentenceIter : public io::DataIter {
 public:
  /// Throws Error when the layout is neither of the two, a bucket has no length, or none is left.
  explicit BucketSentenceIter(const std::vector<std::vector<std::int64_t>>& sentences,
                              const BucketSentenceIterOptions& options = {});

  bool next(io::DataBatch& batch) override;
  void reset() override;

  /// Those of the longest bucket, whose length is the default_bucket_key.
  std::vector<io::DataDesc> provide_data() const override;
  std::vector<io::DataDesc> provide_label() const override;
  io::BucketKey default_bucket_key() const override { return buckets_.back().length; }

  /// The lengths of the buckets, growing.
  std::vector<std::int64_t> buckets() const;

 private:
  struct Bucket {
    std::int64_t length;
    std::vector<std::int64_t> words{};  // of one sentence after the other
    std::vector<std::int64_t> order{};  // of the sentences
  };

  io::DataDesc description(const std::string& name, std::int64_t length) const;
  NDArray words_of(const Bucket& bucket, std::int64_t first, std::int64_t ahead) const;

  BucketSentenceIterOptions options_;
  std::vector<Bucket> buckets_;
  /// The bucket of each batch of the epoch, and which of its sentences is the first.
  struct Place {
    std::size_t bucket;
    std::int64_t first;
  };
  std::vector<Place> places_;
  std::vector<std::int64_t> order_;  // of the places
  std::size_t given_ = 0;
};

}  // namespace gluino::rnn
