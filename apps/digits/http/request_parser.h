#pragma once

#include <apps/digits/http/http_message.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace digits::serving {

struct HttpLimits {
  /// Of the request line and all header fields together.
  std::uint32_t header_bytes = 16 * 1024;
  std::uint64_t body_bytes = std::uint64_t{8} << 20;
};

/// Makes a request of bytes as they come: HTTP/1.0 and 1.1, with lengths or in chunks.
class RequestParser {
 public:
  explicit RequestParser(const HttpLimits& limits);
  RequestParser(const RequestParser&) = delete;
  RequestParser& operator=(const RequestParser&) = delete;
  ~RequestParser();

  /// Takes bytes, and returns how many it has used; the others are to be given again, with more
  /// behind them. Stops behind the header, and at the end of the request. Throws Refusal on what is
  /// no request, or too large a one.
  std::size_t put(std::string_view bytes);

  bool has_header() const;
  bool is_complete() const;
  Request& request();
  const Request& request() const;

 private:
  class Reader;
  std::unique_ptr<Reader> reader_;
};

}  // namespace digits::serving
