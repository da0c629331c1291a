#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/mobilenet.h>
#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>

namespace gluino::gluon::model_zoo {

/// A relu that ends at 6.
class RELU6 : public HybridBlock {
 public:
  RELU6() : HybridBlock(new_prefix("relu6", {})) {}
  NDArray forward(const NDArray& input) override {
    return ops::clip(input, {.a_min = 0, .a_max = 6});
  }
};

namespace {

Layer relu6() { return std::make_shared<RELU6>(); }

/// A convolution of each channel by itself.
nn::ConvOptions depthwise(std::int64_t channels, int stride) {
  return {.channels = channels,
          .kernel_size = 3,
          .strides = stride,
          .padding = 1,
          .groups = channels,
          .use_bias = false};
}
nn::ConvOptions pointwise(std::int64_t channels) {
  return {.channels = channels, .kernel_size = 1, .use_bias = false};
}
nn::ConvOptions first_conv(std::int64_t channels) {
  return {.channels = channels, .kernel_size = 3, .strides = 2, .padding = 1, .use_bias = false};
}

/// The numbers of channels of a network with so many times as many.
class Scaled {
 public:
  explicit Scaled(double multiplier) : multiplier_(multiplier) {
    check(multiplier * 8 >= 1 && multiplier <= 64,
          "MobileNet: multiplier: expected 0.125 to 64, got ", multiplier);
  }
  std::int64_t operator()(int channels) const {
    return static_cast<std::int64_t>(channels * multiplier_);
  }

 private:
  double multiplier_;
};

/// Channels behind each pair of convolutions, and the stride of the first.
struct Pair {
  int channels;
  int stride;
};
constexpr Pair kPairs[] = {{64, 1},  {128, 2}, {128, 1}, {256, 2}, {256, 1},  {512, 2}, {512, 1},
                           {512, 1}, {512, 1}, {512, 1}, {512, 1}, {1024, 2}, {1024, 1}};

/// Bottlenecks that are alike: channels, the factor within, how many, and the stride of the first.
struct Bottlenecks {
  int channels;
  int factor;
  int count;
  int stride;
};
constexpr Bottlenecks kBottlenecks[] = {{16, 1, 1, 1}, {24, 6, 2, 2},  {32, 6, 3, 2}, {64, 6, 4, 2},
                                        {96, 6, 3, 1}, {160, 6, 3, 2}, {320, 6, 1, 1}};

}  // namespace

/// A convolution of each channel by itself, between one to more channels and one back; with a way
/// around where shapes are the same.
class LinearBottleneck : public HybridBlock {
 public:
  LinearBottleneck(std::int64_t in_channels, std::int64_t channels, int factor, int stride)
      : HybridBlock(new_prefix("linearbottleneck", {})),
        has_shortcut_(stride == 1 && in_channels == channels) {
    const NameScope scope = name_scope();
    const std::int64_t inner = in_channels * factor;
    out_ = row({conv(pointwise(inner)), batch_norm(), relu6(), conv(depthwise(inner, stride)),
                batch_norm(), relu6(), conv(pointwise(channels)), batch_norm()});
    register_child("out", out_);
  }
  NDArray forward(const NDArray& input) override {
    const NDArray out = (*out_)(input);
    return has_shortcut_ ? out + input : out;
  }

 private:
  bool has_shortcut_;
  Layer out_;
};

MobileNet::MobileNet(const MobileNetOptions& options)
    : Network("mobilenet", {.classes = options.classes, .prefix = options.prefix}) {
  const Scaled scaled(options.multiplier);
  const NameScope scope = name_scope();
  const auto features = row({conv(first_conv(scaled(32))), batch_norm(), relu()});
  std::int64_t before = scaled(32);
  for (const auto& [channels, stride] : kPairs) {
    add(*features, {conv(depthwise(before, stride)), batch_norm(), relu(),
                    conv(pointwise(scaled(channels))), batch_norm(), relu()});
    before = scaled(channels);
  }
  add(*features, {global_avg_pool(), flatten()});
  set_features(features);
  set_output(dense({.units = options.classes}));
}

MobileNetV2::MobileNetV2(const MobileNetOptions& options)
    : Network("mobilenetv2", {.classes = options.classes, .prefix = options.prefix}) {
  const Scaled scaled(options.multiplier);
  const NameScope scope = name_scope();
  set_features(named_row("features_", [&] {
    std::int64_t before = scaled(32);
    Layers layers = {conv(first_conv(before)), batch_norm(), relu6()};
    for (const auto& [channels, factor, count, stride] : kBottlenecks) {
      for (int i = 0; i < count; ++i) {
        layers.push_back(std::make_shared<LinearBottleneck>(before, scaled(channels), factor,
                                                            i == 0 ? stride : 1));
        before = scaled(channels);
      }
    }
    const std::int64_t last = options.multiplier > 1 ? scaled(1280) : 1280;
    for (const Layer& layer :
         Layers{conv(pointwise(last)), batch_norm(), relu6(), global_avg_pool()}) {
      layers.push_back(layer);
    }
    return layers;
  }));
  set_output(named_row("output_", [&] {
    nn::ConvOptions prediction = pointwise(options.classes);
    prediction.prefix = "pred_";
    return Layers{conv(prediction), flatten()};
  }));
}

}  // namespace gluino::gluon::model_zoo
