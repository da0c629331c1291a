#pragma once

#include <gluino/base/export.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace gluino::io {

/// Reads a file from its beginning to its end, unpacked on the way when it begins with gzip's magic
/// bytes 1f 8b (RFC 1952; several members one after the other are allowed, and zeros after the last
/// one). Memory does not depend on the file's size.
class GLUINO_API GzipReader {
 public:
  /// Throws Error when the file cannot be opened.
  explicit GzipReader(std::string path);
  ~GzipReader();

  /// Reads up to `bytes`; fewer only at the end. Returns how many. Throws Error, naming the file,
  /// when its gzip data is truncated or corrupt. A member's checksum has been verified once a call
  /// went beyond its last byte.
  std::size_t read(void* data, std::size_t bytes);

  const std::string& path() const;

  /// As many bytes as a file of this size can unpack to; 0 if it is a pipe or the like.
  std::uint64_t largest_content() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The whole content of a file, unpacked if it is gzip'd. Throws Error as GzipReader does, and when
/// the content is larger than `max_bytes`.
GLUINO_API std::string read_gzip(const std::string& path, std::uint64_t max_bytes);

}  // namespace gluino::io
