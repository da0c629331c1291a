#include <gluino/io/iterators/batch_filler.h>
#include <gluino/io/iterators/data_part.h>
#include <gluino/io/iterators/libsvm_iter.h>
#include <gluino/io/readers/libsvm_reader.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <tuple>

namespace gluino::io {
namespace {

std::int64_t columns_of(const Shape& shape, const char* what) {
  check(shape.ndim() == 1 && shape.known() && shape.size() > 0, "LibSVMIter: ", what,
        ": expected the number of columns, (n,), got ", shape);
  return shape[0];
}

// The rows of a batch.
struct Rows {
  std::vector<double> values;
  std::vector<std::int64_t> columns, starts{0};

  void add(const LibsvmRow& row) {
    values.insert(values.end(), row.values.begin(), row.values.end());
    columns.insert(columns.end(), row.columns.begin(), row.columns.end());
    starts.push_back(static_cast<std::int64_t>(columns.size()));
  }

  NDArray array(const Shape& shape, DType dtype) const {
    return nd::sparse::csr_matrix(nd::array(values, dtype), nd::from(starts), nd::from(columns),
                                  shape);
  }
};

}  // namespace

struct LibSVMIter::Source {
  explicit Source(const LibSVMIterOptions& o)
      : data(o.data_libsvm, columns_of(o.data_shape, "data_shape"),
             o.label_libsvm.empty() ? columns_of(o.label_shape, "label_shape") : 0),
        rounds(o.batch_size, true) {
    if (!o.label_libsvm.empty()) {
      label.emplace(o.label_libsvm, columns_of(o.label_shape, "label_shape"), 0);
    }
    if (o.num_parts == 1 && o.part_index == 0) return;
    LibsvmRow row;
    std::int64_t count = 0;
    while (data.next(row)) ++count;
    std::tie(first, last) = part_of(count, o.num_parts, o.part_index, "LibSVMIter");
    rewind();
  }

  bool skip(LibsvmRow& row, LibsvmRow& label_row) {
    const bool more = data.next(row);
    if (label) {
      check(label->next(label_row) == more, label->path(), ": expected a line for each of ",
            data.path(), ", found ", more ? "fewer" : "more");
    }
    return more;
  }
  bool next(LibsvmRow& row, LibsvmRow& label_row) {
    if (place >= last || !skip(row, label_row)) return false;
    ++place;
    return true;
  }
  void rewind() {
    data.rewind();
    if (label) label->rewind();
    LibsvmRow row, label_row;
    for (place = 0; place < first; ++place) skip(row, label_row);
  }

  LibsvmReader data;
  std::optional<LibsvmReader> label;
  BatchFiller rounds;
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();
  std::int64_t place = 0;  // number of the next line
};

LibSVMIter::LibSVMIter(const LibSVMIterOptions& options)
    : DataIter(options.batch_size),
      data_shape_(options.data_shape),
      label_shape_(options.label_shape),
      dtype_(options.dtype),
      source_(std::make_unique<Source>(options)) {
  check(dtype_ == float32 || dtype_ == float64,
        "LibSVMIter: dtype: expected float32 or float64, got ", dtype_);
  data_shape_.insert(0, batch_size());
  // One label per line needs no axis of its own.
  if (label_shape_ == Shape{1} && !source_->label) label_shape_ = {};
  label_shape_.insert(0, batch_size());
}

LibSVMIter::~LibSVMIter() = default;

bool LibSVMIter::next(DataBatch& batch) {
  batch.clear();
  Rows data, labels;
  std::vector<double> numbers;
  LibsvmRow row, label_row;
  const auto pad = source_->rounds.fill(
      [&](std::int64_t /*i*/) {
        const std::int64_t number = source_->place - source_->first;
        if (!source_->next(row, label_row)) return false;
        batch.index.push_back(number);
        data.add(row);
        if (source_->label) {
          labels.add(label_row);
        } else {
          numbers.insert(numbers.end(), row.labels.begin(), row.labels.end());
        }
        return true;
      },
      [&] { source_->rewind(); });
  if (!pad) return false;
  batch.data.push_back(data.array(data_shape_, dtype_));
  batch.label.push_back(source_->label ? labels.array(label_shape_, dtype_)
                                       : nd::array(numbers, dtype_).view(label_shape_));
  batch.pad = *pad;
  return true;
}

void LibSVMIter::reset() {
  source_->rounds.reset([&] { source_->rewind(); });
}

std::vector<DataDesc> LibSVMIter::provide_data() const {
  return {{.name = "data", .shape = data_shape_, .dtype = dtype_}};
}

std::vector<DataDesc> LibSVMIter::provide_label() const {
  return {{.name = "softmax_label", .shape = label_shape_, .dtype = dtype_}};
}

}  // namespace gluino::io
