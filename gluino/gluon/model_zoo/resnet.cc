#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/residual_blocks-inl.h>
#include <gluino/gluon/model_zoo/resnet.h>

namespace gluino::gluon::model_zoo {
namespace {

Layer residual(int version, bool bottleneck, const ResidualOptions& o) {
  if (version == 1) {
    if (bottleneck) return std::make_shared<BottleneckV1>(o);
    return std::make_shared<BasicBlockV1>(o);
  }
  if (bottleneck) return std::make_shared<BottleneckV2>(o);
  return std::make_shared<BasicBlockV2>(o);
}

Layer stage(int version, const ResNetOptions& o, std::size_t number) {
  const std::int64_t before = o.channels[number];
  const std::int64_t channels = o.channels[number + 1];
  return named_row(str("stage", number + 1, "_"), [&] {
    Layers blocks = {residual(version, o.bottleneck,
                              {.channels = channels,
                               .stride = number == 0 ? 1 : 2,
                               .in_channels = before,
                               .downsample = channels != before})};
    for (int i = 1; i < o.layers[number]; ++i) {
      blocks.push_back(
          residual(version, o.bottleneck, {.channels = channels, .in_channels = channels}));
    }
    return blocks;
  });
}

Layers stem(int channels, bool thumbnail) {
  if (thumbnail) return {conv(conv3x3(channels, 1, 0))};
  return {
      conv({.channels = channels, .kernel_size = 7, .strides = 2, .padding = 3, .use_bias = false}),
      batch_norm(), relu(), max_pool({.pool_size = 3, .strides = 2, .padding = 1})};
}

}  // namespace

ResNet::ResNet(int version, const ResNetOptions& options)
    : Network(str("resnetv", version), {.classes = options.classes, .prefix = options.prefix}) {
  check(options.channels.size() == options.layers.size() + 1, "[ResNet ", name(),
        "] expected one number of channels more than of layers, got ", options.channels.size(),
        " and ", options.layers.size());
  const NameScope scope = name_scope();
  const auto features = row({});
  if (version == 2) features->add(batch_norm({.center = false, .scale = false}));
  add(*features, stem(options.channels[0], options.thumbnail));
  for (std::size_t i = 0; i < options.layers.size(); ++i) {
    features->add(stage(version, options, i));
  }
  if (version == 2) add(*features, {batch_norm(), relu()});
  features->add(global_avg_pool());
  if (version == 2) features->add(flatten());
  set_features(features);
  set_output(dense({.units = options.classes, .in_units = options.channels.back()}));
}

}  // namespace gluino::gluon::model_zoo
