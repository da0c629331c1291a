// Initializers of recurrent nets. The numbers are MXNet 1.9.1's.
#include <gluino/base/random.h>
#include <gluino/graph/sym.h>
#include <gluino/initializer/initializer.h>
#include <gluino/ndarray/creation.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "error_message.h"

namespace gluino {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

std::vector<float> filled(const init::Initializer& initializer, const Shape& shape) {
  const NDArray array = nd::full(shape, 9);
  initializer.init_weight("x", array);
  return array.to_vector<float>();
}

TEST(LSTMBias, IsThatOfTheSecondGate) {
  EXPECT_THAT(filled(init::LSTMBias(2.5), {8}), ElementsAre(0, 0, 2.5, 2.5, 0, 0, 0, 0));
  EXPECT_THAT(filled("lstmbias", {4}), ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(filled(init::create_from_json(R"(["lstmbias", {"forget_bias": 3.0}])"), {4}),
              ElementsAre(0, 3, 0, 0));
  // By its name a bias is nobody's but its own initializer's.
  const NDArray bias = nd::full({4}, 9);
  init::LSTMBias()("lstm_i2h_bias", bias);
  EXPECT_THAT(bias.to_vector<float>(), Each(0));
  EXPECT_THAT(message_of([] { filled(init::LSTMBias(), {6}); }),
              HasSubstr("[lstmbias] x: expected four gates' biases along the first axis, got shape "
                        "(6,)"));
}

uLong crc_of(const std::vector<float>& values) {
  return crc32(0, reinterpret_cast<const Bytef*>(values.data()),
               static_cast<uInt>(values.size() * sizeof(float)));
}

TEST(FusedRNN, FillsTheVectorAsMxnetDoes) {
  struct Case {
    init::FusedRNNOptions net;
    std::int64_t size;
    uLong crc;
  };
  const init::Initializer xavier = init::Xavier();
  const std::vector<Case> cases = {
      {{.init = xavier, .num_hidden = 3, .num_layers = 2, .bidirectional = true, .forget_bias = 2},
       480,
       3989623536U},
      {{.init = xavier, .num_hidden = 2, .mode = "gru"}, 54, 2582270590U},
      {{.init = xavier, .num_hidden = 4, .num_layers = 2, .mode = "rnn_tanh"}, 76, 2022484730U}};
  for (const Case& each : cases) {
    SCOPED_TRACE(each.net.mode);
    random::seed(42);
    EXPECT_EQ(crc_of(filled(init::FusedRNN(each.net), {each.size})), each.crc);
  }
}

TEST(FusedRNN, LeavesWeightsToTheNetsInitializer) {
  const auto own = init::create_from_json(
      R"(["fusedrnn", {"init": null, "num_hidden": 3, "num_layers": 1, "mode": "lstm",)"
      R"( "bidirectional": false, "forget_bias": 1.0}])");
  const NDArray array = nd::full({108}, 9);
  random::seed(42);
  own.init_weight("l_parameters", array, init::Xavier());
  EXPECT_EQ(crc_of(array.to_vector<float>()), 3332295960U);
  EXPECT_THAT(message_of([&] { own.init_weight("l_parameters", array); }),
              HasSubstr("[fusedrnn] l_parameters: there is no initializer"));
  const auto sevens = init::create_from_json(
      R"(["fusedrnn", {"init": "[\"constant\", {\"value\": 7}]", "num_hidden": 1,)"
      R"( "num_layers": 1, "mode": "rnn_relu", "bidirectional": true}])");
  EXPECT_THAT(filled(sevens, {10}), ElementsAre(7, 7, 7, 7, 7, 7, 0, 0, 0, 0));
}

TEST(FusedRNN, RefusesWhatIsNoNet) {
  EXPECT_THAT(message_of([] { init::FusedRNN({.num_hidden = 3, .mode = "rnn"}); }),
              HasSubstr("expected rnn_relu, rnn_tanh, lstm or gru, got 'rnn'"));
  EXPECT_THROW(init::FusedRNN({}), Error);
  EXPECT_THROW(init::create("fusedrnn", {{"num_hidden", "2.5"}, {"num_layers", "1"}}), Error);
  const auto net = init::FusedRNN({.init = "zeros", .num_hidden = 3});
  for (const Shape& shape : {Shape({107}), Shape({60}), Shape({4, 27})}) {
    EXPECT_THAT(message_of([&] { filled(net, shape); }),
                HasSubstr("holds no weights of 1 layers of 3 units of lstm"));
  }
}

}  // namespace
}  // namespace gluino
