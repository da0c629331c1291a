#include <apps/digits/serving/server.h>
#include <apps/serving/wire.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace digits_test {
namespace {

namespace serving = digits::serving;

std::uint16_t port_of(const serving::Server& server) {
  return static_cast<std::uint16_t>(std::stoi(server.url().substr(server.url().rfind(':') + 1)));
}

TEST(ServerThreads, ClientsAreAnsweredUntilTheServerIsAskedToStop) {
  serving::ServiceOptions service{.models = {{.name = "digits"}}, .data = "synthetic"};
  service.engine.threads = 2;
  serving::Server server({.port = 0}, service, [](const std::string&) {});
  std::thread thread([&] { server.run(); });
  const std::uint16_t port = port_of(server);
  std::atomic<int> answered = 0;
  std::vector<std::thread> clients;
  for (std::uint64_t c = 0; c < 4; ++c) {
    clients.emplace_back([&, c] {
      Wire wire(port);
      for (std::uint64_t i = 0; i < 15; ++i) {
        const Reply reply = wire.ask(post("/classify", digit_bytes(15 * c + i)));
        if (reply.status == 200) ++answered;
        if (i % 5 == 0) wire.ask(get("/metrics"));
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, 60);
  server.stop();
  thread.join();
}

}  // namespace
}  // namespace digits_test
