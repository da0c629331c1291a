#pragma once

#include <gluino/gluon/hybrid_block.h>
#include <gluino/viz/plot_network.h>
#include <gluino/viz/print_summary.h>

#include <string>

/// The drawings and tables of symbols, for blocks. The block must be initialized; it is run once,
/// not in training, on an input of the shape `input` to find its graph.
namespace gluino::viz {

/// Shapes for an input of that shape stand on the edges; options.shape is not needed.
GLUINO_API Digraph plot_network(gluon::HybridBlock& block, const Shape& input,
                                const PlotOptions& options = {});
/// The same of a block of several arrays; see Block::call.
GLUINO_API Digraph plot_network(gluon::HybridBlock& block, const gluon::Nested& inputs,
                                const PlotOptions& options = {});

GLUINO_API std::string summary(gluon::HybridBlock& block, const Shape& input,
                               const SummaryOptions& options = {});
GLUINO_API std::string summary(gluon::HybridBlock& block, const gluon::Nested& inputs,
                               const SummaryOptions& options = {});
GLUINO_API void print_summary(gluon::HybridBlock& block, const Shape& input,
                              const SummaryOptions& options = {});
GLUINO_API void print_summary(gluon::HybridBlock& block, const gluon::Nested& inputs,
                              const SummaryOptions& options = {});

}  // namespace gluino::viz
