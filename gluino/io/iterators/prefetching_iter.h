#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace gluino::io {

class BatchPipeline;

struct PrefetchingIterOptions {
  /// For each iterator, new names for its arrays by their old ones; none unless given.
  std::vector<std::map<std::string, std::string>> rename_data{};
  std::vector<std::map<std::string, std::string>> rename_label{};
};

/// Gets the batches of other iterators ahead of their use, each on a thread of its own, and joins
/// them to one batch with the arrays of all. From now on the iterators are used by this one alone.
/// An error in one of them is thrown where its batch would have come.
class GLUINO_API PrefetchingIter : public DataIter {
 public:
  /// Throws Error if there is no iterator, one is there twice, batch sizes differ, or there are
  /// names for another number of iterators.
  explicit PrefetchingIter(std::vector<std::shared_ptr<DataIter>> iters,
                           const PrefetchingIterOptions& options = {});
  explicit PrefetchingIter(std::shared_ptr<DataIter> iter);
  ~PrefetchingIter() override;

  /// Throws Error when one iterator ends before the others, or their batches differ in `pad` or
  /// `bucket_key`, or some say what their arrays are and others do not; `pad`, `index` and
  /// `bucket_key` are the first one's.
  bool next(DataBatch& batch) override;
  /// An epoch left early leaves nothing for the next one, however far the threads have come.
  void reset() override;
  void hard_reset() override;
  /// As they were when this one was made.
  std::vector<DataDesc> provide_data() const override { return provide_data_; }
  std::vector<DataDesc> provide_label() const override { return provide_label_; }
  BucketKey default_bucket_key() const override { return default_bucket_key_; }

 private:
  bool join(DataBatch& batch);
  void add_part(DataBatch& batch, std::size_t iter);
  void restart(bool forget);

  std::vector<std::shared_ptr<DataIter>> iters_;
  std::vector<DataDesc> provide_data_;
  std::vector<DataDesc> provide_label_;
  BucketKey default_bucket_key_;
  PrefetchingIterOptions options_;
  bool at_end_ = false;  // the consumer has seen the epoch's end, or an error
  DataBatch part_;
  std::vector<std::unique_ptr<BatchPipeline>> pipelines_;  // last: they use the iterators
};

}  // namespace gluino::io
