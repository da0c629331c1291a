#pragma once

#include <gluino/io/iterators/data_iter.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace gluino::io {

struct ResizeIterOptions {
  /// Batches per epoch. Must be given.
  std::int64_t size = 0;
  /// Also resets the iterator inside at a reset; otherwise the next epoch goes on where it stands.
  bool reset_internal = true;
};

/// Makes epochs of a given number of batches out of another iterator, which begins anew when it
/// comes to its end.
class GLUINO_API ResizeIter : public DataIter {
 public:
  /// Throws Error if there is no iterator or `size` is below 1.
  ResizeIter(std::shared_ptr<DataIter> data_iter, const ResizeIterOptions& options);

  /// Throws Error if the iterator inside gives no batch at all.
  bool next(DataBatch& batch) override;
  void reset() override;
  std::vector<DataDesc> provide_data() const override { return inside_->provide_data(); }
  std::vector<DataDesc> provide_label() const override { return inside_->provide_label(); }
  BucketKey default_bucket_key() const override { return inside_->default_bucket_key(); }

 private:
  std::shared_ptr<DataIter> inside_;
  ResizeIterOptions options_;
  std::int64_t given_ = 0;
};

}  // namespace gluino::io
