// Files of graphs: older versions, and what is wrong with a file.
#include <gluino/base/file.h>
#include <gluino/graph/sym.h>
#include <gluino/initializer/initializer.h>
#include <gmock/gmock.h>

#include "graph/mxnet_json.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

// Written by hand in the form of MXNet 0.8: no versions of entries, options under "param", no
// auxiliary states, an attribute for an input in the node.
constexpr char kVersion08[] = R"({
  "nodes": [
    {"op": "null", "param": {}, "name": "data", "inputs": [], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "bn_gamma", "inputs": [], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "bn_beta", "inputs": [], "backward_source_id": -1},
    {"op": "BatchNorm", "param": {"eps": "0.001", "momentum": "0.9", "fix_gamma": "True"},
     "name": "bn", "inputs": [[0, 0], [1, 0], [2, 0]], "backward_source_id": -1,
     "attr": {"beta_lr_mult": "2.0", "ctx_group": "dev1"}},
    {"op": "null", "param": {}, "name": "fc_weight", "inputs": [], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "fc_bias", "inputs": [], "backward_source_id": -1},
    {"op": "FullyConnected", "param": {"num_hidden": "10", "no_bias": "False"}, "name": "fc",
     "inputs": [[3, 0], [4, 0], [5, 0]], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "softmax_label", "inputs": [], "backward_source_id": -1},
    {"op": "Softmax", "param": {"grad_scale": "1"}, "name": "softmax",
     "inputs": [[6, 0], [7, 0]], "backward_source_id": -1}
  ],
  "arg_nodes": [0, 1, 2, 4, 5, 7],
  "heads": [[8, 0]]
})";

TEST(SymbolJson, ReadsVersion08) {
  const Symbol net = sym::load_json(kVersion08);
  EXPECT_THAT(net.list_arguments(),
              ElementsAre("data", "bn_gamma", "bn_beta", "fc_weight", "fc_bias", "softmax_label"));
  EXPECT_THAT(net.list_auxiliary_states(), ElementsAre("bn_moving_mean", "bn_moving_var"));
  EXPECT_EQ(net.attr_dict().at("bn_beta").at("__lr_mult__"), "2.0");
  EXPECT_EQ(net.attr_dict().at("bn").at("__ctx_group__"), "dev1");
  EXPECT_EQ(net.infer_shape({{"data", {2, 3}}}).outputs[0], (Shape{2, 10}));
  // Saved, it has today's form.
  EXPECT_EQ(sym::load_json(net.tojson()).tojson(), net.tojson());
}

// 0.9 to 0.12: "attr", three numbers to an entry, row_ptr, a version.
TEST(SymbolJson, ReadsVersion09) {
  const Symbol net = sym::load_json(R"({
    "nodes": [
      {"op": "null", "name": "x", "attr": {"lr_mult": "0.5"}, "inputs": []},
      {"op": "argmax", "name": "a", "attr": {"axis": "-1"}, "inputs": [[0, 0, 0]]}
    ],
    "arg_nodes": [0], "node_row_ptr": [0, 1, 2], "heads": [[1, 0, 0]],
    "attrs": {"mxnet_version": ["int", 903]}
  })");
  EXPECT_EQ(net.get_internals()["x"].attr("lr_mult"), "0.5");
  // Before 0.9.5, -1 stood for "over all elements".
  EXPECT_EQ(net.infer_shape({{"x", {2, 3}}}).outputs[0], (Shape{1}));
}

std::string graph(const std::string& nodes, const std::string& rest) {
  return "{\"nodes\": [" + nodes + "], " + rest + "}";
}

const std::string kX = R"({"op": "null", "name": "x", "inputs": []})";

TEST(SymbolJson, SaysWhatIsWrong) {
  const auto message = [](const std::string& json) {
    return message_of([&] { sym::load_json(json, "net.json"); });
  };
  const std::string ends = R"("arg_nodes": [0], "heads": [[1, 0, 0]])";
  const auto node = [&](const std::string& fields) {
    return message(graph(kX + ", {" + fields + "}", ends));
  };
  EXPECT_THAT(message("{\"nodes\": ["), HasSubstr("net.json: this is no JSON"));
  EXPECT_THAT(message("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(message("{}"), HasSubstr("\"nodes\" is missing"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [0], "heads": [])")), HasSubstr("no outputs"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [], "heads": [[0, 0, 0]])")),
              HasSubstr("node 0 (x) is a variable that arg_nodes does not name"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [0, 0], "heads": [[0, 0, 0]])")),
              HasSubstr("twice"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [7], "heads": [[0, 0, 0]])")),
              HasSubstr("names node 7"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [0], "heads": [[0, 3, 0]])")),
              HasSubstr("output 3 of node 0 (x)"));
  EXPECT_THAT(message(graph(kX, R"("arg_nodes": [0], "heads": [[-1, 0, 0]])")),
              HasSubstr("out of range"));
  EXPECT_THAT(
      message(graph(kX, R"("arg_nodes": [0], "heads": [[0, 0, 0]], "node_row_ptr": [0, 5, 1])")),
      HasSubstr("node_row_ptr"));
  EXPECT_THAT(message(graph(kX + ", " + kX, R"("arg_nodes": [0, 1], "heads": [[1, 0, 0]])")),
              HasSubstr("nodes 0 and 1 are variables of one name, \"x\""));
  EXPECT_THAT(node(R"("op": "relo", "name": "r", "inputs": [[0, 0, 0]])"),
              HasSubstr("node 1 (r): there is no operator \"relo\"; did you mean relu"));
  EXPECT_THAT(node(R"("op": "relu", "name": "r", "inputs": [[1, 0, 0]])"),
              HasSubstr("a graph may not lead back to itself"));
  EXPECT_THAT(node(R"("op": "relu", "name": "r", "inputs": [[0, 0, 0], [0, 0, 0]])"),
              HasSubstr("relu expects 1 inputs, the file has 2"));
  EXPECT_THAT(node(R"("op": "relu", "name": "r", "inputs": [[0]])"),
              HasSubstr("expected an entry"));
  EXPECT_THAT(
      node(R"("op": "Activation", "name": "r", "attrs": {"slope": "1"}, "inputs": [[0, 0, 0]])"),
      HasSubstr("no option \"slope\""));
  EXPECT_THAT(
      node(R"("op": "Activation", "name": "a", "attrs": {"act_type": 3}, "inputs": [[0, 0, 0]])"),
      HasSubstr("attrs \"act_type\": expected a string"));
  EXPECT_THAT(
      node(R"("op": "Concat", "name": "c", "attrs": {"num_args": "3"}, "inputs": [[0, 0, 0]])"),
      HasSubstr("num_args: the file says 3"));
  EXPECT_THAT(
      node(
          R"("op": "SliceChannel", "name": "s", "attrs": {"num_outputs": "3000"}, "inputs": [[0, 0, 0]])"),
      HasSubstr("more than a file of this size can use"));
  EXPECT_THAT(node(R"("op": "relu", "name": "r", "inputs": [[0, 0, 0]], "backward_source_id": 0)"),
              HasSubstr("gradient"));
}

TEST(SymbolJson, EveryCutOfAFileIsAnErrorAndNothingElse) {
  const std::string whole = testing::kBranchesJson;
  for (std::size_t length = 0; length + 1 < whole.size(); length += 7) {
    EXPECT_THROW(sym::load_json(whole.substr(0, length)), Error);
  }
}

TEST(SymbolJson, OneByteChangedGivesASymbolOrAnError) {
  const std::string whole = testing::kBranchesJson;
  int symbols = 0;
  int errors = 0;
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>('0' + i % 10);
    try {
      const Symbol symbol = sym::load_json(changed);
      symbol.infer_shape_partial({});
      // What was read is a graph like any other.
      const std::string json = symbol.tojson();
      EXPECT_EQ(sym::load_json(json).tojson(), json) << "byte " << i;
      ++symbols;
    } catch (const Error& error) {
      EXPECT_GT(std::string_view(error.what()).size(), 10U) << "byte " << i;
      ++errors;
    }
  }
  // Names, numbers and blanks may change; brackets, quotes and operators may not.
  EXPECT_GT(symbols, static_cast<int>(whole.size() / 10));
  EXPECT_GT(errors, static_cast<int>(whole.size() / 4));
}

TEST(SymbolJson, DeepNestingIsNoDanger) {
  EXPECT_THROW(sym::load_json(std::string(1000000, '[')), Error);
}

TEST(SymbolJson, SavesAndLoadsFiles) {
  const std::string path = ::testing::TempDir() + "gluino-symbol.json";
  sym::load_json(testing::kLeNetJson).save(path);
  EXPECT_EQ(read_file(path), testing::kLeNetJson);
  EXPECT_EQ(sym::load(path).tojson(), testing::kLeNetJson);
  EXPECT_THAT(message_of([] { sym::load("/nonexistent/net.json"); }),
              HasSubstr("/nonexistent/net.json"));
}

TEST(Json, DeepNestingIsAnErrorWhereverItStands) {
  for (const int depth : {200, 2'000'000}) {
    const auto n = static_cast<std::size_t>(depth);
    const std::string deep = std::string(n, '[') + std::string(n, ']');
    for (const std::string& json :
         {deep, "{\"nodes\": " + deep + "}", "{\"nodes\": [], \"heads\": [" + deep + "]}",
          "{\"attrs\": {\"mxnet_version\": " + deep + "}}"}) {
      EXPECT_THROW(sym::load_json(json), Error);
    }
    EXPECT_THROW(init::create_from_json(deep), Error);
  }
}

}  // namespace
}  // namespace gluino
