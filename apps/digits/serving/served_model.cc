#include <apps/digits/serving/served_model.h>
#include <gluino/base/error.h>
#include <gluino/graph/int8/quantize.h>
#include <gluino/ndarray/creation.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace digits::serving {
namespace {

using gluino::FrozenGraph;
using gluino::NDArray;
using gluino::Node;
using gluino::NodeEntry;
using gluino::Symbol;

constexpr std::size_t kMostLayers = 2;

bool is_activation(const Node& node) {
  const std::string& name = node.op->name;
  return name == "Activation" || name == "LeakyReLU" || name == "relu" || name == "tanh" ||
         name == "sigmoid";
}

// The outputs of the first convolutions, behind their activations where they have one.
std::vector<NodeEntry> convolution_outputs(const Symbol& network) {
  std::vector<NodeEntry> found;
  const Symbol all = network.get_internals();
  for (const NodeEntry& entry : all.entries()) {
    if (entry.index != 0 || entry.node->is_variable()) continue;
    const Node& node = *entry.node;
    const auto last = std::find_if(found.begin(), found.end(), [&](const NodeEntry& before) {
      return is_activation(node) && before.node == node.inputs[0].node;
    });
    if (last != found.end()) {
      *last = entry;
    } else if (node.op->name == "Convolution" && found.size() < kMostLayers) {
      found.push_back(entry);
    }
  }
  return found;
}

std::optional<FrozenGraph> up_to_convolutions(const FrozenGraph& network) {
  std::vector<NodeEntry> outputs = convolution_outputs(network.symbol());
  if (outputs.empty()) return {};
  return FrozenGraph(Symbol(std::move(outputs)), network.params(), {},
                     {.inputs = network.inputs(), .allow_extra_params = true});
}

}  // namespace

ServedModel::ServedModel(std::string name, const Model& model,
                         const std::vector<std::vector<NDArray>>& calibration)
    : name_(std::move(name)),
      description_(model.description),
      is_int8_(!calibration.empty()),
      network_(model.net->freeze(gluino::nd::zeros({1, 1, kRows, kColumns}))),
      layers_(up_to_convolutions(network_)) {
  if (is_int8_) network_ = gluino::quantize(network_, calibration);
  // Compilations for the usual sizes are made now, and not under the first requests.
  for (const std::int64_t batch : {1, 2, 4, 8, 16, 32, 64}) {
    const NDArray result = scores(gluino::nd::zeros({batch, 1, kRows, kColumns}));
    gluino::check(result.ndim() == 2, "model ", name_, ": expected scores (N, classes), found ",
                  result.shape());
    classes_ = result.shape()[1];
  }
}

NDArray ServedModel::scores(const NDArray& images) const {
  const std::int64_t count = images.shape()[0];
  if (count <= kMaxBatch) return network_(images);
  NDArray all;
  for (std::int64_t begin = 0; begin < count; begin += kMaxBatch) {
    const NDArray part = network_(images.slice(begin, std::min(begin + kMaxBatch, count)));
    if (!all.defined()) all = NDArray({count, part.shape()[1]});
    all.slice(begin, begin + part.shape()[0]) = part;
  }
  return all;
}

std::vector<LayerMaps> ServedModel::look(const NDArray& image) const {
  std::vector<LayerMaps> result;
  if (!layers_) return result;
  for (const NDArray& maps : (*layers_)({image})) {
    result.push_back({gluino::str("conv", result.size()), maps});
  }
  return result;
}

}  // namespace digits::serving
