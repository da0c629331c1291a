#include <apps/serving/served.h>
#include <gtest/gtest.h>

#include <set>

namespace digits_test {
namespace {

class Http : public ServedTest {};

TEST_F(Http, EveryRouteOfTheDescriptionIsThere) {
  const Json description = ask(get("/openapi.json")).json();
  EXPECT_EQ(description["openapi"], "3.0.3");
  ASSERT_GE(description["paths"].size(), 16U);
  std::set<std::string> operations;
  for (const auto& [path, methods] : description["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      EXPECT_TRUE(operations.insert(operation["operationId"]).second) << path;
      std::string target = path;
      for (const auto& [name, value] : {std::pair("{name}", "digits"), {"{version}", "1"}}) {
        if (const auto at = target.find(name); at != std::string::npos) {
          target.replace(at, std::string(name).size(), value);
        }
      }
      // A POST without a body is refused with what the description says.
      const Reply reply = ask(method == "get" ? get(target) : post(target, ""));
      EXPECT_TRUE(operation["responses"].contains(std::to_string(reply.status)))
          << method << " " << path << ": " << reply.status;
      if (method == "get") {
        EXPECT_EQ(reply.status, 200) << path;
      }
      const std::string begin = method == "get" ? "GET " : "POST ";
      const std::string end = " HTTP/1.1\r\nHost: localhost\r\n";
      for (const auto& [request, status] :
           {std::pair(begin + target + "?" + std::string(20000, 'x') + end, 414),
            {begin + target + end + "X: " + std::string(20000, 'x') + "\r\n", 431},
            {begin + target + end + "Content-Length: 99999999999\r\n", 413},
            {begin + target + end + "Transfer-Encoding: gzip\r\n", 501}}) {
        EXPECT_EQ(ask(request + "\r\n").status, status) << path;
        const std::string text = std::to_string(status);
        ASSERT_TRUE(operation["responses"].contains(text)) << path << ": " << status;
        EXPECT_NE(operation["responses"][text]["description"], "Other") << status;
      }
    }
  }
  // Every schema that is referred to is there.
  const std::string text = description.dump();
  constexpr std::string_view kReference = "#/components/schemas/";
  for (std::size_t at = text.find(kReference); at != std::string::npos;
       at = text.find(kReference, at + 1)) {
    const std::size_t begin = at + kReference.size();
    const std::string name = text.substr(begin, text.find('"', begin) - begin);
    EXPECT_TRUE(description["components"]["schemas"].contains(name)) << name;
  }
}

TEST_F(Http, ThePageAndNoFileIsServed) {
  const Reply page = ask(get("/"));
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.headers.at("content-type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.at("content-security-policy").find("default-src 'none'"),
            std::string::npos);
  EXPECT_TRUE(page.body.starts_with("<!doctype html>")) << page.body.substr(0, 80);
  for (const char* target :
       {"/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd", "/page.html", "/etc/passwd", "/.git/config", "/v2/models/..%2f..%2fetc",
        "/classify/../../etc/passwd", "/v2/models/digits/../../../etc/passwd"}) {
    const Reply reply = ask(get(target));
    EXPECT_EQ(reply.status, 404) << target;
    EXPECT_EQ(reply.body.find("root:"), std::string::npos);
    EXPECT_FALSE(reply.error().empty());
  }
}

TEST_F(Http, OtherMethodsAreToldWhichThereAre) {
  for (const auto& [method, target, allow] :
       {std::tuple("GET", "/classify", "POST"), std::tuple("DELETE", "/", "GET, HEAD"),
        std::tuple("PUT", "/v2/models/digits/infer", "POST"),
        std::tuple("OPTIONS", "/settings", "GET, HEAD"),
        std::tuple("BREW", "/metrics", "GET, HEAD"),
        std::tuple("POST", "/v2/health/live", "GET, HEAD")}) {
    const Reply reply = ask(std::string(method) + " " + target +
                            " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");
    EXPECT_EQ(reply.status, 405) << method << " " << target;
    EXPECT_EQ(reply.headers.at("allow"), allow);
    EXPECT_FALSE(reply.error().empty());
    EXPECT_FALSE(reply.headers.contains("access-control-allow-origin"));
  }
}

TEST_F(Http, HeadHasTheHeaderAndNoBody) {
  Wire wire(served().port());
  for (const char* target : {"/", "/v2", "/openapi.json", "/nowhere"}) {
    wire.send(std::string("HEAD ") + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const Reply head = wire.receive(/*has_body=*/false);
    wire.send(get(target));
    const Reply whole = wire.receive();
    EXPECT_EQ(head.status, whole.status) << target;
    EXPECT_EQ(head.headers.at("content-length"), whole.headers.at("content-length"));
  }
  for (const std::string& header : {std::string("\r\n"), "X: " + std::string(20000, 'x')}) {
    Wire refused(served().port());
    refused.send("HEAD / HTTP/1.1\r\n" + header);
    EXPECT_GE(refused.receive(/*has_body=*/false).status, 400);
    EXPECT_TRUE(refused.is_closed()) << "and no body";
  }
}

TEST_F(Http, ConnectionsAreKeptUnlessTheClientSaysOtherwise) {
  Wire wire(served().port());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(wire.ask(get("/v2")).status, 200);
  EXPECT_EQ(wire.ask("GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status, 200);
  EXPECT_TRUE(wire.is_closed());

  Wire old(served().port());
  EXPECT_EQ(old.ask("GET /v2 HTTP/1.0\r\n\r\n").status, 200);
  EXPECT_TRUE(old.is_closed());
  Wire old_kept(served().port());
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(old_kept.ask("GET /v2 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").status, 200);
  }
  Wire refused(served().port());
  EXPECT_EQ(refused.ask(post("/classify", "no picture", "text/plain")).status, 415);
  EXPECT_EQ(refused.ask(get("/v2")).status, 200) << "a request that was read whole ends nothing";
}

TEST_F(Http, PipelinedRequestsAreAnsweredInOrder) {
  Wire wire(served().port());
  std::string all;
  for (std::uint64_t i = 0; i < 20; ++i) {
    all += post("/classify", digit_bytes(i)) + get("/v2") + post("/classify", "x") + "\r\n" +
           get("/settings");
  }
  wire.send(all);
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(alike(wire.receive().json(), ask(post("/classify", digit_bytes(i))).json())) << i;
    EXPECT_EQ(wire.receive().json()["name"], "digits");
    EXPECT_EQ(wire.receive().status, 422);
    EXPECT_TRUE(wire.receive().json().contains("models"));
  }
}

std::string in_chunks(std::string_view body, std::size_t size) {
  std::ostringstream text;
  text << std::hex;
  for (std::size_t at = 0; at < body.size(); at += size) {
    const std::string_view part = body.substr(at, size);
    text << part.size() << ";note=1\r\n" << part << "\r\n";
  }
  text << "0\r\nTrailer-Field: x\r\n\r\n";
  return text.str();
}

TEST_F(Http, BodiesInChunksAndBytesOneByOneAreTheSame) {
  const std::string image = digit_bytes(3);
  const Json expected = ask(post("/classify", image)).json();
  ASSERT_TRUE(expected.contains("digits"));
  const std::string header =
      "POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  for (const std::size_t size : {1U, 7U, 783U, 2000U}) {
    Wire wire(served().port());
    EXPECT_TRUE(alike(wire.ask(header + in_chunks(image, size)).json(), expected)) << size;
    EXPECT_EQ(wire.ask(get("/v2")).status, 200) << "the trailer is a part of the request";
  }
  for (const std::string& request : {post("/classify", image), header + in_chunks(image, 100)}) {
    Wire wire(served().port());
    for (const char byte : request) ASSERT_TRUE(wire.send({&byte, 1}));
    EXPECT_TRUE(alike(wire.receive().json(), expected));
  }
}

TEST_F(Http, OtherCodingsThanChunkedEndTheConnection) {
  for (const char* coding : {"gzip", "xchunked", "chunked, identity", "gzip, chunked"}) {
    Wire wire(served().port());
    const Reply reply = wire.ask(std::string("POST /classify HTTP/1.1\r\nHost: localhost\r\n"
                                             "Transfer-Encoding: ") +
                                 coding + "\r\n\r\n" + get("/v2"));
    EXPECT_EQ(reply.status, 501) << coding;
    EXPECT_TRUE(wire.is_closed()) << coding << ": what follows was taken for a request";
  }
}

TEST_F(Http, ClientsThatAskFirstAreToldToGoOn) {
  Wire wire(served().port());
  const std::string image = digit_bytes(1);
  wire.send(
      "POST /classify HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Type: application/octet-stream\r\nContent-Length: 784\r\n\r\n");
  EXPECT_EQ(wire.receive().status, 100);
  EXPECT_EQ(wire.ask(image).status, 200);
  Wire refused(served().port());
  refused.send(
      "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 784\r\n\r\n");
  EXPECT_EQ(refused.receive().status, 404) << "before the body is sent";
  Wire old(served().port());
  old.send("POST /classify HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
  EXPECT_EQ(old.ask("x").status, 415) << "HTTP/1.0 knows no answer before the answer";
}

TEST_F(Http, WhatIsNoRequestIsRefused) {
  const std::string host = "Host: localhost\r\n";
  for (const std::string& bytes :
       {std::string("hello\r\n\r\n"), std::string("GET /\r\n\r\n"),
        std::string("GET / HTTP/2.0\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        "GET / HTTP/1.1\r\n" + host + host + "\r\n",
        "GET / HTTP/1.1\r\n" + host + "no colon\r\n\r\n",
        "GET / HTTP/1.1\r\n" + host + "Content-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\n" + host + "Content-Length: 99999999999999999999\r\n\r\n",
        "POST / HTTP/1.1\r\n" + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST /classify HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\r\n\r\n", 10), std::string("\0\0\0\0\r\n\r\n", 8)}) {
    Wire wire(served().port());
    const Reply reply = wire.ask(bytes);
    EXPECT_EQ(reply.status, 400) << bytes;
    EXPECT_FALSE(reply.error().empty()) << bytes;
    EXPECT_TRUE(wire.is_closed()) << bytes;
  }
}

TEST_F(Http, TargetsThatAreNoneAreRefused) {
  for (const char* target : {"nowhere", "*", "/%zz", "/%a", "/v2?model=%", "ftp://localhost/"}) {
    Wire wire(served().port());
    EXPECT_EQ(wire.ask(get(target)).status, 400) << target;
    EXPECT_EQ(wire.ask(get("/v2")).status, 200) << "the connection stays";
  }
  EXPECT_EQ(ask(get("http://localhost/v2")).status, 200) << "as proxies ask";
}

TEST_F(Http, OnlyItsOwnPageMaySendSomething) {
  const std::string image = digit_bytes(1);
  const std::string port = std::to_string(served().port());
  const auto status = [&](const std::string& headers) {
    return ask("POST /classify HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
               "Content-Length: 784\r\n" +
               headers + "\r\n" + image)
        .status;
  };
  for (const std::string& host : {"localhost:" + port, "127.0.0.1:" + port, "[::1]:" + port,
                                  std::string("LocalHost"), std::string("digits.localhost:1")}) {
    EXPECT_EQ(status("Host: " + host + "\r\n"), 200) << host;
    EXPECT_EQ(status("Host: " + host + "\r\nOrigin: http://" + host + "\r\n"), 200) << host;
  }
  for (const char* origin : {"http://example.com", "null", "http://localhost:1", "file://",
                             "http://localhost.example.com", "https://evil"}) {
    EXPECT_EQ(status("Host: localhost:" + port + "\r\nOrigin: " + origin + "\r\n"), 403) << origin;
  }
  // A page elsewhere whose name was made to lead here.
  for (const char* host : {"example.com", "localhost.example.com", "127.0.0.1.example.com",
                           "127.0.0.1.nip.io", "192.168.0.1"}) {
    EXPECT_EQ(status(std::string("Host: ") + host + "\r\nOrigin: http://" + host + "\r\n"), 403)
        << host;
  }
}

TEST(HttpOptions, NamesThatAreAllowedMaySendSomething) {
  Served served({"--allow-host", "Digits.Example.com"});
  const std::string body = digit_bytes(1);
  const auto ask = [&](const std::string& host) {
    return served
        .ask("POST /classify HTTP/1.1\r\nHost: " + host +
             "\r\nContent-Type: application/octet-stream\r\nContent-Length: 784\r\n\r\n" + body)
        .status;
  };
  EXPECT_EQ(ask("digits.example.com"), 200);
  EXPECT_EQ(ask("localhost"), 200);
  EXPECT_EQ(ask("example.com"), 403);
}

}  // namespace
}  // namespace digits_test
