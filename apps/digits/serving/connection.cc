#include <apps/digits/serving/connection.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <exception>
#include <utility>

namespace digits::serving {
namespace {

using std::chrono::milliseconds;

// The rate below which a body is too slow, once its request_time is over.
constexpr std::size_t kBytesPerSecond = 16 * 1024;
// Somebody who sends nothing any more holds what others need.
constexpr auto kMostPause = std::chrono::seconds(5);
// Bodies up to that size are taken however much waits.
constexpr std::size_t kSmallBody = std::size_t{16} * 1024;
// How long a client that sends on is listened to after its refusal, so that it gets to read it: to
// close a connection with bytes that nobody has read would take the answer away.
constexpr auto kLinger = std::chrono::seconds(5);
// How often bytes are read in a row, before other connections have their turn.
constexpr int kReadsInTurn = 8;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Connection::Connection(Shared& shared, Socket socket, Ticket ticket)
    : shared_(shared), socket_(std::move(socket)), ticket_(ticket) {}

void Connection::start() { wait_to_read(); }

bool Connection::listens() const {
  return phase_ == Phase::idle || phase_ == Phase::header || phase_ == Phase::body ||
         phase_ == Phase::lingering;
}

// After something was sent: what had come meanwhile, and then what comes.
void Connection::go_on() {
  if (phase_ == Phase::idle && !received_.empty()) take({});
  if (listens()) wait_to_read();
}

void Connection::enter(Phase phase) {
  phase_ = phase;
  since_ = Clock::now();
}

void Connection::wait_to_read() {
  if (reads_ || phase_ == Phase::closed) return;
  reads_ = true;
  socket_.async_wait(Socket::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& error) {
                       self->reads_ = false;
                       if (self->phase_ == Phase::closed) return;
                       if (error) return self->close();
                       self->read();
                     });
}

void Connection::read() {
  for (int turn = 0; turn < kReadsInTurn; ++turn) {
    std::string& scratch = shared_.scratch;
    const ssize_t count = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count < 0) return close();
    if (count == 0) return end_of_input();
    if (!take({scratch.data(), static_cast<std::size_t>(count)})) return;
    if (static_cast<std::size_t>(count) < scratch.size()) break;
  }
  wait_to_read();
}

// False when the connection waits for something else than bytes.
bool Connection::take(std::string_view bytes) {
  if (phase_ == Phase::lingering) return true;
  if (received_.empty()) {
    const std::size_t used = parse(bytes);
    received_.assign(bytes.substr(used));
  } else {
    received_.append(bytes);
    received_.erase(0, parse(received_));
  }
  if (received_.empty()) received_.shrink_to_fit();
  return listens();
}

// Answers one request after the other, as long as answers are there and are sent at once. Returns
// how many bytes were used.
std::size_t Connection::parse(std::string_view bytes) {
  std::size_t used = 0;
  for (bool goes_on = true; goes_on;) {
    try {
      goes_on = parse_more(bytes, used);
    } catch (const Refusal& refusal) {
      // A request that was read whole ends nothing.
      if (parser_ && looked_at_header_ && parser_->is_complete()) {
        send(response_to(refusal));
      } else {
        refuse(refusal);
      }
    } catch (const std::exception& error) {
      refuse({500, error.what()});
    }
  }
  return phase_ == Phase::lingering || phase_ == Phase::closed ? bytes.size() : used;
}

bool Connection::parse_more(std::string_view bytes, std::size_t& used) {
  if (phase_ == Phase::idle) {
    // An empty line before a request is nothing.
    while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n')) ++used;
    if (used == bytes.size()) return false;
    begin_request();
  }
  if (phase_ != Phase::header && phase_ != Phase::body) return false;
  const std::size_t taken = parser_->put(bytes.substr(used));
  used += taken;
  const bool is_new_header = parser_->has_header() && !looked_at_header_;
  if (is_new_header) look_at_header();
  if (phase_ == Phase::body) count_body();
  if (!parser_->is_complete()) return taken > 0 || is_new_header;
  answer_request();
  return true;
}

void Connection::begin_request() {
  parser_ = std::make_unique<RequestParser>(shared_.options.http);
  destination_ = {};
  looked_at_header_ = false;
  is_head_ = false;
  keep_alive_ = true;
  enter(Phase::header);
  request_began_ = since_;
}

void Connection::look_at_header() {
  looked_at_header_ = true;
  const Request& request = parser_->request();
  is_head_ = request.method == "HEAD";
  keep_alive_ = request.keep_alive;
  shared_.service.check(request, destination_);
  enter(Phase::body);
  if (request.expects_continue && !parser_->is_complete()) {
    // The socket takes a few bytes before the first answer; a client that gets none sends anyway.
    [[maybe_unused]] const ssize_t ignored =
        ::send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
  }
}

// Bodies of all connections together have a limit, besides that of each.
void Connection::count_body() {
  const std::size_t bytes = parser_->request().body.size();
  if (bytes != body_bytes_) grew_at_ = Clock::now();
  shared_.waiting_bytes += bytes - body_bytes_;
  body_bytes_ = bytes;
  if (bytes > kSmallBody && shared_.waiting_bytes > shared_.options.max_waiting_bytes) {
    throw Refusal(503, "expected fewer bytes at once: too many wait already", "Retry-After: 1\r\n");
  }
}

void Connection::answer_request() {
  enter(Phase::answer);
  if (const auto response = shared_.service.answer(parser_->request(), destination_, ticket_)) {
    send(*response);
  }
}

void Connection::respond(Response&& response) {
  if (phase_ != Phase::answer) return;
  send(response);
  go_on();
}

void Connection::refuse(const Refusal& refusal) {
  if (phase_ == Phase::sending || phase_ == Phase::closed) return;
  keep_alive_ = false;
  lingers_ = true;
  // Also where the header was not read to its end.
  if (parser_ && parser_->request().method == "HEAD") is_head_ = true;
  send(response_to(refusal));
  if (listens()) wait_to_read();
}

void Connection::send(const Response& response) {
  if (shared_.goes_down) keep_alive_ = false;
  to_send_ = to_bytes(response, {.keep_alive = keep_alive_, .with_body = !is_head_});
  sent_ = 0;
  const std::chrono::duration<double> time = Clock::now() - request_began_;
  shared_.service.count(destination_, response.status, time.count());
  enter(Phase::sending);
  write();
}

void Connection::write() {
  while (sent_ < to_send_.size()) {
    const ssize_t count = ::send(socket_.native_handle(), to_send_.data() + sent_,
                                 to_send_.size() - sent_, MSG_NOSIGNAL);
    if (count >= 0) {
      sent_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      socket_.async_wait(Socket::wait_write,
                         [self = shared_from_this()](const boost::system::error_code& error) {
                           if (self->phase_ != Phase::sending) return;
                           if (error) return self->close();
                           self->write();
                           self->go_on();
                         });
      return;
    } else if (errno != EINTR) {
      return close();
    }
  }
  after_sending();
}

void Connection::after_sending() {
  end_request();
  to_send_ = {};
  if (keep_alive_) return enter(Phase::idle);
  if (!lingers_) return close();
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  enter(Phase::lingering);
}

void Connection::end_of_input() {
  if (phase_ != Phase::header && phase_ != Phase::body) return close();
  // The client has ended its half of the connection, and may still read.
  refuse({400, "expected a whole request, found the end of the connection in the middle of it"});
}

void Connection::end_request() {
  parser_.reset();
  shared_.waiting_bytes -= body_bytes_;
  body_bytes_ = 0;
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  end_request();
  enter(Phase::closed);
  boost::system::error_code ignored;
  socket_.close(ignored);
  shared_.on_close(ticket_);
}

void Connection::check_time(Clock::time_point now) {
  const ServerOptions& options = shared_.options;
  const auto time_for = [&](std::size_t bytes) {
    return options.request_time + std::chrono::seconds(bytes / kBytesPerSecond);
  };
  const auto time = now - since_;
  switch (phase_) {
    case Phase::idle:
      if (time > options.idle_time) close();
      break;
    case Phase::header:
      if (time > options.request_time) refuse({408, "expected the whole header sooner"});
      break;
    case Phase::body:
      if (time > time_for(body_bytes_) || now - std::max(grew_at_, since_) > kMostPause) {
        refuse({408, "expected the whole body sooner"});
      }
      break;
    case Phase::sending:
      if (time > time_for(to_send_.size())) close();
      break;
    case Phase::lingering:
      if (time > kLinger) close();
      break;
    case Phase::answer:
    case Phase::closed:
      break;
  }
}

}  // namespace digits::serving
