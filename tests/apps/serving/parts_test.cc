#include <apps/digits/http/base64.h>
#include <apps/digits/http/metrics.h>
#include <apps/digits/http/request_parser.h>
#include <apps/digits/http/target.h>
#include <apps/digits/serving/infer_request.h>
#include <apps/digits/serving/picture_kind.h>
#include <gluino/io/pictures/image.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

namespace digits::serving {
namespace {

TEST(Base64, IsThatOfTheStandard) {
  for (const auto& [bytes, text] : {std::pair("", ""),
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foo", "Zm9v"},
                                    {"foob", "Zm9vYg=="},
                                    {"fooba", "Zm9vYmE="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xff\xef\xbe", "/+++"}}) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  for (const char* text : {"Z", "Zg", "Zg=", "=", "====", "Zh==", "Zg==Zg==", "Zm9 ", "Zm-_"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 100; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
  }
}

TEST(Target, IsTakenApart) {
  const Target target = parse_target("/v2/models/a%20b%2fc?look=1&model=x%3dy&empty&look=2");
  EXPECT_EQ(target.path, (std::vector<std::string>{"v2", "models", "a b/c"}));
  EXPECT_EQ(target.parameter("look"), "1");
  EXPECT_EQ(target.parameter("model"), "x=y");
  EXPECT_EQ(target.parameter("empty"), "");
  EXPECT_FALSE(target.parameter("other"));
  EXPECT_EQ(parse_target("http://localhost:1/v2?a=b").path, std::vector<std::string>{"v2"});
  EXPECT_EQ(parse_target("HTTP://localhost/v2").path, std::vector<std::string>{"v2"});
  EXPECT_TRUE(parse_target("http://localhost").path.empty());
  EXPECT_TRUE(parse_target("http://localhost?a=b").path.empty());
  EXPECT_EQ(parse_target("http://localhost?a=b").parameter("a"), "b");
  EXPECT_TRUE(parse_target("/").path.empty());
  for (const char* text : {"", "*", "v2", "/%", "/%2", "/%g0", "/a?%%", "localhost:80"}) {
    EXPECT_THROW(parse_target(text), Refusal) << text;
  }
}

// Gives the parser all of it, a piece at a time; what it has not used comes again.
Request parse_in_pieces(const std::string& bytes, std::size_t piece) {
  RequestParser parser({});
  std::string waiting;
  for (std::size_t at = 0; at < bytes.size() && !parser.is_complete(); at += piece) {
    waiting += bytes.substr(at, piece);
    std::size_t used = 0;
    while ((used = parser.put(waiting)) > 0) waiting.erase(0, used);
  }
  EXPECT_TRUE(parser.is_complete()) << bytes;
  return parser.request();
}

TEST(RequestParser, MakesTheSameOfBytesHoweverTheyCome) {
  const std::string request =
      "POST /classify?look=1 HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
      "Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a=b\r\nhello\r\n1\r\n,\r\n6\r\n world\r\n0\r\nMore: x\r\nHost: other\r\n\r\n";
  for (std::size_t piece = 1; piece <= request.size(); ++piece) {
    const Request parsed = parse_in_pieces(request, piece);
    EXPECT_EQ(parsed.method, "POST");
    EXPECT_EQ(parsed.target, "/classify?look=1");
    EXPECT_EQ(parsed.host, "localhost");
    EXPECT_EQ(parsed.origin, "http://localhost");
    EXPECT_EQ(parsed.content_type, "image/png");
    EXPECT_EQ(parsed.body, "hello, world");
    EXPECT_TRUE(parsed.keep_alive);
  }
}

TEST(RequestParser, StopsAtTheEndOfTheRequest) {
  const std::string one = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  RequestParser parser({});
  EXPECT_EQ(parser.put(one + one), one.size());
  EXPECT_TRUE(parser.is_complete());
}

TEST(RequestParser, HeadersHaveALimitHoweverTheyCome) {
  for (const std::string field : {"X: y\r\n", "X: 0123456789\r\nY", "X"}) {
    RequestParser parser({.header_bytes = 1000});
    std::string waiting = "GET / HTTP/1.1\r\nHost: x\r\n";
    EXPECT_THROW(
        {
          for (int i = 0; i < 1001; ++i) {
            waiting += field;
            std::size_t used = 0;
            while ((used = parser.put(waiting)) > 0) waiting.erase(0, used);
          }
        },
        Refusal)
        << field;
  }
}

TEST(PictureKind, TellsKindAndSizeFromTheFirstBytes) {
  const gluino::NDArray picture({9, 300, 3}, gluino::uint8);
  for (const auto& [format, name] : {std::pair(".png", "PNG"), std::pair(".jpg", "JPEG")}) {
    const PictureKind kind = picture_kind(gluino::image::imencode(picture, {.format = format}));
    EXPECT_EQ(kind.name, name);
    EXPECT_EQ(kind.width, 300);
    EXPECT_EQ(kind.height, 9);
  }
  const PictureKind grey = picture_kind("P5 # a comment\n 28\t30 255\n");
  EXPECT_EQ(grey.name, "PGM");
  EXPECT_EQ(grey.width, 28);
  EXPECT_EQ(grey.height, 30);
  const std::string bmp("BM\0\0\0\0\0\0\0\0\0\0\0\0\x28\0\0\0\x1c\0\0\0\xe2\xff\xff\xff", 26);
  EXPECT_EQ(picture_kind(bmp).name, "BMP");
  EXPECT_EQ(picture_kind(bmp).width, 28);
  EXPECT_EQ(picture_kind(bmp).height, 30);
  for (const char* bytes : {"", "P", "P7 1 1", "GIF89a", "\x89PN", "hello"}) {
    EXPECT_EQ(picture_kind(bytes).name, "") << bytes;
  }
}

TEST(InferRequest, FieldsComeInAnyOrder) {
  std::string data = "[";
  for (int i = 0; i < 784; ++i) data.append(i > 0 ? "," : "").append(std::to_string(i % 2));
  const std::string tensor = R"({"data": )" + data + R"(], "datatype": "FP32", "shape": [1, 784],
      "name": "any", "parameters": {"shape": [1], "data": 5}})";
  const InferRequest request = parse_infer_request(
      R"({"outputs": [{"name": "class"}], "inputs": [)" + tensor + R"(], "id": "7"})");
  EXPECT_EQ(request.count, 1);
  EXPECT_EQ(request.id, "7");
  EXPECT_EQ(request.outputs, std::vector<std::string>{"class"});
  EXPECT_EQ(request.images[0], 0);
  EXPECT_EQ(request.images[1], 1);
}

TEST(Metrics, LabelsAreEscaped) {
  std::string text;
  write_value(text, "name", {{"label", "a\"b\\c\nd"}}, 0.25);
  EXPECT_EQ(text, "name{label=\"a\\\"b\\\\c\\nd\"} 0.25\n");
}

}  // namespace
}  // namespace digits::serving
