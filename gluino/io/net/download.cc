#include <gluino/base/error.h>
#include <gluino/io/net/download.h>
#include <gluino/io/net/http_transfer.h>
#include <gluino/io/net/part_file.h>
#include <gluino/io/net/sha1.h>

#include <filesystem>
#include <system_error>

namespace gluino::io {
namespace {

bool is_already_there(const std::string& path, const std::string& sha1) {
  std::error_code ignored;
  return !sha1.empty() && std::filesystem::is_regular_file(path, ignored) &&
         sha1_of_file(path) == sha1;
}

// What is wrong with the content of `part`; empty when nothing is.
std::string wrong_content(const PartFile& part, const std::string& sha1) {
  if (sha1.empty()) return "";
  const std::string found = sha1_of_file(part.name());
  return found == sha1 ? "" : str("expected SHA-1 ", sha1, ", found ", found);
}

// Brings all of `url` into `part`. Returns why that failed; empty when it did not.
std::string fetch_from(const std::string& url, const std::string& path, PartFile& part,
                       const DownloadOptions& options) {
  for (int broken_off = 0;;) {
    if (options.sha1.empty()) part.clear();
    const bool resumed = part.size() > 0;
    const TransferResult result = transfer(url, path, part, options);
    if (result.end == TransferEnd::interrupted) throw Interrupted(path + ": download interrupted");
    if (result.end == TransferEnd::failed) {
      if (result.received == 0 || broken_off++ == options.retries) return result.reason;
      continue;
    }
    const std::string wrong =
        result.end == TransferEnd::complete ? wrong_content(part, options.sha1) : result.reason;
    if (wrong.empty()) return "";
    part.clear();
    // What was wrong may be the beginning that was there before: then once more from the start.
    if (!resumed || result.end == TransferEnd::too_large) return wrong;
  }
}

}  // namespace

void download(const std::vector<std::string>& urls, const std::string& path,
              const DownloadOptions& options) {
  check(!urls.empty(), path, ": no address to download it from");
  if (is_already_there(path, options.sha1)) return;
  bool waited = false;
  PartFile part(path, [&] {
    waited = true;
    return !options.progress || options.progress({urls.front(), path, 0, 0});
  });
  if (waited && is_already_there(path, options.sha1)) {
    part.clear();
    return;
  }
  if (options.sha1.empty()) part.clear();
  if (part.size() > 0 && wrong_content(part, options.sha1).empty()) return part.commit();
  std::string reasons;
  for (const std::string& url : urls) {
    const std::string reason = fetch_from(url, path, part, options);
    if (reason.empty()) return part.commit();
    reasons += str(reasons.empty() ? "" : "; ", url, ": ", reason);
  }
  if (options.sha1.empty()) part.clear();
  fail(path, ": cannot be downloaded: ", reasons);
}

void fetch_files(const std::string& folder, std::span<const RemoteFile> files,
                 std::span<const std::string> mirrors, DownloadOptions options) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  check(!error, folder, ": this folder cannot be created: ", error.message());
  for (const RemoteFile& file : files) {
    std::vector<std::string> urls;
    for (const std::string& mirror : mirrors) urls.push_back(mirror + file.name);
    options.sha1 = file.sha1;
    download(urls, (std::filesystem::path(folder) / file.name).string(), options);
  }
}

}  // namespace gluino::io
