#pragma once

#include <apps/digits/http/request_parser.h>
#include <apps/digits/serving/server.h>

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

/// One client; the serving room's own, because of what it includes.
namespace digits::serving {

using Clock = std::chrono::steady_clock;

/// What the connections of a server have in common.
struct Shared {
  const ServerOptions& options;
  Service& service;
  /// All connections' bodies, also those that are being computed.
  std::size_t waiting_bytes = 0;
  /// No connection is kept for more requests.
  bool goes_down = false;
  std::function<void(Ticket)> on_close;
  /// Where bytes are received, before it is known whether they are to be kept.
  std::string scratch = std::string(std::size_t{64} * 1024, '\0');
};

/// Reads requests and sends their answers, one after the other. Waits for its socket only while it
/// has nothing else to do; has no memory but a few words while it waits for a request.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  Connection(Shared& shared, Socket socket, Ticket ticket);

  void start();
  /// The answer to the request that waits for it.
  void respond(Response&& response);
  /// Sends a refusal, and ends the connection once the client has had time to read it.
  void refuse(const Refusal& refusal);
  void close();
  /// Ends what has taken too long.
  void check_time(Clock::time_point now);

  bool is_idle() const { return phase_ == Phase::idle; }
  /// Has a request that is neither answered nor refused.
  bool is_busy() const {
    return phase_ != Phase::idle && phase_ != Phase::lingering && phase_ != Phase::closed;
  }
  Clock::time_point idle_since() const { return since_; }

 private:
  /// What the connection waits for: the first byte of a request, the rest of its header, of its
  /// body, its answer, the client to take it, or the client's end.
  enum class Phase { idle, header, body, answer, sending, lingering, closed };

  void enter(Phase phase);
  bool listens() const;
  void go_on();
  void wait_to_read();
  void read();
  bool take(std::string_view bytes);
  std::size_t parse(std::string_view bytes);
  bool parse_more(std::string_view bytes, std::size_t& used);
  void begin_request();
  void look_at_header();
  void count_body();
  void answer_request();
  void send(const Response& response);
  void write();
  void after_sending();
  void end_of_input();
  void end_request();

  Shared& shared_;
  Socket socket_;
  Ticket ticket_;

  Phase phase_ = Phase::idle;
  Clock::time_point since_ = Clock::now();
  Clock::time_point request_began_ = Clock::now();
  bool reads_ = false;
  bool keep_alive_ = true;
  /// What was sent is a refusal, before all was read.
  bool lingers_ = false;

  std::unique_ptr<RequestParser> parser_;
  Destination destination_;
  bool looked_at_header_ = false;
  bool is_head_ = false;
  std::size_t body_bytes_ = 0;
  Clock::time_point grew_at_{};

  /// Received, and not yet used.
  std::string received_;
  std::string to_send_;
  std::size_t sent_ = 0;
};

}  // namespace digits::serving
