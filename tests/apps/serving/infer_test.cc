#include <apps/serving/served.h>
#include <gtest/gtest.h>

namespace digits_test {
namespace {

class Infer : public ServedTest {
 protected:
  static Reply infer(const Json& body, const std::string& target = "/v2/models/digits/infer") {
    return ask(
        post(target, body.is_string() ? body.get<std::string>() : body.dump(), "application/json"));
  }
};

// The digits as numbers from 0 to 255, or from 0 to 1.
Json numbers(std::uint64_t count, bool as_bytes) {
  Json data = Json::array();
  for (std::uint64_t i = 0; i < count; ++i) {
    for (const char c : digit_bytes(i)) {
      const auto byte = static_cast<unsigned char>(c);
      if (as_bytes) {
        data.push_back(byte);
      } else {
        data.push_back(static_cast<double>(byte) / 255);
      }
    }
  }
  return data;
}

// [1, 2, 3, 4] as [[1, 2], [3, 4]], of any number of axes.
Json nested(const Json& flat, std::vector<std::size_t> shape) {
  if (shape.size() == 1) return flat;
  Json all = Json::array();
  const std::size_t part = flat.size() / shape[0];
  shape.erase(shape.begin());
  for (std::size_t at = 0; at < flat.size(); at += part) {
    all.push_back(
        nested(Json(std::vector<Json>(flat.begin() + static_cast<std::ptrdiff_t>(at),
                                      flat.begin() + static_cast<std::ptrdiff_t>(at + part))),
               shape));
  }
  return all;
}

Json request(const Json& shape, const Json& data, const char* type = "FP32") {
  return {{"inputs", {{{"name", "images"}, {"shape", shape}, {"datatype", type}, {"data", data}}}}};
}

TEST_F(Infer, MetadataAndHealthAreAsTheProtocolSays) {
  const Json server = ask(get("/v2")).json();
  EXPECT_EQ(server["name"], "digits");
  EXPECT_TRUE(server["version"].is_string());
  EXPECT_TRUE(server["extensions"].is_array());
  EXPECT_EQ(ask(get("/v2/health/live")).json(), Json::parse(R"({"live": true})"));
  EXPECT_EQ(ask(get("/v2/health/ready")).json(), Json::parse(R"({"ready": true})"));
  for (const char* target : {"/v2/models/digits", "/v2/models/digits/versions/1"}) {
    EXPECT_EQ(ask(get(std::string(target) + "/ready")).json(),
              Json::parse(R"({"name": "digits", "ready": true})"));
    const Json model = ask(get(target)).json();
    EXPECT_EQ(model["name"], "digits");
    EXPECT_EQ(model["versions"], Json::parse(R"(["1"])"));
    EXPECT_TRUE(model["platform"].is_string());
    EXPECT_EQ(model["inputs"][0]["datatype"], "FP32");
    EXPECT_EQ(model["inputs"][0]["shape"], Json::parse("[-1, 1, 28, 28]"));
    EXPECT_EQ(model["outputs"].size(), 3U);
  }
  for (const char* target :
       {"/v2/models/other", "/v2/models/other/ready", "/v2/models/", "/v2/models/digits/versions/2",
        "/v2/models/digits/versions/2/ready", "/v2/models", "/v2/health", "/v3"}) {
    EXPECT_EQ(ask(get(target)).status, 404) << target;
  }
}

TEST_F(Infer, EveryFormOfTheSameImagesHasTheSameAnswer) {
  const Json bytes = numbers(3, true);
  const Json expected = infer(request({3, 784}, bytes, "UINT8")).json()["outputs"];
  ASSERT_EQ(expected.size(), 3U);
  for (const auto& shape :
       {std::vector<std::size_t>{3, 784}, {3, 1, 28, 28}, {3, 28, 28}, {3, 28, 28, 1}}) {
    for (const bool as_bytes : {true, false}) {
      const Json flat = numbers(3, as_bytes);
      for (const Json& data : {flat, nested(flat, shape)}) {
        const Reply reply = infer(request(shape, data, as_bytes ? "UINT8" : "FP32"));
        ASSERT_EQ(reply.status, 200) << reply.body;
        EXPECT_TRUE(alike(reply.json()["outputs"], expected)) << reply.body;
      }
    }
  }
  // Each image alone has the answer that it has among others.
  for (std::size_t i = 0; i < 3; ++i) {
    const Json one(std::vector<Json>(bytes.begin() + static_cast<std::ptrdiff_t>(784 * i),
                                     bytes.begin() + static_cast<std::ptrdiff_t>(784 * (i + 1))));
    const Json outputs = infer(request({1, 784}, one, "UINT8")).json()["outputs"];
    EXPECT_EQ(outputs[2]["data"][0], expected[2]["data"][i]);
  }
}

// What would be read in another order than it stands in, or was meant otherwise.
TEST_F(Infer, ListsInEachOtherAreThoseOfTheShape) {
  const Json flat = numbers(2, true);
  for (const std::vector<std::size_t>& lists :
       {std::vector<std::size_t>{784, 2}, {28, 28, 2}, {4, 392}, {1, 1568}}) {
    const Reply reply = infer(request({2, 784}, nested(flat, lists), "UINT8"));
    EXPECT_EQ(reply.status, 400) << lists.size();
    EXPECT_NE(reply.error().find("found lists of the lengths ["), std::string::npos);
  }
  Json ragged = nested(flat, {2, 784});
  ragged[0].push_back(ragged[1].back());
  ragged[1].erase(783);
  Json mixed = nested(flat, {2, 784});
  mixed[0][7] = Json::array({mixed[0][7]});
  for (const Json& data : {ragged, mixed}) {
    const Reply reply = infer(request({2, 784}, data, "UINT8"));
    EXPECT_EQ(reply.status, 400);
    EXPECT_NE(reply.error().find("lists of the same length"), std::string::npos) << reply.error();
  }
}

TEST_F(Infer, AnswersHaveWhatWasAskedFor) {
  Json body = request({2, 784}, numbers(2, true), "UINT8");
  const Json all = infer(body).json();
  EXPECT_EQ(all["model_name"], "digits");
  EXPECT_EQ(all["model_version"], "1");
  EXPECT_FALSE(all.contains("id"));
  const Json& outputs = all["outputs"];
  EXPECT_EQ(outputs[0]["name"], "scores");
  EXPECT_EQ(outputs[1]["name"], "probabilities");
  EXPECT_EQ(outputs[1]["shape"], Json::parse("[2, 10]"));
  EXPECT_EQ(outputs[1]["datatype"], "FP32");
  EXPECT_EQ(outputs[2]["name"], "class");
  EXPECT_EQ(outputs[2]["datatype"], "INT64");
  EXPECT_EQ(outputs[2]["shape"], Json::parse("[2]"));
  for (std::size_t row = 0; row < 2; ++row) {
    double sum = 0;
    std::size_t most = 0;
    for (std::size_t c = 0; c < 10; ++c) {
      sum += outputs[1]["data"][10 * row + c].get<double>();
      const Json& scores = outputs[0]["data"];
      if (scores[10 * row + c] > scores[10 * row + most]) most = c;
    }
    EXPECT_NEAR(sum, 1, 1e-5);
    EXPECT_EQ(outputs[2]["data"][row], most);
  }
  body["id"] = "a \"b\" \u00fc";
  body["parameters"] = {{"anything", {1, {{"deep", true}}}}};
  body["inputs"][0]["parameters"] = {{"content_type", "np"}};
  body["outputs"] = {{{"name", "class"}, {"parameters", {{"classification", 3}}}}};
  const Json some = infer(body, "/v2/models/digits/versions/1/infer").json();
  EXPECT_EQ(some["id"], body["id"]);
  EXPECT_EQ(some["outputs"].size(), 1U);
  EXPECT_EQ(some["outputs"][0]["data"], outputs[2]["data"]);
}

TEST_F(Infer, ManyImagesInOneRequestAreComputed) {
  const Json outputs = infer(request({130, 784}, numbers(130, true), "UINT8")).json()["outputs"];
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_EQ(outputs[2]["data"].size(), 130U);
  const Json first = infer(request({64, 784}, numbers(64, true), "UINT8")).json()["outputs"];
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(first[2]["data"][i], outputs[2]["data"][i]);
}

TEST_F(Infer, WhatIsNoInferenceRequestIsRefused) {
  const Json image = numbers(1, true);
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  Json no_data = request({1, 784}, image);
  no_data["inputs"][0].erase("data");
  Json two = request({1, 784}, image);
  two["inputs"].push_back(two["inputs"][0]);
  Json other_output = request({1, 784}, image);
  other_output["outputs"] = {{{"name", "other"}}};
  Json number_as_id = request({1, 784}, image);
  number_as_id["id"] = 7;
  Json texts = image;
  texts[5] = "5";
  for (const Json& body :
       std::vector<Json>{"",
                         "{",
                         "[]",
                         "null",
                         "7",
                         "{}",
                         R"({"inputs": []})",
                         R"({"inputs": {}})",
                         R"({"inputs": [7]})",
                         R"({"inputs": [[]]})",
                         R"({"inputs": [null]})",
                         "{\"id\": \"\xff\xfe\"}",
                         R"({"id": "\ud800"})",
                         "{\"a\": 1e999}",
                         R"({"parameters": )" + deep + "}",
                         R"({"inputs": [{"data": )" + deep + "}]}",
                         std::string(1000, '{'),
                         deep,
                         no_data,
                         two,
                         other_output,
                         number_as_id,
                         request({-1, 784}, image),
                         request({0, 784}, Json::array()),
                         request({1, -1}, image),
                         request({1, 28, 28, 3}, image),
                         request({1, 783}, image),
                         request({2, 784}, image),
                         request({1.5, 784}, image),
                         request({1e300, 784}, image),
                         request(Json::array(), image),
                         request("1", image),
                         request({1, 784}, texts, "UINT8"),
                         request({1, 784}, 7),
                         request({1, 784}, nullptr),
                         request({1, 784}, image, "BYTES"),
                         request({1, 784}, Json(std::vector<int>(784, 256)), "UINT8"),
                         request({1, 784}, Json(std::vector<double>(784, 0.5)), "UINT8"),
                         request({1, 784}, Json(std::vector<double>(784, 1e300)))}) {
    const Reply reply = infer(body);
    EXPECT_EQ(reply.status, 400) << body.dump(-1, ' ', true, Json::error_handler_t::replace);
    EXPECT_FALSE(reply.error().empty()) << reply.body;
    EXPECT_EQ(reply.json().size(), 1U) << reply.body;
  }
  EXPECT_EQ(infer(request({1025, 784}, Json::array())).status, 413);
  EXPECT_EQ(
      ask(post("/v2/models/digits/infer", request({1, 784}, image).dump(), "text/xml")).status,
      415);
  EXPECT_EQ(infer(request({1, 784}, image), "/v2/models/other/infer").status, 404);
  EXPECT_EQ(infer(request({1, 784}, image), "/v2/models/digits/versions/9/infer").status, 404);
}

}  // namespace
}  // namespace digits_test
