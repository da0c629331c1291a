#pragma once

#include <gluino/base/fork.h>
#include <gluino/gluon/data/dataset.h>
#include <gluino/io/iterators/prepared.h>

#include <cstdint>
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
/// workers and waits for them. A forked process has no workers, and makes the rest itself.
class Epoch {
 public:
  Epoch(Dataset dataset, std::vector<std::vector<std::int64_t>> batches,
        const EpochOptions& options);
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
  ~Epoch();

  /// Goes to the next batch: the first one at first. Throws what making it threw, and is at its end
  /// from then on.
  void advance();
  bool at_end() const { return at_end_; }
  /// Throws Error at the end.
  const Batch& batch() const;

 private:
  // The work that makes the next batch that nobody has begun.
  io::Prepared<Batch>::Work claim();
  Batch make(std::size_t batch) const;

  const Dataset dataset_;
  const std::vector<std::vector<std::int64_t>> batches_;
  const EpochOptions options_;

  Batch current_;
  bool at_end_ = false;
  std::size_t taken_ = 0;    // batches that the consumer has
  std::size_t claimed_ = 0;  // batches that workers have begun
  OfThisProcess<io::Prepared<Batch>> workers_;
};

}  // namespace gluino::gluon::data
