#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/gluon/model_zoo/plain.h>

namespace gluino::gluon::model_zoo {
namespace {

Layer plain_conv(std::int64_t channels, int kernel, int padding = 0) {
  return conv({.channels = channels, .kernel_size = kernel, .padding = padding, .use_bias = false});
}

/// Joins its input and what two convolutions make of it.
Layer dense_layer(const DenseNetOptions& o) {
  const auto made = row({batch_norm(), relu(), plain_conv(o.bn_size * o.growth_rate, 1),
                         batch_norm(), relu(), plain_conv(o.growth_rate, 3, 1)});
  if (o.dropout > 0) made->add(dropout(o.dropout));
  return beside({std::make_shared<contrib::nn::Identity>(), made});
}

Layer dense_block(const DenseNetOptions& o, std::size_t number) {
  return named_row(str("stage", number + 1, "_"), [&] {
    Layers layers;
    for (int i = 0; i < o.block_config[number]; ++i) layers.push_back(dense_layer(o));
    return layers;
  });
}

}  // namespace

DenseNet::DenseNet(const DenseNetOptions& options)
    : Network("densenet", {.classes = options.classes, .prefix = options.prefix}) {
  const NameScope scope = name_scope();
  std::int64_t channels = options.num_init_features;
  const auto features = row(
      {conv(
           {.channels = channels, .kernel_size = 7, .strides = 2, .padding = 3, .use_bias = false}),
       batch_norm(), relu(), max_pool({.pool_size = 3, .strides = 2, .padding = 1})});
  const std::size_t blocks = options.block_config.size();
  for (std::size_t i = 0; i < blocks; ++i) {
    features->add(dense_block(options, i));
    channels += options.block_config[i] * options.growth_rate;
    if (i + 1 == blocks) break;
    channels /= 2;
    features->add(row(
        {batch_norm(), relu(), plain_conv(channels, 1), avg_pool({.pool_size = 2, .strides = 2})}));
  }
  add(*features, {batch_norm(), relu(), avg_pool({.pool_size = 7}), flatten()});
  set_features(features);
  set_output(dense({.units = options.classes}));
}

}  // namespace gluino::gluon::model_zoo
