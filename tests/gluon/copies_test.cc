// Copies of blocks, layers that change after they were traced, hooks.
#include <gluino/gluino.h>
#include <gmock/gmock.h>

#include <functional>

#include "ops/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

nn::HybridLambda plus(double number) {
  return nn::HybridLambda([number](const NDArray& x) { return x + number; });
}

double at_zero(HybridBlock& net) { return net(nd::zeros({1})).asscalar<double>(); }

TEST(Copies, HaveGraphsOfTheirOwn) {
  nn::HybridSequential net;
  net.add(plus(1));
  net.hybridize();
  EXPECT_EQ(at_zero(net), 1);
  auto longer = net;
  longer.add(plus(10));
  EXPECT_EQ(at_zero(net), 1);
  EXPECT_EQ(at_zero(longer), 11);
  net.add(plus(100));
  EXPECT_EQ(at_zero(net), 101);
  EXPECT_EQ(at_zero(longer), 11);
  nn::HybridSequential assigned;
  assigned.add(plus(1000));
  assigned.hybridize();
  EXPECT_EQ(at_zero(assigned), 1000);
  assigned = longer;
  EXPECT_EQ(at_zero(assigned), 11);
  assigned.add(plus(1));
  EXPECT_EQ(at_zero(assigned), 12);
  EXPECT_EQ(at_zero(longer), 11);
  auto moved = std::move(assigned);
  EXPECT_EQ(at_zero(moved), 12);
}

TEST(Copies, HaveHooksAndNamesOfTheirOwn) {
  nn::HybridSequential net("net_");
  net.add(plus(1));
  int calls = 0;
  const int id =
      net.register_forward_hook([&](const Block&, const NDArray&, const NDArray&) { ++calls; });
  auto copy = net;
  at_zero(copy);
  EXPECT_EQ(calls, 1);
  copy.remove_forward_hook(id);
  at_zero(copy);
  EXPECT_EQ(calls, 1);
  at_zero(net);
  EXPECT_EQ(calls, 2);
  copy.rename("copy_");
  EXPECT_EQ(net.prefix(), "net_");
  const auto scope = net.name_scope();
  EXPECT_EQ(nn::Dense({.units = 1}).prefix(), "net_dense0_");
  const auto inner = copy.name_scope();
  EXPECT_EQ(nn::Dense({.units = 1}).prefix(), "copy_dense0_");
}

TEST(Copies, HybridizingOneLeavesTheOther) {
  // Reading elements tells which of them runs forward itself.
  nn::HybridLambda eager([](const NDArray& x) { return x * x.asscalar<double>(); });
  auto hybrid = eager;
  hybrid.hybridize();
  EXPECT_EQ(eager(nd::array({3})).asscalar(), 9);
  EXPECT_THROW(hybrid(nd::array({3})), Error);
  auto third = hybrid;
  EXPECT_THROW(third(nd::array({3})), Error);
  third = eager;
  EXPECT_EQ(third(nd::array({3})).asscalar(), 9);
}

// Layers inside of layers that are added or assigned after the outermost was traced.
TEST(Structure, ChangesDeepInsideReachTheGraph) {
  nn::HybridSequential net;
  {
    nn::HybridSequential middle, inner;
    inner.add(plus(1));
    middle.add(std::move(inner));
    net.add(std::move(middle));
  }
  net.hybridize();
  EXPECT_EQ(at_zero(net), 1);
  auto& middle = dynamic_cast<nn::HybridSequential&>(net[0]);
  auto& inner = dynamic_cast<nn::HybridSequential&>(middle[0]);
  inner.add(plus(10));
  EXPECT_EQ(at_zero(net), 11);
  nn::HybridSequential other;
  other.add(plus(100));
  inner = other;
  EXPECT_EQ(at_zero(net), 100);
  other.add(plus(1000));  // not a part of the net
  EXPECT_EQ(at_zero(net), 100);
  middle.add(plus(5));
  EXPECT_EQ(at_zero(net), 105);
}

TEST(Structure, CastsInsideOfForwardFollowTheParameter) {
  class Casting : public HybridBlock {
   public:
    Casting() : HybridBlock("casting_") {}
    NDArray forward(const NDArray& x) override {
      return x.astype(weight_.data().dtype()) * weight_.data();
    }

   private:
    Parameter weight_ = parameter("weight", {.shape = {1}, .init = init::One()});
  };
  Casting net;
  net.initialize();
  net.hybridize();
  for (const DType dtype : {float32, float64, float32}) {
    net.cast(dtype);
    EXPECT_EQ(net(nd::array({3})).dtype(), dtype);
  }
}

TEST(Hooks, MayRemoveThemselvesAndOthersAndAddSome) {
  auto net = plus(1);
  std::vector<std::string> called;
  int first = 0;
  int second = 0;
  const auto note = [&](const char* name) { called.emplace_back(name); };
  first = net.register_forward_hook([&](const Block&, const NDArray&, const NDArray&) {
    note("first");
    net.remove_forward_hook(first);
    net.remove_forward_hook(second);
    net.register_forward_hook([&](const Block&, const NDArray&, const NDArray&) { note("added"); });
  });
  second = net.register_forward_hook(
      [&](const Block&, const NDArray&, const NDArray&) { note("second"); });
  net.register_forward_hook([&](const Block&, const NDArray&, const NDArray&) { note("third"); });
  at_zero(net);
  EXPECT_THAT(called, ElementsAre("first", "third"));
  called.clear();
  at_zero(net);
  EXPECT_THAT(called, ElementsAre("third", "added"));
  EXPECT_THAT(message_of([&] { net.register_forward_hook(nullptr); }), HasSubstr("function"));
}

TEST(Hooks, MayThrowCallTheBlockAndCopyIt) {
  auto net = plus(1);
  net.hybridize();
  int depth = 0;
  double inner = 0;
  net.register_forward_hook([&](const Block&, const NDArray& x, const NDArray& y) {
    if (depth++ > 0) return;
    auto copy = net;
    inner = copy(net(x) + y).asscalar<double>();
  });
  EXPECT_EQ(at_zero(net), 1);
  EXPECT_EQ(inner, 3);
  const int id = net.register_forward_hook(
      [](const Block&, const NDArray&, const NDArray&) { fail("a hook"); });
  EXPECT_THAT(message_of([&] { at_zero(net); }), HasSubstr("a hook"));
  EXPECT_TRUE(current_mode().layer.empty());
  net.remove_forward_hook(id);
  EXPECT_EQ(at_zero(net), 1);
}

// A graph would call no hooks of the layers inside, or show them arrays without values.
TEST(Hooks, OfLayersInsideSeeTheValuesOfEveryCall) {
  nn::HybridSequential inner;
  inner.add(plus(1));
  nn::HybridSequential net;
  net.add(std::move(inner), plus(10));
  net.hybridize();
  EXPECT_EQ(at_zero(net), 11);
  std::vector<NDArray> seen;
  Block& layer = *net[0].children()[0].second;
  const int id = layer.register_forward_hook(
      [&](const Block&, const NDArray&, const NDArray& y) { seen.push_back(y); });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(net(nd::array({5.0 * i})).asscalar(), 11 + 5 * i);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].asscalar(), 1);
  EXPECT_EQ(seen[1].asscalar(), 6);
  layer.remove_forward_hook(id);
  EXPECT_EQ(at_zero(net), 11);
  EXPECT_EQ(seen.size(), 2u);
}

TEST(SymbolBlockInputs, NoneMissingExtraAndTwice) {
  const Symbol w = sym::var("w_weight", {.shape = {2}});
  SymbolBlock none(w * 2.0, {});
  none.initialize(init::One());
  EXPECT_THAT(none(std::vector<NDArray>{})[0].to_vector<float>(), ElementsAre(2, 2));
  EXPECT_THAT(message_of([&] { none(nd::ones({2})); }), HasSubstr("expected 0 inputs"));
  const Symbol x = sym::var("x");
  const Symbol y = sym::var("y");
  EXPECT_THAT(message_of([&] { SymbolBlock(x + y, {"x", "x"}); }), HasSubstr("twice"));
  EXPECT_THAT(message_of([&] { SymbolBlock(x + y, {"z"}); }), HasSubstr("\"z\""));
  EXPECT_THAT(message_of([&] { SymbolBlock(Symbol(), {}); }), HasSubstr("refers to nothing"));
  SymbolBlock both(sym::Group({x + y, x - y}), {"y", "x"});
  const NDArray one = nd::array({1});
  const auto outputs = both(std::vector{one, nd::array({5})});
  EXPECT_EQ(outputs[0].asscalar(), 6);
  EXPECT_EQ(outputs[1].asscalar(), 4);
  EXPECT_EQ(both(std::vector{one, one})[1].asscalar(), 0);
  EXPECT_EQ(both(std::vector{one, nd::array({5})})[1].asscalar(), 4);
  EXPECT_THAT(message_of([&] { both(std::vector{one}); }), HasSubstr("expected 2 inputs"));
  EXPECT_THAT(message_of([&] { both(one); }), HasSubstr("outputs"));
  EXPECT_THROW(both(std::vector{one, NDArray()}), Error);
}

}  // namespace
}  // namespace gluino::gluon
