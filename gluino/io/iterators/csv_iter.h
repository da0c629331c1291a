#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gluino::io {

struct CSVIterOptions {
  /// Files of numbers, a line per sample, commas between them; gzip'd or not.
  std::string data_csv;
  /// The shape of one sample. Must be given.
  Shape data_shape{};
  /// Without such a file all labels are 0.
  std::string label_csv{};
  Shape label_shape{1};
  /// Must be given.
  std::int64_t batch_size = 0;
  /// Fills the last batch up with lines from the beginning, and begins the next epoch behind them;
  /// otherwise its last rows are 0. `pad` says how many.
  bool round_batch = true;
  /// Of data and labels: float32, float64, int32 or int64.
  DType dtype = float32;
};

/// Batches of data and labels out of text files, which are read as they are needed: memory
/// depends on the batch, not on the files.
class GLUINO_API CSVIter : public DataIter {
 public:
  /// Throws Error when a file is missing or an option does not fit. Errors in a file are thrown
  /// where they are met; they name the file and the line.
  explicit CSVIter(const CSVIterOptions& options);
  ~CSVIter() override;

  bool next(DataBatch& batch) override;
  void reset() override;
  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

 private:
  struct Source;
  template <class T>
  bool fill(DataBatch& batch);

  Shape data_shape_;  // with the batch
  Shape label_shape_;
  DType dtype_;
  std::unique_ptr<Source> source_;
};

}  // namespace gluino::io
