#include <apps/digits/models/pretrained.h>
#include <apps/digits/pictures/answer.h>
#include <apps/digits/pictures/find_digits.h>
#include <apps/digits/pictures/read_picture.h>
#include <apps/serving/served.h>
#include <gluino/io/pictures/image.h>
#include <gluino/ndarray/creation.h>
#include <gtest/gtest.h>

#include <thread>

namespace digits_test {
namespace {

namespace image = gluino::image;
using gluino::NDArray;

// Drawn digits beside each other, on paper that is larger than they are.
NDArray picture_of(const std::vector<std::uint64_t>& drawn) {
  const auto width = static_cast<std::int64_t>(drawn.size()) * 40 + 20;
  NDArray picture({60, width, 1}, gluino::uint8);
  auto* out = picture.data<std::uint8_t>();
  std::fill_n(out, picture.size(), std::uint8_t{255});
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const std::string bytes = digit_bytes(drawn[i]);
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      const std::size_t x = 16 + 40 * i + k % 28;
      const std::size_t y = 16 + k / 28;
      out[y * static_cast<std::size_t>(width) + x] =
          static_cast<std::uint8_t>(255 - static_cast<unsigned char>(bytes[k]));
    }
  }
  return picture;
}

// What `predict` says of the picture with the model in the program, without a server.
Json expected_answer(const std::string& encoded) {
  static const auto network =
      digits::load_pretrained().net->freeze(gluino::nd::zeros({1, 1, 28, 28}));
  const auto found = digits::find_digits(digits::read_picture(encoded));
  std::vector<digits::DigitAnswer> answers;
  answers = digits::answers(found, network);
  return Json::parse(digits::answer_json(answers).dump());
}

class Classify : public ServedTest {};

TEST_F(Classify, PicturesAreAnsweredAsByPredict) {
  std::size_t found = 0;
  for (const auto& drawn : {std::vector<std::uint64_t>{3}, {1, 2, 3, 4, 5}, {10, 11}, {}}) {
    for (const char* format : {".png", ".jpg"}) {
      const std::string bytes = image::imencode(picture_of(drawn), {.format = format});
      // Kinds are told by their bytes, whatever the sender calls them.
      for (const char* type : {"image/png", "application/octet-stream", "text/plain"}) {
        const Reply reply = ask(post("/classify", bytes, type));
        ASSERT_EQ(reply.status, 200) << reply.body;
        EXPECT_EQ(reply.headers.at("content-type"), "application/json");
        EXPECT_TRUE(alike(reply.json(), expected_answer(bytes))) << format << " " << type;
        found += reply.json()["digits"].size();
      }
    }
  }
  EXPECT_GE(found, 20U);
}

TEST_F(Classify, BytesOfAnImageAreTakenAsNetworksTakeThem) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    const Json json = ask(post("/classify", digit_bytes(i))).json();
    ASSERT_TRUE(json["digits"].is_array()) << json;
    if (json["digits"].empty()) continue;
    const Json& digit = json["digits"][0];
    EXPECT_EQ(json["text"], std::to_string(digit["digit"].get<int>()));
    EXPECT_EQ(digit["probabilities"].size(), 10U);
    EXPECT_EQ(digit["probability"], digit["probabilities"][digit["digit"].get<std::size_t>()]);
  }
  const Json blank = ask(post("/classify", std::string(784, '\0'))).json();
  EXPECT_EQ(blank, Json::parse(R"({"text": "", "digits": []})"));
}

TEST_F(Classify, PixelsThatBeginLikeAPictureArePixels) {
  for (const std::string begin : {"BM", "P5", "P2 "}) {
    std::string image = digit_bytes(3);
    image.replace(0, begin.size(), begin);
    const std::string request = post("/classify", image, "Application/Octet-Stream; a=b");
    EXPECT_EQ(ask(request).status, 200) << begin;
  }
}

// The same pictures, asked for one after the other and by many clients at once.
struct Answers {
  std::vector<Reply> alone;
  std::vector<Reply> together;
};
Answers ask_alone_and_together(const Served& served, std::uint64_t clients, std::uint64_t each) {
  Answers answers;
  std::vector<std::string> requests;
  for (std::uint64_t i = 0; i < clients * each; ++i) {
    const bool is_picture = i % 5 == 0;
    requests.push_back(
        post("/classify", is_picture ? image::imencode(picture_of({i, i + 1}), {.format = ".png"})
                                     : digit_bytes(i)));
    answers.alone.push_back(served.ask(requests.back()));
  }
  answers.together.resize(requests.size());
  std::vector<std::thread> threads;
  for (std::uint64_t c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      Wire wire(served.port());
      for (std::uint64_t i = c * each; i < (c + 1) * each; ++i) {
        answers.together[i] = wire.ask(requests[i]);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return answers;
}

TEST_F(Classify, ManyClientsAtOnceGetWhatEachGetsAlone) {
  const auto [alone, together] = ask_alone_and_together(served(), 16, 20);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    const Json expected = alone[i].json();
    const Json found = together[i].json();
    ASSERT_EQ(found["text"], expected["text"]) << i;
    for (std::size_t d = 0; d < expected["digits"].size(); ++d) {
      EXPECT_EQ(found["digits"][d]["box"], expected["digits"][d]["box"]);
      EXPECT_NEAR(found["digits"][d]["probability"].get<double>(),
                  expected["digits"][d]["probability"].get<double>(), 1e-5);
    }
  }
  const std::string metrics = ask(get("/metrics")).body;
  EXPECT_NE(metrics.find("digits_batch_images_bucket"), std::string::npos);
}

TEST(ClassifyOneByOne, TheBytesAreThoseOfAskingAlone) {
  const Served served({"--max-batch", "1"});
  const auto [alone, together] = ask_alone_and_together(served, 8, 20);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    ASSERT_EQ(alone[i].status, 200) << alone[i].body;
    EXPECT_EQ(together[i].body, alone[i].body) << i;
  }
}

TEST_F(Classify, LookTellsWhatTheNetworkSaw) {
  // One that it is sure of.
  std::string drawn;
  Json plain;
  for (std::uint64_t i = 0; i < 50 && (plain.is_null() || plain["digits"].empty()); ++i) {
    drawn = digit_bytes(i);
    plain = ask(post("/classify", drawn)).json();
  }
  const Json json = ask(post("/classify?look=1", drawn)).json();
  ASSERT_EQ(json["digits"].size(), 1U) << json;
  const Json& digit = json["digits"][0];
  EXPECT_EQ(digit["digit"], plain["digits"][0]["digit"]);
  EXPECT_FALSE(plain["digits"][0].contains("seen"));
  EXPECT_EQ(digit["seen"].get<std::string>().size(), 1048U) << "784 bytes in base64";
  ASSERT_EQ(digit["layers"].size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const Json& layer = digit["layers"][i];
    EXPECT_EQ(layer["name"], gluino::str("conv", i));
    const auto shape = layer["shape"].get<std::vector<std::size_t>>();
    ASSERT_EQ(shape.size(), 3U);
    const std::size_t bytes = shape[0] * shape[1] * shape[2];
    EXPECT_EQ(layer["maps"].get<std::string>().size(), (bytes + 2) / 3 * 4);
  }
}

TEST_F(Classify, WhatIsNoPictureIsRefused) {
  const std::string png = image::imencode(picture_of({1}), {.format = ".png"});
  std::string huge = png;
  for (const std::size_t at : {16U, 20U}) huge.replace(at, 4, std::string("\0\0\xea\x60", 4));
  const std::string cut = png.substr(0, png.size() / 2);
  for (const auto& [body, type, status] : {std::tuple(std::string(), "image/png", 400),
                                           {"hello", "text/plain", 415},
                                           {"hello", "application/json", 415},
                                           {"hello", "application/octet-stream", 422},
                                           {std::string(783, 'x'), "application/octet-stream", 422},
                                           {cut, "image/png", 422},
                                           {png.substr(0, 8), "image/png", 422},
                                           {std::string("\xff\xd8\xff", 3), "image/jpeg", 422},
                                           {huge, "image/png", 413},
                                           {"P5 60000 60000 255\n", "", 413},
                                           {"P5 99999999999999999999 1 255\n", "", 413}}) {
    const Reply reply = ask(post("/classify", body, type));
    EXPECT_EQ(reply.status, status) << body.substr(0, 40) << " as " << type << ": " << reply.body;
    EXPECT_FALSE(reply.error().empty());
  }
  EXPECT_EQ(ask(post("/classify?model=other", png)).status, 404);
  EXPECT_EQ(ask(post("/classify?model=%ff%fe", png)).status, 404);
  EXPECT_EQ(ask(post("/classify?model=digits", png)).status, 200);
  EXPECT_EQ(ask(post("/classify", png, "image/png", "Content-Encoding: gzip\r\n")).status, 415);
}

TEST_F(Classify, SettingsAndGalleryTellWhatThereIs) {
  const Json settings = ask(get("/settings")).json();
  EXPECT_EQ(settings["models"].size(), 1U);
  EXPECT_EQ(settings["models"][0]["name"], "digits");
  EXPECT_FALSE(settings["models"][0]["description"].get<std::string>().empty());
  EXPECT_EQ(settings["corrections"], false);
  Json gallery;
  for (int i = 0; i < 400; ++i) {
    gallery = ask(get("/gallery?model=digits")).json();
    if (gallery["ready"] == true) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  EXPECT_EQ(gallery["source"], "synthetic");
  ASSERT_EQ(gallery["samples"].size(), 60U);
  EXPECT_LE(gallery["mistakes"].size(), 60U);
  for (const Json& sample : gallery["samples"]) {
    EXPECT_EQ(sample["image"].get<std::string>().size(), 1048U);
    EXPECT_LT(sample["label"].get<int>(), 10);
  }
  for (const Json& mistake : gallery["mistakes"]) EXPECT_NE(mistake["label"], mistake["digit"]);
  EXPECT_EQ(ask(get("/gallery?model=other")).status, 404);
}

}  // namespace
}  // namespace digits_test
