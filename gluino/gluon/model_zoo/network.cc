#include <gluino/base/error.h>
#include <gluino/gluon/model_zoo/network.h>

namespace gluino::gluon::model_zoo {

Network::Network(const std::string& hint, const ModelOptions& options)
    : HybridBlock(new_prefix(hint, options.prefix)) {
  check(options.classes > 0, "[", hint, "] classes: expected at least 1, got ", options.classes);
}

void Network::set_features(std::shared_ptr<HybridBlock> features) {
  features_ = features;
  register_child("features", std::move(features));
}

void Network::set_output(std::shared_ptr<HybridBlock> output) {
  output_ = output;
  register_child("output", std::move(output));
}

NDArray Network::forward(const NDArray& input) { return (*output_)((*features_)(input)); }

}  // namespace gluino::gluon::model_zoo
