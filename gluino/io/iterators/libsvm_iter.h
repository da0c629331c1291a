#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace gluino::io {

struct LibSVMIterOptions {
  /// A file of lines such as "1 0:0.5 3:2": a label, and columns, counted from 0, with their
  /// values; gzip'd or not.
  std::string data_libsvm;
  /// The number of columns, as a shape of one size. Must be given.
  Shape data_shape{};
  /// Such a file whose lines' columns are the labels, as csr; without it they are those that stand
  /// in the data's lines.
  std::string label_libsvm{};
  Shape label_shape{1};
  /// The part of the lines that is read.
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
  /// Must be given.
  std::int64_t batch_size = 0;
  /// float32 or float64.
  DType dtype = float32;
};

/// Batches of csr arrays out of text files, which are read as they are needed. The last batch is
/// filled up with lines from the beginning, behind which the next epoch begins.
class GLUINO_API LibSVMIter : public DataIter {
 public:
  /// Throws Error when a file is missing or an option does not fit. Errors in a file are thrown
  /// where they are met; they name the file and the line.
  explicit LibSVMIter(const LibSVMIterOptions& options);
  ~LibSVMIter() override;

  bool next(DataBatch& batch) override;
  void reset() override;
  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

 private:
  struct Source;

  Shape data_shape_;  // with the batch
  Shape label_shape_;
  DType dtype_;
  std::unique_ptr<Source> source_;
};

}  // namespace gluino::io
