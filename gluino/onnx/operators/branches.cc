#include <gluino/graph/symbol/contrib.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/export_graph.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/control/control_flow.h>

// What is computed where a condition holds, and where it does not.
namespace gluino::onnx {
namespace {

Symbols symbols_of(const std::vector<ImportNode::GraphValue>& values) {
  Symbols symbols;
  for (const auto& value : values) symbols.push_back(value.symbol);
  return symbols;
}

Symbols read_if(const ImportNode& n) {
  const std::size_t count = n.graph("then_branch").outputs.size();
  const std::size_t others = n.graph("else_branch").outputs.size();
  n.expect(count == others && count > 0, "then_branch gives ", count, " outputs, else_branch ",
           others, "; both must give the same number, at least 1");
  if (const NDArray* holds = n.constant_if(0)) {
    n.expect(holds->size() == 1, "cond: expected one value, got the shape ", holds->shape());
    const bool is_true = holds->asscalar<double>() != 0;
    return symbols_of(n.read_graph(is_true ? "then_branch" : "else_branch", {}));
  }
  const auto branch = [&](const char* name) {
    return [&n, name] { return sym::contrib::Symbols(symbols_of(n.read_graph(name, {}))); };
  };
  const auto all =
      sym::contrib::cond(n.in(), branch("then_branch"), branch("else_branch"), n.stem() + "_cond");
  Symbols outputs;
  for (const Symbol& output : all) {
    outputs.push_back(output);
    // What contradicts itself is told here.
    n.shape(output);
  }
  return outputs;
}

void write_cond(ExportNode& e, const CondOptions& o) {
  const auto& graphs = o.subgraphs->graphs();
  const ExportNode::Value holds = e.write(*graphs[0], e.values(o.cond_input_locs.at)).at(0);
  const auto branch = [&](std::size_t number, const Locations& inputs) {
    ExportGraph graph(e);
    for (const auto& value : graph.node().write(*graphs[number], e.values(inputs.at))) {
      graph.give(value);
    }
    return graph.done();
  };
  const Names outputs = e.add_many("If", {write_condition(e, holds)},
                                   {{"then_branch", branch(1, o.then_input_locs)},
                                    {"else_branch", branch(2, o.else_input_locs)}},
                                   o.num_outputs);
  for (int i = 0; i < o.num_outputs; ++i) e.give(outputs[static_cast<std::size_t>(i)], i);
}

const bool registered = translate([](Translations& t) {
  t.writes<CondOptions>("_cond", write_cond);
  t.reads("If", read_if);
});

}  // namespace
}  // namespace gluino::onnx
