#include <apps/serving/served.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <thread>

namespace digits_test {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

// A network that has learnt a little; another seed gives another.
void train(const std::string& prefix, int seed) {
  static const SmallMnist mnist;
  const Result result =
      run({"train", "--net", "mlp", "--epochs", "1", "--seed", std::to_string(seed), "--data",
           mnist.folder.path(), "--save", prefix});
  ASSERT_EQ(result.code, 0) << result.err;
}

bool eventually(const std::function<bool()>& condition) {
  for (int i = 0; i < 400; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(milliseconds(25));
  }
  return false;
}

Json scores(const Served& served, const std::string& name) {
  const std::string body = digit_bytes(1);
  Json data = Json::array();
  for (const char c : body) data.push_back(static_cast<unsigned char>(c));
  const Json request = {
      {"inputs", {{{"name", "x"}, {"shape", {1, 784}}, {"datatype", "UINT8"}, {"data", data}}}}};
  return served.ask(post("/v2/models/" + name + "/infer", request.dump(), "application/json"))
      .json()["outputs"][0]["data"];
}

TEST(ServeStart, SaysWhereItListensAndNothingElse) {
  Served served;
  EXPECT_EQ(served.program().out(),
            "listening on http://127.0.0.1:" + std::to_string(served.port()) + "\n");
  EXPECT_EQ(served.ask(get("/v2/health/ready")).status, 200);
  const Result result = served.terminate();
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.err, "");
}

TEST(ServeStart, APortThatIsTakenIsToldInOneSentence) {
  Served served;
  const Result result = run({"serve", "--port", std::to_string(served.port())});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  expect_sentence(result, std::to_string(served.port()));
}

TEST(ServeStart, WrongOptionsAreTold) {
  const TempFolder folder;
  for (const auto& [options, code, part] :
       {std::tuple(std::vector<std::string>{"--port", "65536"}, 2, "65535"),
        {{"--model", folder / "none"}, 4, "none"},
        {{"--model", "a=" + folder / "x", "--model", "a=" + folder / "y"}, 2, "another name"},
        {{"--host", "203.0.113.1"}, 1, "203.0.113.1"},
        {{"--data", folder / "none"}, 3, "none"},
        {{"--max-wait", "-1"}, 2, "max-wait"},
        {{"--keep-corrections", "/proc/none"}, 2, "/proc/none"}}) {
    const Result result = run(words("serve --port 0", options));
    EXPECT_EQ(result.code, code) << options[1] << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_NE(result.err.find(part), std::string::npos) << result.err;
  }
}

TEST(ServeEnd, CtrlCEndsItToo) {
  Served served;
  ::kill(served.program().pid(), SIGINT);
  EXPECT_EQ(served.program().wait().code, 0);
}

TEST(ServeEnd, WorkUnderWayEndsWhileNobodyElseBegins) {
  Served served;
  const std::string request = post("/classify", digit_bytes(1));
  Wire slow(served.port());
  slow.send(request.substr(0, request.size() - 10));
  Wire idle(served.port());
  ASSERT_EQ(idle.ask(get("/v2/health/ready")).status, 200);
  ::kill(served.program().pid(), SIGTERM);
  ASSERT_TRUE(eventually([&] { return served.ask(get("/v2/health/ready")).status == 503; }));
  EXPECT_EQ(served.ask(get("/v2/health/ready")).json()["ready"], false);
  EXPECT_EQ(served.ask(get("/v2/health/live")).status, 200);
  EXPECT_TRUE(eventually([&] { return served.ask(request).status == 503; }));
  const Reply answer = slow.ask(request.substr(request.size() - 10));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.headers.at("connection"), "close");
  EXPECT_EQ(served.program().wait().code, 0);
}

TEST(ServeEnd, WorkThatDoesNotEndIsLeft) {
  Served served({"--drain-timeout", "0.2"});
  Wire slow(served.port());
  slow.send(post("/classify", digit_bytes(1)).substr(0, 200));
  ASSERT_EQ(served.ask(get("/v2")).status, 200);
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(served.terminate().code, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(3000));
}

TEST(ServeEnd, ABalancerHasTimeToSeeThatItIsNotReady) {
  Served served({"--drain-delay", "0.6"});
  ::kill(served.program().pid(), SIGTERM);
  ASSERT_TRUE(eventually([&] { return served.ask(get("/v2/health/ready")).status == 503; }));
  EXPECT_EQ(served.ask(get("/v2/models/digits/ready")).status, 503);
  EXPECT_EQ(served.ask(post("/classify", digit_bytes(1))).status, 200) << "still served";
  EXPECT_EQ(served.program().wait().code, 0);
}

TEST(ServeModels, SeveralAreServedAndReadAgainWhenTheirFilesChange) {
  const TempFolder folder;
  train(folder / "first", 1);
  train(folder / "other", 2);
  Served served({"--model", folder / "first", "--model", "second=" + folder / "other"});
  const Json settings = served.ask(get("/settings")).json();
  ASSERT_EQ(settings["models"].size(), 2U);
  EXPECT_EQ(settings["models"][0]["name"], "first");
  EXPECT_EQ(settings["models"][1]["name"], "second");
  const Json first = scores(served, "first");
  const Json second = scores(served, "second");
  EXPECT_FALSE(alike(first, second));

  // While others ask, the files of the second become those of the first.
  std::atomic<bool> stop = false;
  std::atomic<int> failed = 0;
  std::thread client([&] {
    Wire wire(served.port());
    while (!stop) {
      if (wire.ask(post("/classify?model=first", digit_bytes(1))).status != 200) ++failed;
    }
  });
  train(folder / "first", 2);
  EXPECT_TRUE(eventually([&] { return alike(scores(served, "first"), second); }));
  // A broken file changes nothing, and is told.
  gluino::write_file(folder / "first.json", "{");
  EXPECT_TRUE(eventually([&] {
    return served.ask(get("/metrics"))
               .body.find("digits_model_reload_failures_total{model=\"first\"} 1") !=
           std::string::npos;
  }));
  EXPECT_TRUE(alike(scores(served, "first"), second));
  train(folder / "first", 1);
  EXPECT_TRUE(eventually([&] { return alike(scores(served, "first"), first); }));
  // A pipe that nobody writes to holds nothing up.
  const auto failures = [&] {
    const std::string metrics = served.ask(get("/metrics")).body;
    const std::size_t at = metrics.find("digits_model_reload_failures_total{model=\"first\"} ");
    return metrics.substr(at, metrics.find('\n', at) - at);
  };
  const std::string before = failures();
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::rename(folder / "pipe", folder / "first.params");
  EXPECT_TRUE(eventually([&] { return failures() != before; }));
  stop = true;
  client.join();
  EXPECT_EQ(failed, 0);
  const Result result = served.terminate();
  EXPECT_EQ(result.code, 0);
  EXPECT_NE(result.err.find("first.json"), std::string::npos) << result.err;
}

TEST(ServeModels, BytesAreMultipliedWhenAskedFor) {
  Served served({"--int8"});
  EXPECT_NE(served.ask(get("/metrics")).body.find("computes_in=\"int8\""), std::string::npos);
  Served floats;
  int same = 0;
  for (std::uint64_t i = 0; i < 30; ++i) {
    const std::string request = post("/classify", digit_bytes(i));
    if (served.ask(request).json()["text"] == floats.ask(request).json()["text"]) ++same;
  }
  EXPECT_GE(same, 28);
}

TEST(ServeCorrections, AreKeptAsPicturesWithTheirLabels) {
  const TempFolder folder;
  Served served({"--keep-corrections", folder / "kept"});
  EXPECT_EQ(served.ask(get("/settings")).json()["corrections"], true);
  // 784 bytes, of which one is not 0.
  std::string image(1048, 'A');
  image.replace(0, 4, "/wAA");
  image.replace(1044, 4, "AA==");
  const auto correct = [&](const std::string& body) {
    return served.ask(post("/corrections", body, "application/json"));
  };
  for (int i = 0; i < 3; ++i) {
    const Reply reply = correct(R"({"label": 7, "image": ")" + image + "\"}");
    EXPECT_EQ(reply.status, 201) << reply.body;
  }
  std::size_t files = 0;
  for (const auto& each : fs::directory_iterator(folder / "kept/7")) {
    EXPECT_EQ(each.path().extension(), ".png");
    EXPECT_TRUE(read(each.path().string()).starts_with("\x89PNG"));
    ++files;
  }
  EXPECT_EQ(files, 3U);
  for (const std::string& body :
       {std::string("{}"), R"({"label": 10, "image": ")" + image + "\"}",
        R"({"label": -1, "image": ")" + image + "\"}",
        R"({"label": "../7", "image": ")" + image + "\"}",
        R"({"label": 7.5, "image": ")" + image + "\"}", std::string(R"({"label": 7})"),
        std::string(R"({"label": 7, "image": "AAAA"})"),
        // A blank, and light paper.
        R"({"label": 7, "image": ")" + std::string(1046, 'A') + "==\"}",
        R"({"label": 7, "image": ")" + std::string(1045, '/') + "w==\"}",
        R"({"label": 7, "image": ")" + image.substr(1) + "!\"}"}) {
    EXPECT_EQ(correct(body).status, 422) << body;
  }
  EXPECT_EQ(correct("not JSON").status, 400);
  EXPECT_EQ(correct(std::string(1000, '[')).status, 400);
  EXPECT_EQ(served.ask(post("/corrections", "{}", "text/plain")).status, 415);
  EXPECT_EQ(
      served.ask(post("/corrections", "{}", "application/json", "Origin: http://evil\r\n")).status,
      403);
  std::size_t labels = 0;
  for ([[maybe_unused]] const auto& each : fs::directory_iterator(folder / "kept")) ++labels;
  EXPECT_EQ(labels, 1U) << "nothing else was written";
}

TEST(ServeCorrections, AreRefusedUnlessAskedFor) {
  Served served;
  EXPECT_EQ(served.ask(post("/corrections", "{}", "application/json")).status, 404);
}

TEST(ServeMetrics, CountWhatIsAnswered) {
  Served served;
  for (int i = 0; i < 3; ++i) served.ask(post("/classify", digit_bytes(1)));
  served.ask(post("/classify", "x"));
  served.ask(get("/nowhere"));
  const Reply reply = served.ask(get("/metrics"));
  EXPECT_EQ(reply.headers.at("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const std::string& text = reply.body;
  for (const char* line :
       {"digits_requests_total{route=\"/classify\",status=\"200\"} 3\n",
        "digits_requests_total{route=\"/classify\",status=\"422\"} 1\n",
        "digits_requests_total{route=\"other\",status=\"404\"} 1\n",
        "digits_request_seconds_bucket{route=\"/classify\",le=\"+Inf\"} 4\n",
        "digits_request_seconds_count{route=\"/classify\"} 4\n", "digits_batch_images_sum 3\n",
        "digits_queue_length 0\n", "digits_ready 1\n", "digits_model_info{model=\"digits\","}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
  }
  // Each line is a comment or a name, perhaps labels, and a number.
  for (const std::string& line : lines(text)) {
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    const std::size_t space = line.rfind(' ');
    ASSERT_NE(space, std::string::npos) << line;
    std::size_t used = 0;
    std::stod(line.substr(space + 1), &used);
    EXPECT_EQ(used, line.size() - space - 1) << line;
    EXPECT_TRUE(line.starts_with("digits_")) << line;
  }
}

}  // namespace
}  // namespace digits_test
