#pragma once

#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/arithmetic.h>

namespace gluino::gluon::model_zoo {

struct ResidualOptions {
  std::int64_t channels = 0;
  int stride = 1;
  std::int64_t in_channels = 0;
  /// A convolution on the way around, where shapes differ.
  bool downsample = false;
};

inline nn::ConvOptions conv3x3(std::int64_t channels, int stride, std::int64_t in_channels) {
  return {.channels = channels,
          .kernel_size = 3,
          .strides = stride,
          .padding = 1,
          .use_bias = false,
          .in_channels = in_channels};
}
inline nn::ConvOptions conv1x1(std::int64_t channels, int stride, bool use_bias) {
  return {.channels = channels, .kernel_size = 1, .strides = stride, .use_bias = use_bias};
}
inline nn::ConvOptions conv_around(const ResidualOptions& o) {
  nn::ConvOptions options = conv1x1(o.channels, o.stride, false);
  options.in_channels = o.in_channels;
  return options;
}

/// A body, a way around it, and a relu behind their sum.
class ResidualV1 : public HybridBlock {
 public:
  NDArray forward(const NDArray& input) override {
    // Before the other, as MXNet draws first weights and lists layers.
    const NDArray body = (*body_)(input);
    const NDArray around = downsample_ ? (*downsample_)(input) : input;
    const NDArray sum = order_ == Order::body_first ? body + around : around + body;
    return ops::Activation(sum, {.act_type = "relu"});
  }

 protected:
  /// Of the sum's two sides, and so of the arguments of the graph.
  enum class Order { body_first, around_first };

  ResidualV1(const char* hint, const Layers& body, const ResidualOptions& options, Order order)
      : HybridBlock(new_prefix(hint, {})), body_(row(body)), order_(order) {
    register_child("body", body_);
    if (!options.downsample) return;
    downsample_ = row({conv(conv_around(options)), batch_norm()});
    register_child("downsample", downsample_);
  }

 private:
  Layer body_;
  Layer downsample_;
  Order order_;
};

class BasicBlockV1 : public ResidualV1 {
 public:
  explicit BasicBlockV1(const ResidualOptions& o)
      : ResidualV1("basicblockv1",
                   {conv(conv3x3(o.channels, o.stride, o.in_channels)), batch_norm(), relu(),
                    conv(conv3x3(o.channels, 1, o.channels)), batch_norm()},
                   o, Order::around_first) {}
};

class BottleneckV1 : public ResidualV1 {
 public:
  explicit BottleneckV1(const ResidualOptions& o)
      : ResidualV1("bottleneckv1",
                   {conv(conv1x1(o.channels / 4, o.stride, true)), batch_norm(), relu(),
                    conv(conv3x3(o.channels / 4, 1, o.channels / 4)), batch_norm(), relu(),
                    conv(conv1x1(o.channels, 1, true)), batch_norm()},
                   o, Order::body_first) {}
};

/// Convolutions, each behind a batch normalization and a relu, and a way around them.
class ResidualV2 : public HybridBlock {
 public:
  NDArray forward(const NDArray& input) override {
    NDArray x = input;
    NDArray around = input;
    for (std::size_t i = 0; i < layers_.size(); i += 2) {
      x = ops::Activation((*layers_[i])(x), {.act_type = "relu"});
      if (i == 0 && downsample_) around = (*downsample_)(x);
      x = (*layers_[i + 1])(x);
    }
    return x + around;
  }

 protected:
  /// `layers`: a normalization and a convolution by turns.
  ResidualV2(const char* hint, Layers layers, const ResidualOptions& options)
      : HybridBlock(new_prefix(hint, {})), layers_(std::move(layers)) {
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      register_child(str(i % 2 == 0 ? "bn" : "conv", i / 2 + 1), layers_[i]);
    }
    if (!options.downsample) return;
    downsample_ = conv(conv_around(options));
    register_child("downsample", downsample_);
  }

 private:
  Layers layers_;
  Layer downsample_;
};

class BasicBlockV2 : public ResidualV2 {
 public:
  explicit BasicBlockV2(const ResidualOptions& o)
      : ResidualV2("basicblockv2",
                   {batch_norm(), conv(conv3x3(o.channels, o.stride, o.in_channels)), batch_norm(),
                    conv(conv3x3(o.channels, 1, o.channels))},
                   o) {}
};

class BottleneckV2 : public ResidualV2 {
 public:
  explicit BottleneckV2(const ResidualOptions& o)
      : ResidualV2("bottleneckv2",
                   {batch_norm(), conv(conv1x1(o.channels / 4, 1, false)), batch_norm(),
                    conv(conv3x3(o.channels / 4, o.stride, o.channels / 4)), batch_norm(),
                    conv(conv1x1(o.channels, 1, false))},
                   o) {}
};

}  // namespace gluino::gluon::model_zoo
