#pragma once

#include <gluino/io/iterators/batch_filler.h>
#include <gluino/io/iterators/batch_pipeline.h>
#include <gluino/io/iterators/data_iter.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/io/iterators/record_source.h>
#include <gluino/io/records/recordio.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace gluino::io {

struct RecordBatchesOptions {
  RecordSourceOptions source{};
  /// A list with the labels of the records, by their ids, in place of those in the file; or empty.
  std::string path_imglist{};
  std::int64_t batch_size = 0;
  bool round_batch = true;
  /// Of a sample.
  Shape data_shape{};
  Shape label_shape{};
  /// What rows hold that nobody fills.
  float label_fill = 0;
  /// The maker of rows draws random numbers, which follow from `seed` instead of random::seed if
  /// it is given.
  bool is_random = false;
  std::optional<std::int64_t> seed{};
  int preprocess_threads = 4;
  int prefetch_buffer = 4;
  /// Begins messages.
  const char* who = "";
};

/// Batches of samples that are made of the records of a file, ahead of their use and on several
/// threads: what ImageRecordIter and ImageDetRecordIter share.
class RecordBatches {
 public:
  /// Writes a sample's numbers and labels from a record's content and labels; called by several
  /// threads at once. What it throws is told with the file, the record and its offset.
  using MakeRow = std::function<void(std::string_view content, const recordio::IRHeader& header,
                                     RandomStream& random, float* data, float* label)>;

  /// Throws Error when a file is missing or an option does not fit.
  RecordBatches(const RecordBatchesOptions& options, MakeRow make_row);
  ~RecordBatches();

  bool next(DataBatch& batch) { return pipeline_->next(batch); }
  void reset();

 private:
  struct Raw;
  struct RawBatch;
  void begin_epoch();
  BatchPipeline::Work claim();
  void make(const RawBatch& raw, DataBatch& batch) const;
  void make_row(const Raw& row, std::uint64_t seed, float* data, float* labels,
                DataBatch& batch) const;

  const RecordBatchesOptions options_;
  const std::unordered_map<std::uint64_t, std::vector<float>> listed_labels_;
  const MakeRow make_row_;
  RecordSource source_;
  BatchFiller rounds_;
  std::uint64_t seed_ = 0;
  std::uint64_t epoch_ = 0;
  std::uint64_t stream_ = 0;
  std::unique_ptr<BatchPipeline> pipeline_;  // last: its threads use the others
};

}  // namespace gluino::io
