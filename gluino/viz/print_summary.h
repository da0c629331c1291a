#pragma once

#include <gluino/graph/symbol/symbol.h>

#include <string>
#include <vector>

namespace gluino::viz {

struct SummaryOptions {
  /// Characters per line.
  int line_length = 120;
  /// Where the four columns end: shares of the line, or characters if the last is above 1.
  std::vector<double> positions = {.44, .64, .74, 1.};
};

/// The nodes of a network as a table: name and operator, the output's shape for one sample, the
/// number of parameters (weights, biases, gammas and betas), and the nodes that it reads, in the
/// form of MXNet 1.9. `shape` gives the shapes of the inputs. Without any no shapes are shown, and
/// only biases and the weights of embeddings are counted. The total counts a parameter that several
/// nodes share once. Throws Error when the shapes do not suffice or the options make no table.
GLUINO_API std::string summary(const Symbol& symbol, const Shapes& shape = {},
                               const SummaryOptions& options = {});

/// The same on standard output.
GLUINO_API void print_summary(const Symbol& symbol, const Shapes& shape = {},
                              const SummaryOptions& options = {});

}  // namespace gluino::viz
