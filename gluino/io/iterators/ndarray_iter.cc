#include <gluino/base/random.h>
#include <gluino/io/iterators/ndarray_iter.h>
#include <gluino/kernels/cpu/movement/indexing.h>

#include <algorithm>
#include <numeric>

namespace gluino::io {
namespace {

std::int64_t rows_in(const IterArrays::Named& data, const IterArrays::Named& label) {
  check(!data.empty(), "NDArrayIter: expected at least one array of data, got none");
  const auto check_rows = [&](const IterArrays::Named& arrays) {
    for (const auto& [name, array] : arrays) {
      check(array.defined() && array.ndim() > 0, "NDArrayIter: ", name,
            ": expected an array with rows, got ", array.defined() ? "a scalar" : "no array");
      check(array.shape()[0] == data[0].second.shape()[0], "NDArrayIter: ", name, ": expected ",
            data[0].second.shape()[0], " rows, as ", data[0].first, " has, got shape ",
            array.shape());
    }
  };
  check_rows(data);
  check_rows(label);
  return data[0].second.shape()[0];
}

std::vector<DataDesc> describe(const IterArrays::Named& arrays, std::int64_t batch_size) {
  std::vector<DataDesc> descriptions;
  for (const auto& [name, array] : arrays) {
    Shape shape = array.shape();
    shape[0] = batch_size;
    descriptions.push_back({.name = name, .shape = shape, .dtype = array.dtype()});
  }
  return descriptions;
}

}  // namespace

IterArrays::IterArrays(std::initializer_list<Named::value_type> arrays) {
  const std::map<std::string, NDArray> sorted(arrays.begin(), arrays.end());
  check(sorted.size() == arrays.size(), "NDArrayIter: a name occurs twice among the ",
        arrays.size(), " arrays");
  named_.assign(sorted.begin(), sorted.end());
}

IterArrays::Named IterArrays::with_names(const std::string& name) const {
  Named result = named_;
  for (std::size_t i = 0; i < unnamed_.size(); ++i) {
    result.emplace_back(unnamed_.size() == 1 ? name : str('_', i, '_', name), unnamed_[i]);
  }
  return result;
}

NDArrayIter::NDArrayIter(const IterArrays& data, const IterArrays& label,
                         const NDArrayIterOptions& options)
    : DataIter(options.batch_size),
      data_(data.with_names(options.data_name)),
      label_(label.with_names(options.label_name)),
      num_data_(rows_in(data_, label_)),
      shuffle_(options.shuffle) {
  const std::string& last = options.last_batch_handle;
  check(last == "pad" || last == "discard" || last == "roll_over",
        "NDArrayIter: last_batch_handle: expected pad, discard or roll_over, got ", last);
  last_ = last == "pad" ? Last::pad : last == "discard" ? Last::discard : Last::roll_over;
  if (shuffle_) {
    order_.resize(static_cast<std::size_t>(num_data_));
    std::iota(order_.begin(), order_.end(), 0);
  }
  begin_epoch();
}

void NDArrayIter::begin_epoch() {
  if (shuffle_) random::shuffle(order_);
  cursor_ = -batch_size() - static_cast<std::int64_t>(rolled_over_.size());
}

void NDArrayIter::reset() {
  std::vector<std::int64_t> left;
  // Only an epoch that was gone through to its end leaves rows over.
  if (last_ == Last::roll_over && at_end()) {
    for (std::int64_t i = cursor_; i < num_data_; ++i) left.push_back(row(i));
  }
  rolled_over_ = std::move(left);
  begin_epoch();
}

void NDArrayIter::hard_reset() {
  rolled_over_.clear();
  begin_epoch();
}

bool NDArrayIter::at_end() const {
  const std::int64_t last = last_ == Last::pad ? num_data_ - 1 : num_data_ - batch_size();
  return cursor_ > last;
}

std::int64_t NDArrayIter::row(std::int64_t position) const {
  if (position < 0) {
    return rolled_over_[static_cast<std::size_t>(static_cast<std::int64_t>(rolled_over_.size()) +
                                                 position)];
  }
  const std::int64_t place = position % num_data_;
  return shuffle_ ? order_[static_cast<std::size_t>(place)] : place;
}

void NDArrayIter::find_rows() {
  rows_.resize(static_cast<std::size_t>(batch_size()));
  consecutive_ = true;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i] = row(cursor_ + static_cast<std::int64_t>(i));
    consecutive_ = consecutive_ && rows_[i] == rows_[0] + static_cast<std::int64_t>(i);
  }
}

NDArray NDArrayIter::rows_of(const NDArray& array) const {
  const std::int64_t count = batch_size();
  if (consecutive_) return array.slice_view(rows_[0], rows_[0] + count).copy();
  Shape shape = array.shape();
  const kernels::IndexedShape indexed{1, num_data_, shape.size_between(1, shape.ndim())};
  shape[0] = count;
  NDArray result(shape, array.dtype(), array.context());
  kernels::take(array.data(), rows_.data(), count, result.data(), indexed, size_of(array.dtype()));
  return result;
}

bool NDArrayIter::next(DataBatch& batch) {
  // What it held goes back to the pool first, so that this batch gets the same memory.
  batch.clear();
  if (!at_end()) cursor_ += batch_size();
  if (at_end()) return false;
  find_rows();
  for (const auto& [name, array] : data_) batch.data.push_back(rows_of(array));
  for (const auto& [name, array] : label_) batch.label.push_back(rows_of(array));
  batch.pad =
      cursor_ < 0 ? -cursor_ : std::max<std::int64_t>(0, cursor_ + batch_size() - num_data_);
  return true;
}

std::vector<DataDesc> NDArrayIter::provide_data() const { return describe(data_, batch_size()); }
std::vector<DataDesc> NDArrayIter::provide_label() const { return describe(label_, batch_size()); }

}  // namespace gluino::io
