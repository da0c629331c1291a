// Networks of bytes whose ranges are given, and as files.
#include <gluino/graph/int8/quantize.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

struct Network {
  Symbol symbol = layers();
  ArrayMap params{{"conv_weight", numbers({6, 2, 3, 3})},
                  {"conv_bias", numbers({6})},
                  {"fc_weight", numbers({5, 54})},
                  {"fc_bias", numbers({5})}};
  NDArray data = numbers({4, 2, 8, 8});
  FrozenGraph frozen{symbol, params};

  static NDArray numbers(const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>((i * 37 + 11) % 101) / 50.0F - 1;
    }
    return nd::from(values, shape);
  }
  static Symbol layers() {
    const Symbol conv =
        sym::Convolution(sym::var("data"), {.kernel = {3, 3}, .num_filter = 6}, "conv");
    const Symbol act = sym::Activation(conv, {.act_type = "relu"}, "act");
    const Symbol pool = sym::Pooling(act, {.kernel = {2, 2}, .stride = {2, 2}}, "pool");
    return sym::FullyConnected(sym::tanh(pool, "tanh"), {.num_hidden = 5}, "fc");
  }
};

TEST(QuantizeGivenRanges, AreTaken) {
  const Network n;
  const FrozenGraph bytes =
      quantize(n.frozen, {{"data", {-1, 1}}, {"tanh_output", {0, 1}}}, {n.data});
  const auto got = bytes(n.data).to_vector<double>();
  const auto expected = n.frozen(n.data).to_vector<double>();
  for (std::size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected[i], 0.05);
  // Numbers beyond a range count as its end.
  const FrozenGraph narrow =
      quantize(n.frozen, {{"data", {-1, 1}}, {"tanh_output", {0, 0.01}}}, {n.data});
  EXPECT_GT(std::abs(narrow(n.data).to_vector<double>()[0] - expected[0]), 0.1);
}

TEST(QuantizeGivenRanges, ThatAreMissingOrWrongAreTold) {
  const Network n;
  EXPECT_THAT(message_of([&] {
                quantize(n.frozen, {{"data", {-1, 1}}}, {n.data});
              }),
              HasSubstr("no range is given for tanh_output"));
  EXPECT_THAT(message_of([&] {
                quantize(n.frozen, {{"data", {1, -1}}, {"tanh_output", {0, 1}}}, {n.data});
              }),
              HasSubstr("expected a range of finite numbers, got 1 to -1"));
  EXPECT_THAT(message_of([&] { quantize(n.frozen, QuantizeRanges{}, {}); }),
              HasSubstr("expected 1 arrays such as the inputs"));
}

TEST(QuantizedNetworks, StandInFiles) {
  const Network n;
  const FrozenGraph bytes = quantize(n.frozen, {{n.data}});
  const FrozenGraph loaded(sym::load_json(bytes.symbol().tojson()), bytes.params());
  EXPECT_EQ(loaded(n.data).to_vector<double>(), bytes(n.data).to_vector<double>());
}

// What a file says wrongly is told before a kernel reads beyond its arrays.
TEST(QuantizedNetworks, OfWrongFilesAreRefused) {
  const Network n;
  const FrozenGraph bytes = quantize(n.frozen, {{n.data}});
  const std::string json = bytes.symbol().tojson();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = json;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    return message_of([&] { FrozenGraph(sym::load_json(text), bytes.params())(n.data); });
  };
  EXPECT_THAT(with("\"num_hidden\": \"5\"", "\"num_hidden\": \"-5\""), HasSubstr("outputs, got"));
  EXPECT_THAT(with("\"num_hidden\": \"5\"", "\"num_hidden\": \"500\""),
              HasSubstr("expected shape"));
  EXPECT_THAT(with("\"num_filter\": \"6\"", "\"num_filter\": \"600\""),
              HasSubstr("expected shape"));
  EXPECT_THAT(with("\"kernel\": \"(3, 3)\"", "\"kernel\": \"(3, -3)\""), HasSubstr("kernel"));
  EXPECT_THAT(with("\"kernel\": \"(3, 3)\"", "\"kernel\": \"(30, 30)\""), HasSubstr("kernel"));
  EXPECT_THAT(with("\"pool\": \"(2, 2)\"", "\"pool\": \"(0, 2)\""), HasSubstr("pool"));
}

}  // namespace
}  // namespace gluino
