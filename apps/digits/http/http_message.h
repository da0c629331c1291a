#pragma once

#include <gluino/base/error.h>

#include <cstdint>
#include <string>
#include <string_view>

/// Requests and responses as those who answer see them, without the bytes of the protocol.
namespace digits::serving {

struct Request {
  std::string method;
  /// As it was sent: "/classify?look=1".
  std::string target;
  std::string content_type;
  std::string content_encoding;
  std::string host;
  std::string origin;
  std::string body{};
  bool is_http_1_0 = false;
  bool expects_continue = false;
  /// Whether the client wants to send more on this connection.
  bool keep_alive = true;
};

inline constexpr std::string_view kJson = "application/json";

/// What a Content-Type names, without parameters and in lower case: "application/json".
std::string media_type(std::string_view content_type);

struct Response {
  int status = 200;
  std::string body{};
  std::string_view content_type = kJson;
  /// More header lines, each with its "\r\n".
  std::string headers{};
};

/// Why a request is not answered: a status, and a sentence for whoever sent it.
class Refusal : public gluino::Error {
 public:
  Refusal(int status, const std::string& reason, std::string headers = {})
      : Error(reason), status_(status), headers_(std::move(headers)) {}
  int status() const { return status_; }
  const std::string& headers() const { return headers_; }

 private:
  int status_;
  std::string headers_;
};

/// {"error": "expected ..."}, whatever bytes the sentence has.
Response response_to(const Refusal& refusal);

/// "Not Found".
std::string_view reason_phrase(int status);

/// How a response is sent.
struct Sending {
  bool keep_alive = true;
  bool with_body = true;  // false: to HEAD
};
/// The bytes of a response.
std::string to_bytes(const Response& response, const Sending& sending);

}  // namespace digits::serving
