#include <gluino/base/error.h>
#include <gluino/base/thread_state.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ndarray/device.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <utility>

namespace gluino {
namespace {

using Places = std::vector<std::int64_t>;

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
  const NDArray dense = nd::sparse::stored_as(given, StorageType::dense);
  const NDArray copy(dense.shape(), dense.dtype(), dense.context());
  copy_bytes(copy.data(), copy.context(), dense.data(), dense.context(), dense.bytes());
  return copy;
}

}  // namespace

NDArray make_sparse(SparseParts parts, const Shape& shape) {
  NDArray array;
  array.impl_ = NDArray::Impl::make();
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

const SparseParts& NDArray::sparse_parts(const char* what) const {
  check(!is_dense(), what, ": a dense array stores its elements alone; use tostype");
  check(impl()->sparse->fault.empty(), what, ": the parts of this array stored as ",
        gluino::to_string(stype()), " do not fit: ", impl()->sparse->fault);
  return *impl()->sparse;
}

const SparseParts& nd::sparse::parts_of(const NDArray& array) {
  check(!array.is_dense(), "a dense array has no parts; use tostype");
  return *array.impl()->sparse;
}

void NDArray::store(const NDArray& other) const {
  check(!is_dense() && other.stype() == stype() && other.shape() == shape() &&
            other.dtype() == dtype() && other.context() == context(),
        "store: expected ", dtype(), " ", shape(), " as ", gluino::to_string(stype()), ", got ",
        other.dtype(), " ", other.shape(), " as ", gluino::to_string(other.stype()));
  impl()->sparse = other.impl()->sparse;
  impl()->storage = other.impl()->storage;
}

NDArray NDArray::stored_values() const { return sparse_parts("stored_values").values; }
NDArray NDArray::indices() const { return sparse_parts("indices").indices; }
NDArray NDArray::indptr() const {
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

namespace nd::sparse {
namespace {

// Why places of `what` are not in order, each once and below `size`; "": they are.
std::string fault_of_order(const Places& places, std::int64_t size, const char* what) {
  std::int64_t before = -1;
  for (const std::int64_t place : places) {
    if (place <= before || place >= size) {
      return str("expected growing numbers of ", what, " below ", size, ", got ", place, " after ",
                 before);
    }
    before = place;
  }
  return "";
}

// The same of places in any order; `disorder` says where they do not grow.
std::string fault_of_places(Places places, std::int64_t size, const char* what,
                            std::string& disorder) {
  std::string as_given = fault_of_order(places, size, what);
  if (as_given.empty()) return "";
  std::sort(places.begin(), places.end());
  if (!fault_of_order(places, size, what).empty()) return as_given;
  disorder = as_given;
  return "";
}

std::string fault_of_csr(const Places& starts, const Places& columns, const Shape& shape,
                         std::string& disorder) {
  const auto count = static_cast<std::int64_t>(columns.size());
  if (static_cast<std::int64_t>(starts.size()) != shape[0] + 1 || starts.front() != 0 ||
      starts.back() != count || !std::is_sorted(starts.begin(), starts.end())) {
    return str("indptr: expected ", shape[0] + 1, " growing numbers from 0 to ", count);
  }
  for (std::size_t row = 0; row + 1 < starts.size(); ++row) {
    const Places part(columns.begin() + starts[row], columns.begin() + starts[row + 1]);
    const std::string fault = fault_of_places(part, shape[1], "columns", disorder);
    if (!fault.empty()) return str("row ", row, ": ", fault);
  }
  return "";
}

// Throws what is wrong with an array that is to have no fault.
NDArray checked(NDArray array, const char* who) {
  const SparseParts& parts = parts_of(array);
  check(parts.fault.empty(), who, parts.fault);
  check(parts.disorder.empty(), who, parts.disorder);
  return array;
}

constexpr const char* kRowSparse = "row_sparse_array: ";
constexpr const char* kCsr = "csr_matrix: ";

}  // namespace

NDArray unchecked_row_sparse(const NDArray& values, const NDArray& indices, const Shape& shape) {
  check(values.defined(), kRowSparse, "expected an array of values, got none");
  check(shape.known() && shape.ndim() > 0, kRowSparse, "expected a shape with rows, got ", shape);
  const NDArray places = as_places(indices, values.context(), "row_sparse_array: indices");
  Shape stored = shape;
  stored[0] = places.size();
  check(values.shape() == stored, kRowSparse, "expected values of shape ", stored, " for ",
        places.size(), " rows of ", shape, ", got ", values.shape());
  SparseParts parts{StorageType::row_sparse, as_values(values, kRowSparse), places};
  parts.fault = fault_of_places(places.to_vector<std::int64_t>(), shape[0], "rows", parts.disorder);
  return make_sparse(std::move(parts), shape);
}

NDArray unchecked_csr(const NDArray& values, const NDArray& indptr, const NDArray& indices,
                      const Shape& shape) {
  check(values.defined(), kCsr, "expected an array of values, got none");
  check(shape.known() && shape.ndim() == 2, kCsr, "expected the shape of a matrix, got ", shape);
  const NDArray columns = as_places(indices, values.context(), "csr_matrix: indices");
  const NDArray starts = as_places(indptr, values.context(), "csr_matrix: indptr");
  check(values.shape() == columns.shape(), kCsr, "expected ", columns.size(),
        " values, one for each column number, got shape ", values.shape());
  SparseParts parts{StorageType::csr, as_values(values, kCsr), columns, starts};
  parts.fault = fault_of_csr(starts.to_vector<std::int64_t>(), columns.to_vector<std::int64_t>(),
                             shape, parts.disorder);
  return make_sparse(std::move(parts), shape);
}

NDArray row_sparse_array(const NDArray& values, const NDArray& indices, const Shape& shape) {
  return checked(unchecked_row_sparse(values, indices, shape), kRowSparse);
}

NDArray csr_matrix(const NDArray& values, const NDArray& indptr, const NDArray& indices,
                   const Shape& shape) {
  return checked(unchecked_csr(values, indptr, indices, shape), kCsr);
}

void check_format(const NDArray& array) { checked(array, "check_format: "); }

NDArray with_values(const NDArray& sparse, const NDArray& values) {
  SparseParts parts = parts_of(sparse);
  check(values.shape() == parts.values.shape() && values.is_dense(), "with_values: expected ",
        parts.values.shape(), ", got ", values.shape());
  parts.values = values;
  return make_sparse(std::move(parts), sparse.shape());
}

}  // namespace nd::sparse

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
