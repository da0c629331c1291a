#include <apps/program.h>
#include <gluino/base/file.h>
#include <gluino/graph/sym.h>
#include <gluino/ndarray/params.h>
#include <gluino/onnx/onnx.h>

#include <cmath>
#include <cstring>
#include <tuple>
#include <utility>

namespace digits_test {
namespace {

using gluino::nd::NamedArrays;
using Strings = std::vector<std::string>;

Strings names(const std::string& path) {
  Strings result;
  for (const auto& [name, array] : gluino::nd::load(path)) result.push_back(name);
  return result;
}

class DigitsConvert : public testing::Test {
 protected:
  // A trained perceptron at the prefix "model".
  static void SetUpTestSuite() {
    mnist_ = new SmallMnist;
    trained_ = new TempFolder;
    const Result result = run({"train", "--net", "mlp", "--epochs", "1", "--data",
                               mnist_->folder.path(), "--save", *trained_ / "model"});
    ASSERT_EQ(result.code, 0) << result.err;
  }
  static void TearDownTestSuite() {
    delete mnist_;
    delete trained_;
  }
  static Result convert(const std::string& in, const std::string& to, const Strings& more = {}) {
    Strings arguments = {"convert", in, to};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }
  static void expect_done(const Result& result) { EXPECT_EQ(result.code, 0) << result.err; }
  static Json evaluation(const std::string& prefix, const Strings& more = {}) {
    Strings arguments = {"evaluate", "--model", prefix, "--data", mnist_->folder.path(), "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Result result = run(arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.code == 0 ? last_json(result) : Json();
  }

  static inline SmallMnist* mnist_ = nullptr;
  static inline TempFolder* trained_ = nullptr;
  std::string model = *trained_ / "model";
  std::string params = *trained_ / "model.params";
  TempFolder out;
};

TEST_F(DigitsConvert, ThroughEveryFormatAndBackAreTheSameBytes) {
  expect_done(convert(model, out / "net"));
  EXPECT_EQ(names(out / "net-0000.params"),
            (Strings{"arg:MLP_dense0_weight", "arg:MLP_dense0_bias", "arg:MLP_dense1_weight",
                     "arg:MLP_dense1_bias", "arg:MLP_dense2_weight", "arg:MLP_dense2_bias"}));
  expect_done(convert(out / "net", out / "old.params", {"--names", "prefixed", "--net", "mlp"}));
  EXPECT_EQ(names(out / "old.params").front(), "MLP_dense0_weight");
  expect_done(
      convert(out / "old.params", out / "again.params", {"--names", "structural", "--net", "mlp"}));
  EXPECT_TRUE(read(out / "again.params") == read(params));
  expect_done(convert(params, out / "numpy.npz"));
  EXPECT_TRUE(read(out / "numpy.npz").starts_with("PK\3\4"));
  expect_done(convert(out / "numpy.npz", out / "numpy.params"));
  EXPECT_TRUE(read(out / "numpy.params") == read(params));
}

TEST_F(DigitsConvert, OnnxFilesAreEvaluatedAndConvertedBack) {
  expect_done(convert(model, out / "net", {"--to", "onnx"}));
  EXPECT_EQ(evaluation(out / "net.onnx").at("confusion_matrix"),
            evaluation(model).at("confusion_matrix"));
  expect_done(convert(out / "net.onnx", out / "again"));
  EXPECT_EQ(evaluation(out / "again").at("confusion_matrix"),
            evaluation(model).at("confusion_matrix"));
  // From a checkpoint, and by the name alone.
  expect_done(convert(out / "again", out / "third.onnx"));
  EXPECT_EQ(evaluation(out / "third.onnx").at("confusion_matrix"),
            evaluation(model).at("confusion_matrix"));
}

TEST_F(DigitsConvert, WhatOnnxFilesAreNot) {
  const Result other = convert(model, out / "net.npz", {"--to", "onnx"});
  EXPECT_EQ(other.code, 2) << other.err;
  EXPECT_NE(other.err.find("expected a name that ends in .onnx"), std::string::npos) << other.err;
  gluino::write_file(out / "broken.onnx", "no model");
  const Result broken =
      run({"evaluate", "--model", out / "broken.onnx", "--data", mnist_->folder.path()});
  EXPECT_NE(broken.code, 0);
  EXPECT_NE(broken.err.find("broken.onnx: this is no ONNX model"), std::string::npos) << broken.err;
  const Result missing = run({"evaluate", "--model", out / "none"});
  EXPECT_EQ(missing.code, 4) << missing.err;
  EXPECT_NE(missing.err.find("none: expected a file NAME.onnx, or the first part of the names"),
            std::string::npos)
      << missing.err;
  // A network that reads something else than digits.
  const auto x = gluino::sym::var("data");
  gluino::onnx::export_model(out / "sum.onnx", gluino::sym::sum(x, {.axis = {1}}), {},
                             {{"data", {-1, 4}}});
  const Result strange = run({"predict", "--model", out / "sum.onnx", "nothing.png"});
  EXPECT_NE(strange.code, 0);
  EXPECT_NE(strange.err.find("sum.onnx: expected a network"), std::string::npos) << strange.err;
}

TEST_F(DigitsConvert, CheckpointsAreEvaluated) {
  expect_done(convert(model, out / "net"));
  const Json expected = evaluation(model);
  EXPECT_EQ(evaluation(out / "net").at("confusion_matrix"), expected.at("confusion_matrix"));
  // Of several epochs the last is taken.
  NamedArrays arrays = gluino::nd::load(out / "net-0000.params");
  for (auto& [name, array] : arrays) array.assign(0);
  gluino::nd::save(out / "net-0012.params", arrays);
  EXPECT_NEAR(evaluation(out / "net").at("test_loss").get<double>(), std::log(10), 1e-6);
  EXPECT_EQ(evaluation(out / "net", {"--epoch", "0"}).at("test_loss"), expected.at("test_loss"));
  // What has no epochs is not taken for one of them.
  for (const Result& refused :
       {run({"predict", "--model", model, "--epoch", "12", "nothing.png"}),
        run({"convert", model, out / "other.params", "--epoch", "12"}),
        run({"convert", model + ".params", out / "other.params", "--epoch", "12"})}) {
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("--epoch 12: expected"), std::string::npos) << refused.err;
  }
}

// As Module would have left it: other names, a softmax with its label at the end.
TEST_F(DigitsConvert, CheckpointsWithOtherNamesAreRead) {
  expect_done(convert(model, out / "net"));
  Json graph = Json::parse(read(out / "net-symbol.json"));
  const auto last = graph.at("heads").at(0).at(0).get<int>();
  graph.at("nodes").push_back({{"op", "null"}, {"name", "label"}, {"inputs", Json::array()}});
  graph.at("nodes").push_back(
      {{"op", "SoftmaxOutput"}, {"name", "softmax"}, {"inputs", {{last, 0, 0}, {last + 1, 0, 0}}}});
  graph["arg_nodes"].push_back(last + 1);
  const int entries = graph.at("node_row_ptr").back().get<int>();
  graph["node_row_ptr"].push_back(entries + 1);
  graph["node_row_ptr"].push_back(entries + 2);
  graph["heads"] = {{last + 2, 0, 0}};
  NamedArrays arrays;
  for (const auto& [name, array] : gluino::nd::load(out / "net-0000.params")) {
    const std::string mine = "layer" + std::to_string(arrays.size());
    for (Json& node : graph.at("nodes")) {
      if ("arg:" + node.at("name").get<std::string>() == name) node["name"] = mine;
    }
    arrays.emplace_back("arg:" + mine, array);
  }
  gluino::write_file(out / "own-symbol.json", graph.dump());
  gluino::nd::save(out / "own-0007.params", arrays);

  EXPECT_EQ(evaluation(out / "own").at("test_loss"), evaluation(model).at("test_loss"));
  expect_done(convert(out / "own", out / "own.params", {"--names", "structural", "--net", "mlp"}));
  EXPECT_TRUE(read(out / "own.params") == read(params));
  expect_done(convert(out / "own", out / "copy"));
  EXPECT_TRUE(read(out / "copy-0007.params") == read(out / "own-0007.params"));
  const Result drawn = run({"plot-network", "--model", out / "own"});
  EXPECT_NE(drawn.out.find("FullyConnected"), std::string::npos);
}

// The layout of MXNet 0.x, written by hand: one array of two numbers named "w".
TEST_F(DigitsConvert, TheOldestFilesBecomeNewOnes) {
  std::string bytes;
  const auto add = [&](auto value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  for (const std::uint64_t head : {0x112, 0, 1}) add(head);
  for (const std::uint32_t word : {1, 2, 1, 0, 0}) add(word);  // ndim, size, cpu, 0, float32
  add(1.5F);
  add(-2.0F);
  for (const std::uint64_t word : {1, 1}) add(word);
  bytes += "w";
  gluino::write_file(out / "old.params", bytes);
  expect_done(convert(out / "old.params", out / "new.params"));
  const std::string written = read(out / "new.params");
  std::uint32_t version = 0;
  std::memcpy(&version, written.data() + 24, sizeof version);
  EXPECT_EQ(version, 0xF993FAC9U);
  const NamedArrays arrays = gluino::nd::load(out / "new.params");
  EXPECT_EQ(arrays.at(0).first, "w");
  EXPECT_EQ(arrays.at(0).second.to_vector<float>(), (std::vector<float>{1.5F, -2.0F}));
}

TEST_F(DigitsConvert, NothingIsReplacedUnlessTold) {
  gluino::write_file(out / "net-symbol.json", "mine");
  const Result refused = convert(model, out / "net");
  EXPECT_EQ(refused.code, 2);
  expect_sentence(refused, "net-symbol.json: expected a new name, found a file; --force");
  EXPECT_EQ(read(out / "net-symbol.json"), "mine");
  EXPECT_EQ(out.count(), 1U);
  expect_done(convert(model, out / "net", {"--force"}));
  EXPECT_EQ(evaluation(out / "net").at("samples"), 60);
}

TEST_F(DigitsConvert, MistakesAreTold) {
  gluino::write_file(out / "bad.params", read(params).substr(0, 1000));
  NamedArrays few = gluino::nd::load(params);
  few.pop_back();
  gluino::nd::save(out / "few.params", few);
  const std::string to = out / "to.params";
  const std::tuple<std::string, std::string, Strings, int, std::string> cases[] = {
      {out / "no", to, {}, 4, "found none of them"},
      {out / "bad.params", to, {}, 4, "bad.params"},
      {out / "few.params", to, {"--names", "prefixed", "--net", "mlp"}, 4, "expected the param"},
      {params,
       to,
       {"--names", "prefixed", "--net", "lenet"},
       4,
       "expected the parameters of LeNet"},
      {params, to, {"--names", "prefixed"}, 2, "--net: expected mlp or lenet"},
      {params, out / "net", {}, 2, "--net: expected mlp or lenet"},
      {params, out / "net", {"--names", "prefixed"}, 2, "--names: expected OUT to be"},
      {params, "/nowhere/at/all.params", {}, 2, "no folder /nowhere/at"},
      {params, to, {"--names", "other"}, 2, "--names: expected same or structural or prefixed"},
  };
  for (const auto& [in, target, more, code, part] : cases) {
    const Result result = convert(in, target, more);
    EXPECT_EQ(result.code, code) << part;
    expect_sentence(result, part);
  }
  EXPECT_EQ(out.count(), 2U);
}

TEST_F(DigitsConvert, CheckpointsThatReadNoDigitsAreTold) {
  expect_done(convert(model, out / "net"));
  const std::string path = out / "net-0000.params";
  const NamedArrays good = gluino::nd::load(path);
  const auto expect_unusable = [&](const std::string& part) {
    const Result result = run({"evaluate", "--model", out / "net", "--data", "synthetic"});
    EXPECT_EQ(result.code, 4) << part;
    expect_sentence(result, part);
  };
  NamedArrays changed = good;
  changed.pop_back();
  gluino::nd::save(path, changed);
  expect_unusable("these missing: data, MLP_dense2_bias");
  changed = good;
  changed[0].second = changed[0].second.reshape({64, 1568});
  gluino::nd::save(path, changed);
  expect_unusable("expected a network for images (N, 1, 28, 28), but");
  std::filesystem::remove(path);
  expect_unusable("expected the parameters beside it");
  gluino::write_file(out / "net-symbol.json", "[");
  expect_unusable("net-symbol.json");
}

}  // namespace
}  // namespace digits_test
