#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/parts-inl.h>
#include <gluino/gluon/model_zoo/plain.h>

namespace gluino::gluon::model_zoo {
namespace {

/// Where a pooling stands among the channels that fire modules squeeze to.
constexpr int kPool = 0;

struct Version {
  nn::ConvOptions first;
  std::vector<int> parts;
};

Version version_of(const std::string& version) {
  if (version == "1.0") {
    return {{.channels = 96, .kernel_size = 7, .strides = 2},
            {kPool, 16, 16, 32, kPool, 32, 48, 48, 64, kPool, 64}};
  }
  check(version == "1.1", "SqueezeNet: version: expected 1.0 or 1.1, got ", version);
  return {{.channels = 64, .kernel_size = 3, .strides = 2},
          {kPool, 16, 16, kPool, 32, 32, kPool, 48, 48, 64, 64}};
}

/// Eight times as many channels as it squeezes to, of 1x1 and of 3x3 convolutions.
Layer fire(int squeezed) {
  return row(
      {row({conv({.channels = squeezed, .kernel_size = 1}), relu()}),
       beside({row({conv({.channels = 4 * squeezed, .kernel_size = 1}), relu()}),
               row({conv({.channels = 4 * squeezed, .kernel_size = 3, .padding = 1}), relu()})})});
}

}  // namespace

SqueezeNet::SqueezeNet(const SqueezeNetOptions& options)
    : Network("squeezenet", {.classes = options.classes, .prefix = options.prefix}) {
  const Version version = version_of(options.version);
  const NameScope scope = name_scope();
  const auto features = row({conv(version.first), relu()});
  for (const int part : version.parts) {
    features->add(part == kPool ? max_pool({.pool_size = 3, .strides = 2, .ceil_mode = true})
                                : fire(part));
  }
  features->add(dropout(0.5));
  set_features(features);
  set_output(row({conv({.channels = options.classes, .kernel_size = 1}), relu(),
                  avg_pool({.pool_size = 13}), flatten()}));
}

}  // namespace gluino::gluon::model_zoo
