#include <apps/digits/models/networks.h>
#include <apps/program.h>
#include <gluino/ndarray/creation.h>

namespace digits_test {
namespace {

const char* const kNets[] = {"mlp", "lenet", "cnn", "resnet20"};

// Everything that can be done with a network, once with each.
TEST(DigitsNetworks, EachCanBeTrainedSavedTestedConvertedAndDrawn) {
  const SmallMnist mnist;
  const std::string data = mnist.folder.path();
  for (const std::string net : kNets) {
    SCOPED_TRACE(net);
    const TempFolder out;
    const std::string model = out / "model";
    const Result trained = run({"train", "--net", net, "--epochs", "1", "--batch-size", "20",
                                "--json", "--data", data, "--save", model});
    ASSERT_EQ(trained.code, 0) << trained.err;
    EXPECT_EQ(Json::parse(read(model + ".json")).at("net"), net);

    const auto evaluated = [&](const std::string& prefix) {
      const Result result = run({"evaluate", "--model", prefix, "--data", data, "--json"});
      EXPECT_EQ(result.code, 0) << result.err;
      return last_json(result);
    };
    const Json test = evaluated(model);
    EXPECT_EQ(test.at("test_accuracy"), last_json(trained).at("test_accuracy"));
    EXPECT_NEAR(test.at("test_loss").get<double>(),
                last_json(trained).at("test_loss").get<double>(), 1e-4);
    EXPECT_EQ(run({"evaluate", "--model", model, "--data", data, "--int8"}).code, 0);

    // As MXNet's files, and from there under other names.
    ASSERT_EQ(run({"convert", model, out / "graph"}).code, 0);
    EXPECT_EQ(evaluated(out / "graph").at("confusion_matrix"), test.at("confusion_matrix"));
    ASSERT_EQ(
        run({"convert", out / "graph", out / "again.params", "--net", net, "--names", "structural"})
            .code,
        0);
    ASSERT_EQ(run({"convert", out / "again.params", out / "back", "--net", net}).code, 0);
    EXPECT_EQ(evaluated(out / "back").at("confusion_matrix"), test.at("confusion_matrix"));

    EXPECT_EQ(run({"plot-network", "--model", model, "--shapes", "--output", out / "net.gv"}).code,
              0);
    EXPECT_NE(run({"summary", "--net", net}).out.find("Total params"), std::string::npos);
    EXPECT_EQ(run({"explain", "--net", net, "--runs", "1", "--batch-size", "2"}).code, 0);
    EXPECT_EQ(run({"explain", "--net", net, "--train", "--runs", "1", "--batch-size", "2"}).code,
              0);
  }
}

TEST(DigitsNetworks, TheSmallOnesAreSmall) {
  for (const auto& [net, most] :
       {std::pair("mlp", 120'000), std::pair("cnn", 250'000), std::pair("resnet20", 300'000)}) {
    auto network = digits::make_network({.net = net});
    network.initialize();
    network(gluino::nd::zeros({1, 1, 28, 28}));
    std::int64_t parameters = 0;
    for (const auto& parameter : network.collect_params()) parameters += parameter.shape().size();
    EXPECT_LT(parameters, most) << net;
    EXPECT_GT(parameters, most / 4) << net;
  }
}

TEST(DigitsNetworks, TakeImagesOfOtherSizesAndOtherClasses) {
  for (const std::string net : kNets) {
    for (const auto& [rows, columns] : {std::pair(16, 20), std::pair(32, 32), std::pair(40, 17)}) {
      auto network = digits::make_network(
          {.net = net, .images = {.rows = rows, .columns = columns, .classes = {"a", "b", "c"}}});
      network.initialize();
      const auto scores = network(gluino::nd::zeros({2, 1, rows, columns}));
      EXPECT_EQ(scores.shape(), (gluino::Shape{2, 3})) << net << " " << rows << "x" << columns;
    }
  }
  EXPECT_THROW(digits::make_network({.net = "lenet", .images = {.rows = 15, .columns = 28}}),
               gluino::Error);
  EXPECT_NO_THROW(digits::make_network({.net = "mlp", .images = {.rows = 1, .columns = 1}}));
}

TEST(DigitsNetworks, EveryApiTrainsThemAlike) {
  const SmallMnist mnist(110, 20);
  for (const std::string net : {"cnn", "resnet20"}) {
    Json first;
    for (const std::string api : {"gluon-eager", "gluon", "module", "feedforward"}) {
      const Result result = run({"train", "--net", net, "--api", api, "--epochs", "1",
                                 "--batch-size", "30", "--json", "--data", mnist.folder.path()},
                                {.environment = {{"GLUINO_GRAPH_PASSES", "0"}}});
      ASSERT_EQ(result.code, 0) << net << " " << api << ": " << result.err;
      if (first.is_null()) first = last_json(result);
      EXPECT_NEAR(last_json(result).at("train_loss").get<double>(),
                  first.at("train_loss").get<double>(), 1e-4)
          << net << " " << api;
      EXPECT_NEAR(last_json(result).at("test_loss").get<double>(),
                  first.at("test_loss").get<double>(), 1e-3)
          << net << " " << api;
    }
  }
}

TEST(DigitsNetworksLong, EveryBatchSizeLearns) {
  const SmallMnist mnist(600, 100);
  for (const char* batch : {"1", "8", "100", "600"}) {
    const Result result =
        run({"train", "--net", "cnn", "--epochs", std::string(batch) == "600" ? "40" : "6",
             "--json", "--batch-size", batch, "--data", mnist.folder.path()});
    ASSERT_EQ(result.code, 0) << batch << ": " << result.err;
    EXPECT_EQ(result.err, "") << batch;
    EXPECT_GT(last_json(result).at("test_accuracy").get<double>(), 0.5) << batch;
  }
}

}  // namespace
}  // namespace digits_test
