#include <apps/digits/http/http_message.h>
#include <gluino/base/text.h>

#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>

namespace digits::serving {
namespace {

// "Fri, 27 Nov 2026 02:30:00 GMT", made once a second.
const std::string& date() {
  thread_local std::time_t made_at = 0;
  thread_local std::string text;
  const std::time_t now = std::time(nullptr);
  if (now == made_at && !text.empty()) return text;
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  ::gmtime_r(&now, &t);
  const auto two = [](int number) { return gluino::zero_padded(number, 2); };
  text = gluino::str(kDays[t.tm_wday], ", ", two(t.tm_mday), " ", kMonths[t.tm_mon], " ",
                     t.tm_year + 1900, " ", two(t.tm_hour), ":", two(t.tm_min), ":", two(t.tm_sec),
                     " GMT");
  made_at = now;
  return text;
}

void append(std::string& text, std::uint64_t number) {
  char digits[20];
  text.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

}  // namespace

std::string media_type(std::string_view content_type) {
  content_type = content_type.substr(0, content_type.find(';'));
  while (content_type.ends_with(' ') || content_type.ends_with('\t')) content_type.remove_suffix(1);
  return gluino::lower_case(std::string(content_type));
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Other";
  }
}

Response response_to(const Refusal& refusal) {
  const nlohmann::json json = {{"error", refusal.what()}};
  const auto replace = nlohmann::json::error_handler_t::replace;
  return {.status = refusal.status(),
          .body = json.dump(-1, ' ', false, replace),
          .headers = refusal.headers()};
}

std::string to_bytes(const Response& response, const Sending& sending) {
  std::string bytes;
  bytes.reserve(256 + response.headers.size() + response.body.size());
  bytes.append("HTTP/1.1 ");
  append(bytes, static_cast<std::uint64_t>(response.status));
  bytes.append(" ").append(reason_phrase(response.status));
  bytes.append("\r\nDate: ").append(date());
  bytes.append("\r\nContent-Type: ").append(response.content_type);
  bytes.append("\r\nContent-Length: ");
  append(bytes, response.body.size());
  bytes.append("\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n");
  bytes.append(response.headers);
  // HTTP/1.0 clients that asked to keep the connection look for the word.
  bytes.append(sending.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  if (sending.with_body) bytes.append(response.body);
  return bytes;
}

}  // namespace digits::serving
