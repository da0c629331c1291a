#pragma once

#include <gluino/graph/symbol/node.h>
#include <gluino/ops/fused/batch_norm_activation.h>
#include <gluino/ops/fused/convolution_pooling.h>
#include <gluino/ops/fused/fully_connected_activation.h>
#include <gluino/ops/fused/fused_convolution.h>
#include <gluino/ops/fused/fused_pooling.h>
#include <gluino/ops/fused/packed_convolution.h>
#include <gluino/ops/fused/packed_fully_connected.h>
#include <gluino/ops/fused/softmax_loss.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/convolution.h>
#include <gluino/ops/layers/fully_connected.h>
#include <gluino/ops/layers/pooling.h>
#include <gluino/ops/layers/softmax.h>

#include <memory>
#include <string>
#include <utility>

/// The operators that passes are about by their nature, by their options. Here alone passes know
/// which they are; of all others they ask what the definition says (Op::elementwise, ...).
namespace gluino::graph {

/// The name of the one operator meant by options of the type O.
template <class O>
inline constexpr const char* kOperatorOf = nullptr;

template <>
inline constexpr const char* kOperatorOf<ConvolutionOptions> = "Convolution";
template <>
inline constexpr const char* kOperatorOf<FullyConnectedOptions> = "FullyConnected";
template <>
inline constexpr const char* kOperatorOf<BatchNormOptions> = "BatchNorm";
template <>
inline constexpr const char* kOperatorOf<PoolingOptions> = "Pooling";
template <>
inline constexpr const char* kOperatorOf<PickOptions> = "pick";
template <>
inline constexpr const char* kOperatorOf<SoftmaxOptions> = "log_softmax";

template <>
inline constexpr const char* kOperatorOf<FusedConvolutionOptions> = "_fused_convolution";
template <>
inline constexpr const char* kOperatorOf<ConvolutionPoolingOptions> = "_fused_convolution_pooling";
template <>
inline constexpr const char* kOperatorOf<FusedPoolingOptions> = "_fused_pooling";
template <>
inline constexpr const char* kOperatorOf<FullyConnectedActivationOptions> =
    "_fused_fully_connected_activation";
template <>
inline constexpr const char* kOperatorOf<BatchNormActivationOptions> =
    "_fused_batch_norm_activation";
template <>
inline constexpr const char* kOperatorOf<SoftmaxLossOptions> = "_fused_softmax_cross_entropy";
template <>
inline constexpr const char* kOperatorOf<PackedFullyConnectedOptions> =
    "_fused_packed_fully_connected";
template <>
inline constexpr const char* kOperatorOf<PackedConvolutionOptions> = "_fused_packed_convolution";

template <class O>
const Op& operator_of() {
  static_assert(kOperatorOf<O> != nullptr, "passes know no operator of these options");
  static const Op& op = Op::get<O>(kOperatorOf<O>);
  return op;
}

/// The options of a use of that operator; null for any other node.
template <class O>
const O* options_if(const Node& node) {
  return node.op == &operator_of<O>() ? static_cast<const O*>(node.options.get()) : nullptr;
}

/// A node of that operator, without inputs yet.
template <class O>
std::shared_ptr<Node> node_of(const O& options, std::string name) {
  auto node = std::make_shared<Node>();
  node->op = &operator_of<O>();
  node->options = node->op->copy_options(&options);
  node->name = std::move(name);
  return node;
}

}  // namespace gluino::graph
