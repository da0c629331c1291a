#pragma once

#include <gluino/graph/symbol/symbol.h>
#include <gluino/viz/digraph.h>

#include <string>

namespace gluino::viz {

struct PlotOptions {
  std::string title = "plot";
  /// What Digraph::render draws when the file's name does not tell: svg, png, pdf or another of
  /// Graphviz's formats.
  std::string save_format = "pdf";
  /// Shapes of the inputs. If given, each edge carries the shape of one sample, "20x24x24".
  Shapes shape{};
  /// Types of the inputs. If given, each edge carries its type.
  DTypes dtype{};
  /// Graphviz's attributes of all nodes, over the usual ones: {{"shape", "oval"}}.
  Digraph::Look node_attrs{};
  /// Leave out weights, biases, gammas, betas, and running means and variances.
  bool hide_weights = true;
};

/// Draws a network as MXNet 1.9 does: a box for each operator, coloured by its kind, an oval for
/// each input, and edges from each node back to those that it reads. Throws Error when the shapes
/// or types do not suffice.
///
///     viz::plot_network(net, {.shape = {{"data", {1, 1, 28, 28}}}}).render("lenet.svg");
GLUINO_API Digraph plot_network(const Symbol& symbol, const PlotOptions& options = {});

}  // namespace gluino::viz
