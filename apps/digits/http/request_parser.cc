#include <apps/digits/http/request_parser.h>

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/verb.hpp>
#include <limits>

namespace digits::serving {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using beast::error_code;
using beast::string_view;

std::string text_of(string_view view) { return {view.data(), view.size()}; }

Refusal refusal_of(const error_code& error, bool has_request_line, const HttpLimits& limits) {
  if (error == http::error::header_limit) {
    const std::string most = std::to_string(limits.header_bytes) + " bytes";
    if (!has_request_line) return {414, "expected a request line of at most " + most};
    return {431, "expected a header of at most " + most};
  }
  if (error == http::error::body_limit) {
    return {413, "expected a body of at most " + std::to_string(limits.body_bytes) + " bytes"};
  }
  return {400,
          "expected an HTTP/1.1 request, found one that is malformed (" + error.message() + ")"};
}

}  // namespace

// Keeps of a request what the server looks at, and no table of all fields.
class RequestParser::Reader : public http::basic_parser<true> {
 public:
  explicit Reader(const HttpLimits& limits) : limits_(limits) {
    header_limit(limits.header_bytes);
    body_limit(limits.body_bytes);
  }

  std::size_t take(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !is_done()) {
      const bool had_header = is_header_done();
      error_code error;
      const std::size_t taken =
          put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), error);
      used += taken;
      // Beast's own limit is that of a part: fields that are whole are used at once.
      if (!had_header && (header_bytes_ += taken) > limits_.header_bytes) {
        throw refusal_of(http::error::header_limit, true, limits_);
      }
      if (error == http::error::need_more) {
        check_chunk_header(bytes.size() - used);
        break;
      }
      if (error) throw refusal_of(error, !request.method.empty(), limits_);
      if (!had_header && is_header_done()) {
        check_header();
        break;
      }
      if (taken == 0) break;
    }
    return used;
  }

  Request request;

 private:
  // Only the parser's own error for headers has a limit; chunks may have extensions and trailers.
  void check_chunk_header(std::size_t waiting) const {
    if (is_header_done() && waiting > limits_.header_bytes) {
      throw Refusal(400, "expected a chunk's header of at most " +
                             std::to_string(limits_.header_bytes) + " bytes");
    }
  }
  void check_header() {
    if (hosts_ > 1 || (hosts_ == 0 && !request.is_http_1_0)) {
      throw Refusal(400, "expected one Host field in the header, found " + std::to_string(hosts_));
    }
    // Else what follows would be the next request, which another server on the way took for a body.
    if (!transfer_coding_.empty() && !beast::iequals(transfer_coding_, "chunked")) {
      throw Refusal(501,
                    "expected no Transfer-Encoding but chunked, found '" + transfer_coding_ + "'");
    }
    request.keep_alive = keep_alive();
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version,
                       error_code&) override {
    request.method = text_of(method);
    request.target = text_of(target);
    request.is_http_1_0 = version == 10;
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(http::field name, string_view, string_view value, error_code&) override {
    if (is_header_done()) return;  // of a trailer
    switch (name) {
      case http::field::host:
        ++hosts_;
        request.host = text_of(value);
        break;
      case http::field::transfer_encoding:
        transfer_coding_ += (transfer_coding_.empty() ? "" : ", ") + text_of(value);
        break;
      case http::field::origin:
        request.origin = text_of(value);
        break;
      case http::field::content_type:
        request.content_type = text_of(value);
        break;
      case http::field::content_encoding:
        request.content_encoding = text_of(value);
        break;
      case http::field::expect:
        // HTTP/1.0 has no answer before the answer.
        request.expects_continue = !request.is_http_1_0 && beast::iequals(value, "100-continue");
        break;
      default:
        break;
    }
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    // A length is a claim: memory for more is taken when it has come.
    constexpr std::uint64_t kBelieved = 64 * 1024;
    if (length) request.body.reserve(static_cast<std::size_t>(std::min(*length, kBelieved)));
  }
  std::size_t on_body_impl(string_view body, error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
    request.body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  HttpLimits limits_;
  std::size_t header_bytes_ = 0;
  int hosts_ = 0;
  std::string transfer_coding_;
};

RequestParser::RequestParser(const HttpLimits& limits)
    : reader_(std::make_unique<Reader>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::put(std::string_view bytes) { return reader_->take(bytes); }
bool RequestParser::has_header() const { return reader_->is_header_done(); }
bool RequestParser::is_complete() const { return reader_->is_done(); }
Request& RequestParser::request() { return reader_->request; }
const Request& RequestParser::request() const { return reader_->request; }

}  // namespace digits::serving
