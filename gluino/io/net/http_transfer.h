#pragma once

#include <gluino/io/net/download.h>
#include <gluino/io/net/part_file.h>

#include <cstdint>
#include <string>

namespace gluino::io {

enum class TransferEnd {
  complete,
  interrupted,    // the progress callback asked to stop
  range_refused,  // the server cannot continue this part file
  too_large,      // more than the bytes allowed
  failed,
};

struct TransferResult {
  TransferEnd end = TransferEnd::failed;
  std::uint64_t received = 0;  // bytes that this transfer brought
  std::string reason;          // for people, unless complete
};

/// Asks for `url` once and appends what comes to `part`: the rest of it if it holds a beginning and
/// the server can continue it, else all anew. `path` is what the progress callback is told.
/// Throws what writing `part` or the progress callback throws.
TransferResult transfer(const std::string& url, const std::string& path, PartFile& part,
                        const DownloadOptions& options);

}  // namespace gluino::io
