#pragma once

#include <gluino/gluon/data/dataset.h>
#include <gluino/gluon/data/sampler.h>
#include <gluino/ndarray/shared.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace gluino::gluon::data {

class Epoch;

struct DataLoaderOptions {
  /// Samples per batch. Must be given unless batch_sampler is.
  std::int64_t batch_size = 0;
  /// Visits the samples in a new random order each epoch.
  bool shuffle = false;
  /// An order of one's own, instead of `shuffle`.
  std::shared_ptr<Sampler> sampler{};
  /// "keep" (the default), "discard" or "rollover": see BatchSamplerOptions.
  std::optional<std::string> last_batch{};
  /// Batches of one's own, instead of all the above.
  std::shared_ptr<BatchSampler> batch_sampler{};
  /// Threads that make batches ahead of their use. 0 makes each batch when it is asked for.
  int num_workers = 0;
  /// How many batches the workers make ahead; twice num_workers unless given.
  std::optional<int> prefetch{};
};

/// Walks once through the batches of an epoch. An input iterator: copies walk together.
class GLUINO_API BatchIterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;
  using pointer = const Batch*;
  using reference = const Batch&;

  explicit BatchIterator(std::shared_ptr<Epoch> epoch) : epoch_(std::move(epoch)) {}

  /// Valid until the iterator moves on; a copy of the batch stays.
  const Batch& operator*() const;
  const Batch* operator->() const { return &**this; }
  /// Throws what making the batch threw; the epoch ends there.
  BatchIterator& operator++();
  void operator++(int) { ++*this; }

  friend bool operator==(const BatchIterator& it, std::default_sentinel_t) { return it.at_end(); }

 private:
  bool at_end() const;

  Shared<Epoch> epoch_;
};

/// Makes batches out of a data set:
///
///     data::DataLoader loader(dataset, {.batch_size = 100, .shuffle = true, .num_workers = 2});
///     for (const auto& [data, label] : loader) { ... }
///
/// Each begin() starts a new epoch, independent of others that may still run. The batches and their
/// order are the same for any number of workers. An error in the data set, or in one of its
/// transforms, is thrown where its batch would have come. A loop may be left at any time: the
/// workers stop with the batch at hand. A loader and its copies are used by one thread at a time.
class GLUINO_API DataLoader {
 public:
  /// Throws Error on a wrong or missing batch_size, a wrong last_batch, options that exclude each
  /// other, a negative number of workers or more than 1024, a negative prefetch.
  DataLoader(Dataset dataset, const DataLoaderOptions& options);

  /// The number of batches in the next epoch.
  std::int64_t size() const { return batch_sampler_->size(); }
  const Dataset& dataset() const { return dataset_; }

  /// Starts an epoch; throws what making its first batch throws.
  BatchIterator begin() const;
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  Dataset dataset_;
  Shared<BatchSampler> batch_sampler_;
  int num_workers_ = 0;
  int prefetch_ = 0;
};

}  // namespace gluino::gluon::data
