#include <apps/program.h>
#include <gluino/amp/amp.h>

#include <cmath>
#include <regex>
#include <utility>

namespace digits_test {
namespace {

TEST(DigitsTrain, SaysWhatItDoesAndEndsWithTheAccuracy) {
  const SmallMnist mnist;
  const Result result =
      run(words("train --net mlp --epochs 2 --threads 1", {"--data", mnist.folder.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  EXPECT_NE(result.out.find("200 training and 60 test digits"), std::string::npos) << result.out;
  const std::regex epoch(
      "epoch 2/2: training accuracy [01]\\.\\d{4} loss \\d+\\.\\d{4}, validation accuracy "
      "[01]\\.\\d{4} loss \\d+\\.\\d{4}, \\d+ samples/s");
  EXPECT_TRUE(std::regex_search(result.out, epoch)) << result.out;
  const std::regex last("test accuracy [01]\\.\\d{4} \\(\\d+ of 60 wrong\\)");
  EXPECT_TRUE(std::regex_match(lines(result.out).back(), last)) << result.out;
}

TEST(DigitsTrain, QuietLeavesTheLastLine) {
  const SmallMnist mnist;
  const auto line = words("train --net mlp --epochs 1 --quiet", {"--data", mnist.folder.path()});
  const Result text = run(line);
  EXPECT_EQ(lines(text.out).size(), 1U) << text.out;
  EXPECT_TRUE(text.out.starts_with("test accuracy "));
  EXPECT_EQ(text.err, "");
  auto with_json = line;
  with_json.push_back("--json");
  const Result json = run(with_json);
  EXPECT_EQ(lines(json.out).size(), 1U) << json.out;
  EXPECT_TRUE(last_json(json).is_object());
}

TEST(DigitsTrain, JsonHoldsWhatProgramsNeed) {
  const SmallMnist mnist;
  const Result result = run(words("train --net mlp --epochs 2 --seed 7 --threads 2 --json",
                                  {"--data", mnist.folder.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  const Json json = last_json(result);
  for (const char* field : {"test_accuracy", "train_accuracy"}) {
    EXPECT_GE(json.at(field).get<double>(), 0);
    EXPECT_LE(json.at(field).get<double>(), 1);
  }
  EXPECT_GT(json.at("samples_per_second").get<double>(), 0);
  EXPECT_GT(json.at("seconds").get<double>(), 0);
  EXPECT_EQ(json.at("epochs"), 2);
  EXPECT_EQ(json.at("seed"), 7);
  EXPECT_EQ(json.at("dataset"), mnist.name());
  EXPECT_EQ(json.at("net"), "mlp");
  EXPECT_EQ(json.at("threads"), 2);
}

TEST(DigitsTrain, InBfloat16WhereTheProcessorCan) {
  const SmallMnist mnist;
  const Result result = run(words("train --net lenet --epochs 1 --dtype bfloat16 --json",
                                  {"--data", mnist.folder.path()}));
  if (gluino::amp::has_bfloat16()) {
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_NE(result.out.find("products in bfloat16"), std::string::npos) << result.out;
    EXPECT_EQ(last_json(result).at("dtype"), "bfloat16");
  } else {
    EXPECT_EQ(result.code, 2);
    expect_sentence(result, "no instructions for bfloat16");
  }
}

TEST(DigitsTrain, LearnsAndWritesMetricsLineByLine) {
  const SmallMnist mnist;
  const TempFolder out;
  const std::string path = out / "metrics.jsonl";
  gluino::write_file(path, "an earlier run\n");
  const Result result = run(words("train --net mlp --epochs 15 --batch-size 20 --lr 0.1 --json",
                                  {"--data", mnist.folder.path(), "--metrics-out", path}));
  ASSERT_EQ(result.code, 0) << result.err;
  const auto metrics = lines(read(path));
  ASSERT_EQ(metrics.size(), 15U);
  const Json first = Json::parse(metrics.front());
  const Json last = Json::parse(metrics.back());
  EXPECT_EQ(first.at("epoch"), 1);
  EXPECT_EQ(last.at("epoch"), 15);
  EXPECT_LT(last.at("train_loss").get<double>(), first.at("train_loss").get<double>());
  EXPECT_GT(last.at("train_accuracy").get<double>(), 0.95);
  EXPECT_GT(last.at("validation_accuracy").get<double>(), 0.5);
  EXPECT_EQ(last.at("validation_accuracy"), last_json(result).at("test_accuracy"));
}

// Every option that changes the training, once.
TEST(DigitsTrain, TakesEveryOption) {
  const SmallMnist mnist;
  const char* lines_of_options[] = {
      "--optimizer adam --init msraprelu --activation sigmoid --wd 0.001",
      "--optimizer sgd --lr 0.01 --momentum 0 --init normal --activation softrelu",
      "--device cpu --devices 2 --batch-size 50",
      "--api gluon --devices 3 --batch-size 70",
      "--api module --devices 2 --batch-size 40 --optimizer adam",
      "--api feedforward --monitor .*loss --monitor-interval 2",
      "--batch-size 1000",
  };
  for (const char* options : lines_of_options) {
    const Result result = run(words(std::string("train --net mlp --epochs 1 ") + options,
                                    {"--data", mnist.folder.path()}));
    EXPECT_EQ(result.code, 0) << options << ": " << result.err;
  }
}

TEST(DigitsTrain, LastBatchMayBeSmallerThanTheNumberOfDevices) {
  const SmallMnist mnist(101, 10);
  for (const char* net : {"mlp", "lenet"}) {
    const Result result =
        run(words(std::string("train --epochs 1 --batch-size 20 --devices 3 ") + "--net " + net,
                  {"--data", mnist.folder.path()}));
    EXPECT_EQ(result.code, 0) << net << ": " << result.err;
  }
}

TEST(DigitsTrain, SameSeedGivesTheSameBitsForAnyNumberOfThreads) {
  const SmallMnist mnist;
  for (const char* net : {"mlp", "lenet"}) {
    std::string expected;
    for (const char* threads : {"1", "2", "3", "4"}) {
      const TempFolder out;
      const Result result =
          run({"train", "--net", net, "--epochs", "1", "--batch-size", "64", "--threads", threads,
               "--data", mnist.folder.path(), "--save", out / "model"});
      ASSERT_EQ(result.code, 0) << result.err;
      const std::string params = read(out / "model.params");
      if (expected.empty()) expected = params;
      EXPECT_TRUE(params == expected) << net << " differs with " << threads << " threads";
    }
  }
}

// Passes join layers of graphs, which eager calls do not; the perceptron has none to join.
TEST(DigitsTrain, EveryApiGivesTheSameBits) {
  const SmallMnist mnist(230, 10);
  for (const auto& [net, passes] :
       {std::pair("mlp", "1"), std::pair("lenet", "0"), std::pair("lenet", "1")}) {
    std::string expected;
    Json loss;
    for (const std::string api : {"gluon-eager", "gluon", "module", "feedforward"}) {
      const bool joined = net == std::string("lenet") && passes == std::string("1");
      if (joined && api == "gluon-eager") continue;
      const TempFolder out;
      const Result result =
          run({"train", "--net", net, "--api", api, "--epochs", "2", "--batch-size", "40", "--wd",
               "0.001", "--data", mnist.folder.path(), "--json", "--save", out / "model"},
              {.environment = {{"GLUINO_GRAPH_PASSES", passes}}});
      ASSERT_EQ(result.code, 0) << result.err;
      const std::string params = read(out / "model.params");
      const Json json = last_json(result);
      if (expected.empty()) {
        expected = params;
        loss = json.at("train_loss");
      }
      EXPECT_TRUE(params == expected) << net << " differs with " << api;
      EXPECT_NEAR(json.at("train_loss").get<double>(), loss.get<double>(), 1e-6);
    }
  }
}

TEST(DigitsTrain, TheMonitorLooksAtEverythingIfTold) {
  const SmallMnist mnist;
  const Result result = run(
      words("train --net mlp --epochs 1 --api module --monitor .* --data", {mnist.folder.path()}));
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_NE(result.out.find("label"), std::string::npos) << "whole numbers, too";
}

TEST(DigitsTrain, TheMonitorLooksIntoSymbols) {
  const SmallMnist mnist;
  for (const char* api : {"module", "feedforward"}) {
    const Result result =
        run(words("train --net mlp --epochs 1 --batch-size 20 --monitor .*dense1.*weight",
                  {"--monitor-interval", "4", "--api", api, "--data", mnist.folder.path()}));
    ASSERT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    std::vector<std::string> seen;
    for (const std::string& line : lines(result.out)) {
      if (line.starts_with("Batch:")) seen.push_back(line.substr(0, line.find_last_of(' ')));
    }
    EXPECT_EQ(seen, (std::vector<std::string>{"Batch:       1 MLP_dense1_fwd_backward_weight",
                                              "Batch:       1 MLP_dense1_weight             ",
                                              "Batch:       5 MLP_dense1_fwd_backward_weight",
                                              "Batch:       5 MLP_dense1_weight             ",
                                              "Batch:       9 MLP_dense1_fwd_backward_weight",
                                              "Batch:       9 MLP_dense1_weight             "}));
  }
}

TEST(DigitsTrain, SymbolsAreToldOfBatchesThatCannotBeSplit) {
  const SmallMnist mnist(101, 10);
  const Result result = run(words("train --net mlp --api module --batch-size 20 --devices 2",
                                  {"--data", mnist.folder.path()}));
  EXPECT_EQ(result.code, 2);
  expect_sentence(result, "found one of 1 digits");
}

TEST(DigitsTrain, AnotherSeedGivesOtherWeights) {
  const SmallMnist mnist;
  const TempFolder out;
  for (const char* seed : {"1", "2"}) {
    run({"train", "--net", "mlp", "--epochs", "1", "--seed", seed, "--data", mnist.folder.path(),
         "--save", out / seed});
  }
  EXPECT_NE(read(out / "1.params"), read(out / "2.params"));
}

TEST(DigitsTrain, ALossThatIsNoNumberEndsTraining) {
  const SmallMnist mnist;
  const TempFolder out;
  const Result result = run(words("train --net mlp --epochs 3 --lr 1000000 --batch-size 5",
                                  {"--data", mnist.folder.path(), "--save", out / "model"}));
  EXPECT_EQ(result.code, 1);
  expect_sentence(result, "--lr");
  EXPECT_EQ(out.count(), 0U);
}

// A step on fewer digits is smaller, and 100 is what the rate was chosen for.
TEST(DigitsTrain, TheRateFollowsTheBatchSizeUnlessGiven) {
  const SmallMnist mnist;
  const std::pair<const char*, double> cases[] = {
      {"--net mlp", 0.1},
      {"--net mlp --batch-size 100", 0.1},
      {"--net mlp --batch-size 7", 0.007},
      {"--net mlp --batch-size 1", 0.001},
      {"--net mlp --batch-size 400", 0.2},
      {"--net mlp --batch-size 1000000", 0.1 * std::sqrt(10)},
      {"--net lenet --batch-size 50", 0.02},
      {"--net mlp --batch-size 7 --lr 0.1", 0.1},
      {"--net mlp --batch-size 7 --optimizer adam", 0.001},
      {"--net mlp --batch-size 50 --api module", 0.05},
  };
  for (const auto& [options, rate] : cases) {
    const Result result = run(
        words(std::string("train --epochs 1 --json ") + options, {"--data", mnist.folder.path()}));
    ASSERT_EQ(result.code, 0) << options << ": " << result.err;
    EXPECT_NEAR(last_json(result).at("learning_rate").get<double>(), rate, 1e-12) << options;
    EXPECT_NE(result.out.find("learning rate "), std::string::npos) << result.out;
  }
}

TEST(DigitsTrain, EveryBatchSizeLearnsWithTheDefaults) {
  const SmallMnist mnist(1000, 100);
  for (const char* batch : {"1", "7", "32", "100"}) {
    const Result result = run(words(std::string("train --net mlp --json --batch-size ") + batch,
                                    {"--data", mnist.folder.path()}));
    ASSERT_EQ(result.code, 0) << batch << ": " << result.err;
    EXPECT_EQ(result.err, "") << batch;
    EXPECT_GT(last_json(result).at("test_accuracy").get<double>(), 0.5) << batch;
  }
}

TEST(DigitsTrain, ALossThatStaysWhereItBeganIsTold) {
  const SmallMnist mnist;
  const std::pair<const char*, const char*> cases[] = {
      {"--lr 1e-9 --batch-size 2", "try --lr 0.002"},
      {"--lr 3 --batch-size 2 --init xavier", "try --lr 0.002"},
      {"--optimizer adam --lr 1e-9 --batch-size 2", "try a"},
  };
  for (const auto& [options, advice] : cases) {
    const Result result = run(words(std::string("train --net mlp --epochs 2 ") + options,
                                    {"--data", mnist.folder.path()}));
    EXPECT_EQ(lines(result.err).size(), 1U) << options << ": " << result.err;
    EXPECT_NE(result.err.find(advice), std::string::npos) << options << ": " << result.err;
    EXPECT_EQ(result.code == 0, result.err.find("has learnt nothing") != std::string::npos)
        << options << ": " << result.err;
  }
}

}  // namespace
}  // namespace digits_test
