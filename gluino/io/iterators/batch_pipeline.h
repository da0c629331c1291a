#pragma once

#include <gluino/base/fork.h>
#include <gluino/base/function_ref.h>
#include <gluino/io/iterators/data_iter.h>
#include <gluino/io/iterators/prepared.h>

#include <functional>

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
/// threads and waits for them. A forked process has no such threads, and what they had claimed is
/// lost to it: there both calls throw Error.
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
  bool make(DataBatch& batch);
  // Null if the consumer makes the batches itself.
  Prepared<DataBatch>* threads() const;

  const Claim claim_;
  bool at_end_ = false;  // the consumer has seen the epoch's end, or an error
  OfThisProcess<Prepared<DataBatch>> threads_;
};

}  // namespace gluino::io
