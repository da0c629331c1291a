#include <curl/curl.h>
#include <gluino/base/error.h>
#include <gluino/io/net/http_transfer.h>
#include <strings.h>

#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <string_view>

namespace gluino::io {
namespace {

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

Handle new_handle() {
  static const CURLcode started = curl_global_init(CURL_GLOBAL_DEFAULT);
  check(started == CURLE_OK, "libcurl cannot be started: ", curl_easy_strerror(started));
  Handle handle(curl_easy_init(), &curl_easy_cleanup);
  check(handle != nullptr, "libcurl cannot be started");
  return handle;
}

// The first byte that an answer "Content-Range: bytes 5-9/10" begins with, if `line` is that.
std::optional<std::uint64_t> range_begin(std::string_view line) {
  constexpr std::string_view kName = "content-range:";
  if (line.size() < kName.size() || strncasecmp(line.data(), kName.data(), kName.size()) != 0) {
    return {};
  }
  const std::size_t digits = line.find_first_of("0123456789", kName.size());
  std::uint64_t begin = 0;
  if (digits == line.npos ||
      std::from_chars(line.data() + digits, line.data() + line.size(), begin).ec != std::errc()) {
    return {};
  }
  return begin;
}

class Transfer {
 public:
  Transfer(const std::string& url, const std::string& path, PartFile& part,
           const DownloadOptions& options)
      : url_(url), path_(path), part_(part), options_(options), offset_(part.size()) {}

  TransferResult run();

 private:
  void set_options();
  void restrict_protocols();
  TransferResult explain(CURLcode code);
  long status() const;
  bool begin_body();
  std::size_t write(const char* data, std::size_t bytes);
  bool go_on(curl_off_t total);

  template <class T>
  void set(CURLoption option, T value) {
    const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
    check(code == CURLE_OK, "libcurl refuses an option: ", curl_easy_strerror(code));
  }

  // Runs `body` for libcurl, through whose C frames no exception may pass.
  template <class T, class F>
  T guarded(T on_failure, F&& body) {
    try {
      return body();
    } catch (...) {
      thrown_ = std::current_exception();
      return on_failure;
    }
  }

  static std::size_t on_header(char* line, std::size_t, std::size_t bytes, void* self);
  static std::size_t on_data(char* data, std::size_t, std::size_t bytes, void* self);
  static int on_progress(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t);

  const std::string& url_;
  const std::string& path_;
  PartFile& part_;
  const DownloadOptions& options_;
  std::uint64_t offset_;  // where what this transfer brings begins in the file
  std::uint64_t received_ = 0;
  std::optional<std::uint64_t> range_begin_;
  bool body_begun_ = false;
  TransferEnd refused_ = TransferEnd::complete;  // why we, not libcurl, ended it
  std::exception_ptr thrown_;
  std::array<char, CURL_ERROR_SIZE> message_{};
  Handle handle_ = new_handle();
};

std::size_t Transfer::on_header(char* line, std::size_t, std::size_t bytes, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::string_view text(line, bytes);
  if (text.starts_with("HTTP/")) transfer.range_begin_.reset();  // the answer after a redirection
  if (const auto begin = range_begin(text)) transfer.range_begin_ = begin;
  return bytes;
}

std::size_t Transfer::on_data(char* data, std::size_t, std::size_t bytes, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.guarded(std::size_t{0}, [&] { return transfer.write(data, bytes); });
}

int Transfer::on_progress(void* self, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(self);
  return transfer.guarded(1, [&] { return transfer.go_on(total) ? 0 : 1; });
}

long Transfer::status() const {
  long code = 0;
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code);
  return code;
}

// Looks, once, where in the file the answer belongs. False when it does not fit.
bool Transfer::begin_body() {
  if (body_begun_) return true;
  body_begun_ = true;
  if (status() == 206) {
    if (offset_ > 0 && range_begin_ == offset_) return true;
    refused_ = TransferEnd::range_refused;
    return false;
  }
  if (offset_ > 0) part_.clear();
  offset_ = 0;
  return true;
}

std::size_t Transfer::write(const char* data, std::size_t bytes) {
  if (!begin_body()) return 0;
  if (bytes > options_.max_bytes || part_.size() > options_.max_bytes - bytes) {
    refused_ = TransferEnd::too_large;
    return 0;
  }
  part_.write(data, bytes);
  received_ += bytes;
  return bytes;
}

bool Transfer::go_on(curl_off_t total) {
  if (!options_.progress) return true;
  const std::uint64_t whole = total > 0 ? offset_ + static_cast<std::uint64_t>(total) : 0;
  return options_.progress({url_, path_, part_.size(), whole});
}

void Transfer::restrict_protocols() {
#if LIBCURL_VERSION_NUM >= 0x075500
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  set(CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  set(CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
  // A name server that does not answer must not hold us beyond the time allowed for connecting.
  set(CURLOPT_QUICK_EXIT, 1L);
#endif
}

void Transfer::set_options() {
  restrict_protocols();
  set(CURLOPT_URL, url_.c_str());
  set(CURLOPT_USERAGENT, "gluino");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 10L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, message_.data());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, 100L);
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(options_.stall_timeout.count()));
  set(CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &Transfer::on_data);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_XFERINFOFUNCTION, &Transfer::on_progress);
  set(CURLOPT_XFERINFODATA, this);
  set(CURLOPT_NOPROGRESS, 0L);
  if (offset_ > 0) set(CURLOPT_RANGE, str(offset_, "-").c_str());
}

TransferResult Transfer::explain(CURLcode code) {
  if (refused_ == TransferEnd::too_large) {
    return {refused_, received_, str("more than the ", options_.max_bytes, " bytes allowed")};
  }
  if (refused_ == TransferEnd::range_refused || status() == 416) {
    return {TransferEnd::range_refused, received_, "the server sent another part than asked for"};
  }
  if (code == CURLE_ABORTED_BY_CALLBACK) return {TransferEnd::interrupted, received_, ""};
  if (code == CURLE_HTTP_RETURNED_ERROR) {
    return {TransferEnd::failed, received_, str("HTTP status ", status())};
  }
  const char* reason = message_[0] != 0 ? message_.data() : curl_easy_strerror(code);
  return {TransferEnd::failed, received_, reason};
}

TransferResult Transfer::run() {
  set_options();
  const CURLcode code = curl_easy_perform(handle_.get());
  if (thrown_) std::rethrow_exception(thrown_);
  // An answer without a single byte never came to write().
  if (code == CURLE_OK && begin_body()) return {TransferEnd::complete, received_, ""};
  return explain(code);
}

}  // namespace

TransferResult transfer(const std::string& url, const std::string& path, PartFile& part,
                        const DownloadOptions& options) {
  return Transfer(url, path, part, options).run();
}

}  // namespace gluino::io
