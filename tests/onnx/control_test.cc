// Loops and branches: written and read again, with values from outside, and what is wrong with
// graphs inside of nodes.
#include <gluino/onnx/format/document.h>
#include <gmock/gmock.h>

#include "error_message.h"
#include "onnx/run_model.h"

namespace gluino {
namespace {

using testing::message_of;

using onnx::Document;
using onnx::DocumentGraph;
using onnx::DocumentNode;
using sym::contrib::Step;
using sym::contrib::Symbols;
using testing::expect_same;
using ::testing::HasSubstr;
using testing::run_model;

// Written with sizes of -1 as `shapes` has them, read again, and run: the symbol's own numbers.
void expect_round_trip(const Symbol& symbol, const ArrayMap& inputs, const ArrayMap& parameters,
                       const Shapes& shapes = {},
                       const std::map<std::string, std::vector<std::string>>& names = {}) {
  ArrayMap all = parameters;
  all.insert(inputs.begin(), inputs.end());
  Shapes told = shapes;
  for (const auto& [name, array] : inputs) told.emplace(name, array.shape());
  for (const int opset : {13, 16, 21}) {
    const auto model = onnx::import_bytes(
        onnx::export_bytes(symbol, parameters, told, {.opset = opset, .dimension_names = names}));
    expect_same(run_model(model, inputs), symbol.eval(all), 1e-6);
  }
}

NDArray numbers(const Shape& shape, double first = -1, double step = 0.25) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    values.push_back(first + step * static_cast<double>((i * 7) % 11));
  }
  return nd::from(values, shape, cpu()).astype(float32);
}

// A recurrent network whose weights are parameters, and one of them computed outside of the loop.
Symbol recurrent() {
  const Symbol x = sym::var("x"), state = sym::var("state");
  const Symbol input = sym::var("input"), hidden = sym::var("hidden") * 0.5;
  const Step step = sym::contrib::foreach (
      [&](const Symbols& now, const Symbols& before) {
        const Symbol next = sym::tanh(sym::dot(now[0], input) + sym::dot(before[0], hidden));
        return Step{{next * 2.0, now[0]}, {next}};
      },
      {x}, {state});
  return sym::Group({step.outputs[0], step.states[0], step.outputs[1]});
}

TEST(ControlFlow, ARecurrentNetwork) {
  const ArrayMap parameters{{"input", numbers({3, 4})}, {"hidden", numbers({4, 4}, 0.1, 0.05)}};
  const ArrayMap inputs{{"x", numbers({5, 2, 3})}, {"state", numbers({2, 4})}};
  expect_round_trip(recurrent(), inputs, parameters);
  // Sizes that only a run knows, the number of steps among them.
  expect_round_trip(recurrent(), inputs, parameters, {{"x", {-1, -1, 3}}, {"state", {-1, 4}}},
                    {{"x", {"steps", "batch"}}, {"state", {"batch"}}});
}

TEST(ControlFlow, LoopsInsideOfBranchesInsideOfLoops) {
  const Symbol x = sym::var("x"), weight = sym::var("weight");
  const auto inner = [&](const Symbol& row) {
    const Step step =
        sym::contrib::while_loop([&](const Symbols& now) { return sym::sum(now[0]) < 20.0; },
                                 [&](const Symbols& now) {
                                   return Step{{now[0] * weight}, {now[0] * 2.0 + row}};
                                 },
                                 {sym::abs(row) + 1.0}, {.max_iterations = 4});
    return sym::sum(step.outputs[0], {.axis = {0}}) + step.states[0];
  };
  const Step outer = sym::contrib::foreach (
      [&](const Symbols& row, const Symbols& sum) {
        const Symbol chosen = sym::contrib::cond(
            sym::sum(row[0]) > 0.0, [&] { return Symbols(inner(row[0])); },
            [&] { return Symbols(row[0] - weight); });
        return Step{{chosen}, {sum[0] + chosen}};
      },
      {x}, {sym::zeros_like(weight)});
  expect_round_trip(sym::Group({outer.outputs[0], outer.states[0]}), {{"x", numbers({6, 3})}},
                    {{"weight", numbers({3}, 0.5)}});
}

TEST(ControlFlow, LoopsWithoutOutputsEndEarly) {
  const Symbol x = sym::var("x"), limit = sym::var("limit");
  const auto most = [](std::int64_t steps, const Symbol& from, const Symbol& end) {
    const Step step =
        sym::contrib::while_loop([&](const Symbols& now) { return sym::max(now[0]) < end; },
                                 [&](const Symbols& now) {
                                   return Step{{}, {now[0] * 2.0, now[1] + now[0]}};
                                 },
                                 {from, from}, {.max_iterations = steps});
    return sym::Group({step.states[0], step.states[1]});
  };
  const ArrayMap inputs{{"x", numbers({3}, 1)}, {"limit", numbers({1}, 40)}};
  for (const std::int64_t steps : {0, 2, 1000}) {
    expect_round_trip(most(steps, x, limit), inputs, {});
  }
}

TEST(ControlFlow, ZerosStandBehindTheLastStep) {
  const Symbol x = sym::var("x");
  const Step step =
      sym::contrib::while_loop([&](const Symbols& now) { return sym::sum(now[0]) < 30.0; },
                               [&](const Symbols& now) {
                                 return Step{{now[0], sym::sum(now[0])}, {now[0] * 2.0}};
                               },
                               {x}, {.max_iterations = 8});
  const Symbol all = sym::Group({step.outputs[0], step.outputs[1], step.states[0]});
  expect_round_trip(all, {{"x", numbers({2, 2}, 1)}}, {});
  // Of a size that only a run knows the zeros have none.
  EXPECT_THROW(onnx::export_bytes(all, {}, {{"x", {-1, 2}}}), Error);
}

onnx::InnerGraph graph(std::vector<DocumentNode> nodes, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  auto made = std::make_shared<DocumentGraph>();
  made->graph_name = "inside";
  made->nodes = std::move(nodes);
  for (const auto& name : inputs) made->inputs.push_back({.name = name, .has_type = false});
  for (const auto& name : outputs) made->outputs.push_back({.name = name, .has_type = false});
  return {made};
}

// y of x, which the one node computes.
Document document_of(DocumentNode node) {
  Document document;
  document.opset = 17;
  document.inputs = {{.name = "x", .dimensions = {{.size = 2}, {.size = 3}}},
                     {.name = "many", .dtype = int64, .dimensions = {}},
                     {.name = "holds", .dtype = boolean, .dimensions = {}}};
  document.outputs = {{.name = "y", .dimensions = {}}};
  document.initializers["three"] = nd::full({}, 3, int64);
  document.initializers["two"] = nd::full({}, 2, int64);
  node.name = "node";
  document.nodes = {std::move(node)};
  return document;
}

std::string refusal(const Document& document) {
  return message_of([&] { onnx::import_bytes(onnx::document_bytes(document), "net.onnx"); });
}

DocumentNode relu(const std::string& x, const std::string& y) {
  return {.op_type = "Relu", .inputs = {x}, .outputs = {y}};
}

DocumentNode loop(const std::vector<std::string>& inputs, onnx::InnerGraph body,
                  const std::vector<std::string>& outputs = {"y"}) {
  return {.op_type = "Loop",
          .inputs = inputs,
          .outputs = outputs,
          .attributes = {{"body", std::move(body)}}};
}

TEST(GraphsInside, WhatOnlyTheDataTellIsRefused) {
  const auto body = [](const std::vector<std::string>& outputs) {
    return graph({relu("s", "next")}, {"i", "c", "s"}, outputs);
  };
  const std::vector<std::string> both{"c", "next", "next"};
  for (const auto& inputs : std::vector<std::vector<std::string>>{
           {"many", "", "x"}, {"three", "holds", "x"}, {"", "", "x"}}) {
    EXPECT_THAT(
        refusal(document_of(loop(inputs, body(both), {"y", "z"}))),
        HasSubstr("net.onnx: [Loop node] how many steps give something only the data tell"));
  }
  // A state that grows.
  const auto grown = graph({{.op_type = "Concat",
                             .inputs = {"s", "s"},
                             .outputs = {"next"},
                             .attributes = {{"axis", std::int64_t{0}}}}},
                           {"i", "c", "s"}, {"c", "next"});
  EXPECT_THAT(refusal(document_of(loop({"three", "", "x"}, grown))),
              HasSubstr("a state keeps its shape"));
}

TEST(GraphsInside, ThatDoNotFitTheirNode) {
  const auto inside = [](std::size_t inputs, const std::vector<std::string>& outputs) {
    std::vector<std::string> names{"i", "c", "s", "t"};
    names.resize(inputs);
    return graph({relu("x", "next")}, names, outputs);
  };
  EXPECT_THAT(refusal(document_of(loop({"three", "", "x"}, inside(2, {"c", "next"})))),
              HasSubstr("[Loop node] body: expected a graph of 3 inputs, got one of 2"));
  EXPECT_THAT(refusal(document_of(loop({"three", "", "x"}, inside(3, {"c"})))),
              HasSubstr("body: expected a graph of at least 2 outputs"));
  EXPECT_THAT(refusal(document_of(loop({"three", "", "x"}, inside(3, {"c", "none"})))),
              HasSubstr("there is no value \"none\""));
  EXPECT_THAT(refusal(document_of(loop({"three", "", "x"}, graph({relu("next", "next")},
                                                                 {"i", "c", "s"}, {"c", "next"})))),
              HasSubstr("there is no value \"next\""));
  EXPECT_THAT(refusal(document_of({.op_type = "Loop", .inputs = {"three"}, .outputs = {"y"}})),
              HasSubstr("body: the attribute is missing"));
  EXPECT_THAT(refusal(document_of({.op_type = "Loop",
                                   .inputs = {"three"},
                                   .outputs = {"y"},
                                   .attributes = {{"body", std::int64_t{1}}}})),
              HasSubstr("body: the attribute is of another kind"));
  EXPECT_THAT(refusal(document_of({.op_type = "If",
                                   .inputs = {"holds"},
                                   .outputs = {"y"},
                                   .attributes = {{"then_branch", inside(0, {"next"})},
                                                  {"else_branch", inside(0, {"x", "next"})}}})),
              HasSubstr("both must give the same number"));
  EXPECT_THAT(refusal(document_of({.op_type = "Relu",
                                   .inputs = {"x"},
                                   .outputs = {"y"},
                                   .attributes = {{"extra", inside(0, {"next"})}}})),
              HasSubstr("the attribute extra is not read"));
  EXPECT_THAT(refusal(document_of({.op_type = "Scan",
                                   .inputs = {"x"},
                                   .outputs = {"y"},
                                   .attributes = {{"body", inside(1, {"next"})},
                                                  {"num_scan_inputs", std::int64_t{2}}}})),
              HasSubstr("num_scan_inputs: expected 1 to 1, got 2"));
  EXPECT_THAT(refusal(document_of({.op_type = "Scan",
                                   .inputs = {"many"},
                                   .outputs = {"y"},
                                   .attributes = {{"body", inside(1, {"next"})},
                                                  {"num_scan_inputs", std::int64_t{1}}}})),
              HasSubstr("has no axis to be scanned along"));
}

// As deep as is read there is a network, in a time that nobody waits for.
TEST(GraphsInside, StandInsideOfEachOther) {
  const auto nested = [](int depth) {
    DocumentNode node = relu("x", "y");
    for (int i = 0; i < depth; ++i) {
      const std::vector<std::string> inputs{"two", i % 2 == 0 ? "" : "holds", "x"};
      const std::string name = str("y", i);
      node.outputs = {name};
      node = i % 3 == 2 ? DocumentNode{.op_type = "If",
                                       .inputs = {"holds"},
                                       .outputs = {"y"},
                                       .attributes = {{"then_branch", graph({node}, {}, {name})},
                                                      {"else_branch", graph({node}, {}, {name})}}}
                        : loop(inputs, graph({node}, {"i", "c", "s"}, {"c", name}));
    }
    return document_of(node);
  };
  onnx::import_bytes(onnx::document_bytes(nested(onnx::kMostDepth)));
  const auto model = onnx::import_bytes(onnx::document_bytes(nested(5)));
  const NDArray x = numbers({2, 3});
  const auto got = run_model(model, {{"x", x}, {"holds", nd::ones({}, boolean)}});
  expect_same(got, {nd::relu(x)}, 1e-6);
  EXPECT_THAT(message_of([&] { onnx::document_bytes(nested(onnx::kMostDepth + 1)); }),
              HasSubstr("to a depth of"));
}

// Nobody runs them while the file is read.
TEST(GraphsInside, LoopsOfConstantsWithoutAnEnd) {
  const Document document = document_of(
      loop({"", "", "three"}, graph({{.op_type = "Add", .inputs = {"s", "s"}, .outputs = {"next"}}},
                                    {"i", "c", "s"}, {"c", "next"})));
  const auto model = onnx::import_bytes(onnx::document_bytes(document));
  EXPECT_TRUE(model.symbol.list_arguments().size() > 0);
}

}  // namespace
}  // namespace gluino
