#include <gluino/base/error.h>
#include <gluino/base/file.h>
#include <gluino/base/memory.h>
#include <gluino/io/readers/gzip.h>
#include <gluino/io/readers/idx.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>
#include <limits>
#include <span>

namespace gluino::io {
namespace {

struct IdxType {
  std::uint8_t code;
  std::uint8_t bytes;  // of one element in the file
  DType dtype;         // in memory
};

constexpr IdxType kTypes[] = {{0x08, 1, uint8}, {0x09, 1, int8},    {0x0B, 2, int32},
                              {0x0C, 4, int32}, {0x0D, 4, float32}, {0x0E, 8, float64}};

struct Header {
  IdxType type{};
  Shape shape;
};

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ' ';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <class U>
U load_big_endian(const std::uint8_t* bytes) {
  U value = 0;
  for (std::size_t i = 0; i < sizeof(U); ++i) value = static_cast<U>(value << 8 | bytes[i]);
  return value;
}

template <class U>
void store_big_endian(U value, std::uint8_t* bytes) {
  for (std::size_t i = sizeof(U); i-- > 0; value = static_cast<U>(value >> 8)) {
    bytes[i] = static_cast<std::uint8_t>(value);
  }
}

// Between big-endian and this machine's order, whichever that is: the same both ways.
template <class U>
void convert_order(std::vector<std::uint8_t>& data) {
  for (std::size_t i = 0; i + sizeof(U) <= data.size(); i += sizeof(U)) {
    const U value = load_big_endian<U>(data.data() + i);
    std::memcpy(data.data() + i, &value, sizeof(U));
  }
}

void convert_order(std::vector<std::uint8_t>& data, std::size_t element_bytes) {
  if (element_bytes == 4) convert_order<std::uint32_t>(data);
  if (element_bytes == 8) convert_order<std::uint64_t>(data);
}

std::vector<std::uint8_t> widen_int16(const std::vector<std::uint8_t>& data) {
  std::vector<std::uint8_t> wide(data.size() * 2);
  for (std::size_t i = 0; i < data.size() / 2; ++i) {
    const std::int32_t value =
        static_cast<std::int16_t>(load_big_endian<std::uint16_t>(data.data() + 2 * i));
    std::memcpy(wide.data() + 4 * i, &value, sizeof value);
  }
  return wide;
}

Header read_header(GzipReader& file) {
  std::array<std::uint8_t, 4> magic{};
  const std::size_t got = file.read(magic.data(), magic.size());
  check(got == magic.size(), file.path(), ": truncated: expected an IDX header of at least ",
        magic.size(), " bytes, found ", got);
  const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes),
                                  [&](const IdxType& known) { return known.code == magic[2]; });
  check(magic[0] == 0 && magic[1] == 0 && type != std::end(kTypes), file.path(),
        ": expected an IDX file, which begins with 00 00 and a type from 08 to 0e, found ",
        hex(magic));
  const int ndim = magic[3];
  check(ndim <= Shape::kMaxDims, file.path(), ": expected at most ", Shape::kMaxDims,
        " axes, found ", ndim);
  std::array<std::uint8_t, 4 * Shape::kMaxDims> sizes{};
  const auto size_bytes = static_cast<std::size_t>(4 * ndim);
  const std::size_t found = file.read(sizes.data(), size_bytes);
  check(found == size_bytes, file.path(), ": truncated: expected an IDX header of ",
        magic.size() + size_bytes, " bytes for ", ndim, " axes, found ", magic.size() + found);
  Header header{*type, {}};
  for (int i = 0; i < ndim; ++i) {
    header.shape.push_back(load_big_endian<std::uint32_t>(sizes.data() + 4 * i));
  }
  return header;
}

// Bytes of all elements in the file. Never overflows: `max_bytes` is checked before each product.
std::uint64_t data_bytes(const Header& header, std::uint64_t max_bytes, const std::string& path) {
  if (std::find(header.shape.begin(), header.shape.end(), 0) != header.shape.end()) return 0;
  const std::uint64_t max_count = max_bytes / size_of(header.type.dtype);
  std::uint64_t count = 1;
  for (const std::int64_t dim : header.shape) {
    const auto size = static_cast<std::uint64_t>(dim);
    check(count <= max_count / size, path, ": expected at most ", max_bytes,
          " bytes of elements, found a header that announces shape ", header.shape, " of ",
          header.type.dtype);
    count *= size;
  }
  return count * header.type.bytes;
}

std::vector<std::uint8_t> read_exactly(GzipReader& file, const Header& header,
                                       std::uint64_t bytes) {
  // More than the first piece is only allocated once as much has really been found.
  const std::uint64_t first_piece =
      std::clamp(file.largest_content(), std::uint64_t{1} << 16, std::uint64_t{1} << 26);
  std::vector<std::uint8_t> data;
  std::uint64_t filled = 0;
  while (filled < bytes) {
    data.resize(std::min(bytes, filled + std::max(filled, first_piece)));
    filled += file.read(data.data() + filled, data.size() - filled);
    check(filled == data.size(), file.path(), ": truncated: expected ", bytes,
          " bytes of elements for shape ", header.shape, ", found ", filled);
  }
  std::uint8_t more = 0;
  // Reading on also lets gzip's checksum be verified.
  check(file.read(&more, 1) == 0, file.path(), ": expected the end of the file after ", bytes,
        " bytes of elements for shape ", header.shape, ", found further bytes");
  return data;
}

}  // namespace

IdxArray read_idx(const std::string& path, std::uint64_t max_bytes) {
  GzipReader file(path);
  const Header header = read_header(file);
  const std::uint64_t bytes = data_bytes(header, max_bytes, path);
  return needing_memory(path, [&] {
    IdxArray array{header.type.dtype, header.shape, read_exactly(file, header, bytes)};
    if (header.type.bytes == 2) {
      array.data = widen_int16(array.data);
    } else {
      convert_order(array.data, header.type.bytes);
    }
    return array;
  });
}

IdxArray read_idx_header(const std::string& path) {
  GzipReader file(path);
  const Header header = read_header(file);
  return {header.type.dtype, header.shape, {}};
}

void write_idx(const std::string& path, const IdxArray& array) {
  const auto* type = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const IdxType& known) {
    return known.dtype == array.dtype && known.bytes == size_of(array.dtype);
  });
  check(type != std::end(kTypes), path, ": an IDX file cannot hold ", array.dtype,
        "; it can hold uint8, int8, int32, float32 and float64");
  check(array.shape.known(), path, ": expected a known shape, got ", array.shape);
  std::vector<std::uint8_t> header = {0, 0, type->code,
                                      static_cast<std::uint8_t>(array.shape.ndim())};
  for (const std::int64_t dim : array.shape) {
    check(dim <= std::numeric_limits<std::uint32_t>::max(), path, ": size ", dim,
          " does not fit into an IDX file");
    header.resize(header.size() + 4);
    store_big_endian(static_cast<std::uint32_t>(dim), header.data() + header.size() - 4);
  }
  const auto count = static_cast<std::uint64_t>(array.shape.size());
  check(array.data.size() / type->bytes == count && array.data.size() % type->bytes == 0, path,
        ": expected ", count, " elements of ", +type->bytes, " bytes for shape ", array.shape,
        ", got ", array.data.size(), " bytes");
  std::vector<std::uint8_t> data = array.data;
  convert_order(data, type->bytes);
  FileWriter writer(path);
  writer.write(header.data(), header.size());
  writer.write(data.data(), data.size());
  writer.commit();
}

}  // namespace gluino::io
