#pragma once

#include <gluino/base/dtype.h>
#include <gluino/base/export.h>
#include <gluino/base/shape.h>

#include <cstdint>
#include <string>
#include <vector>

namespace gluino::io {

/// What an IDX file holds, the format of the MNIST files (http://yann.lecun.com/exdb/mnist):
/// big-endian u32 magic (0, 0, type, number of axes), a u32 size per axis, the elements.
struct IdxArray {
  DType dtype = uint8;
  Shape shape;
  /// The elements, row-major, in this machine's byte order: shape.size() * size_of(dtype) bytes.
  std::vector<std::uint8_t> data;
};

/// What read_idx accepts unless told otherwise.
inline constexpr std::uint64_t kMaxIdxBytes = std::uint64_t{1} << 32;

/// Reads an IDX file, gzip'd or not. Types: 0x08 uint8, 0x09 int8, 0x0B int16 (widened to int32),
/// 0x0C int32, 0x0D float32, 0x0E float64. Throws Error, naming the file, what was expected and
/// what was found, when it is missing, no IDX file, truncated, corrupt, followed by further bytes,
/// or announces more than `max_bytes` of elements.
GLUINO_API IdxArray read_idx(const std::string& path, std::uint64_t max_bytes = kMaxIdxBytes);

/// The type and the shape that an IDX file announces, without its elements. Throws Error as
/// read_idx does for a file that begins otherwise.
GLUINO_API IdxArray read_idx_header(const std::string& path);

/// Writes an IDX file, not gzip'd; the file at `path` is, at every moment, the old or the new one.
/// Throws Error when the type or a size does not fit the format, or `data` does not fit `shape`.
GLUINO_API void write_idx(const std::string& path, const IdxArray& array);

}  // namespace gluino::io
