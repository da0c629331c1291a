#include <gluino/io/iterators/resize_iter.h>

#include <utility>

namespace gluino::io {
namespace {

std::int64_t batch_size_of(const std::shared_ptr<DataIter>& iter) {
  check(iter != nullptr, "ResizeIter: expected an iterator, got none");
  return iter->batch_size();
}

}  // namespace

ResizeIter::ResizeIter(std::shared_ptr<DataIter> data_iter, const ResizeIterOptions& options)
    : DataIter(batch_size_of(data_iter)), inside_(std::move(data_iter)), options_(options) {
  check(options.size >= 1, "ResizeIter: size: expected at least 1 batch, got ", options.size);
}

bool ResizeIter::next(DataBatch& batch) {
  batch.clear();
  if (given_ == options_.size) return false;
  if (!inside_->next(batch)) {
    inside_->reset();
    check(inside_->next(batch), "ResizeIter: the iterator inside gives no batch at all");
  }
  ++given_;
  return true;
}

void ResizeIter::reset() {
  given_ = 0;
  if (options_.reset_internal) inside_->reset();
}

}  // namespace gluino::io
