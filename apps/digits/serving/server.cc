#include <apps/digits/console/failure.h>
#include <apps/digits/serving/connection.h>
#include <apps/digits/serving/server.h>
#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <unordered_map>
#include <utility>
#include <vector>

namespace digits::serving {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using gluino::str;
using Tcp = asio::ip::tcp;

constexpr auto kSweep = std::chrono::milliseconds(50);
// Descriptors for models, corrections, and what the libraries open.
constexpr std::size_t kOtherDescriptors = 64;
// Connections beyond the limit that are told so at the same time.
constexpr std::size_t kRefusedAtOnce = 64;
// Where the limit is reached, who has asked nothing for as long makes room for others.
constexpr auto kIdleEnough = std::chrono::seconds(1);

// At most as many connections as there can be descriptors, of which the system is asked for enough.
std::size_t possible_connections(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kRefusedAtOnce + kOtherDescriptors;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? needed : std::min(needed, limit.rlim_max);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const auto there = static_cast<std::size_t>(limit.rlim_cur);
  return there > 2 * kOtherDescriptors ? there - kRefusedAtOnce - kOtherDescriptors : 1;
}

Tcp::acceptor listen(asio::io_context& context, const ServerOptions& options) {
  error_code error;
  Tcp::resolver resolver(context);
  const auto found = resolver.resolve(options.host, "", Tcp::resolver::passive, error);
  if (error || found.empty()) {
    throw Failure(Exit::failed, str("--host ", options.host, ": expected a name or an address of ",
                                    "this machine (", error.message(), ")"));
  }
  const Tcp::endpoint endpoint(found.begin()->endpoint().address(), options.port);
  Tcp::acceptor acceptor(context);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(4096, error);
  if (error) {
    throw Failure(Exit::failed, str("expected to listen on ", options.host, " port ", options.port,
                                    ", but: ", error.message()));
  }
  acceptor.non_blocking(true);
  return acceptor;
}

std::string url_of(const Tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  const std::string text = address.to_string();
  return str("http://", address.is_v6() ? str("[", text, "]") : text, ":", endpoint.port());
}

}  // namespace

class Server::Impl {
 public:
  Impl(const ServerOptions& options, ServiceOptions service, Service::Say say);
  void run();
  void begin_to_stop();

  asio::io_context& context() { return context_; }
  const std::string& url() const { return url_; }

 private:
  void accept();
  void admit(Tcp::socket socket);
  bool make_room();
  void sweep();
  void wait_for_signal();
  void deliver(std::vector<Finished> answers);

  ServerOptions options_;
  std::size_t max_connections_;
  asio::io_context context_{1};
  Tcp::acceptor acceptor_;
  std::string url_;
  asio::signal_set signals_;
  asio::steady_timer sweeper_;
  asio::steady_timer accept_again_;
  std::unordered_map<Ticket, std::shared_ptr<Connection>> connections_;
  Ticket last_ticket_ = 0;
  Clock::time_point made_room_{};
  /// When it was asked to stop; not while nobody has.
  std::optional<Clock::time_point> stopping_since_;
  bool interrupted_ = false;
  Service service_;
  Shared shared_;
};

Server::Impl::Impl(const ServerOptions& options, ServiceOptions service, Service::Say say)
    : options_(options),
      max_connections_(possible_connections(options.max_connections)),
      acceptor_(listen(context_, options)),
      url_(url_of(acceptor_.local_endpoint())),
      signals_(context_, SIGTERM, SIGINT),
      sweeper_(context_),
      accept_again_(context_),
      service_(
          [&] {
            service.origin.is_local = acceptor_.local_endpoint().address().is_loopback();
            return service;
          }(),
          [this](std::vector<Finished> answers) {
            asio::post(context_, [this, answers = std::move(answers)]() mutable {
              deliver(std::move(answers));
            });
          },
          std::move(say)),
      shared_{.options = options_, .service = service_, .on_close = [this](Ticket ticket) {
                connections_.erase(ticket);
              }} {}

void Server::Impl::deliver(std::vector<Finished> answers) {
  for (Finished& answer : answers) {
    const auto found = connections_.find(answer.ticket);
    if (found == connections_.end()) continue;  // gone meanwhile
    const std::shared_ptr<Connection> connection = found->second;
    connection->respond(std::move(answer.response));
  }
}

void Server::Impl::accept() {
  acceptor_.async_accept([this](const error_code& error, Tcp::socket socket) {
    if (error == asio::error::operation_aborted) return;
    if (!error) {
      admit(std::move(socket));
      return accept();
    }
    // Such as a system without descriptors: the client waits, as the others do.
    accept_again_.expires_after(kSweep);
    accept_again_.async_wait([this](const error_code& stopped) {
      if (!stopped) accept();
    });
  });
}

void Server::Impl::admit(Tcp::socket socket) {
  error_code error;
  socket.non_blocking(true, error);
  socket.set_option(Tcp::no_delay(true), error);
  const bool fits = connections_.size() < max_connections_ || make_room();
  if (!fits && connections_.size() >= max_connections_ + kRefusedAtOnce) return;
  const Ticket ticket = ++last_ticket_;
  const auto connection = std::make_shared<Connection>(shared_, std::move(socket), ticket);
  connections_.emplace(ticket, connection);
  if (fits) {
    connection->start();
  } else {
    connection->refuse({503, "expected fewer connections at once", "Retry-After: 1\r\n"});
  }
}

// Closes connections that have asked nothing for a while, an eighth of all at most.
bool Server::Impl::make_room() {
  const Clock::time_point now = Clock::now();
  if (now - made_room_ < 2 * kSweep) return false;
  made_room_ = now;
  std::vector<std::shared_ptr<Connection>> idle;
  for (const auto& [ticket, connection] : connections_) {
    if (connection->is_idle() && now - connection->idle_since() > kIdleEnough) {
      idle.push_back(connection);
    }
  }
  std::sort(idle.begin(), idle.end(),
            [](const auto& a, const auto& b) { return a->idle_since() < b->idle_since(); });
  idle.resize(std::min(idle.size(), max_connections_ / 8 + 1));
  for (const auto& connection : idle) connection->close();
  return !idle.empty();
}

void Server::Impl::sweep() {
  sweeper_.expires_after(kSweep);
  sweeper_.async_wait([this](const error_code& error) {
    if (error) return;
    const Clock::time_point now = Clock::now();
    bool is_busy = false;
    for (auto each = connections_.begin(); each != connections_.end();) {
      // It may close itself, and is gone from the table then.
      const std::shared_ptr<Connection> connection = (each++)->second;
      connection->check_time(now);
      is_busy = is_busy || connection->is_busy();
    }
    service_.set_connections(connections_.size());
    if (stopping_since_) {
      const auto time = now - *stopping_since_;
      if (time >= options_.drain_delay && !shared_.goes_down) {
        shared_.goes_down = true;
        service_.refuse_new();
      }
      const bool is_over = time >= options_.drain_delay + options_.drain_time;
      if (shared_.goes_down && (!is_busy || is_over)) return context_.stop();
    }
    sweep();
  });
}

void Server::Impl::wait_for_signal() {
  signals_.async_wait([this](const error_code& error, int) {
    if (error) return;
    if (stopping_since_) {
      interrupted_ = true;
      return context_.stop();
    }
    begin_to_stop();
    wait_for_signal();
  });
}

void Server::Impl::begin_to_stop() {
  if (stopping_since_) return;
  stopping_since_ = Clock::now();
  service_.go_down();
}

void Server::Impl::run() {
  wait_for_signal();
  accept();
  sweep();
  context_.run();
  // From now on nobody listens to signals, and one more ends the program whatever it waits for.
  error_code ignored;
  signals_.clear(ignored);
  if (interrupted_) throw gluino::io::Interrupted("interrupted");
}

Server::Server(const ServerOptions& options, ServiceOptions service, Service::Say say)
    : impl_(std::make_unique<Impl>(options, std::move(service), std::move(say))) {}
Server::~Server() = default;
const std::string& Server::url() const { return impl_->url(); }
void Server::run() { impl_->run(); }
void Server::stop() {
  asio::post(impl_->context(), [impl = impl_.get()] { impl->begin_to_stop(); });
}

}  // namespace digits::serving
