#include <gluino/ndarray/creation.h>
#include <gluino/onnx/format/document.h>
#include <gluino/onnx/format/gluino_onnx.pb.h>
#include <gluino/onnx/format/tensor.h>

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

namespace gluino::onnx {
namespace {

namespace fs = std::filesystem;

// Numbers of TensorProto.DataType, by those of DType.
struct TypeCode {
  DType dtype;
  std::int32_t code;
};
constexpr TypeCode kTypes[] = {{float32, 1},  {uint8, 2},    {int8, 3},
                               {int32, 6},    {int64, 7},    {boolean, 9},
                               {float16, 10}, {float64, 11}, {bfloat16, 16}};

Shape shape_of(const wire::Tensor& tensor, const std::string& where) {
  check(tensor.dims_size() <= Shape::kMaxDims, where, ": expected at most ", Shape::kMaxDims,
        " axes, got ", tensor.dims_size());
  Shape shape;
  for (const std::int64_t size : tensor.dims()) {
    check(size >= 0, where, ": an axis has the size ", size);
    shape.push_back(size);
  }
  return shape;
}

NDArray of_bytes(const char* bytes, std::uint64_t count, const Shape& shape, DType dtype,
                 const std::string& where) {
  const auto elements = static_cast<std::uint64_t>(shape.size());
  check(count / size_of(dtype) == elements && count % size_of(dtype) == 0, where, ": the shape ",
        shape, " of ", dtype, " and ", count, " bytes do not go together");
  NDArray array(shape, dtype, cpu());
  if (count == 0) return array;
  std::memcpy(array.data(), bytes, static_cast<std::size_t>(count));
  if (dtype == boolean) {
    auto* flags = static_cast<std::uint8_t*>(array.data());
    for (std::uint64_t i = 0; i < elements; ++i) flags[i] = flags[i] != 0;
  }
  return array;
}

template <class Field>
NDArray of_numbers(const Field& field, const Shape& shape, DType dtype, const std::string& where) {
  check(shape.size() == field.size(), where, ": the shape ", shape, " has ", shape.size(),
        " elements, there are ", field.size());
  NDArray array(shape, dtype, cpu());
  dispatch(dtype, [&]<class T>() {
    T* to = array.data<T>();
    for (const auto number : field) {
      if constexpr (std::is_same_v<T, bool>) {
        *to++ = number != 0;
      } else if constexpr (sizeof(T) == 2) {
        // Half precision stands there as the bits of a whole number.
        const auto bits = static_cast<std::uint16_t>(number);
        std::memcpy(static_cast<void*>(to++), &bits, 2);
      } else {
        *to++ = static_cast<T>(number);
      }
    }
  });
  return array;
}

std::uint64_t number_of(const std::string& text, const std::string& where) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  check(error == std::errc() && end == text.data() + text.size(), where,
        ": expected a whole number, got \"", text, "\"");
  return value;
}

// The file that external data name: inside of the folder, wherever links lead.
fs::path file_inside(const std::string& location, const std::string& folder,
                     const std::string& where) {
  const fs::path relative(location);
  check(!location.empty() && location.find('\0') == std::string::npos && relative.is_relative(),
        where, ": external data lie beside the model, got the path \"", location, "\"");
  for (const fs::path& part : relative) {
    check(part != "..", where, ": external data lie beside the model, got the path \"", location,
          "\"");
  }
  std::error_code error;
  const fs::path base = fs::canonical(fs::path(folder), error);
  check(!error, where, ": the folder \"", folder, "\" cannot be read");
  const fs::path file = fs::canonical(base / relative, error);
  check(!error && fs::is_regular_file(file, error), where, ": there is no file \"", location,
        "\" beside the model");
  const fs::path inside = file.lexically_relative(base);
  check(!inside.empty() && *inside.begin() != "..", where, ": \"", location,
        "\" leads out of the model's folder");
  return file;
}

NDArray of_file(const wire::Tensor& tensor, const Shape& shape, DType dtype,
                const std::string& where, const std::string& folder) {
  check(!folder.empty(), where, ": data in a file of their own need a model that is a file");
  std::string location;
  std::uint64_t offset = 0;
  std::optional<std::uint64_t> length;
  for (const wire::Pair& pair : tensor.external_data()) {
    if (pair.key() == "location") location = pair.value();
    if (pair.key() == "offset") offset = number_of(pair.value(), where + " offset");
    if (pair.key() == "length") length = number_of(pair.value(), where + " length");
  }
  const fs::path file = file_inside(location, folder, where);
  std::error_code error;
  const std::uint64_t size = fs::file_size(file, error);
  const std::uint64_t bytes = static_cast<std::uint64_t>(shape.size()) * size_of(dtype);
  check(!error && offset <= size && bytes <= size - offset, where, ": \"", location, "\" has ",
        size, " bytes, expected ", bytes, " from ", offset, " on");
  check(length.value_or(bytes) == bytes, where, ": the shape ", shape, " of ", dtype, " and ",
        length.value_or(0), " bytes do not go together");
  std::string content(static_cast<std::size_t>(bytes), '\0');
  std::ifstream in(file, std::ios::binary);
  in.seekg(static_cast<std::streamoff>(offset));
  in.read(content.data(), static_cast<std::streamsize>(bytes));
  check(bytes == 0 || in.gcount() == static_cast<std::streamsize>(bytes), where, ": \"", location,
        "\" cannot be read");
  return of_bytes(content.data(), bytes, shape, dtype, where);
}

}  // namespace

std::int32_t type_code(DType dtype) {
  for (const TypeCode& type : kTypes) {
    if (type.dtype == dtype) return type.code;
  }
  fail("ONNX has no type ", dtype);
}

DType type_of_code(std::int32_t code, const std::string& where) {
  for (const TypeCode& type : kTypes) {
    if (type.code == code) return type.dtype;
  }
  // Those that ONNX has, by number.
  static constexpr const char* kNames[] = {
      "undefined",      "float32",    "uint8",          "int8",       "uint16",   "int16",
      "int32",          "int64",      "string",         "bool",       "float16",  "float64",
      "uint32",         "uint64",     "complex64",      "complex128", "bfloat16", "float8e4m3fn",
      "float8e4m3fnuz", "float8e5m2", "float8e5m2fnuz", "uint4",      "int4",     "float4e2m1"};
  const bool is_named = code >= 0 && code < std::ssize(kNames);
  fail(where, ": arrays cannot have ONNX' type ", is_named ? kNames[code] : str("number ", code));
}

NDArray array_of_tensor(const wire::Tensor& tensor, const std::string& where,
                        const std::string& folder) {
  const DType dtype = type_of_code(tensor.data_type(), where);
  const Shape shape = shape_of(tensor, where);
  // Throws where the number of bytes would overflow.
  check(shape.size() <= std::numeric_limits<std::int64_t>::max() / 8, where, ": the shape ", shape,
        " is too large");
  if (tensor.data_location() == 1) return of_file(tensor, shape, dtype, where, folder);
  if (tensor.has_raw_data()) {
    return of_bytes(tensor.raw_data().data(), tensor.raw_data().size(), shape, dtype, where);
  }
  switch (dtype) {
    case float32:
      return of_numbers(tensor.float_data(), shape, dtype, where);
    case float64:
      return of_numbers(tensor.double_data(), shape, dtype, where);
    case int64:
      return of_numbers(tensor.int64_data(), shape, dtype, where);
    default:
      return of_numbers(tensor.int32_data(), shape, dtype, where);
  }
}

}  // namespace gluino::onnx
