#include <gluino/base/parallel.h>
#include <gluino/base/random.h>
#include <gluino/io/iterators/data_part.h>
#include <gluino/io/iterators/mnist_iter.h>
#include <gluino/io/iterators/random_stream.h>
#include <gluino/io/readers/idx.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/support/grain.h>

#include <iostream>
#include <numeric>
#include <utility>

namespace gluino::io {
namespace {

IdxArray read_bytes(const std::string& path, int ndim, const char* what) {
  IdxArray array = read_idx(path);
  check(array.dtype == uint8 && array.shape.ndim() == ndim, path, ": expected ", what,
        ", uint8 with ", ndim, ndim == 1 ? " axis" : " axes", ", found ", array.dtype, " of shape ",
        array.shape);
  return array;
}

}  // namespace

MNISTIter::MNISTIter(const MNISTIterOptions& options) : DataIter(options.batch_size) {
  IdxArray images = read_bytes(options.image, 3, "images");
  IdxArray labels = read_bytes(options.label, 1, "labels");
  const std::int64_t count = images.shape[0];
  check(labels.shape[0] == count, options.label, ": expected ", count,
        " labels, one for each image of ", options.image, ", found ", labels.shape[0]);
  const auto [first, last] = part_of(count, options.num_parts, options.part_index, "MNISTIter");
  const std::int64_t height = images.shape[1];
  const std::int64_t width = images.shape[2];
  batch_shape_ = options.flat ? Shape({batch_size(), height * width})
                              : Shape({batch_size(), 1, height, width});
  images_ = std::move(images.data);
  labels_ = std::move(labels.data);
  order_.resize(static_cast<std::size_t>(last - first));
  std::iota(order_.begin(), order_.end(), first);
  if (options.shuffle) {
    if (options.seed) {
      RandomStream random(static_cast<std::uint64_t>(*options.seed), 0);
      shuffle(order_, random);
    } else {
      random::shuffle(order_);
    }
  }
  if (!options.silent) {
    std::clog << "MNISTIter: load " << order_.size() << " images, shuffle=" << options.shuffle
              << ", shape=" << batch_shape_ << '\n'
              << std::flush;
  }
}

bool MNISTIter::next(DataBatch& batch) {
  batch.clear();
  const auto size = static_cast<std::size_t>(batch_size());
  if (order_.size() - cursor_ < size) return false;
  const NDArray data(batch_shape_);
  const NDArray label({batch_size()});
  const std::int64_t pixels = batch_shape_.size_between(1, batch_shape_.ndim());
  const std::int64_t* rows = order_.data() + cursor_;
  auto* const out = data.data<float>();
  parallel_for(batch_size(), kernels::row_grain(pixels, kernels::kCopyGrain),
               [&](std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) {
                   kernels::u8_to_float(images_.data() + rows[i] * pixels, out + i * pixels, pixels,
                                        1.0F / 256);
                 }
               });
  for (std::size_t i = 0; i < size; ++i) {
    label.data<float>()[i] = labels_[static_cast<std::size_t>(rows[i])];
    batch.index.push_back(rows[i]);
  }
  batch.data.push_back(data);
  batch.label.push_back(label);
  cursor_ += size;
  return true;
}

std::vector<DataDesc> MNISTIter::provide_data() const {
  return {{.name = "data", .shape = batch_shape_}};
}

std::vector<DataDesc> MNISTIter::provide_label() const {
  return {{.name = "softmax_label", .shape = {batch_size()}}};
}

}  // namespace gluino::io
