#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gluino::io {

class RecordBatches;

struct ImageRecordIterOptions {
  /// A RecordIO file of labelled pictures, as im2rec makes it.
  std::string path_imgrec;
  /// Its index; without one the file is gone over where the order or a part asks for it.
  std::string path_imgidx{};
  /// (channels, height, width), with 1 channel (grey) or 3 (RGB). Must be given.
  Shape data_shape{};
  /// Must be given.
  std::int64_t batch_size = 0;
  /// Labels per picture; 1 gives labels of shape (batch_size,).
  std::int64_t label_width = 1;
  /// Visits the pictures in a new random order each epoch, by random::shuffle.
  bool shuffle = false;
  /// A pixel becomes (pixel - mean) * scale / std. Grey has the values of r.
  double mean_r = 0;
  double mean_g = 0;
  double mean_b = 0;
  double std_r = 1;
  double std_g = 1;
  double std_b = 1;
  double scale = 1;
  /// Makes the shorter edge this long first; below 1, it stays.
  std::int64_t resize = -1;
  /// Takes the part of data_shape at a random place instead of the middle. Pictures that are
  /// smaller are enlarged.
  bool rand_crop = false;
  /// Turns half of the pictures, chosen at random, left to right.
  bool rand_mirror = false;
  /// Fills the last batch up with pictures from the epoch's beginning and, unless shuffled, begins
  /// the next epoch behind them; otherwise its last rows are 0. `pad` says how many.
  bool round_batch = true;
  /// Takes the part `part_index` of `num_parts`, for one of several workers.
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
  /// Threads that read and decode; 0 makes each batch when it is asked for.
  int preprocess_threads = 4;
  /// Batches that are kept ready beyond those that threads are at.
  int prefetch_buffer = 4;
};

/// Batches of float32 pictures, (batch_size, channels, height, width), and float32 labels out of a
/// RecordIO file. Memory depends on the batches that are being made, not on the file, which is
/// read as it is needed. The batches are the same for any number of threads, and random choices
/// follow from the one seed. `index` holds the ids of the records.
class GLUINO_API ImageRecordIter : public DataIter {
 public:
  /// Throws Error when a file is missing or an option does not fit. What is wrong with a record is
  /// thrown where its batch would have come, with the file, the record and its offset.
  explicit ImageRecordIter(const ImageRecordIterOptions& options);
  ~ImageRecordIter() override;

  bool next(DataBatch& batch) override;
  void reset() override;
  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

 private:
  Shape data_shape_;  // with the batch
  Shape label_shape_;
  std::unique_ptr<RecordBatches> batches_;
};

}  // namespace gluino::io
