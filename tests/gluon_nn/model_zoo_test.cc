#include <gluino/gluon/loss.h>
#include <gluino/gluon/model_zoo/vision.h>
#include <gluino/io/net/sha1.h>

#include <algorithm>

#include "gluon/support.h"

namespace gluino {
namespace {

using gluon::model_zoo::get_model;
using gluon::model_zoo::model_names;
using gluon::model_zoo::ResNetV1;
using gluon::model_zoo::ResNetV2;
using testing::expect_near;
using testing::message_of;
using testing::pattern;

/// How many parameters MXNet 1.9.1 has in a network, and the beginnings of the SHA-1 of their
/// sorted names, one a line: in the network ("conv0_weight", without its prefix), and in files
/// ("features.0.weight").
struct Published {
  const char* name;
  std::size_t parameters;
  const char* names;
  const char* names_in_files;
};
constexpr Published kPublished[] = {
    {"alexnet", 16, "0dadaaa524", "5caa166df9"},
    {"densenet121", 606, "8bfd70e19e", "dc76d02615"},
    {"densenet161", 806, "60d819e794", "03df3b3168"},
    {"densenet169", 846, "b926f9506e", "ecdbb6863d"},
    {"densenet201", 1006, "a130e3c07b", "3f46537741"},
    {"inceptionv3", 472, "eb7659c5c6", "9992618b3a"},
    {"mobilenet0.25", 137, "db112d2a23", "ebd9aa1445"},
    {"mobilenet0.5", 137, "db112d2a23", "ebd9aa1445"},
    {"mobilenet0.75", 137, "db112d2a23", "ebd9aa1445"},
    {"mobilenet1.0", 137, "db112d2a23", "ebd9aa1445"},
    {"mobilenetv2_0.25", 266, "eea20d1775", "3709eb239b"},
    {"mobilenetv2_0.5", 266, "eea20d1775", "3709eb239b"},
    {"mobilenetv2_0.75", 266, "eea20d1775", "3709eb239b"},
    {"mobilenetv2_1.0", 266, "eea20d1775", "3709eb239b"},
    {"resnet101_v1", 588, "568079b27d", "ecbb82ccb9"},
    {"resnet101_v2", 514, "aeca8488df", "629d8fc361"},
    {"resnet152_v1", 877, "43de279c19", "f988554ec4"},
    {"resnet152_v2", 769, "6274e06aff", "a7f0b8432b"},
    {"resnet18_v1", 102, "35a0eab9fd", "b938232204"},
    {"resnet18_v2", 98, "667510fa21", "52dd178747"},
    {"resnet34_v1", 182, "41c56f6595", "4807a40fc3"},
    {"resnet34_v2", 178, "811f711686", "3536e4d0a3"},
    {"resnet50_v1", 299, "3b9b517c8c", "f1b8b606bb"},
    {"resnet50_v2", 259, "ed92b5328c", "9ff98cfbf0"},
    {"squeezenet1.0", 52, "db1534ff4e", "05b75e5f0d"},
    {"squeezenet1.1", 52, "db1534ff4e", "31dac2efc7"},
    {"vgg11", 22, "73af6ad93f", "1966efd609"},
    {"vgg11_bn", 54, "afe6fc1d23", "c232552c9a"},
    {"vgg13", 26, "1040ea412b", "e2a7041852"},
    {"vgg13_bn", 66, "3b286939ff", "e88b3b7ece"},
    {"vgg16", 32, "389bd94318", "7ccd65c37e"},
    {"vgg16_bn", 84, "b9bd7260dd", "31070c7213"},
    {"vgg19", 38, "50b1d7d22b", "e1c5362edc"},
    {"vgg19_bn", 102, "8d37002d94", "fe3c448af9"},
};

std::string sum_of(std::vector<std::string> names) {
  std::ranges::sort(names);
  std::string lines;
  for (const std::string& name : names) lines += (lines.empty() ? "" : "\n") + name;
  return io::sha1_of(lines).substr(0, 10);
}

TEST(ModelZoo, ParametersHaveMXNetsNames) {
  // Those of gluoncv stand apart.
  std::vector<std::string> known = {"mobilenetv3_large", "mobilenetv3_small"};
  for (const auto& [name, parameters, names, names_in_files] : kPublished) {
    SCOPED_TRACE(name);
    known.emplace_back(name);
    const auto net = get_model(name, {.prefix = "net_"});
    std::vector<std::string> found;
    for (const auto& parameter : net->collect_params()) found.push_back(parameter.name().substr(4));
    EXPECT_EQ(found.size(), parameters);
    EXPECT_EQ(sum_of(found), names);
    std::vector<std::string> in_files;
    for (const auto& [structural, parameter] : net->structural_params()) {
      in_files.push_back(structural);
    }
    EXPECT_EQ(sum_of(in_files), names_in_files);
  }
  EXPECT_THAT(model_names(), ::testing::UnorderedElementsAreArray(known));
}

TEST(ModelZoo, SmallNetworksHaveThePublishedSizes) {
  struct Size {
    const char* name;
    std::int64_t side;
    std::int64_t numbers;
  };
  for (const auto& [name, side, numbers] :
       {Size{"mobilenet0.25", 32, 475'544}, Size{"mobilenetv2_0.25", 32, 1'526'856},
        Size{"squeezenet1.1", 224, 1'235'496}, Size{"resnet18_v1", 32, 11'699'112},
        Size{"resnet18_v2", 32, 11'695'796}, Size{"resnet50_v1", 32, 25'629'032},
        Size{"resnet50_v2", 32, 25'595'060}}) {
    SCOPED_TRACE(name);
    const auto net = get_model(name);
    net->initialize();
    EXPECT_EQ((*net)(pattern({1, 3, side, side}, 0)).shape(), Shape({1, 1000}));
    std::int64_t found = 0;
    for (const auto& parameter : net->collect_params()) found += parameter.shape().size();
    EXPECT_EQ(found, numbers);
  }
}

// Numbers, names in files and shapes are those of gluoncv 0.10.5; the paper says 5.4 and 2.9
// million.
TEST(ModelZoo, MobileNetV3IsGluoncvs) {
  struct Network {
    const char* name;
    std::size_t parameters;
    std::int64_t numbers;
    const char* names_in_files;
    const char* shapes;
  };
  for (const auto& [name, parameters, numbers, names_in_files, shapes] :
       {Network{"mobilenetv3_large", 265, 5'506'152, "5e4e4e3dbb", "f596463b42"},
        Network{"mobilenetv3_small", 209, 2'957'400, "e8c494636c", "63403f20c4"}}) {
    SCOPED_TRACE(name);
    const auto net = get_model(name);
    net->initialize();
    EXPECT_EQ((*net)(pattern({1, 3, 32, 32}, 0)).shape(), Shape({1, 1000}));
    std::vector<std::string> in_files, with_shapes;
    std::int64_t found = 0;
    for (const auto& [structural, parameter] : net->structural_params()) {
      in_files.push_back(structural);
      with_shapes.push_back(str(structural, " ", parameter.shape()));
      found += parameter.shape().size();
    }
    EXPECT_EQ(in_files.size(), parameters);
    EXPECT_EQ(found, numbers);
    EXPECT_EQ(sum_of(in_files), names_in_files);
    EXPECT_EQ(sum_of(with_shapes), shapes);
  }
}

TEST(ModelZoo, GraphsGiveTheSame) {
  const std::vector<std::shared_ptr<gluon::HybridBlock>> nets = {
      std::make_shared<ResNetV1>(ResNetV1::Options{.classes = 10, .thumbnail = true}),
      std::make_shared<ResNetV2>(ResNetV2::Options{.classes = 10, .thumbnail = true}),
      get_model("mobilenetv2_0.25", {.classes = 10}),
      get_model("mobilenetv3_small", {.classes = 10})};
  for (const auto& net : nets) {
    SCOPED_TRACE(net->type_name());
    net->initialize(init::Xavier());
    const NDArray x = pattern({2, 3, 32, 32}, 0);
    const NDArray y = (*net)(x);
    EXPECT_EQ(y.shape(), Shape({2, 10}));
    const auto frozen = net->freeze(x);
    net->hybridize();
    expect_near((*net)(x), y.to_vector<double>(), 1e-4);
    expect_near(frozen(x), y.to_vector<double>(), 1e-4);
  }
}

TEST(ModelZoo, WrongNamesAndOptionsAreErrors) {
  EXPECT_THAT(message_of([] { get_model("resnet51"); }), ::testing::HasSubstr("resnet50_v1"));
  EXPECT_THAT(message_of([] { get_model("alexnet", {.classes = 0}); }),
              ::testing::HasSubstr("classes: expected at least 1"));
  EXPECT_THAT(message_of([] { ResNetV1({.layers = {1}}); }),
              ::testing::HasSubstr("one number of channels more than of layers"));
  EXPECT_THAT(message_of([] { gluon::model_zoo::SqueezeNet({.version = "1.2"}); }),
              ::testing::HasSubstr("expected 1.0 or 1.1"));
  EXPECT_THAT(message_of([] { gluon::model_zoo::MobileNet({.multiplier = 0}); }),
              ::testing::HasSubstr("multiplier"));
  EXPECT_THAT(message_of([] { gluon::model_zoo::MobileNetV3({.version = "tiny"}); }),
              ::testing::HasSubstr("version: expected large or small, got tiny"));
}

}  // namespace
}  // namespace gluino
