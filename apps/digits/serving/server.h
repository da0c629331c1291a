#pragma once

#include <apps/digits/http/request_parser.h>
#include <apps/digits/serving/service.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace digits::serving {

struct ServerOptions {
  /// A name or an address; where it leads elsewhere than to this machine, others may ask, too.
  std::string host = "127.0.0.1";
  /// 0: a free one.
  std::uint16_t port = 8080;
  HttpLimits http{};
  /// At most; less where the system gives fewer descriptors.
  std::size_t max_connections = 16384;
  /// Of the bodies of all requests together.
  std::size_t max_waiting_bytes = std::size_t{32} << 20;
  /// For a header, from its first byte; for a body, and a second more for each 16 KiB of it.
  std::chrono::milliseconds request_time = std::chrono::seconds(10);
  /// For the next request on a connection.
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);
  /// After SIGTERM: how long requests are served on while the server says that it is not ready, and
  /// then, how long work under way may take.
  std::chrono::milliseconds drain_delay{0};
  std::chrono::milliseconds drain_time = std::chrono::seconds(10);
};

/// Connections by HTTP/1.1 on one thread, which waits for all of them together. What needs a
/// network is computed by the service's threads.
class Server {
 public:
  /// Listens, and reads the models. Throws Failure where that fails.
  Server(const ServerOptions& options, ServiceOptions service, Service::Say say);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();

  /// "http://127.0.0.1:8080".
  const std::string& url() const;
  /// Serves until SIGTERM, SIGINT or stop(), and until then what was under way has ended, or its
  /// time is over. Throws io::Interrupted on a second signal.
  void run();
  /// As SIGTERM does; from any thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace digits::serving
