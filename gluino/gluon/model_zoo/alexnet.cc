#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/gluon/model_zoo/plain.h>

namespace gluino::gluon::model_zoo {

AlexNet::AlexNet(const ModelOptions& options) : Network("alexnet", options) {
  const NameScope scope = name_scope();
  const auto features = row(
      {conv({.channels = 64, .kernel_size = 11, .strides = 4, .padding = 2, .activation = "relu"}),
       max_pool({.pool_size = 3, .strides = 2}),
       conv({.channels = 192, .kernel_size = 5, .padding = 2, .activation = "relu"}),
       max_pool({.pool_size = 3, .strides = 2}),
       conv({.channels = 384, .kernel_size = 3, .padding = 1, .activation = "relu"}),
       conv({.channels = 256, .kernel_size = 3, .padding = 1, .activation = "relu"}),
       conv({.channels = 256, .kernel_size = 3, .padding = 1, .activation = "relu"}),
       max_pool({.pool_size = 3, .strides = 2}), flatten()});
  for (int i = 0; i < 2; ++i) {
    add(*features, {dense({.units = 4096, .activation = "relu"}), dropout(0.5)});
  }
  set_features(features);
  set_output(dense({.units = options.classes}));
}

}  // namespace gluino::gluon::model_zoo
