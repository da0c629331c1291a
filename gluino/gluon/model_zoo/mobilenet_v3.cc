#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/mobilenet.h>
#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/hard_sigmoid.h>

#include <cmath>
#include <span>

namespace gluino::gluon::model_zoo {

/// x relu6(x + 3) / 6.
class HardSwish : public HybridBlock {
 public:
  HardSwish() : HybridBlock(new_prefix("hardswish", {})) {}
  NDArray forward(const NDArray& input) override { return input * hard_sigmoid(input); }
  static NDArray hard_sigmoid(const NDArray& x) {
    return ops::hard_sigmoid(x, {.alpha = 1.0 / 6, .beta = 0.5});
  }
};

/// Weighs channels by what all of them hold on average (Hu et al., 2018).
class SqueezeExcitation : public HybridBlock {
 public:
  SqueezeExcitation(std::int64_t channels, std::int64_t inner)
      : HybridBlock(new_prefix("se", {})), pool_(global_avg_pool()), relu_(relu()) {
    const NameScope scope = name_scope();
    conv1_ = conv({.channels = inner, .kernel_size = 1});
    conv2_ = conv({.channels = channels, .kernel_size = 1});
    register_child("conv1", conv1_);
    register_child("conv2", conv2_);
  }
  NDArray forward(const NDArray& input) override {
    const NDArray squeezed = (*relu_)((*conv1_)((*pool_)(input)));
    return input * HardSwish::hard_sigmoid((*conv2_)(squeezed));
  }

 private:
  Layer pool_, relu_, conv1_, conv2_;
};

namespace {

enum class Act { none, relu, hard_swish };

Layer activation(Act act) {
  if (act == Act::relu) return relu();
  return std::make_shared<HardSwish>();
}

// The next multiple of 8.
std::int64_t divisible(double channels) {
  return static_cast<std::int64_t>(std::ceil(channels / 8) * 8);
}

/// A bottleneck: its kernel's side, the channels within and behind it, whether it weighs channels,
/// its activation and its stride (Howard et al., 2019, tables 1 and 2).
struct Bottleneck {
  int kernel;
  int inner;
  int channels;
  bool excites;
  Act act;
  int stride;
};
constexpr Bottleneck kLarge[] = {
    {3, 16, 16, false, Act::relu, 1},        {3, 64, 24, false, Act::relu, 2},
    {3, 72, 24, false, Act::relu, 1},        {5, 72, 40, true, Act::relu, 2},
    {5, 120, 40, true, Act::relu, 1},        {5, 120, 40, true, Act::relu, 1},
    {3, 240, 80, false, Act::hard_swish, 2}, {3, 200, 80, false, Act::hard_swish, 1},
    {3, 184, 80, false, Act::hard_swish, 1}, {3, 184, 80, false, Act::hard_swish, 1},
    {3, 480, 112, true, Act::hard_swish, 1}, {3, 672, 112, true, Act::hard_swish, 1},
    {5, 672, 160, true, Act::hard_swish, 2}, {5, 960, 160, true, Act::hard_swish, 1},
    {5, 960, 160, true, Act::hard_swish, 1}};
constexpr Bottleneck kSmall[] = {
    {3, 16, 16, true, Act::relu, 2},        {3, 72, 24, false, Act::relu, 2},
    {3, 88, 24, false, Act::relu, 1},       {5, 96, 40, true, Act::hard_swish, 2},
    {5, 240, 40, true, Act::hard_swish, 1}, {5, 240, 40, true, Act::hard_swish, 1},
    {5, 120, 48, true, Act::hard_swish, 1}, {5, 144, 48, true, Act::hard_swish, 1},
    {5, 288, 96, true, Act::hard_swish, 2}, {5, 576, 96, true, Act::hard_swish, 1},
    {5, 576, 96, true, Act::hard_swish, 1}};

struct Design {
  std::span<const Bottleneck> bottlenecks;
  int last;
};

Design design_of(const std::string& version) {
  check(version == "large" || version == "small", "MobileNetV3: version: expected large or small, ",
        "got ", version);
  if (version == "large") return {kLarge, 960};
  return {kSmall, 576};
}

}  // namespace

/// A convolution and what follows it.
class ConvUnit : public HybridBlock {
 public:
  ConvUnit(const nn::ConvOptions& options, Act act) : HybridBlock(new_prefix("unit", {})) {
    const NameScope scope = name_scope();
    conv_ = conv(options);
    norm_ = batch_norm();
    register_child("conv", conv_);
    register_child("bn", norm_);
    if (act == Act::none) return;
    act_ = activation(act);
    register_child("act", act_);
  }
  NDArray forward(const NDArray& input) override {
    const NDArray y = (*norm_)((*conv_)(input));
    return act_ ? (*act_)(y) : y;
  }

 private:
  Layer conv_, norm_, act_;
};

/// A convolution of each channel by itself between one to more channels and one back, with a way
/// around where shapes are the same.
class ResUnit : public HybridBlock {
 public:
  ResUnit(std::int64_t before, const Bottleneck& b, double multiplier)
      : HybridBlock(new_prefix("resunit", {})) {
    const std::int64_t inner = divisible(multiplier * b.inner);
    const std::int64_t channels = divisible(multiplier * b.channels);
    has_shortcut_ = before == channels && b.stride == 1;
    const NameScope scope = name_scope();
    if (inner != channels) {
      add("expand", unit({.channels = inner, .kernel_size = 1, .use_bias = false}, b.act));
    }
    add("conv1", unit({.channels = inner,
                       .kernel_size = b.kernel,
                       .strides = b.stride,
                       .padding = b.kernel / 2,
                       .groups = inner,
                       .use_bias = false},
                      b.act));
    if (b.excites) add("se", std::make_shared<SqueezeExcitation>(inner, divisible(inner / 4)));
    add("conv2", unit({.channels = channels, .kernel_size = 1, .use_bias = false}, Act::none));
  }
  NDArray forward(const NDArray& input) override {
    NDArray x = input;
    for (const Layer& part : parts_) x = (*part)(x);
    return has_shortcut_ ? input + x : x;
  }

 private:
  static Layer unit(const nn::ConvOptions& options, Act act) {
    return std::make_shared<ConvUnit>(options, act);
  }
  void add(const std::string& name, Layer part) {
    register_child(name, part);
    parts_.push_back(std::move(part));
  }

  bool has_shortcut_ = false;
  Layers parts_;
};

MobileNetV3::MobileNetV3(const MobileNetV3Options& options)
    : Network("mobilenetv3", {.classes = options.classes, .prefix = options.prefix}) {
  const double k = options.multiplier;
  check(k * 8 >= 1 && k <= 64, "MobileNet: multiplier: expected 0.125 to 64, got ", k);
  const Design design = design_of(options.version);
  const NameScope scope = name_scope();
  set_features(named_row("features_", [&] {
    std::int64_t before = divisible(16 * k);
    Layers layers = {
        conv({.channels = before, .kernel_size = 3, .strides = 2, .padding = 1, .use_bias = false}),
        batch_norm(), activation(Act::hard_swish)};
    for (const Bottleneck& bottleneck : design.bottlenecks) {
      layers.push_back(std::make_shared<ResUnit>(before, bottleneck, k));
      before = divisible(k * bottleneck.channels);
    }
    constexpr std::int64_t kLast = 1280;
    for (const Layer& layer :
         Layers{conv({.channels = divisible(k * design.last), .kernel_size = 1, .use_bias = false}),
                batch_norm(), activation(Act::hard_swish), global_avg_pool(),
                conv({.channels = kLast, .kernel_size = 1, .use_bias = false}),
                activation(Act::hard_swish)}) {
      layers.push_back(layer);
    }
    return layers;
  }));
  set_output(named_row("output_", [&] {
    return Layers{conv({.channels = options.classes, .kernel_size = 1, .prefix = "fc_"}),
                  flatten()};
  }));
}

}  // namespace gluino::gluon::model_zoo
