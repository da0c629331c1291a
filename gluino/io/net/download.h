#pragma once

#include <gluino/base/error.h>
#include <gluino/base/export.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace gluino::io {

/// Thrown when a progress callback asked to stop.
class GLUINO_API Interrupted : public Error {
 public:
  using Error::Error;
};

/// Where a download stands.
struct DownloadProgress {
  const std::string& url;
  const std::string& path;     // the file it will become
  std::uint64_t received = 0;  // bytes there so far, those of an earlier, broken off run included
  std::uint64_t total = 0;     // bytes of the whole file; 0 while unknown
};

/// Called often during a download, at least once a second, also while nothing arrives. Returns
/// false to stop it.
using DownloadCallback = std::function<bool(const DownloadProgress&)>;

struct DownloadOptions {
  /// The file's SHA-1 in lower-case hexadecimal; empty: not known. Only a download whose SHA-1 is
  /// known is resumed, as nothing else tells whether the pieces fit together.
  std::string sha1;
  DownloadCallback progress;
  /// How often a transfer that broke off midway is taken up again at the same address.
  int retries = 3;
  std::chrono::milliseconds connect_timeout{5000};
  /// A transfer that brings almost nothing (under 100 bytes a second) for this long is given up.
  std::chrono::seconds stall_timeout{15};
  std::uint64_t max_bytes = std::uint64_t{1} << 32;
};

/// Downloads a file by HTTP or HTTPS from the first of `urls` that delivers it, to `path`.part and,
/// once it is whole and its SHA-1 right, to `path`, in one step. A file at `path` that already has
/// the SHA-1 is kept; a `path`.part left by an earlier run is resumed. Two processes that want the
/// same file take turns. Throws Error, listing each address and why it failed, or Interrupted.
GLUINO_API void download(const std::vector<std::string>& urls, const std::string& path,
                         const DownloadOptions& options = {});

/// A file that a data set consists of.
struct RemoteFile {
  std::string name;
  std::string sha1;
};

/// Brings `files` into `folder`, which is created if need be: each from the first of `mirrors`
/// (addresses that end in "/") that has it. Files already there with the right SHA-1 are kept.
/// Stops with the Error of the first file that cannot be had. `options.sha1` is not used.
GLUINO_API void fetch_files(const std::string& folder, std::span<const RemoteFile> files,
                            std::span<const std::string> mirrors, DownloadOptions options = {});

}  // namespace gluino::io
