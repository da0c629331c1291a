#include <gluino/io/iterators/batch_filler.h>
#include <gluino/io/iterators/csv_iter.h>
#include <gluino/io/readers/csv_reader.h>

#include <algorithm>
#include <optional>

namespace gluino::io {
namespace {

// The number of numbers in one sample.
std::int64_t columns_of(const Shape& shape, const char* what) {
  check(!shape.empty() && shape.ndim() < Shape::kMaxDims && shape.known() && shape.size() > 0,
        "CSVIter: ", what, ": expected a shape of at most ", Shape::kMaxDims - 1,
        " sizes of at least 1, got ", shape);
  return shape.size();
}

}  // namespace

struct CSVIter::Source {
  explicit Source(const CSVIterOptions& o)
      : data(o.data_csv, columns_of(o.data_shape, "data_shape")),
        label_columns(columns_of(o.label_shape, "label_shape")),
        rounds(o.batch_size, o.round_batch) {
    if (!o.label_csv.empty()) label.emplace(o.label_csv, label_columns);
  }

  template <class T>
  bool next(T* data_row, T* label_row) {
    const bool more = data.next(data_row);
    if (label) {
      check(label->next(label_row) == more, label->path(), ": expected a line for each of ",
            data.path(), ", found ", more ? "fewer" : "more");
    }
    row = more ? row + 1 : row;
    return more;
  }
  void rewind() {
    data.rewind();
    if (label) label->rewind();
    row = 0;
  }

  CsvReader data;
  std::int64_t label_columns;
  std::optional<CsvReader> label;
  BatchFiller rounds;
  std::int64_t row = 0;  // number of the next one
};

CSVIter::CSVIter(const CSVIterOptions& options)
    : DataIter(options.batch_size),
      data_shape_(options.data_shape),
      label_shape_(options.label_shape),
      dtype_(options.dtype),
      source_(std::make_unique<Source>(options)) {
  check(dtype_ == float32 || dtype_ == float64 || dtype_ == int32 || dtype_ == int64,
        "CSVIter: dtype: expected float32, float64, int32 or int64, got ", dtype_);
  data_shape_.insert(0, batch_size());
  // One label per sample needs no axis of its own.
  if (label_shape_ == Shape{1}) label_shape_ = {};
  label_shape_.insert(0, batch_size());
}

CSVIter::~CSVIter() = default;

template <class T>
bool CSVIter::fill(DataBatch& batch) {
  const NDArray data(data_shape_, dtype_);
  const NDArray label(label_shape_, dtype_);
  T* const data_rows = data.data<T>();
  T* const label_rows = label.data<T>();
  const std::int64_t data_row = data_shape_.size() / batch_size();
  const std::int64_t label_row = source_->label_columns;
  std::fill_n(label_rows, label.size(), T{0});
  const auto pad = source_->rounds.fill(
      [&](std::int64_t i) {
        batch.index.push_back(source_->row);
        if (source_->next(data_rows + i * data_row, label_rows + i * label_row)) return true;
        batch.index.pop_back();
        return false;
      },
      [&] { source_->rewind(); });
  if (!pad) return false;
  const auto filled = static_cast<std::int64_t>(batch.index.size());
  std::fill(data_rows + filled * data_row, data_rows + data.size(), T{0});
  batch.data.push_back(data);
  batch.label.push_back(label);
  batch.pad = *pad;
  return true;
}

bool CSVIter::next(DataBatch& batch) {
  batch.clear();
  switch (dtype_) {
    case float64:
      return fill<double>(batch);
    case int32:
      return fill<std::int32_t>(batch);
    case int64:
      return fill<std::int64_t>(batch);
    default:
      return fill<float>(batch);
  }
}

void CSVIter::reset() {
  source_->rounds.reset([&] { source_->rewind(); });
}

std::vector<DataDesc> CSVIter::provide_data() const {
  return {{.name = "data", .shape = data_shape_, .dtype = dtype_}};
}

std::vector<DataDesc> CSVIter::provide_label() const {
  return {{.name = "softmax_label", .shape = label_shape_, .dtype = dtype_}};
}

}  // namespace gluino::io
