#include <gluino/gluon/viz.h>
#include <gluino/ndarray/creation.h>

#include <iostream>

namespace gluino::viz {
namespace {

struct Graph {
  Graph(gluon::HybridBlock& block, const Shape& input)
      : symbol(block.to_symbol(nd::zeros(input))), shapes{{"data", input}} {}

  Symbol symbol;
  Shapes shapes;
};

}  // namespace

Digraph plot_network(gluon::HybridBlock& block, const Shape& input, const PlotOptions& options) {
  const Graph graph(block, input);
  PlotOptions with_shapes = options;
  with_shapes.shape = graph.shapes;
  return plot_network(graph.symbol, with_shapes);
}

std::string summary(gluon::HybridBlock& block, const Shape& input, const SummaryOptions& options) {
  const Graph graph(block, input);
  return summary(graph.symbol, graph.shapes, options);
}

void print_summary(gluon::HybridBlock& block, const Shape& input, const SummaryOptions& options) {
  std::cout << summary(block, input, options);
}

}  // namespace gluino::viz
