#include <apps/serving/served.h>
#include <child_process.h>
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace digits_test {
namespace {

using std::chrono::milliseconds;

constexpr double kMostMemory = 200;

// The server still answers, and has not grown.
void expect_well(const Served& served) {
  const Reply reply = served.ask(post("/classify", digit_bytes(1)));
  EXPECT_EQ(reply.status, 200) << reply.body;
  // Sanitizers take memory of their own.
  EXPECT_LT(served.peak_memory(), gluino::kSanitized ? 10 * kMostMemory : kMostMemory);
}

class Attacks : public ServedTest {
 protected:
  void TearDown() override { expect_well(served()); }
  // Sends a piece again and again, up to `bytes`, and returns what is answered.
  static Reply flood(const std::string& begin, const std::string& piece, std::size_t bytes) {
    Wire wire(served().port());
    wire.send(begin);
    for (std::size_t sent = 0; sent < bytes && wire.send(piece); sent += piece.size()) {
    }
    return wire.receive();
  }
};

TEST_F(Attacks, AHeaderWithoutEndIsRefused) {
  constexpr std::size_t kBytes = std::size_t{32} << 20;
  const std::string host = "GET / HTTP/1.1\r\nHost: localhost\r\n";
  EXPECT_EQ(flood(host + "X: ", std::string(65536, 'a'), kBytes).status, 431);
  EXPECT_EQ(flood(host, "X: y\r\n", kBytes / 64).status, 431);
  EXPECT_EQ(flood("GET /", std::string(65536, 'a'), kBytes).status, 414);
  EXPECT_EQ(flood("", std::string(65536, 'G'), kBytes).status, 414);
}

TEST_F(Attacks, ABodyThatIsTooLongIsRefused) {
  const std::string header = "POST /classify HTTP/1.1\r\nHost: localhost\r\n";
  const std::string piece = gluino::str("10000\r\n", std::string(65536, 'a'), "\r\n");
  const Reply chunked =
      flood(header + "Transfer-Encoding: chunked\r\n\r\n", piece, std::size_t{32} << 20);
  EXPECT_EQ(chunked.status, 413);
  EXPECT_FALSE(chunked.error().empty());
  EXPECT_EQ(flood(header + "Content-Length: 134217728\r\n\r\n", std::string(65536, 'a'),
                  std::size_t{32} << 20)
                .status,
            413);
  // The claim alone is enough.
  EXPECT_EQ(served().ask(header + "Content-Length: 9223372036854775807\r\n\r\n").status, 413);
  EXPECT_EQ(flood(header + "Transfer-Encoding: chunked\r\n\r\n1;", std::string(65536, 'x'),
                  std::size_t{1} << 20)
                .status,
            400);
}

TEST_F(Attacks, ClientsThatEndTheirHalfAreAnswered) {
  Wire whole(served().port());
  whole.send(post("/classify", digit_bytes(1)));
  whole.end_sending();
  EXPECT_EQ(whole.receive().status, 200);
  EXPECT_TRUE(whole.is_closed());
  for (const std::size_t bytes : {10U, 60U, 300U}) {
    Wire half(served().port());
    half.send(post("/classify", digit_bytes(1)).substr(0, bytes));
    half.end_sending();
    EXPECT_EQ(half.receive().status, 400) << bytes;
    EXPECT_TRUE(half.is_closed());
  }
  Wire nothing(served().port());
  nothing.end_sending();
  EXPECT_TRUE(nothing.is_closed());
}

TEST_F(Attacks, ClientsThatLeaveAreForgotten) {
  for (int i = 0; i < 50; ++i) {
    Wire wire(served().port());
    wire.send(post("/classify", digit_bytes(1)));  // and is gone before the answer
  }
}

TEST_F(Attacks, BadUtf8IsAnsweredWithGoodJson) {
  for (const std::string& target :
       {std::string("/\xff\xfe"), std::string("/v2/models/%ff%fe"), std::string("/%c0%af")}) {
    const Reply reply = ask(get(target));
    EXPECT_TRUE(reply.status == 404 || reply.status == 400) << target;
    EXPECT_FALSE(reply.error().empty()) << "JSON is UTF-8: " << reply.body;
  }
  const Reply reply =
      ask("POST /classify HTTP/1.1\r\nHost: \xff\xfe\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_FALSE(reply.error().empty()) << reply.body;
}

TEST_F(Attacks, ManyIdleConnectionsDisturbNobody) {
  std::vector<std::unique_ptr<Wire>> idle;
  for (int i = 0; i < 900; ++i) {
    idle.push_back(std::make_unique<Wire>(served().port()));
    ASSERT_TRUE(idle.back()->is_open()) << i;
  }
  expect_well(served());
  EXPECT_EQ(idle.front()->ask(get("/v2")).status, 200);
  EXPECT_EQ(idle.back()->ask(get("/v2")).status, 200);
}

TEST(Slow, SendersAreCutOff) {
  Served served({"--timeout", "0.3"});
  for (const std::string& begin :
       {std::string("GET / HT"), post("/classify", digit_bytes(1)).substr(0, 300)}) {
    Wire wire(served.port());
    const auto start = std::chrono::steady_clock::now();
    wire.send(begin);
    // A byte now and then does not help.
    bool sends = true;
    std::thread sender([&] {
      for (int i = 0; i < 20 && sends; ++i) {
        sends = wire.send("x");
        std::this_thread::sleep_for(milliseconds(50));
      }
    });
    const Reply reply = wire.receive();
    EXPECT_EQ(reply.status, 408) << begin.substr(0, 20);
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(2000));
    sender.join();
    expect_well(served);
  }
}

TEST(Slow, ConnectionsThatAskNothingAreClosed) {
  Served served({"--idle-timeout", "0.3"});
  Wire wire(served.port());
  EXPECT_EQ(wire.ask(get("/v2")).status, 200);
  EXPECT_TRUE(wire.is_closed());
  Wire silent(served.port());
  EXPECT_TRUE(silent.is_closed());
}

TEST(Limits, ConnectionsBeyondTheLimitAreToldSo) {
  Served served({"--max-connections", "4"});
  std::vector<std::unique_ptr<Wire>> some;
  for (int i = 0; i < 4; ++i) {
    some.push_back(std::make_unique<Wire>(served.port()));
    EXPECT_EQ(some.back()->ask(get("/v2")).status, 200);
  }
  Wire more(served.port());
  const Reply reply = more.receive();
  EXPECT_EQ(reply.status, 503);
  EXPECT_FALSE(reply.error().empty());
  EXPECT_TRUE(more.is_closed());
  // Those who have asked nothing for a while make room.
  std::this_thread::sleep_for(milliseconds(1300));
  EXPECT_EQ(served.ask(get("/v2")).status, 200);
}

TEST(Limits, BodiesAndPicturesHaveTheSizeThatIsAsked) {
  Served served({"--max-body", "1", "--max-pixels", "1000"});
  EXPECT_EQ(served.ask(post("/classify", std::string(1 << 20, 'x'))).status, 422);
  EXPECT_EQ(served.ask(post("/classify", std::string((1 << 20) + 1, 'x'))).status, 413);
  EXPECT_EQ(served.ask(post("/classify", "P5 100 11 255\n")).status, 413);
  EXPECT_EQ(served.ask(post("/classify", digit_bytes(1))).status, 200);
}

// One waits to be computed with others; the next finds the queue full.
TEST(Limits, RequestsBeyondTheQueueAreToldToComeAgain) {
  Served served({"--max-queue", "1", "--max-wait", "2000"});
  std::vector<std::unique_ptr<Wire>> wires;
  for (int i = 0; i < 30; ++i) {
    wires.push_back(std::make_unique<Wire>(served.port()));
    wires.back()->send(post("/classify", digit_bytes(1)));
  }
  int refused = 0;
  for (const auto& wire : wires) {
    const Reply reply = wire->receive();
    EXPECT_TRUE(reply.status == 200 || reply.status == 429) << reply.status;
    if (reply.status != 429) continue;
    ++refused;
    EXPECT_EQ(reply.headers.at("retry-after"), "1");
    EXPECT_EQ(wire->ask(get("/v2")).status, 200) << "the connection stays";
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace digits_test
