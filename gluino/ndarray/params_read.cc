#include <gluino/base/file.h>
#include <gluino/base/memory.h>
#include <gluino/ndarray/params.h>
#include <gluino/ndarray/params_format.h>
#include <gluino/ndarray/sparse_array.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <unordered_set>
#include <vector>

namespace gluino::nd {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as memory holds them");

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& source, bool dense)
      : rest_(bytes), total_(bytes.size()), dense_(dense), source_(source) {}

  NamedArrays list();

 private:
  template <class... Parts>
  void require(bool ok, const Parts&... parts) const {
    if (!ok) [[unlikely]] {
      fail(source_, ": ", where_, parts...);
    }
  }

  std::string_view take(std::uint64_t bytes, const char* what) {
    require(bytes <= rest_.size(), what, " needs ", bytes, " bytes, but only ", rest_.size(),
            " remain of ", total_);
    const std::string_view taken = rest_.substr(0, static_cast<std::size_t>(bytes));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  template <class T>
  T number(const char* what) {
    T value;
    std::memcpy(&value, take(sizeof(T), what).data(), sizeof(T));
    return value;
  }

  NDArray array();
  NDArray stored(std::uint32_t version);
  NDArray dense(const Shape& shape);
  NDArray sparse(std::int32_t storage);
  DType type();
  NDArray elements(const Shape& shape, DType dtype, const char* what);
  NDArray indices(const Shape& shape, DType dtype);
  void check_expansion(const Shape& shape, DType dtype);
  Shape wide_shape(std::int32_t ndim);
  Shape narrow_shape(std::uint32_t ndim);
  std::uint64_t data_bytes(const Shape& shape, DType dtype) const;
  void check_ndim(std::int64_t ndim) const;
  void skip_context();
  void names(NamedArrays& arrays);

  std::string_view rest_;
  std::size_t total_;
  bool dense_;                       // whether sparse arrays are to become so
  std::uint64_t made_of_zeros_ = 0;  // bytes of the dense arrays that sparse ones became
  const std::string& source_;
  std::string where_;
};

void Reader::check_ndim(std::int64_t ndim) const {
  require(ndim >= 0 && ndim <= Shape::kMaxDims, "expected 0 to ", Shape::kMaxDims,
          " dimensions, found ", ndim);
}

Shape Reader::wide_shape(std::int32_t ndim) {
  check_ndim(ndim);
  Shape shape;
  for (std::int32_t i = 0; i < ndim; ++i) {
    shape.push_back(number<std::int64_t>("the shape"));
    require(shape.back() >= 0, "expected sizes of at least 0, found ", shape.back(), " for axis ",
            i);
  }
  return shape;
}

Shape Reader::narrow_shape(std::uint32_t ndim) {
  check_ndim(ndim);
  Shape shape;
  for (std::uint32_t i = 0; i < ndim; ++i) shape.push_back(number<std::uint32_t>("the shape"));
  return shape;
}

// Where the array was does not matter: it arrives at cpu(0), as in MXNet.
void Reader::skip_context() {
  const auto device = number<std::int32_t>("the device type");
  const auto id = number<std::int32_t>("the device number");
  require(device == static_cast<std::int32_t>(Device::cpu) ||
              device == static_cast<std::int32_t>(Device::gpu) || device == params::kPinnedDevice ||
              device == params::kSharedDevice,
          "expected device type 1 (cpu), 2 (gpu), 3 (pinned) or 5 (shared), found ", device);
  require(id >= 0, "expected a device number of at least 0, found ", id);
}

std::uint64_t Reader::data_bytes(const Shape& shape, DType dtype) const {
  const auto bytes = params::array_bytes(shape, dtype);
  require(bytes.has_value(), "shape ", shape, " has more elements than memory could hold");
  return *bytes;
}

DType Reader::type() {
  const auto code = number<std::int32_t>("the dtype");
  try {
    return dtype_from_code(code);
  } catch (const Error& error) {
    require(false, error.what());
  }
  return float32;
}

NDArray Reader::elements(const Shape& shape, DType dtype, const char* what) {
  const std::string_view data = take(data_bytes(shape, dtype), what);
  NDArray result(shape, dtype, cpu(0));
  if (dtype == boolean) {
    // Any other byte than 0 and 1 is no bool to C++.
    for (std::size_t i = 0; i < data.size(); ++i) result.data<bool>()[i] = data[i] != 0;
  } else if (!data.empty()) {
    std::memcpy(result.data(), data.data(), data.size());
  }
  return result;
}

// The part that all versions share, from the context on.
NDArray Reader::dense(const Shape& shape) {
  skip_context();
  const DType dtype = type();
  return elements(shape, dtype, "the data");
}

// The other part: only what is not zero stands in the file.
NDArray Reader::sparse(std::int32_t storage) {
  const bool csr = storage == params::kCsrStorage;
  Shape stored = wide_shape(number<std::int32_t>("the number of stored dimensions"));
  const Shape shape = wide_shape(number<std::int32_t>("the number of dimensions"));
  require(csr ? shape.ndim() == 2 : shape.ndim() >= 1, "a sparse array cannot have shape ", shape);
  skip_context();
  const DType dtype = type();
  std::vector<DType> types;
  std::vector<Shape> shapes;
  for (int i = 0; i < (csr ? 2 : 1); ++i) {
    types.push_back(type());
    shapes.push_back(wide_shape(number<std::int32_t>("the number of dimensions of the indices")));
  }
  // MXNet may have written the first shape before it knew how much there was.
  const bool empty = std::find(stored.begin(), stored.end(), 0) != stored.end();
  if (empty && shapes.back().ndim() == 1) {
    if (!csr) stored = shape;
    stored[0] = shapes.back()[0];
  }
  const NDArray values = elements(stored, dtype, "the data");
  const NDArray first = indices(shapes[0], types[0]);
  const NDArray second = csr ? indices(shapes[1], types[1]) : NDArray();
  data_bytes(shape, dtype);  // a number, at least
  NDArray result;
  try {
    result = csr ? sparse::unchecked_csr(values, first, second, shape)
                 : sparse::unchecked_row_sparse(values, first, shape);
  } catch (const Error& error) {
    require(false, error.what());
  }
  const std::string& fault = sparse::parts_of(result).fault;
  require(fault.empty(), fault);
  if (!dense_) return result;
  check_expansion(shape, dtype);
  return sparse::stored_as(result, StorageType::dense);
}

NDArray Reader::indices(const Shape& shape, DType dtype) {
  require(shape.ndim() == 1 && (dtype == int64 || dtype == int32),
          "expected a row of int64 or int32 as indices, found ", dtype, " ", shape);
  return elements(shape, dtype, "the indices");
}

// All of them together, so that many cannot do what one may not. No sum overflows: both are below
// 2^63.
void Reader::check_expansion(const Shape& shape, DType dtype) {
  const std::uint64_t bytes = data_bytes(shape, dtype);
  made_of_zeros_ += bytes;
  require(made_of_zeros_ / params::kMostExpansion <= total_, "shape ", shape, " would take ", bytes,
          " bytes, with the sparse arrays before it ", made_of_zeros_,
          ", out of proportion to the file's ", total_);
}

NDArray Reader::stored(std::uint32_t version) {
  const auto storage = number<std::int32_t>("the storage type");
  if (storage == params::kRowSparseStorage || storage == params::kCsrStorage) {
    return sparse(storage);
  }
  require(storage == params::kDenseStorage,
          "expected storage type 0 (dense), 1 (row_sparse) or 2 (csr), found ", storage);
  const auto ndim = number<std::int32_t>("the number of dimensions");
  const std::int32_t none = version == params::kVersion2 ? 0 : -1;
  return ndim == none ? NDArray() : dense(wide_shape(ndim));
}

NDArray Reader::array() {
  const auto version = number<std::uint32_t>("the version");
  if (version == params::kVersion2 || version == params::kVersion3) return stored(version);
  if (version == params::kVersion1) {
    const auto ndim = number<std::int32_t>("the number of dimensions");
    return ndim == 0 ? NDArray() : dense(wide_shape(ndim));
  }
  require(version <= Shape::kMaxDims,
          "expected the mark of an array (0xF993FAC8 to 0xF993FACA) or "
          "a number of dimensions up to ",
          Shape::kMaxDims, ", found ", version);
  return version == 0 ? NDArray() : dense(narrow_shape(version));
}

void Reader::names(NamedArrays& arrays) {
  where_ = "list of names: ";
  const auto count = number<std::uint64_t>("the number of names");
  require(count == 0 || count == arrays.size(), "expected 0 or ", arrays.size(), " names, found ",
          count);
  std::unordered_set<std::string_view> seen;
  for (std::uint64_t i = 0; i < count; ++i) {
    where_ = str("name ", i, ": ");
    const std::string_view name = take(number<std::uint64_t>("the length"), "the name");
    require(seen.insert(name).second, "\"", name, "\" occurs twice");
    arrays[static_cast<std::size_t>(i)].first = name;
  }
}

NamedArrays Reader::list() {
  const auto magic = number<std::uint64_t>("the magic number");
  require(magic == params::kListMagic, "not a file of arrays: expected the magic number 0x112, ",
          "found ", magic);
  const auto reserved = number<std::uint64_t>("the header");
  require(reserved == 0, "expected 0 after the magic number, found ", reserved);
  const auto count = number<std::uint64_t>("the number of arrays");
  // The shortest array takes four bytes.
  require(count <= rest_.size() / 4, "expected ", count, " arrays, but only ", rest_.size(),
          " bytes remain of ", total_);
  NamedArrays arrays;
  for (std::uint64_t i = 0; i < count; ++i) {
    where_ = str("array ", i, ": ");
    arrays.emplace_back("", array());
  }
  names(arrays);
  where_ = "";
  require(rest_.empty(), rest_.size(), " bytes follow the end of the arrays");
  return arrays;
}

}  // namespace

std::optional<std::uint64_t> params::array_bytes(const Shape& shape, DType dtype) {
  std::uint64_t bytes = size_of(dtype);
  bool zero = false;
  for (const std::int64_t size : shape) {
    zero = zero || size == 0;
    const auto factor = static_cast<std::uint64_t>(size == 0 ? 1 : size);
    if (__builtin_mul_overflow(bytes, factor, &bytes) || bytes >= (std::uint64_t{1} << 62)) {
      return {};
    }
  }
  return zero ? 0 : bytes;
}

namespace {

NamedArrays read(std::string_view bytes, const std::string& source, bool dense) {
  const bool zip =
      bytes.starts_with(params::kZipMagic) || bytes.starts_with(params::kEmptyZipMagic);
  return needing_memory(source, [&] {
    return zip ? params::read_npz(bytes, source) : Reader(bytes, source, dense).list();
  });
}

}  // namespace

NamedArrays load_frombuffer(std::string_view bytes, const std::string& source) {
  return read(bytes, source, false);
}
NamedArrays load(const std::string& path) { return read(read_file(path), path, false); }

NamedArrays load_dense_frombuffer(std::string_view bytes, const std::string& source) {
  return read(bytes, source, true);
}
NamedArrays load_dense(const std::string& path) { return read(read_file(path), path, true); }

}  // namespace gluino::nd
