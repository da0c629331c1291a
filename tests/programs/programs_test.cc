// Random programs by theme; see program.h for what they are. One that failed once stands below
// them as a test of its own.
#include <gluino/base/parallel.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "programs/compare.h"
#include "programs/generate.h"
#include "programs/hunt.h"
#include "programs/themes.h"

namespace gluino::programs {
namespace {

class ProgramsOf : public ::testing::TestWithParam<Theme> {};

TEST_P(ProgramsOf, RunAlikeInAllWays) {
  const std::string found = hunt(GetParam().recipe, {.count = GetParam().count});
  EXPECT_TRUE(found.empty()) << found;
  set_num_threads(0);
}

INSTANTIATE_TEST_SUITE_P(Themes, ProgramsOf, ::testing::ValuesIn(themes()),
                         [](const auto& param) { return param.param.name; });

// The generator reaches what it is for: an operator that it never draws, or a way that takes none
// of its programs, would not be tested.
TEST(Programs, ReachEveryOperatorAndEveryWay) {
  std::set<std::string> operators;
  std::map<std::string, int> taken;
  const Recipe recipe{.assigns = 0.01, .random = true};
  for (std::uint64_t seed = 1; seed <= 8000; ++seed) {
    const Program program = generate(seed, recipe);
    for (const Node& node : program.nodes) {
      if (node.op != nullptr) operators.insert(node.op->name);
    }
    for (const Way& way : ways()) taken[way.name] += way.takes(program) ? 1 : 0;
  }
  for (const Op* op : operators_for(recipe)) EXPECT_TRUE(operators.contains(op->name)) << op->name;
  for (const auto& [way, count] : taken) EXPECT_GT(count, 30) << way;
}

TEST(Programs, AReshapedInputKeepsItsGradientInAGraph) {
  Program p(float32);
  const Value x0 = p.data({1, 1, 1});
  const Value x1 = p.reshape(x0, {-1, 1});
  const Value x2 = p.call("tanh", {}, {x1});
  p.heads = {x2};
  EXPECT_EQ(difference(p, {.way = "hybridized"}), "");
}

TEST(Programs, AParameterMayBeReshapedInAGraph) {
  Program p(float32);
  const Value x0 = p.data({1, 2});
  const Value x1 = p.parameter({2});
  const Value x2 = p.reshape(x1, {1, -1});
  const Value x3 = p.call("elemwise_mul", {}, {x0, x2});
  p.heads = {x3};
  EXPECT_EQ(difference(p, {.way = "hybridized"}), "");
}

TEST(Programs, ARowMayHaveNoElements) {
  Program p(float32);
  const Value x0 = p.data({3, 0});
  const Value x1 = p.at(x0, 2);
  p.heads = {x1};
  EXPECT_EQ(difference(p, {.way = "bound"}), "");
}

TEST(Programs, AGraphMayBeginWithAScalar) {
  Program p(float32);
  const Value x0 = p.parameter({});
  const Value x1 = p.call("smooth_l1", {}, {x0});
  p.heads = {x1};
  EXPECT_EQ(difference(p, {.way = "bound", .passes = true}), "");
}

TEST(Programs, LabelsThatAreOutputsTooAreLookedAtWhenTheyAreThere) {
  Program p(float64);
  const Value x0 = p.parameter({3, 4});
  const Value x1 = p.call("_lesser_equal", {}, {x0, x0});
  const Value x2 = p.parameter({5, 3});
  const Value x3 = p.call("Embedding", {{"input_dim", "5"}, {"output_dim", "3"}}, {x1, x2});
  p.heads = {x3, x1};
  p.script = {{.training = false, .backwards = 0}};
  EXPECT_EQ(difference(p, {.way = "bound"}), "");
}

TEST(Programs, AFrozenGraphKeepsTheRowsThatParametersCount) {
  Program p(float32);
  const Value x0 = p.data({5});
  const Value x1 = p.parameter({5});
  const Value x2 = p.call("LeakyReLU", {{"act_type", "prelu"}}, {x0, x1});
  p.heads = {x2};
  p.script = {{.training = false, .backwards = 0}};
  EXPECT_EQ(difference(p, {.way = "frozen"}), "");
  EXPECT_EQ(difference(p, {.way = "quantized"}), "");
}

TEST(Programs, ViewsOfWhatIsCutOffLeadToGradientsOfZero) {
  Program p(float32);
  const Value x0 = p.data({2, 1});
  const Value x1 = p.call("_greater_scalar", {{"scalar", "0"}}, {x0});
  const Value x2 = p.at(x1, 1);
  const Value x3 = p.slice(x1, 0, 1);
  p.heads = {x2, x3};
  EXPECT_EQ(difference(p, {.way = "bound"}), "");
}

}  // namespace
}  // namespace gluino::programs
