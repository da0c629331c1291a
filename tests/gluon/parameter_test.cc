#include <fstream>
#include <functional>
#include <iterator>

#include "gluon/support.h"

namespace gluino {
namespace {

namespace nn = gluon::nn;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFile;

std::vector<float> floats(const NDArray& array) { return array.to_vector<float>(); }

nn::Dense dense(std::int64_t in = 0) {
  return nn::Dense({.units = 3, .in_units = in, .prefix = "fc_"});
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST(Parameters, WaitForTheFirstForward) {
  auto layer = dense();
  EXPECT_THAT(message_of([&] { layer.weight().data(); }), HasSubstr("call initialize()"));
  layer.initialize();
  EXPECT_TRUE(layer.weight().is_deferred());
  EXPECT_EQ(layer.weight().shape(), Shape({3, -1}));
  EXPECT_THAT(message_of([&] { layer.weight().data(); }),
              HasSubstr("Parameter fc_weight has no values yet"));
  layer(nd::ones({4, 2}));
  EXPECT_EQ(layer.weight().shape(), Shape({3, 2}));
  EXPECT_EQ(floats(layer.bias().data()), (std::vector<float>{0, 0, 0}));
}

TEST(Parameters, OfAWrongShapeNameLayerAndShapes) {
  auto layer = dense(2);
  layer.initialize();
  EXPECT_EQ(message_of([&] {
              layer(nd::ones({4, 5}));
            }),
            "[FullyConnected fc] weight: expected shape (3, 5), got (3, 2)");
  auto waiting = dense(2);
  EXPECT_THROW(waiting(nd::ones({4, 5})), Error);
  EXPECT_EQ(message_of([&] {
              layer.weight().set_data(nd::ones({3, 4}));
            }),
            "Parameter fc_weight: expected shape (3, 2), got (3, 4)");
}

TEST(Parameters, AreInitializedAgainOnlyByForce) {
  auto layer = dense(2);
  layer.initialize(init::One());
  layer.initialize(init::Zero());
  EXPECT_EQ(floats(layer.weight().data())[0], 1);
  layer.initialize(init::Zero(), cpu(), true);
  EXPECT_EQ(floats(layer.weight().data())[0], 0);
  EXPECT_THROW(layer.initialize(init::Zero(), gpu(7), true), Error);
}

TEST(Parameters, LiveOnSeveralContexts) {
  auto layer = dense();
  random::seed(1);
  layer.initialize(init::Xavier(), {cpu(0), cpu(1)});
  layer(nd::ones({1, 2}));
  const auto& weight = layer.weight();
  EXPECT_EQ(floats(weight.data(cpu(0))), floats(weight.data(cpu(1))));
  EXPECT_EQ(weight.data(cpu(1)).context(), cpu(1));
  EXPECT_EQ(layer(nd::ones({1, 2}, float32, cpu(1))).context(), cpu(1));
  EXPECT_THAT(message_of([&] { weight.data(cpu(2)); }),
              HasSubstr("was not initialized on cpu(2), only on cpu(0), cpu(1)"));
  weight.set_data(nd::ones({3, 2}));
  EXPECT_EQ(floats(weight.data(cpu(1)))[5], 1);
}

TEST(Parameters, MoveBetweenContexts) {
  auto layer = dense(2);
  layer.initialize(init::Xavier());
  const auto before = floats(layer.weight().data());
  layer.collect_params().reset_ctx({cpu(1), cpu(2)});
  EXPECT_EQ(floats(layer.weight().data(cpu(1))), before);
  EXPECT_EQ(floats(layer.weight().data(cpu(2))), before);
  EXPECT_THROW(layer.weight().data(cpu(0)), Error);
  layer.cast(float64);
  EXPECT_EQ(layer.weight().data().dtype(), float64);
  EXPECT_EQ(layer.weight().grad().dtype(), float64);
  EXPECT_EQ(floats(layer.weight().data()), before);
}

TEST(Parameters, GradientsFollowTheirRequest) {
  auto layer = dense(2);
  layer.initialize();
  layer.collect_params().set_grad_req(GradReq::add);
  for (int i = 0; i < 2; ++i) {
    const auto recording = autograd::record();
    layer(nd::ones({1, 2})).backward();
  }
  EXPECT_EQ(floats(layer.bias().grad()), (std::vector<float>{2, 2, 2}));
  layer.collect_params().zero_grad();
  EXPECT_EQ(floats(layer.bias().grad()), (std::vector<float>{0, 0, 0}));
}

TEST(ParameterDict, MovesAllOrNone) {
  auto layer = dense(2);
  layer.weight().initialize(init::One(), {cpu()});
  EXPECT_THAT(message_of([&] { layer.collect_params().reset_ctx({cpu(1)}); }),
              HasSubstr("Parameter fc_bias has not been initialized"));
  EXPECT_EQ(layer.weight().data().context(), cpu());
}

TEST(ParameterDict, TellsWhatItHas) {
  const auto params = dense(2).collect_params();
  EXPECT_TRUE(params["weight"].same_as(params["fc_weight"]));
  EXPECT_EQ(message_of([&] { params["wight"]; }),
            "there is no parameter wight; there are: fc_weight, fc_bias");
}

struct Use {
  const char* name;
  std::function<void(const gluon::Parameter&)> call;
};

// All that a parameter can be asked for and told.
std::vector<Use> uses() {
  using gluon::Parameter;
  return {
      {"name", [](const Parameter& p) { p.name(); }},
      {"rename", [](const Parameter& p) { p.rename("a"); }},
      {"shape", [](const Parameter& p) { p.shape(); }},
      {"dtype", [](const Parameter& p) { p.dtype(); }},
      {"grad_req", [](const Parameter& p) { p.grad_req(); }},
      {"set_grad_req", [](const Parameter& p) { p.set_grad_req(GradReq::add); }},
      {"lr_mult", [](const Parameter& p) { p.lr_mult(); }},
      {"wd_mult", [](const Parameter& p) { p.wd_mult(); }},
      {"set_lr_mult", [](const Parameter& p) { p.set_lr_mult(1); }},
      {"set_wd_mult", [](const Parameter& p) { p.set_wd_mult(1); }},
      {"initialize", [](const Parameter& p) { p.initialize(init::One(), {cpu()}); }},
      {"is_initialized", [](const Parameter& p) { p.is_initialized(); }},
      {"is_deferred", [](const Parameter& p) { p.is_deferred(); }},
      {"complete", [](const Parameter& p) { p.complete({1}); }},
      {"data", [](const Parameter& p) { p.data(); }},
      {"data of a context", [](const Parameter& p) { p.data(cpu()); }},
      {"list_data", [](const Parameter& p) { p.list_data(); }},
      {"reduce", [](const Parameter& p) { p.reduce(); }},
      {"grad", [](const Parameter& p) { p.grad(); }},
      {"grad of a context", [](const Parameter& p) { p.grad(cpu()); }},
      {"list_grad", [](const Parameter& p) { p.list_grad(); }},
      {"list_ctx", [](const Parameter& p) { p.list_ctx(); }},
      {"set_data", [](const Parameter& p) { p.set_data(nd::ones({1})); }},
      {"load", [](const Parameter& p) { p.load(nd::ones({1}), {cpu()}); }},
      {"zero_grad", [](const Parameter& p) { p.zero_grad(); }},
      {"reset_ctx", [](const Parameter& p) { p.reset_ctx({cpu(1)}); }},
      {"cast", [](const Parameter& p) { p.cast(float64); }},
      {"printing", [](const Parameter& p) { str(p); }},
      {"adding to a dictionary", [](const Parameter& p) { gluon::ParameterDict().add(p); }},
  };
}

// Layers without a bias, and default-made handles.
TEST(Parameters, ThatAreNotThereAreASentence) {
  const nn::Dense dense_layer({.units = 2, .use_bias = false, .in_units = 2});
  const nn::Conv2D convolution({.channels = 1, .kernel_size = {1, 1}, .use_bias = false});
  for (const gluon::Parameter& missing :
       {gluon::Parameter(), dense_layer.bias(), convolution.bias()}) {
    EXPECT_FALSE(missing.defined());
    for (const Use& use : uses()) {
      SCOPED_TRACE(use.name);
      EXPECT_THAT(message_of([&] { use.call(missing); }), HasSubstr("refers to no parameter"));
    }
  }
}

// Each use of a parameter in whatever state is a result or a sentence that names it.
TEST(Parameters, AreUsedOrNamedInEveryState) {
  const std::vector<std::function<void(const gluon::Parameter&)>> states = {
      [](const gluon::Parameter&) {},
      [](const gluon::Parameter& p) { p.initialize(init::One(), {cpu()}); },
      [](const gluon::Parameter& p) { p.initialize(init::One(), {cpu(2)}); },
      [](const gluon::Parameter& p) {
        p.initialize(init::One(), {cpu()});
        p.complete({1});
        p.set_grad_req(GradReq::null);
      },
  };
  for (const auto& prepare : states) {
    for (const Use& use : uses()) {
      const gluon::Parameter parameter("fc_weight", {});
      prepare(parameter);
      try {
        use.call(parameter);
      } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("Parameter fc_weight")) << use.name;
      }
    }
  }
}

TEST(Parameters, WithoutAGradientSaySo) {
  auto layer = dense(2);
  layer.initialize();
  layer.weight().set_grad_req(GradReq::null);
  for (const auto& ask : std::vector<std::function<void()>>{[&] { layer.weight().grad(); },
                                                            [&] { layer.weight().grad(cpu()); },
                                                            [&] { layer.weight().list_grad(); }}) {
    EXPECT_EQ(message_of(ask), "Parameter fc_weight has no gradient: its grad_req is null");
  }
  layer.weight().zero_grad();
  EXPECT_THAT(message_of([&] { dense(2).weight().list_ctx(); }), HasSubstr("call initialize()"));
}

TEST(Parameters, KeepTheirGradientWhenTheRequestStays) {
  auto layer = dense(2);
  layer.initialize();
  {
    const auto recording = autograd::record();
    layer(nd::ones({1, 2})).backward();
  }
  layer.collect_params().set_grad_req(GradReq::write);
  EXPECT_EQ(floats(layer.bias().grad()), (std::vector<float>{1, 1, 1}));
}

// What MXNet 1.9.1 writes for a HybridSequential of one Dense(2 -> 3).
std::string mxnets_file() {
  const std::string hex =
      "120100000000000000000000000000000200000000000000c9fa93f9000000000200000003000000000000000200"
      "0000000000000100000000000000000000000000803f0000004000004040000080400000a0400000d040c9fa93f9"
      "00000000010000000300000000000000010000000000000000000000000080bf000000000000803e020000000000"
      "00000800000000000000302e7765696768740600000000000000302e62696173";
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

TEST(ParameterFiles, OfMxnetAreReadAndWrittenByteForByte) {
  const TemporaryFile file;
  write(file.path(), mxnets_file());
  nn::HybridSequential net;
  net.add(dense());
  net.load_parameters(file.path());
  const auto params = net.collect_params();
  EXPECT_EQ(floats(params["fc_weight"].data()), (std::vector<float>{1, 2, 3, 4, 5, 6.5}));
  EXPECT_EQ(floats(params["fc_bias"].data()), (std::vector<float>{-1, 0, 0.25}));
  EXPECT_EQ(floats(net(nd::ones({1, 2}))), (std::vector<float>{2, 7, 11.75}));
  const TemporaryFile copy;
  net.save_parameters(copy.path());
  EXPECT_EQ(read(copy.path()), mxnets_file());
}

TEST(ParameterFiles, GoToAllContexts) {
  const TemporaryFile file;
  write(file.path(), mxnets_file());
  nn::HybridSequential net;
  net.add(dense());
  net.load_parameters(file.path(), {.ctx = {cpu(0), cpu(1)}});
  EXPECT_EQ(floats(net.collect_params()["fc_bias"].data(cpu(1))),
            (std::vector<float>{-1, 0, 0.25}));
}

TEST(ParameterFiles, ThatDoNotFitChangeNothing) {
  const TemporaryFile file;
  write(file.path(), mxnets_file());
  nn::HybridSequential other;
  other.add(nn::Dense({.units = 3, .in_units = 5, .prefix = "a_"}));
  other.initialize(init::One());
  EXPECT_THAT(message_of([&] { other.load_parameters(file.path()); }),
              HasSubstr("parameter 0.weight: expected shape (3, 5), found (3, 2)"));
  EXPECT_EQ(floats(other.collect_params()["a_bias"].data()), (std::vector<float>{0, 0, 0}));

  nn::HybridSequential longer;
  longer.add(dense(2), nn::Dense({.units = 1, .in_units = 3, .prefix = "b_"}));
  longer.initialize(init::One());
  EXPECT_THAT(message_of([&] { longer.load_parameters(file.path()); }),
              HasSubstr("has no parameter 1.weight"));
  EXPECT_EQ(floats(longer.collect_params()["fc_weight"].data())[5], 1);
  longer.load_parameters(file.path(), {.allow_missing = true});
  EXPECT_EQ(floats(longer.collect_params()["fc_weight"].data())[5], 6.5);
  EXPECT_EQ(floats(longer.collect_params()["b_weight"].data())[0], 1);

  nn::HybridSequential shorter;
  shorter.add(nn::Dense({.units = 3, .use_bias = false, .in_units = 2, .prefix = "c_"}));
  EXPECT_THAT(message_of([&] { shorter.load_parameters(file.path()); }),
              HasSubstr("holds 0.bias, which the HybridSequential does not have"));
  shorter.load_parameters(file.path(), {.ignore_extra = true});
  EXPECT_EQ(floats(shorter.collect_params()["c_weight"].data())[5], 6.5);

  auto waiting = dense();
  waiting.initialize();
  EXPECT_THROW(waiting.save_parameters(file.path()), Error);
  EXPECT_EQ(read(file.path()), mxnets_file());
}

}  // namespace
}  // namespace gluino
