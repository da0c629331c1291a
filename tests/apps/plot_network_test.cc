#include <apps/program.h>

namespace digits_test {
namespace {

bool has_graphviz() {
  std::istringstream path(std::getenv("PATH"));
  for (std::string folder; std::getline(path, folder, ':');) {
    if (::access((folder + "/dot").c_str(), X_OK) == 0) return true;
  }
  return false;
}

TEST(DigitsPlotNetwork, PrintsGraphvizText) {
  const Result lenet = run(words("plot-network"));
  ASSERT_EQ(lenet.code, 0) << lenet.err;
  EXPECT_EQ(count(lenet.out, "[label=\"Convolution"), 2U);
  EXPECT_EQ(count(lenet.out, "[label=\"Pooling\\nmax, 2x2/2x2\""), 2U);
  EXPECT_EQ(count(lenet.out, "[label=\"Activation\\ntanh\""), 3U);
  EXPECT_EQ(count(lenet.out, " -> "), 10U);
  EXPECT_EQ(count(lenet.out, "20x24x24"), 0U);
  const Result shapes = run(words("plot-network --shapes"));
  EXPECT_EQ(count(shapes.out, "[label=\"20x24x24\""), 2U);
  const Result mlp = run(words("plot-network --net mlp --activation sigmoid"));
  EXPECT_EQ(count(mlp.out, "Activation\\nsigmoid"), 2U);
}

TEST(DigitsPlotNetwork, WritesTheFormThatTheNameTells) {
  const TempFolder out;
  ASSERT_EQ(run({"plot-network", "--output", out / "net.dot"}).code, 0);
  EXPECT_EQ(read(out / "net.dot") + "\n", run({"plot-network"}).out);
  const Result wrong = run({"plot-network", "--output", out / "net.jpeg"});
  EXPECT_EQ(wrong.code, 2);
  expect_sentence(wrong, "ends in .svg, .png, .pdf, .dot or .gv");
  if (!has_graphviz()) GTEST_SKIP() << "Graphviz is not installed";
  const Result svg = run({"plot-network", "--shapes", "--output", out / "net.svg"});
  ASSERT_EQ(svg.code, 0) << svg.err;
  EXPECT_NE(read(out / "net.svg").find(">20x24x24</text>"), std::string::npos);
}

TEST(DigitsPlotNetwork, WithoutGraphvizSaysWhatIsMissing) {
  const TempFolder out;
  const Result result =
      run({"plot-network", "--output", out / "net.svg"}, {.environment = {{"PATH", out.path()}}});
  EXPECT_EQ(result.code, 1);
  expect_sentence(result, "the program dot of Graphviz");
  EXPECT_EQ(out.count(), 0U);
}

TEST(DigitsPlotNetwork, DrawsFilesOfSymbols) {
  const TempFolder out;
  const std::string path = out / "net-symbol.json";
  gluino::write_file(path, R"({"nodes": [
      {"op": "null", "name": "data", "inputs": []},
      {"op": "null", "name": "fc_weight", "inputs": []},
      {"op": "null", "name": "fc_bias", "inputs": []},
      {"op": "FullyConnected", "name": "fc", "attrs": {"num_hidden": "10"},
       "inputs": [[0, 0, 0], [1, 0, 0], [2, 0, 0]]}],
    "arg_nodes": [0, 1, 2], "node_row_ptr": [0, 1, 2, 3, 4], "heads": [[3, 0, 0]],
    "attrs": {"mxnet_version": ["int", 10901]}})");
  const Result drawn = run({"plot-network", "--symbol", path, "--shapes"});
  ASSERT_EQ(drawn.code, 0) << drawn.err;
  EXPECT_EQ(count(drawn.out, " -> "), 1U);
  EXPECT_NE(drawn.out.find("\"fc\" -> \"data\" [label=\"1x28x28\""), std::string::npos);
  gluino::write_file(path, "{\"nodes\": 1}");
  const Result damaged = run({"plot-network", "--symbol", path});
  EXPECT_EQ(damaged.code, 4);
  expect_sentence(damaged, "net-symbol.json");
  EXPECT_EQ(run({"plot-network", "--symbol", path, "--net", "mlp"}).code, 2);
}

}  // namespace
}  // namespace digits_test
