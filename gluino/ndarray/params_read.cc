#include <gluino/base/file.h>
#include <gluino/ndarray/params.h>
#include <gluino/ndarray/params_format.h>

#include <bit>
#include <cstring>
#include <unordered_set>

namespace gluino::nd {
namespace {

static_assert(std::endian::native == std::endian::little, "files are read as memory holds them");

class Reader {
 public:
  Reader(std::string_view bytes, const std::string& source)
      : rest_(bytes), total_(bytes.size()), source_(source) {}

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
  NDArray dense(const Shape& shape);
  Shape wide_shape(std::int32_t ndim);
  Shape narrow_shape(std::uint32_t ndim);
  std::uint64_t data_bytes(const Shape& shape, DType dtype) const;
  void check_ndim(std::int64_t ndim) const;
  void skip_context();
  void names(NamedArrays& arrays);

  std::string_view rest_;
  std::size_t total_;
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
  // Sizes besides a zero count too, so that no later product of them overflows.
  std::uint64_t bytes = size_of(dtype);
  bool zero = false;
  for (const std::int64_t size : shape) {
    zero = zero || size == 0;
    const auto factor = static_cast<std::uint64_t>(size == 0 ? 1 : size);
    require(!__builtin_mul_overflow(bytes, factor, &bytes) && bytes < (std::uint64_t{1} << 62),
            "shape ", shape, " has more elements than memory could hold");
  }
  return zero ? 0 : bytes;
}

// The part that all versions share, from the context on.
NDArray Reader::dense(const Shape& shape) {
  skip_context();
  const auto code = number<std::int32_t>("the dtype");
  DType dtype = float32;
  try {
    dtype = dtype_from_code(code);
  } catch (const Error& error) {
    require(false, error.what());
  }
  const std::string_view data = take(data_bytes(shape, dtype), "the data");
  NDArray result(shape, dtype, cpu(0));
  if (dtype == boolean) {
    // Any other byte than 0 and 1 is no bool to C++.
    for (std::size_t i = 0; i < data.size(); ++i) result.data<bool>()[i] = data[i] != 0;
  } else if (!data.empty()) {
    std::memcpy(result.data(), data.data(), data.size());
  }
  return result;
}

NDArray Reader::array() {
  const auto version = number<std::uint32_t>("the version");
  if (version == params::kVersion2 || version == params::kVersion3) {
    const auto storage = number<std::int32_t>("the storage type");
    require(storage == params::kDenseStorage, "expected a dense array (storage type 0), found ",
            storage == 1   ? "a row_sparse one"
            : storage == 2 ? "a csr one"
                           : str("storage type ", storage));
    const auto ndim = number<std::int32_t>("the number of dimensions");
    const std::int32_t none = version == params::kVersion2 ? 0 : -1;
    return ndim == none ? NDArray() : dense(wide_shape(ndim));
  }
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
  require(!rest_.starts_with("PK\x03\x04"),
          "a zip archive, as MXNet 2 writes; expected the layout of MXNet 1 (magic 0x112)");
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

NamedArrays load_frombuffer(std::string_view bytes, const std::string& source) {
  return Reader(bytes, source).list();
}

NamedArrays load(const std::string& path) { return load_frombuffer(read_file(path), path); }

}  // namespace gluino::nd
