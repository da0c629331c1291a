#pragma once

#include <gluino/io/digits/digit_strokes.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>
#include <string>
#include <string_view>

/// Speaks to a server over sockets, byte by byte where need be.
namespace digits_test {

using Json = nlohmann::json;

struct Reply {
  /// 0: none came.
  int status = 0;
  /// By names in lower case.
  std::map<std::string, std::string> headers;
  std::string body;

  Json json() const { return Json::parse(body, nullptr, false); }
  /// The sentence of a refusal.
  std::string error() const {
    const Json parsed = json();
    return parsed.is_object() && parsed.contains("error") ? parsed["error"] : "";
  }
};

/// One connection.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_open_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;
  ~Wire() { ::close(socket_); }

  bool is_open() const { return is_open_; }
  /// False once the other side has closed.
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }
  /// Ends this half of the connection.
  void end_sending() const { ::shutdown(socket_, SHUT_WR); }

  /// The next reply; `has_body` is false for what answers HEAD.
  Reply receive(bool has_body = true) {
    Reply reply;
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive_more()) return reply;
    }
    std::istringstream in(received_.substr(0, end));
    received_.erase(0, end + 4);
    std::string line;
    std::getline(in, line);
    std::from_chars(line.data() + 9, line.data() + 12, reply.status);
    while (std::getline(in, line)) {
      const std::size_t colon = line.find(": ");
      std::string name = line.substr(0, colon);
      for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
      reply.headers[name] = line.substr(colon + 2, line.find('\r') - colon - 2);
    }
    if (reply.status == 100 || !has_body) return reply;
    const std::size_t length = std::stoul("0" + reply.headers["content-length"]);
    while (received_.size() < length && receive_more()) {
    }
    reply.body = received_.substr(0, length);
    received_.erase(0, length);
    return reply;
  }
  Reply ask(std::string_view bytes) {
    send(bytes);
    return receive();
  }
  /// True when the other side closes, and has sent nothing more.
  bool is_closed() {
    while (receive_more()) {
    }
    return has_ended_ && received_.empty();
  }

 private:
  bool receive_more() {
    constexpr int kLongest = 20'000;
    pollfd waits{.fd = socket_, .events = POLLIN, .revents = 0};
    if (::poll(&waits, 1, kLongest) != 1) return false;
    char bytes[65536];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      has_ended_ = true;
      return false;
    }
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int socket_;
  bool is_open_ = false;
  bool has_ended_ = false;
  std::string received_;
};

/// "POST ... " with a length and the body.
inline std::string post(const std::string& target, std::string_view body,
                        const std::string& type = "application/octet-stream",
                        const std::string& more_headers = "") {
  return "POST " + target + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: " + type +
         "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" +
         std::string(body);
}
inline std::string get(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

/// A drawn digit as 784 bytes.
inline std::string digit_bytes(std::uint64_t index) {
  std::string bytes(784, '\0');
  gluino::io::draw_digit(
      7, index, std::span<std::uint8_t, 784>(reinterpret_cast<std::uint8_t*>(bytes.data()), 784));
  return bytes;
}

}  // namespace digits_test
