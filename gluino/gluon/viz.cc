#include <gluino/gluon/traced_forward.h>
#include <gluino/gluon/viz.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <iostream>

namespace gluino::viz {
namespace {

struct Graph {
  Graph(gluon::HybridBlock& block, const gluon::Nested& inputs) : symbol(block.to_symbol(inputs)) {
    const auto arrays = inputs.flatten();
    const auto names = gluon::input_names(arrays.size());
    const auto used = symbol.list_inputs();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (std::count(used.begin(), used.end(), names[i]) > 0) shapes[names[i]] = arrays[i].shape();
    }
  }

  Symbol symbol;
  Shapes shapes;
};

}  // namespace

Digraph plot_network(gluon::HybridBlock& block, const Shape& input, const PlotOptions& options) {
  return plot_network(block, gluon::Nested(nd::zeros(input)), options);
}

Digraph plot_network(gluon::HybridBlock& block, const gluon::Nested& inputs,
                     const PlotOptions& options) {
  const Graph graph(block, inputs);
  PlotOptions with_shapes = options;
  with_shapes.shape = graph.shapes;
  return plot_network(graph.symbol, with_shapes);
}

std::string summary(gluon::HybridBlock& block, const Shape& input, const SummaryOptions& options) {
  return summary(block, gluon::Nested(nd::zeros(input)), options);
}

std::string summary(gluon::HybridBlock& block, const gluon::Nested& inputs,
                    const SummaryOptions& options) {
  const Graph graph(block, inputs);
  return summary(graph.symbol, graph.shapes, options);
}

void print_summary(gluon::HybridBlock& block, const Shape& input, const SummaryOptions& options) {
  std::cout << summary(block, input, options);
}

void print_summary(gluon::HybridBlock& block, const gluon::Nested& inputs,
                   const SummaryOptions& options) {
  std::cout << summary(block, inputs, options);
}

}  // namespace gluino::viz
