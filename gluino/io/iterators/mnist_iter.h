#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gluino::io {

struct MNISTIterOptions {
  /// IDX files, gzip'd or not.
  std::string image = "./train-images-idx3-ubyte";
  std::string label = "./train-labels-idx1-ubyte";
  std::int64_t batch_size = 128;
  /// Puts the images into a random order, once; by random::shuffle unless there is a `seed`.
  bool shuffle = true;
  /// An order of its own, the same whatever the one seed of everything is.
  std::optional<std::int64_t> seed{};
  /// Rows of pixels, (batch_size, height * width), instead of (batch_size, 1, height, width).
  bool flat = false;
  /// Otherwise a line on standard error tells what was loaded.
  bool silent = false;
  /// Takes the part `part_index` of `num_parts`, for one of several workers.
  std::int64_t num_parts = 1;
  std::int64_t part_index = 0;
};

/// Batches of float32 images with pixels from 0 to below 1 (bytes / 256), and float32 labels, out
/// of a pair of IDX files as MNIST's. Images that do not fill a batch are left out.
class GLUINO_API MNISTIter : public DataIter {
 public:
  /// Throws Error when a file is missing or wrong, there are not as many labels as images, or an
  /// option does not fit.
  explicit MNISTIter(const MNISTIterOptions& options = {});

  bool next(DataBatch& batch) override;
  /// Begins again, in the same order.
  void reset() override { cursor_ = 0; }
  std::vector<DataDesc> provide_data() const override;
  std::vector<DataDesc> provide_label() const override;

 private:
  Shape batch_shape_;
  std::vector<std::uint8_t> images_;
  std::vector<std::uint8_t> labels_;
  std::vector<std::int64_t> order_;
  std::size_t cursor_ = 0;
};

}  // namespace gluino::io
