#include <gluino/base/error.h>
#include <gluino/base/thread_state.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/sparse.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

using Places = std::vector<std::int64_t>;

bool is_zero(const NDArray& array, std::int64_t begin, std::int64_t end) {
  return dispatch(array.dtype(), [&]<class T>() {
    const T* x = array.data<T>();
    return std::all_of(x + begin, x + end, [](T value) { return static_cast<double>(value) == 0; });
  });
}

// The rows of the first axis that are not 0, copied.
NDArray rows_of(const NDArray& dense) {
  check(dense.ndim() > 0, "tostype: a scalar has no rows to be stored");
  const std::int64_t rows = dense.shape()[0];
  const std::int64_t width = dense.shape().size_between(1, dense.ndim());
  Places places;
  for (std::int64_t row = 0; row < rows; ++row) {
    if (!is_zero(dense, row * width, (row + 1) * width)) places.push_back(row);
  }
  Shape stored = dense.shape();
  stored[0] = static_cast<std::int64_t>(places.size());
  const NDArray values(stored, dense.dtype(), dense.context());
  dispatch(dense.dtype(), [&]<class T>() {
    T* to = values.data<T>();
    for (const std::int64_t row : places) {
      to = std::copy_n(dense.data<T>() + row * width, width, to);
    }
  });
  return nd::sparse::row_sparse_array(values, nd::from(places), dense.shape());
}

// The elements of a matrix that are not 0.
NDArray elements_of(const NDArray& dense) {
  check(dense.ndim() == 2, "tostype: only a matrix can be stored as csr, got shape ",
        dense.shape());
  const std::int64_t width = dense.shape()[1];
  Places columns, starts{0};
  for (std::int64_t row = 0; row < dense.shape()[0]; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      const std::int64_t place = row * width + column;
      if (!is_zero(dense, place, place + 1)) columns.push_back(column);
    }
    starts.push_back(static_cast<std::int64_t>(columns.size()));
  }
  const NDArray values(Shape(columns.size()), dense.dtype(), dense.context());
  dispatch(dense.dtype(), [&]<class T>() {
    T* to = values.data<T>();
    for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
      for (std::int64_t i = starts[row]; i < starts[row + 1]; ++i) {
        *to++ = dense.data<T>()[static_cast<std::int64_t>(row) * width +
                                columns[static_cast<std::size_t>(i)]];
      }
    }
  });
  return nd::sparse::csr_matrix(values, nd::from(starts), nd::from(columns), dense.shape());
}

NDArray dense_of(const NDArray& sparse) {
  const NDArray dense = nd::zeros(sparse.shape(), sparse.dtype(), sparse.context());
  const auto indices = sparse.indices().to_vector<std::int64_t>();
  if (sparse.stype() == StorageType::csr) {
    nd::params::scatter_csr(sparse.stored_values(), sparse.indptr().to_vector<std::int64_t>(),
                            indices, dense);
  } else {
    nd::params::scatter_rows(sparse.stored_values(), indices, dense);
  }
  return dense;
}

// Copies: what is written to those given changes no sparse array.
NDArray as_places(const NDArray& given, const Context& context, const char* what) {
  check(given.defined() && given.ndim() == 1, what, ": expected a row of places, got ",
        given.defined() ? str("shape ", given.shape()) : "no array");
  return nd::from(given.to_vector<std::int64_t>(), given.shape(), context);
}

NDArray as_values(const NDArray& given, const char* who) {
  check(thread_state().mode.recorder == nullptr || given.autograd_entry() == nullptr, who,
        "values that are recorded, or lead to a gradient, cannot be stored: the way of the "
        "gradient would end here; use detach()");
  const NDArray dense = given.tostype(StorageType::dense);
  const NDArray copy(dense.shape(), dense.dtype(), dense.context());
  copy_bytes(copy.data(), copy.context(), dense.data(), dense.context(), dense.bytes());
  return copy;
}

}  // namespace

NDArray make_sparse(SparseParts parts, const Shape& shape) {
  NDArray array;
  array.impl_ = std::make_shared<NDArray::Impl>();
  array.impl_->storage = parts.values.storage();
  array.impl_->size = shape.size();
  array.impl_->shape = shape;
  array.impl_->dtype = parts.values.dtype();
  array.impl_->sparse = std::make_shared<const SparseParts>(std::move(parts));
  return array;
}

StorageType NDArray::stype() const {
  return is_dense() ? StorageType::dense : impl()->sparse->stype;
}

NDArray NDArray::tostype(StorageType stype) const {
  if (stype == this->stype()) return *this;
  check(thread_state().mode.recorder == nullptr || autograd_entry() == nullptr,
        "tostype: an array that is recorded, or leads to a gradient, cannot be stored as ",
        gluino::to_string(stype), ": the way of the gradient would end here; use detach()");
  const NDArray dense = is_dense() ? *this : dense_of(*this);
  if (stype == StorageType::dense) return dense;
  return stype == StorageType::csr ? elements_of(dense) : rows_of(dense);
}

const SparseParts& NDArray::sparse_parts(const char* what) const {
  check(!is_dense(), what, ": a dense array stores its elements alone; use tostype");
  return *impl()->sparse;
}

const NDArray& NDArray::stored_values() const { return sparse_parts("stored_values").values; }
const NDArray& NDArray::indices() const { return sparse_parts("indices").indices; }
const NDArray& NDArray::indptr() const {
  const NDArray& starts = sparse_parts("indptr").indptr;
  check(starts.defined(), "indptr: an array stored as ", gluino::to_string(stype()), " has none");
  return starts;
}

void NDArray::refuse_data() const {
  fail("an array of shape ", shape(), " that is stored as ", gluino::to_string(stype()),
       " has no dense elements here; use tostype(StorageType::dense), or its stored_values()");
}

std::string to_string(StorageType stype) {
  if (stype == StorageType::dense) return "default";
  return stype == StorageType::csr ? "csr" : "row_sparse";
}

StorageType parse_stype(const std::string& name) {
  for (const auto stype : {StorageType::dense, StorageType::row_sparse, StorageType::csr}) {
    if (to_string(stype) == name) return stype;
  }
  fail("expected a storage type default, row_sparse or csr, got \"", name, "\"");
}

NDArray nd::sparse::row_sparse_array(const NDArray& values, const NDArray& indices,
                                     const Shape& shape) {
  const char* who = "row_sparse_array: ";
  check(values.defined(), who, "expected an array of values, got none");
  check(shape.known() && shape.ndim() > 0, who, "expected a shape with rows, got ", shape);
  const NDArray places = as_places(indices, values.context(), "row_sparse_array: indices");
  Shape stored = shape;
  stored[0] = places.size();
  check(values.shape() == stored, who, "expected values of shape ", stored, " for ", places.size(),
        " rows of ", shape, ", got ", values.shape());
  std::int64_t before = -1;
  for (const std::int64_t row : places.to_vector<std::int64_t>()) {
    check(row > before && row < shape[0], who, "expected growing numbers of rows below ", shape[0],
          ", got ", row, " after ", before);
    before = row;
  }
  return make_sparse({StorageType::row_sparse, as_values(values, who), places}, shape);
}

NDArray nd::sparse::csr_matrix(const NDArray& values, const NDArray& indptr, const NDArray& indices,
                               const Shape& shape) {
  const char* who = "csr_matrix: ";
  check(values.defined(), who, "expected an array of values, got none");
  check(shape.known() && shape.ndim() == 2, who, "expected the shape of a matrix, got ", shape);
  const NDArray columns = as_places(indices, values.context(), "csr_matrix: indices");
  const NDArray starts = as_places(indptr, values.context(), "csr_matrix: indptr");
  check(values.shape() == columns.shape(), who, "expected ", columns.size(),
        " values, one for each column number, got shape ", values.shape());
  const auto begin = starts.to_vector<std::int64_t>();
  const auto places = columns.to_vector<std::int64_t>();
  check(static_cast<std::int64_t>(begin.size()) == shape[0] + 1 && begin.front() == 0 &&
            begin.back() == columns.size() && std::is_sorted(begin.begin(), begin.end()),
        who, "indptr: expected ", shape[0] + 1, " growing numbers from 0 to ", columns.size());
  for (std::size_t row = 0; row + 1 < begin.size(); ++row) {
    std::int64_t before = -1;
    for (std::int64_t i = begin[row]; i < begin[row + 1]; ++i) {
      const std::int64_t column = places[static_cast<std::size_t>(i)];
      check(column > before && column < shape[1], who, "row ", row,
            ": expected growing numbers of columns below ", shape[1], ", got ", column, " after ",
            before);
      before = column;
    }
  }
  return make_sparse({StorageType::csr, as_values(values, who), columns, starts}, shape);
}

NDArray nd::sparse::zeros(StorageType stype, const Shape& shape, DType dtype,
                          const Context& context) {
  const NDArray none = NDArray(Shape{0}, int64, context);
  if (stype == StorageType::dense) return nd::zeros(shape, dtype, context);
  if (stype == StorageType::csr) {
    check(shape.ndim() == 2, "zeros: only a matrix can be stored as csr, got shape ", shape);
    return csr_matrix(NDArray(Shape{0}, dtype, context),
                      nd::zeros(Shape{shape[0] + 1}, int64, context), none, shape);
  }
  check(shape.ndim() > 0, "zeros: a scalar has no rows to be stored");
  Shape stored = shape;
  stored[0] = 0;
  return row_sparse_array(NDArray(stored, dtype, context), none, shape);
}

}  // namespace gluino
