#pragma once

#include <gluino/io/iterators/bucket_key.h>
#include <gluino/ndarray/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <iterator>
#include <string>
#include <vector>

namespace gluino::io {

/// What an array of a batch looks like: its name, which is that of the network's input, its shape
/// with the batch, its type, and what its axes are ("N" is the batch).
struct GLUINO_API DataDesc {
  std::string name;
  Shape shape;
  DType dtype = float32;
  std::string layout = "NCHW";

  /// The axis of the batch: where "N" stands in `layout`, -1 if it does not, 0 without a layout.
  static int get_batch_axis(const std::string& layout);

  friend bool operator==(const DataDesc& a, const DataDesc& b) = default;
};

/// "DataDesc[data,(100, 1, 28, 28),float32,NCHW]".
GLUINO_API std::ostream& operator<<(std::ostream& out, const DataDesc& desc);

/// Samples that go through a network together. Each array has one row per sample.
struct DataBatch {
  std::vector<NDArray> data;
  std::vector<NDArray> label;
  /// How many of the last rows only fill the batch up; see the iterator that made it.
  std::int64_t pad = 0;
  /// The numbers of the samples where the iterator knows them; else empty.
  std::vector<std::int64_t> index{};
  /// What the arrays are where that differs from the iterator's own provide_data; else empty.
  std::vector<DataDesc> provide_data{};
  std::vector<DataDesc> provide_label{};
  /// For which network of a BucketingModule it is; none where all batches have the same.
  BucketKey bucket_key{};

  /// Lets go of all arrays.
  GLUINO_API void clear();
};

class BatchIterator;

/// Gives the batches of an epoch, one after the other, and begins a new epoch when told to:
///
///     for (int epoch = 0; epoch < 10; ++epoch) {
///       iter.reset();
///       for (const io::DataBatch& batch : iter) { ... }
///     }
///
/// Derive from it for batches of your own. Used by one thread at a time.
class GLUINO_API DataIter {
 public:
  /// Throws Error if `batch_size` is below 1.
  explicit DataIter(std::int64_t batch_size);
  DataIter(const DataIter&) = delete;
  DataIter& operator=(const DataIter&) = delete;
  virtual ~DataIter() = default;

  /// Puts the next batch into `batch`, or returns false at the end of the epoch; `batch` is empty
  /// then. The arrays may be views of the iterator's data. They stay as they are while someone has
  /// them; a batch that is given in again lets its memory be used again.
  virtual bool next(DataBatch& batch) = 0;
  /// Begins a new epoch.
  virtual void reset() = 0;
  /// The same, and forgets what the last epoch has left for this one, where an iterator keeps such.
  virtual void hard_reset() { reset(); }

  /// What a batch's data and labels are, in their order.
  virtual std::vector<DataDesc> provide_data() const = 0;
  virtual std::vector<DataDesc> provide_label() const = 0;

  /// The bucket whose batches are as provide_data and provide_label say: mostly the largest. None
  /// where batches have no key.
  virtual BucketKey default_bucket_key() const { return {}; }

  std::int64_t batch_size() const { return batch_size_; }

  /// Walks through what is left of the epoch; takes its first batch.
  BatchIterator begin();
  std::default_sentinel_t end() const { return std::default_sentinel; }

 private:
  std::int64_t batch_size_;
};

/// Walks once through the batches of a DataIter: an input iterator.
class GLUINO_API BatchIterator {
 public:
  using iterator_concept = std::input_iterator_tag;
  using iterator_category = std::input_iterator_tag;
  using value_type = DataBatch;
  using difference_type = std::ptrdiff_t;
  using pointer = const DataBatch*;
  using reference = const DataBatch&;

  explicit BatchIterator(DataIter& iter) : iter_(&iter), more_(iter.next(batch_)) {}

  /// Valid until the iterator moves on; a copy of the batch stays.
  const DataBatch& operator*() const { return batch_; }
  const DataBatch* operator->() const { return &batch_; }
  BatchIterator& operator++() {
    more_ = iter_->next(batch_);
    return *this;
  }
  void operator++(int) { ++*this; }

  friend bool operator==(const BatchIterator& it, std::default_sentinel_t) { return !it.more_; }

 private:
  DataIter* iter_;
  DataBatch batch_;
  bool more_;
};

inline BatchIterator DataIter::begin() { return BatchIterator(*this); }

}  // namespace gluino::io
