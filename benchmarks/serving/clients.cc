#include <arpa/inet.h>
#include <gluino/base/error.h>
#include <netinet/tcp.h>
#include <serving/clients.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;

class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    gluino::check(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0,
                  "no connection to port ", port);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(socket_); }

  int socket() const { return socket_; }
  std::chrono::nanoseconds waited() const { return Clock::now() - sent_; }

  bool send(const std::string& request) {
    sent_ = Clock::now();
    received_.clear();
    return ::send(socket_, request.data(), request.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(request.size());
  }

  enum class State { waits, answered, failed };
  State receive() {
    char bytes[16384];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return State::failed;
    received_.append(bytes, static_cast<std::size_t>(count));
    const std::size_t header = received_.find("\r\n\r\n");
    if (header == std::string::npos) return State::waits;
    constexpr std::string_view kLength = "Content-Length: ";
    const std::size_t at = received_.find(kLength);
    std::size_t length = 0;
    std::from_chars(received_.data() + at + kLength.size(), received_.data() + header, length);
    if (received_.size() < header + 4 + length) return State::waits;
    return received_.starts_with("HTTP/1.1 200 ") ? State::answered : State::failed;
  }

 private:
  int socket_;
  Clock::time_point sent_{};
  std::string received_;
};

}  // namespace

double LoadResult::latency_ms(double share) const {
  if (latencies.empty()) return 0;
  const auto last = static_cast<double>(latencies.size() - 1);
  return latencies[static_cast<std::size_t>(share * last)] / 1000.0;
}

LoadResult load(const LoadOptions& options, const std::vector<std::string>& requests,
                const std::function<void()>& each_second) {
  LoadResult result;
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Client>> clients;
  std::size_t next = 0;
  for (int i = 0; i < options.connections; ++i) {
    clients.push_back(std::make_unique<Client>(options.port));
    epoll_event event{.events = EPOLLIN, .data = {.ptr = clients.back().get()}};
    ::epoll_ctl(poll, EPOLL_CTL_ADD, clients.back()->socket(), &event);
  }
  const auto begin = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - begin).count(); };
  for (const auto& client : clients) client->send(requests[next++ % requests.size()]);
  double told = 0;
  std::vector<epoll_event> events(clients.size());
  while (passed() < options.seconds && result.errors < clients.size()) {
    const int count = ::epoll_wait(poll, events.data(), static_cast<int>(events.size()), 1000);
    for (int i = 0; i < count; ++i) {
      auto* client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
      const Client::State state = client->receive();
      if (state == Client::State::waits) continue;
      const auto time = std::chrono::duration_cast<std::chrono::microseconds>(client->waited());
      bool goes_on = state == Client::State::answered;
      if (goes_on) {
        ++result.answers;
        result.latencies.push_back(static_cast<std::uint32_t>(time.count()));
        goes_on = client->send(requests[next++ % requests.size()]);
      }
      if (!goes_on) {
        ++result.errors;
        ::epoll_ctl(poll, EPOLL_CTL_DEL, client->socket(), nullptr);
      }
    }
    if (passed() - told >= 1) {
      told = passed();
      each_second();
    }
  }
  result.seconds = passed();
  ::close(poll);
  std::sort(result.latencies.begin(), result.latencies.end());
  return result;
}
