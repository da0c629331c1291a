// Graphs inside of graphs in files: MXNet's, and ours.
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include "graph/mxnet_control_flow.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatNear;
using ::testing::HasSubstr;
using testing::kControlFlowJson;
using testing::message_of;
using ::testing::Pointwise;

NDArray row(std::int64_t count, double step, double first, const Shape& shape) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < count; ++i) {
    values.push_back(first + static_cast<double>(i) * step);
  }
  return nd::from(values, shape).astype(float32);
}

TEST(ControlFlowJson, OfMxnetStaysAsItWas) {
  const Symbol symbol = sym::load_json(kControlFlowJson);
  EXPECT_THAT(symbol.list_arguments(), ElementsAre("x", "h", "w", "i"));
  EXPECT_THAT(symbol.list_outputs(),
              ElementsAre("_foreach0_output0", "_while_loop0_output0", "_cond0_output"));
  EXPECT_EQ(symbol.tojson(), kControlFlowJson);
}

// The numbers are those that MXNet computes of its file. (Its gradient of h is another with each
// run: it does not write that of the branch which is not taken.)
TEST(ControlFlowJson, OfMxnetComputesTheSame) {
  const Executor executor = sym::load_json(kControlFlowJson)
                                .simple_bind(cpu(), {{"x", {2, 2, 3}}, {"h", {2, 3}}, {"i", {1}}});
  executor.copy_params_from({{"x", row(12, 1 / 12.0, 0, {2, 2, 3})},
                             {"h", row(6, 0.05, -0.1, {2, 3})},
                             {"w", row(9, 1 / 9.0, -0.5, {3, 3})}});
  executor.forward(true);
  executor.backward();
  const auto near = [](const NDArray& array, const std::vector<float>& expected) {
    EXPECT_THAT(array.to_vector<float>(), Pointwise(FloatNear(2e-4F), expected));
  };
  near(executor.outputs()[0], {-0.872956, -0.208915, 0.72651, -0.902778, -0.103334, 0.856386,
                               -0.99843, -0.58049, 0.992498, -0.999222, -0.457151, 0.997052});
  near(executor.outputs()[1],
       {-3.99372, -2.32196, 3.96999, -3.99689, -1.82861, 3.98821, 7.9749, 2.69575, 7.88042, 7.98756,
        1.6719, 7.95289, -15.9248, -3.12971, 15.6426, -15.9627, -1.52862, 15.8589});
  near(executor.outputs()[2], {16.8998, 2.81676, 16.5252, 16.9503, 1.69881, 16.8121});
  near(executor.grad_dict().at("x"), {0.261552, 0.558238, 0.854924, -0.554097, -0.0709528, 0.412191,
                                      0.43763, 0.598838, 0.760047, -0.0606952, 0.161928, 0.38455});
  near(executor.grad_dict().at("w"),
       {0.210332, 0.23045, 0.250568, 6.11594, 6.49098, 6.86602, 7.46189, 7.93948, 8.41707});
}

// As a loop of two steps is saved: the text with `from` replaced.
std::string broken(const std::string& from, const std::string& to) {
  const Symbol x = sym::var("x");
  const auto [outputs, states] = sym::contrib::foreach (
      [](const Symbol& in, const Symbol& s) {
        return sym::contrib::Step{in + s, in * s};
      },
      x, sym::var("h"));
  std::string text = sym::Group({outputs[0], states[0]}).tojson();
  const auto place = text.find(from);
  EXPECT_NE(place, std::string::npos) << from;
  return text.replace(place, from.size(), to);
}

TEST(ControlFlowJson, WrongFilesAreRefused) {
  const auto read = [](const std::string& text) {
    return message_of([&] { sym::load_json(text); });
  };
  EXPECT_THAT(read(broken("\"in_data_locs\": \"[0]\"", "\"in_data_locs\": \"[1]\"")),
              HasSubstr("input 1 is named twice"));
  EXPECT_THAT(read(broken("\"in_data_locs\": \"[0]\"", "\"in_data_locs\": \"[7]\"")),
              HasSubstr("7 is none of 2 inputs"));
  EXPECT_THAT(read(broken("\"in_data_locs\": \"[0]\"", "\"in_data_locs\": \"[-1]\"")),
              HasSubstr("expected a row of numbers"));
  EXPECT_THAT(read(broken("\"num_outputs\": \"2\"", "\"num_outputs\": \"99\"")),
              HasSubstr("num_outputs: the graph gives 2, got 99"));
  EXPECT_THAT(read(broken("\"num_out_data\": \"1\"", "\"num_out_data\": \"0\"")),
              HasSubstr("a step gives 2 states, expected 1"));
  EXPECT_THAT(read(broken("\"subgraphs\": [", "\"subgraphs\": 7, \"other\": [")),
              HasSubstr("\"subgraphs\": expected an array"));
  EXPECT_THAT(read(broken("\"subgraphs\": [", "\"subgraphs\": [], \"other\": [")),
              HasSubstr("needs the option \"subgraphs\""));
  EXPECT_THAT(read(broken("elemwise_add", "elemwise_ad")), HasSubstr("elemwise_ad"));
}

}  // namespace
}  // namespace gluino
