#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/gluon/model_zoo/plain.h>

namespace gluino::gluon::model_zoo {

VGG::VGG(const VGGOptions& options)
    : Network("vgg", {.classes = options.classes, .prefix = options.prefix}) {
  check(options.layers.size() == options.filters.size(), "[VGG ", name(),
        "] expected as many numbers of layers as of filters, got ", options.layers.size(), " and ",
        options.filters.size());
  const init::Initializer gaussian =
      init::Xavier({.rnd_type = "gaussian", .factor_type = "out", .magnitude = 2});
  const NameScope scope = name_scope();
  const auto features = row({});
  for (std::size_t group = 0; group < options.layers.size(); ++group) {
    for (int i = 0; i < options.layers[group]; ++i) {
      features->add(conv({.channels = options.filters[group],
                          .kernel_size = 3,
                          .padding = 1,
                          .weight_initializer = gaussian}));
      if (options.batch_norm) features->add(batch_norm());
      features->add(relu());
    }
    features->add(max_pool({.strides = 2}));
  }
  for (int i = 0; i < 2; ++i) {
    add(*features, {dense({.units = 4096, .activation = "relu", .weight_initializer = "normal"}),
                    dropout(0.5)});
  }
  set_features(features);
  set_output(dense({.units = options.classes, .weight_initializer = "normal"}));
}

}  // namespace gluino::gluon::model_zoo
