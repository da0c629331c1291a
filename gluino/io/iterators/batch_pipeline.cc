#include <gluino/io/iterators/batch_pipeline.h>
#include <gluino/io/iterators/prepared.h>

#include <algorithm>
#include <utility>

namespace gluino::io {

BatchPipeline::BatchPipeline(Claim claim, const PipelineOptions& options)
    : claim_(std::move(claim)) {
  if (options.threads <= 0) return;
  const PreparedOptions prepared{.threads = options.threads,
                                 .ahead = static_cast<std::size_t>(std::max(1, options.ahead))};
  if (threads_.emplace([this] { return claim_(); }, prepared).has_no_threads()) threads_.reset();
}

BatchPipeline::~BatchPipeline() = default;

Prepared<DataBatch>* BatchPipeline::threads() const {
  check(!threads_.is_of_parent(),
        "the batches of this iterator are made by threads of the parent process, which a forked "
        "one does not have; make an iterator in each process");
  return threads_.get();
}

bool BatchPipeline::next(DataBatch& batch) {
  // What it held goes back to the pool first, so that a batch to come gets the same memory.
  batch.clear();
  if (at_end_) return false;
  try {
    Prepared<DataBatch>* threads = this->threads();
    at_end_ = !(threads != nullptr ? threads->next(batch) : make(batch));
  } catch (...) {
    at_end_ = true;
    throw;
  }
  return !at_end_;
}

bool BatchPipeline::make(DataBatch& batch) {
  const Work work = claim_();
  if (work) work(batch);
  return work != nullptr;
}

void BatchPipeline::restart(FunctionRef<void()> rewind) {
  at_end_ = true;
  Prepared<DataBatch>* threads = this->threads();
  threads != nullptr ? threads->restart(rewind) : rewind();
  at_end_ = false;
}

}  // namespace gluino::io
