#pragma once

#include <gluino/base/export.h>

#include <string>
#include <string_view>

namespace gluino::io {

/// The SHA-1 of a file's bytes as 40 lower-case hexadecimal digits. Throws Error when the file
/// cannot be read. It tells whether a download is whole and the expected one; it is no proof
/// against a forger.
GLUINO_API std::string sha1_of_file(const std::string& path);

/// The same of bytes in memory.
GLUINO_API std::string sha1_of(std::string_view bytes);

}  // namespace gluino::io
