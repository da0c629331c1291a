#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "io/files.h"

namespace gluino::io {

struct HttpRequest {
  std::string path;   // "/name"
  std::string range;  // "5-" for "Range: bytes=5-", else empty
};

struct HttpResponse {
  int status = 200;
  std::string body;
  std::vector<std::string> headers;
  long send_only = -1;  // break the connection after that many bytes of the body; -1 sends all
  bool hang = false;    // send no more, but keep the connection
};

/// A web server on 127.0.0.1, for one connection at a time, that answers as `handler` says.
class HttpServer {
 public:
  using Handler = std::function<HttpResponse(const HttpRequest&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    // A proxy of the surroundings must not see these requests.
    ::setenv("NO_PROXY", "127.0.0.1", 1);
    ::setenv("no_proxy", "127.0.0.1", 1);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
              ::listen(listener_, 16) == 0 &&
              ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length) == 0,
          "no port on the loopback device");
    root_ = str("http://127.0.0.1:", ntohs(address.sin_port), "/");
    thread_ = std::thread([this] { serve(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }

  /// "http://127.0.0.1:port/"
  const std::string& root() const { return root_; }
  /// What was asked for: "/name" or "/name 5-".
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  bool readable(int socket) const {
    while (!stopping_) {
      pollfd event{socket, POLLIN, 0};
      if (::poll(&event, 1, 20) > 0) return true;
    }
    return false;
  }

  void serve() {
    while (readable(listener_)) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) continue;
      answer(socket);
      ::close(socket);
    }
  }

  void answer(int socket) {
    std::string head;
    char piece[4096];
    while (head.find("\r\n\r\n") == head.npos) {
      const ssize_t got = readable(socket) ? ::recv(socket, piece, sizeof piece, 0) : 0;
      if (got <= 0) return;
      head.append(piece, static_cast<std::size_t>(got));
    }
    HttpRequest request{head.substr(4, head.find(' ', 4) - 4), ""};
    constexpr std::string_view kRange = "Range: bytes=";
    if (const auto at = head.find(kRange); at != head.npos) {
      const auto begin = at + kRange.size();
      request.range = head.substr(begin, head.find('\r', begin) - begin);
    }
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request.path + (request.range.empty() ? "" : " " + request.range));
    }
    send(socket, handler_(request));
  }

  void send(int socket, const HttpResponse& response) {
    std::string text = str("HTTP/1.1 ", response.status, " -\r\nConnection: close\r\n");
    text += str("Content-Length: ", response.body.size(), "\r\n");
    for (const std::string& header : response.headers) text += header + "\r\n";
    text += "\r\n";
    text += response.send_only < 0
                ? response.body
                : response.body.substr(0, static_cast<std::size_t>(response.send_only));
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t n = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) return;
      sent += static_cast<std::size_t>(n);
    }
    if (response.hang) readable(socket);  // until the client goes
  }

  Handler handler_;
  std::string root_;
  int listener_ = -1;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

/// The answer of a server that knows Range: `content` from where the request wants it.
inline HttpResponse with_range(const HttpRequest& request, const std::string& content) {
  if (request.range.empty()) return {.body = content, .headers = {}};
  const auto begin = static_cast<std::size_t>(std::stoul(request.range));
  if (begin >= content.size()) {
    return {.status = 416,
            .body = "no such range",
            .headers = {str("Content-Range: bytes */", content.size())}};
  }
  return {.status = 206,
          .body = content.substr(begin),
          .headers = {
              str("Content-Range: bytes ", begin, "-", content.size() - 1, "/", content.size())}};
}

/// An address on which nobody listens.
inline std::string refusing_url() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  const bool ok = ::bind(socket, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  ::close(socket);
  check(ok, "no port on the loopback device");
  return str("http://127.0.0.1:", ntohs(address.sin_port), "/");
}

}  // namespace gluino::io
