#include <gluino/viz/print_summary.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "ops/support.h"
#include "viz/mxnet_summaries.h"
#include "viz/networks.h"

namespace gluino::viz {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

TEST(PrintSummary, IsMxnetsToTheLetter) {
  EXPECT_EQ(summary(testing::mlp(), {{"data", {100, 784}}}), testing::kMlpSummary);
  EXPECT_EQ(summary(testing::lenet(), {{"data", {100, 1, 28, 28}}}), testing::kLenetSummary);
  EXPECT_EQ(summary(testing::branches(), {{"data", {4, 3, 12, 12}}}), testing::kBranchesSummary);
  EXPECT_EQ(summary(testing::branches()), testing::kBranchesSummaryWithoutShapes);
  EXPECT_EQ(summary(testing::mlp(), {{"data", {1, 784}}},
                    {.line_length = 60, .positions = {20, 30, 40, 60}}),
            testing::kNarrowMlpSummary);
}

TEST(PrintSummary, GoesToStandardOutput) {
  ::testing::internal::CaptureStdout();
  print_summary(testing::mlp(), {{"data", {100, 784}}});
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), testing::kMlpSummary);
}

TEST(PrintSummary, CountsParametersThatMxnetMiscounts) {
  // The input is flattened: 3 * 4 * 5 values for each unit, not 3.
  const auto dense = sym::FullyConnected(sym::var("data"), {.num_hidden = 7}, "fc");
  EXPECT_THAT(summary(dense, {{"data", {2, 3, 4, 5}}}), HasSubstr("Total params: 427\n"));
  // Two layers with one weight.
  const auto weight = sym::var("w");
  const auto first =
      sym::FullyConnected(sym::var("data"), weight, {}, {.num_hidden = 4, .no_bias = true}, "a");
  const auto both = sym::FullyConnected(first, weight, {}, {.num_hidden = 4, .no_bias = true}, "b");
  const std::string text = summary(both, {{"data", {2, 4}}});
  EXPECT_THAT(text, HasSubstr("Total params: 16\n"));
}

TEST(PrintSummary, CountsWhatOptionsSayWithoutShapes) {
  const auto words = sym::Embedding(sym::var("data"), {.input_dim = 10, .output_dim = 4}, "words");
  const auto net = sym::FullyConnected(words, {.num_hidden = 3}, "fc");
  EXPECT_THAT(summary(net), HasSubstr("Total params: 43\n"));
}

TEST(PrintSummary, CutsBetweenCharacters) {
  const auto net = sym::FullyConnected(sym::var("données"), {.num_hidden = 1}, "ééééé");
  const std::string text = summary(net, {}, {.line_length = 10, .positions = {3, 6, 8, 10}});
  EXPECT_THAT(text, HasSubstr("\nééé   1 do\n"));
}

TEST(PrintSummary, RefusesWhatMakesNoTable) {
  const auto net = testing::mlp();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(message_of([&] { summary(Symbol()); }), HasSubstr("refers to nothing"));
  EXPECT_THAT(message_of([&] { summary(net, {{"dat", {1, 2}}}); }), HasSubstr("dat"));
  EXPECT_THAT(message_of([&] { summary(net, {{"softmax_label", {1}}}); }), HasSubstr("data"));
  for (const std::vector<double>& positions : std::vector<std::vector<double>>{
           {}, {.5, 1}, {.5, .4, .6, 1}, {-1, .5, .6, 1}, {nan, .5, .6, 1}, {1, 2, 3, 1e9}}) {
    EXPECT_THAT(message_of([&] { summary(net, {}, {.positions = positions}); }),
                HasSubstr("positions: expected"));
  }
  for (const int length : {0, -5, 1 << 30}) {
    EXPECT_THAT(message_of([&] { summary(net, {}, {.line_length = length}); }),
                HasSubstr("line_length: expected 1 to"));
  }
}

}  // namespace
}  // namespace gluino::viz
