#include <gluino/graph/frozen/freeze_passes.h>
#include <gluino/ndarray/creation.h>

#include <cmath>
#include <utility>

// gamma (w x + b - mean) / sqrt(var + eps) + beta is a w x + (a (b - mean) + beta) with
// a = gamma / sqrt(var + eps): the layer with other weights. They are computed in double.
namespace gluino::graph {
namespace {

using Item = IndexedGraph::Item;

enum NormInput { kNormed, kGamma, kBeta, kMean, kVar };

const NDArray* known(const KnownGraph& graph, const Item& item, std::size_t input) {
  const Node& node = *item.node->inputs[input].node;
  const auto found = graph.params.find(node.name);
  return node.is_variable() && found != graph.params.end() ? &found->second : nullptr;
}

bool inputs_known(const KnownGraph& graph, const Item& item) {
  for (std::size_t i = 1; i < item.inputs.size(); ++i) {
    if (known(graph, item, i) == nullptr) return false;
  }
  return true;
}

// The layer whose output channels lie where the node normalises, if its weights are known.
const Item* normalized_layer(const KnownGraph& graph, const PassGraph& pass, const Item& norm) {
  const std::int64_t axis = options_of<BatchNormOptions>(norm).axis;
  if (const Item* layer = pass.only_producer<ConvolutionOptions>(norm, kNormed)) {
    const auto& o = options_of<ConvolutionOptions>(*layer);
    const int ndim = 2 + o.kernel.ndim();
    const int place = channels_last(o.layout) ? ndim - 1 : 1;
    const bool channels = axis == place || axis == place - ndim;
    return channels && inputs_known(graph, *layer) ? layer : nullptr;
  }
  if (const Item* layer = pass.only_producer<FullyConnectedOptions>(norm, kNormed)) {
    const bool rows = options_of<FullyConnectedOptions>(*layer).flatten;
    const bool last = axis == -1 || (rows && axis == 1);
    return last && inputs_known(graph, *layer) ? layer : nullptr;
  }
  return nullptr;
}

struct Folded {
  NDArray weight;
  NDArray bias;
};

Folded fold(const KnownGraph& graph, const Item& layer, const Item& norm) {
  const auto& o = options_of<BatchNormOptions>(norm);
  const NDArray& weight = *known(graph, layer, kWeight);
  const auto values = [&](std::size_t input) {
    return known(graph, norm, input)->to_vector<double>();
  };
  const auto gamma = values(kGamma);
  const auto beta = values(kBeta);
  const auto mean = values(kMean);
  const auto var = values(kVar);
  auto weights = weight.to_vector<double>();
  std::vector<double> bias(gamma.size());
  if (layer.inputs.size() > kBias) bias = known(graph, layer, kBias)->to_vector<double>();
  const std::size_t row = gamma.empty() ? 0 : weights.size() / gamma.size();
  for (std::size_t c = 0; c < gamma.size(); ++c) {
    const double factor = (o.fix_gamma ? 1 : gamma[c]) / std::sqrt(var[c] + o.eps);
    for (std::size_t i = c * row; i < (c + 1) * row; ++i) weights[i] *= factor;
    bias[c] = (bias[c] - mean[c]) * factor + beta[c];
  }
  const auto array = [&](const std::vector<double>& from, const Shape& shape) {
    return nd::from(from, shape).astype(weight.dtype()).as_in_context(weight.context());
  };
  return {array(weights, weight.shape()), array(bias, {static_cast<std::int64_t>(bias.size())})};
}

// The options of the layer once it has a bias.
template <class O>
std::shared_ptr<const void> with_bias(const Item& layer) {
  O options = options_of<O>(layer);
  options.no_bias = false;
  return layer.node->op->copy_options(&options);
}

}  // namespace

void fold_batch_norm(KnownGraph& graph) {
  const EntryTypes no_types;
  const Symbol before = graph.symbol;
  const PassGraph pass(before, no_types);
  graph.symbol = with_replaced(
      pass, [&](const Item& item, const PassGraph::Moved& moved) -> std::optional<NodeEntry> {
        const auto* norm = options_if<BatchNormOptions>(*item.node);
        const bool alone = norm != nullptr && !norm->output_mean_var;
        if (!alone || !inputs_known(graph, item)) return std::nullopt;
        const Item* layer = normalized_layer(graph, pass, item);
        if (layer == nullptr) return std::nullopt;
        const std::string name = layer->node->name;
        const Folded folded = fold(graph, *layer, item);
        auto node = moved_node(*layer, moved);
        node->name = str(name, "+", item.node->name);
        node->options = options_if<ConvolutionOptions>(*layer->node) != nullptr
                            ? with_bias<ConvolutionOptions>(*layer)
                            : with_bias<FullyConnectedOptions>(*layer);
        node->attrs = node->op->format_options(node->options.get());
        node->inputs.resize(kBias);
        node->inputs[kWeight] = graph.add(str(name, "_folded_weight"), folded.weight);
        node->inputs.push_back(graph.add(str(name, "_folded_bias"), folded.bias));
        return NodeEntry{node, 0};
      });
}

}  // namespace gluino::graph
