#pragma once

#include <gluino/gluon/data/dataset.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace gluino::gluon::data {

struct EpochOptions {
  int num_workers = 0;
  /// Batches that may be made, or being made, ahead of the one asked for next; at least 1.
  int prefetch = 1;
  std::uint64_t augmentation_seed = 0;
};

/// One pass over given batches of a data set. Workers make them ahead, in a ring of `prefetch`
/// places; the consumer takes them in order. Used by one consumer; its destruction stops the
/// workers and waits for them.
class Epoch {
 public:
  Epoch(Dataset dataset, std::vector<std::vector<std::int64_t>> batches,
        const EpochOptions& options);
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch() { stop(); }

  /// Goes to the next batch: the first one at first. Throws what making it threw, and is at its end
  /// from then on.
  void advance();
  bool at_end() const { return at_end_; }
  /// Throws Error at the end.
  const Batch& batch() const;

 private:
  // What a worker leaves for the consumer.
  struct Place {
    bool ready = false;
    Batch batch;
    std::exception_ptr error;
  };

  Batch make(std::size_t batch) const;
  void start_workers();
  void work();
  Place take();
  void stop();

  const Dataset dataset_;
  const std::vector<std::vector<std::int64_t>> batches_;
  const EpochOptions options_;

  // The consumer's.
  Batch current_;
  bool at_end_ = false;
  std::vector<std::thread> workers_;

  std::mutex mutex_;
  std::condition_variable work_to_do_;
  std::condition_variable batch_ready_;
  // The rest is guarded by mutex_.
  std::vector<Place> places_;
  std::size_t claimed_ = 0;  // batches that workers have begun
  std::size_t taken_ = 0;    // batches that the consumer has
  bool stopping_ = false;
};

}  // namespace gluino::gluon::data
