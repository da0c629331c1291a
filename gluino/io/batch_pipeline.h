#pragma once

#include <gluino/base/function_ref.h>
#include <gluino/io/data_iter.h>

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace gluino::io {

struct PipelineOptions {
  /// Threads that make batches; with none, a batch is made when it is asked for.
  int threads = 1;
  /// Batches that may be made, or being made, ahead of the one asked for next.
  int ahead = 1;
};

/// Makes the batches of an epoch ahead of their use, on threads of its own, in two steps. `claim`,
/// which one thread at a time calls, in the order of the batches, takes what a batch needs from
/// where the samples are, and returns the work that is left, or null at the end of the epoch.
/// Several threads do that work side by side. Used by one consumer; its destruction stops the
/// threads and waits for them.
class BatchPipeline {
 public:
  using Work = std::function<void(DataBatch&)>;
  using Claim = std::function<Work()>;

  BatchPipeline(Claim claim, const PipelineOptions& options);
  BatchPipeline(const BatchPipeline&) = delete;
  BatchPipeline& operator=(const BatchPipeline&) = delete;
  ~BatchPipeline();

  /// As DataIter::next. Throws what making the batch threw, and is at the end from then on.
  bool next(DataBatch& batch);
  /// Drops what was made and begins a new epoch: calls `rewind` while no thread works.
  void restart(FunctionRef<void()> rewind);

 private:
  // What a thread leaves for the consumer.
  struct Place {
    bool ready = false;
    bool at_end = false;
    DataBatch batch;
    std::exception_ptr error;
  };

  bool make(DataBatch& batch);
  void run();
  void fill(Place& place, std::unique_lock<std::mutex>& lock);
  Place take();

  const Claim claim_;
  std::vector<std::thread> threads_;
  bool at_end_ = false;  // the consumer has seen the epoch's end, or an error

  std::mutex mutex_;
  std::condition_variable changed_;
  // The rest is guarded by mutex_.
  std::vector<Place> places_;
  std::size_t claimed_ = 0;  // batches that threads have begun
  std::size_t taken_ = 0;    // batches that the consumer has
  int busy_ = 0;             // threads that make a batch
  bool claiming_ = false;
  bool all_claimed_ = false;
  bool paused_ = false;
  bool stopping_ = false;
};

}  // namespace gluino::io
