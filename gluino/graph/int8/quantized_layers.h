#pragma once

#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/graph/int8/calibration.h>
#include <gluino/graph/int8/quantize.h>

#include <map>
#include <string>
#include <vector>

/// Which nodes of a frozen graph become layers of bytes, and what these are; the room's own.
namespace gluino::graph {

/// A convolution or fully connected layer with the activation and the pooling after it.
struct QuantizedLayer {
  const IndexedGraph::Item* layer = nullptr;
  const IndexedGraph::Item* last = nullptr;  ///< whose output it gives
  std::string act_type{};
  Shape pool{};
  /// The entry that it reads, before a Flatten if that reads bytes.
  int source = -1;
  /// All who read it are layers of bytes themselves.
  bool gives_bytes = false;

  bool is_convolution() const { return options_if<ConvolutionOptions>(*layer->node) != nullptr; }
};

/// By the item that they end with, in the order of the graph.
using QuantizedLayers = std::map<const IndexedGraph::Item*, QuantizedLayer>;

QuantizedLayers find_quantized_layers(const KnownGraph& known, const PassGraph& graph,
                                      const QuantizeOptions& options);

/// The node that stands for a layer. `data` is what its data have become, and `from` what their
/// bytes stand for; `to` what those of its own stand for, if it gives any. `channels` says that the
/// data were (N, channels, H, W), of which a fully connected layer takes all.
NodeEntry quantized_node(KnownGraph& known, const QuantizedLayer& layer, const NodeEntry& data,
                         const Calibrated& from, const Calibrated& to, std::int64_t channels);

}  // namespace gluino::graph
