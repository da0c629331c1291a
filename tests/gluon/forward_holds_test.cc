// What a forward may hold on to: arrays from elsewhere, layers that it does not use, its own input;
// and what a failure inside leaves.
#include <gluino/gluino.h>
#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <optional>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using gluino::testing::same_bits;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

NDArray of(std::initializer_list<double> values) { return nd::array(values); }

TEST(ForwardHolds, CapturedArraysAreLive) {
  NDArray offset = of({1, 2});
  NDArray kept = offset;
  nn::HybridLambda net([&](const NDArray& x) { return x + offset; });
  net.hybridize();
  const NDArray x = of({10, 10});
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(11, 12));
  offset.assign(5);
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(15, 15));
  offset = of({7, 8});
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(17, 18));
  offset = kept;
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(15, 15));
  // Files and frozen graphs have the values of their time.
  const FrozenGraph frozen = net.freeze(x);
  offset.assign(0.0);
  EXPECT_THAT(frozen(std::vector{x})[0].to_vector<float>(), ElementsAre(15, 15));
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(10, 10));
}

// Parts of a block's own array must not become part of the file as the values of the day; the
// parameter is.
class Halves : public HybridBlock {
 public:
  Halves() : HybridBlock("halves_") {}
  NDArray forward(const NDArray& x) override {
    return x * weight_.data().slice(0, 1) + weight_.data().slice(1, 2);
  }

 private:
  Parameter weight_ = parameter("weight", {.shape = {2}, .init = init::One()});
};

TEST(ForwardHolds, PartsOfAParameterFollowIt) {
  Halves net;
  net.initialize();
  net.hybridize();
  EXPECT_EQ(net(of({3})).asscalar(), 4);
  EXPECT_THAT(net.to_symbol(of({3})).list_arguments(), ElementsAre("data", "halves_weight"));
  net.params()["weight"].set_data(of({10, 5}));
  EXPECT_EQ(net(of({3})).asscalar(), 35);
}

// Arrays that forward keeps would have no values: they were made in a dry run.
TEST(ForwardHolds, KeepingWhatWasComputedIsRefused) {
  NDArray kept;
  for (const bool input : {false, true}) {
    nn::HybridLambda net([&](const NDArray& x) {
      const NDArray hidden = x * 2.0;
      kept = input ? x : hidden;
      return hidden + 1.0;
    });
    EXPECT_EQ(net(of({1})).asscalar(), 3);
    net.hybridize();
    EXPECT_THAT(message_of([&] { net(of({1})); }), HasSubstr("keeps"));
    net.hybridize(false);
    EXPECT_EQ(net(of({4})).asscalar(), 9);
    EXPECT_EQ(kept.asscalar(), input ? 4 : 8);
  }
}

// Not told to leave a recording, in which they are not.
TEST(ForwardHolds, ChangesInPlaceAreToldAnotherWay) {
  nn::HybridLambda adding([](const NDArray& x) {
    NDArray y = x * 2.0;
    y += x;
    return y;
  });
  nn::HybridLambda assigning([](const NDArray& x) {
    const NDArray y = x * 2.0;
    y.slice(0, 1) = 5;
    return y;
  });
  for (nn::HybridLambda* net : {&adding, &assigning}) {
    (*net)(of({1, 2}));
    net->hybridize();
    EXPECT_THAT(message_of([&] {
                  (*net)(of({1, 2}));
                }),
                ::testing::AllOf(HasSubstr("becomes a graph; make a new one: y = y + x"),
                                 ::testing::Not(HasSubstr("record"))));
  }
}

// Layers that nothing depends on change their states all the same.
class UnusedNorm : public HybridBlock {
 public:
  UnusedNorm() : HybridBlock("unused_") {}
  NDArray forward(const NDArray& x) override {
    norm_(x);
    norm_(x * 2.0);
    return x * 3.0;
  }

 private:
  Child<nn::BatchNorm> norm_ = child<nn::BatchNorm>("norm", {.in_channels = 2});
};

TEST(ForwardHolds, StatesOfLayersWithoutUseChange) {
  const gluino::testing::WithoutPasses as_written;
  const auto run = [](bool hybrid) {
    UnusedNorm net;
    net.initialize();
    if (hybrid) net.hybridize();
    const NDArray x = nd::array({{1, 2}, {3, 7}});
    x.attach_grad();
    for (int i = 0; i < 2; ++i) {
      NDArray y;
      {
        const auto recording = autograd::record();
        y = net(x);
      }
      y.backward();
    }
    net(x);
    std::vector<NDArray> results = {x.grad()};
    for (const auto& [name, parameter] : net.structural_params()) {
      results.push_back(parameter.data());
      if (parameter.grad_req() != GradReq::null) results.push_back(parameter.grad());
    }
    return results;
  };
  const auto eager = run(false);
  const auto hybrid = run(true);
  for (std::size_t i = 0; i < eager.size(); ++i) EXPECT_TRUE(same_bits(eager[i], hybrid[i])) << i;
}

// A block that returns what it is given is a graph without operators.
TEST(ForwardHolds, TheInputItselfAsAGraph) {
  nn::HybridSequential net;
  net.hybridize();
  const NDArray x = of({1, 2});
  EXPECT_TRUE(net(x).same_as(x));
  EXPECT_THAT(net.to_symbol(x).list_outputs(), ElementsAre("data"));
  EXPECT_THAT(net.freeze(x)(std::vector{x})[0].to_vector<float>(), ElementsAre(1, 2));
  EXPECT_FALSE(net.explain(x, {.runs = 1}).empty());
}

// Names of a parameter, an input and a constant may be the same.
class Named : public HybridBlock {
 public:
  Named() : HybridBlock("") {}
  NDArray forward(const NDArray& x) override { return x * a_.data() + b_.data() * ten_; }

 private:
  Parameter a_ = parameter("data", {.shape = {1}, .init = init::Constant(2)});
  Parameter b_ = parameter("constant0", {.shape = {1}, .init = init::Constant(3)});
  NDArray ten_ = of({10});
};

TEST(ForwardHolds, EqualNamesStayApart) {
  Named net;
  net.initialize();
  net.hybridize();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(net(of({5})).asscalar(), 40);
  EXPECT_EQ(net.freeze(of({5}))(std::vector{of({6})})[0].asscalar(), 42);
}

// A forward that fails leaves the thread as it was, and the next one works.
TEST(ForwardHolds, AFailureChangesNothingOfTheThread) {
  bool fail_now = true;
  const auto dense = std::make_shared<nn::Dense>(nn::DenseOptions{.units = 2});
  nn::HybridLambda last([&](const NDArray& x) {
    const auto paused = autograd::pause();
    if (fail_now) fail("no");
    return x * 2.0;
  });
  nn::HybridSequential net;
  net.add(dense).add(std::make_shared<nn::HybridLambda>(last));
  net.initialize(init::One());
  net.hybridize();
  const NDArray x = nd::ones({1, 3});
  for (int i = 0; i < 2; ++i) {
    {
      const auto recording = autograd::record();
      EXPECT_THROW(net(x), Error);
      EXPECT_TRUE(autograd::is_recording());
      EXPECT_TRUE(autograd::is_training());
    }
    EXPECT_FALSE(autograd::is_recording());
    EXPECT_EQ(ReadObserver::current(), nullptr);
    EXPECT_FALSE(current_mode().dry_run);
    EXPECT_TRUE(current_mode().layer.empty());
    EXPECT_FALSE(EagerScope::is_active());
    EXPECT_THAT(dense->weight().data().to_vector<float>(), ::testing::Each(1));
  }
  fail_now = false;
  EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(6, 6));
}

}  // namespace
}  // namespace gluino::gluon
