#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/model_zoo/vision.h>

#include <functional>
#include <map>
#include <utility>

namespace gluino::gluon::model_zoo {
namespace {

using Maker = std::function<std::shared_ptr<Network>(const ModelOptions&)>;
using Makers = std::map<std::string, Maker>;

/// Makes a network of these options, with the classes and the prefix that it is given.
template <class Net>
Maker maker(typename Net::Options specified) {
  return [specified = std::move(specified)](const ModelOptions& given) {
    auto options = specified;
    options.classes = given.classes;
    options.prefix = given.prefix;
    return std::make_shared<Net>(options);
  };
}

void add_resnets(Makers& makers) {
  const std::vector<int> narrow = {64, 64, 128, 256, 512};
  const std::vector<int> wide = {64, 256, 512, 1024, 2048};
  const std::map<int, ResNetOptions> specified = {
      {18, {.layers = {2, 2, 2, 2}, .channels = narrow}},
      {34, {.layers = {3, 4, 6, 3}, .channels = narrow}},
      {50, {.bottleneck = true, .layers = {3, 4, 6, 3}, .channels = wide}},
      {101, {.bottleneck = true, .layers = {3, 4, 23, 3}, .channels = wide}},
      {152, {.bottleneck = true, .layers = {3, 8, 36, 3}, .channels = wide}}};
  for (const auto& [depth, options] : specified) {
    makers[str("resnet", depth, "_v1")] = maker<ResNetV1>(options);
    makers[str("resnet", depth, "_v2")] = maker<ResNetV2>(options);
  }
}

void add_vggs(Makers& makers) {
  const std::vector<int> filters = {64, 128, 256, 512, 512};
  const std::map<int, std::vector<int>> specified = {
      {11, {1, 1, 2, 2, 2}}, {13, {2, 2, 2, 2, 2}}, {16, {2, 2, 3, 3, 3}}, {19, {2, 2, 4, 4, 4}}};
  for (const auto& [depth, layers] : specified) {
    makers[str("vgg", depth)] = maker<VGG>({.layers = layers, .filters = filters});
    makers[str("vgg", depth, "_bn")] =
        maker<VGG>({.layers = layers, .filters = filters, .batch_norm = true});
  }
}

void add_densenets(Makers& makers) {
  const std::map<int, DenseNetOptions> specified = {
      {121, {.block_config = {6, 12, 24, 16}}},
      {161, {.num_init_features = 96, .growth_rate = 48, .block_config = {6, 12, 36, 24}}},
      {169, {.block_config = {6, 12, 32, 32}}},
      {201, {.block_config = {6, 12, 48, 32}}}};
  for (const auto& [depth, options] : specified) {
    makers[str("densenet", depth)] = maker<DenseNet>(options);
  }
}

void add_mobilenets(Makers& makers) {
  const std::map<std::string, double> multipliers = {
      {"1.0", 1}, {"0.75", 0.75}, {"0.5", 0.5}, {"0.25", 0.25}};
  for (const auto& [text, multiplier] : multipliers) {
    makers["mobilenet" + text] = maker<MobileNet>({.multiplier = multiplier});
    makers["mobilenetv2_" + text] = maker<MobileNetV2>({.multiplier = multiplier});
  }
  for (const char* version : {"large", "small"}) {
    makers[str("mobilenetv3_", version)] = maker<MobileNetV3>({.version = version});
  }
}

const Makers& all_makers() {
  static const Makers makers = [] {
    Makers result = {{"alexnet", maker<AlexNet>({})}, {"inceptionv3", maker<Inception3>({})}};
    for (const char* version : {"1.0", "1.1"}) {
      result[str("squeezenet", version)] = maker<SqueezeNet>({.version = version});
    }
    add_resnets(result);
    add_vggs(result);
    add_densenets(result);
    add_mobilenets(result);
    return result;
  }();
  return makers;
}

}  // namespace

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : all_makers()) names.push_back(name);
  return names;
}

std::shared_ptr<Network> get_model(const std::string& name, const ModelOptions& options) {
  const auto found = all_makers().find(lower_case(name));
  if (found == all_makers().end()) {
    std::string known;
    for (const std::string& each : model_names()) known += (known.empty() ? "" : ", ") + each;
    fail("model_zoo: there is no network ", name, "; there are ", known);
  }
  return found->second(options);
}

}  // namespace gluino::gluon::model_zoo
