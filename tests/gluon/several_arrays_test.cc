// Blocks that take and give several arrays.
#include <gmock/gmock.h>

#include "gluon/support.h"
#include "graph/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::message_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Arrays = std::vector<NDArray>;

NDArray numbers(const Shape& shape, int k, DType dtype = float32) {
  return gluino::testing::pattern(shape, k).astype(dtype);
}

std::vector<double> values(const NDArray& x) { return x.to_vector<double>(); }

class Attention : public HybridBlockOf<NDArray(NDArray, NDArray, NDArray)> {
 public:
  explicit Attention(const std::string& prefix = "attention_") : WithForward(prefix) {}
  NDArray forward(NDArray query, NDArray key, NDArray value) override {
    const NDArray scores = nd::dot(query_(query), key, {.transpose_b = true});
    return nd::dot(nd::softmax(scores), value);
  }

 private:
  Child<nn::Dense> query_ = child<nn::Dense>("query", {.units = 3});
};

// Both legs are one layer.
class Siamese : public HybridBlockOf<NDArray(NDArray, NDArray)> {
 public:
  Siamese() : WithForward("siamese_") {}
  NDArray forward(NDArray left, NDArray right) override {
    return nd::square(leg_(left) - leg_(right));
  }

 private:
  Child<nn::Dense> leg_ = child<nn::Dense>("leg", {.units = 4, .activation = "tanh"});
};

class Cell : public HybridBlockOf<std::pair<NDArray, Arrays>(const NDArray&, const Arrays&)> {
 public:
  Cell() : WithForward("cell_") {}
  std::pair<NDArray, Arrays> forward(const NDArray& x, const Arrays& states) override {
    const NDArray c = states.at(1) * 0.5 + in_(x);
    const NDArray h = nd::tanh(c) + states.at(0);
    return {h, {h, c}};
  }

 private:
  Child<nn::Dense> in_ = child<nn::Dense>("in", {.units = 2});
};

// One array in; its own, a constant's multiple and a parameter out; one of them twice.
class Mixed : public HybridBlock {
 public:
  Mixed() : HybridBlock("mixed_") {}
  Nested forward(const Nested& inputs) override {
    const auto [x, more] = arguments<NDArray, std::optional<NDArray>>(inputs);
    const NDArray y = x * scale_.data(x.context()) + bias_;
    Nested last;
    if (more) last = *more * 2.0;
    return {x, {y, y}, scale_.data(x.context()), last};
  }

 private:
  Parameter scale_ = parameter("scale", {.shape = {3}, .init = init::Constant(2)});
  NDArray bias_ = nd::array({1, 2, 3});
};

class Halves : public HybridBlockOf<std::pair<NDArray, NDArray>(NDArray)> {
 public:
  std::pair<NDArray, NDArray> forward(NDArray x) override {
    const auto parts = nd::split(x, {.num_outputs = 2});
    return {parts[0], parts[1]};
  }
};

// A block, and what it is called with.
struct Case {
  std::string name;
  std::shared_ptr<HybridBlock> block;
  Nested inputs;
};

std::vector<Case> cases(DType dtype = float32) {
  const auto n = [&](const Shape& shape, int k) { return numbers(shape, k, dtype); };
  std::vector<Case> all = {
      {"attention", std::make_shared<Attention>(), {n({4, 3}, 1), n({5, 3}, 2), n({5, 2}, 3)}},
      {"siamese", std::make_shared<Siamese>(), {n({4, 3}, 1), n({4, 3}, 2)}},
      {"cell", std::make_shared<Cell>(), {n({4, 3}, 1), {n({4, 2}, 2), n({4, 2}, 3)}}},
      {"halves", std::make_shared<Halves>(), n({4, 6}, 1)},
  };
  if (dtype == float32) {
    all.push_back({"mixed of one", std::make_shared<Mixed>(), n({4, 3}, 1)});
    all.push_back({"mixed of two", std::make_shared<Mixed>(), {n({4, 3}, 1), n({2, 2}, 5)}});
  }
  const auto net = std::make_shared<nn::HybridSequential>();
  net->add(std::make_shared<Halves>()).add(std::make_shared<Siamese>());
  all.push_back({"chain", net, n({4, 6}, 1)});
  for (const Case& one : all) {
    random::seed(3);
    one.block->initialize(init::Xavier());
    one.block->cast(dtype);
    one.block->call(one.inputs);
  }
  return all;
}

struct Outcome {
  Nested outputs;
  std::vector<std::vector<double>> numbers;
};

// Outputs and gradients of all of them.
Outcome step(const Case& one) {
  const auto inputs = one.inputs.flatten();
  for (const NDArray& x : inputs) x.attach_grad();
  Outcome outcome;
  NDArray total;
  {
    const auto recording = autograd::record();
    outcome.outputs = one.block->call(one.inputs);
    double weight = 1;
    for (const NDArray& y : outcome.outputs.flatten()) {
      outcome.numbers.push_back(values(y));
      const NDArray part = nd::sum(y * y) * weight;
      total = total.defined() ? total + part : part;
      weight += 1;
    }
  }
  total.backward();
  for (const NDArray& x : inputs) outcome.numbers.push_back(values(x.grad()));
  for (const Parameter& p : one.block->collect_params()) {
    outcome.numbers.push_back(values(p.grad()));
  }
  return outcome;
}

TEST(SeveralArrays, HybridizedAreTheSameBits) {
  const gluino::testing::WithoutPasses as_written;
  const auto eager = cases();
  const auto hybrid = cases();
  for (std::size_t i = 0; i < eager.size(); ++i) {
    SCOPED_TRACE(eager[i].name);
    hybrid[i].block->hybridize();
    for (int round = 0; round < 3; ++round) {
      const Outcome a = step(eager[i]);
      const Outcome b = step(hybrid[i]);
      EXPECT_TRUE(a.outputs.same_nesting(b.outputs)) << b.outputs;
      EXPECT_EQ(a.numbers, b.numbers);
      const auto predicted = eager[i].block->call(eager[i].inputs).flatten();
      const auto compiled = hybrid[i].block->call(hybrid[i].inputs).flatten();
      for (std::size_t k = 0; k < predicted.size(); ++k) {
        EXPECT_EQ(values(predicted[k]), values(compiled[k]));
      }
    }
  }
}

// Finite differences of the sum of weighted squares.
TEST(SeveralArrays, GradientsAreThoseOfFiniteDifferences) {
  for (const bool hybridized : {false, true}) {
    for (const Case& one : cases(float64)) {
      SCOPED_TRACE(one.name);
      if (hybridized) one.block->hybridize();
      const auto objective = [&] {
        double sum = 0;
        double weight = 1;
        for (const NDArray& y : one.block->call(one.inputs).flatten()) {
          for (const double v : values(y)) sum += weight * v * v;
          weight += 1;
        }
        return sum;
      };
      step(one);
      for (const NDArray& x : one.inputs.flatten()) {
        const auto gradient = values(x.grad());
        auto* const elements = x.data<double>();
        for (std::size_t i = 0; i < gradient.size(); ++i) {
          const double before = elements[i];
          elements[i] = before + 1e-6;
          const double above = objective();
          elements[i] = before - 1e-6;
          const double below = objective();
          elements[i] = before;
          EXPECT_NEAR(gradient[i], (above - below) / 2e-6, 1e-6 * (1 + std::abs(gradient[i])));
        }
      }
    }
  }
}

TEST(SeveralArrays, WhatForwardGivesAsItGotItIsThatArray) {
  for (const bool hybridized : {false, true}) {
    Mixed block;
    block.initialize();
    block.hybridize(hybridized);
    const NDArray x = numbers({2, 3}, 1);
    for (int i = 0; i < 2; ++i) {
      const Nested y = block.call(x);
      EXPECT_TRUE(y[0].array().same_as(x));
      EXPECT_TRUE(y[1][0].array().same_as(y[1][1].array()));
      EXPECT_TRUE(y[2].array().same_as(block.collect_params()["scale"].data()));
      EXPECT_FALSE(y[3].defined());
    }
    EXPECT_TRUE(block(x, x)[3].is_array());
    EXPECT_FALSE(block.call(x)[3].defined());
  }
}

TEST(SeveralArrays, OneArrayGivenTwiceSaysNothingAboutTwo) {
  Siamese net;
  net.initialize(init::Xavier());
  net.hybridize();
  const NDArray x = numbers({2, 3}, 1);
  const NDArray z = numbers({2, 3}, 7);
  EXPECT_THAT(values(net(x, x)), ::testing::Each(0));
  EXPECT_NE(values(net(x, z)), values(net(x, x)));
}

TEST(SeveralArrays, AreDestructured) {
  Cell cell;
  cell.initialize();
  const NDArray x = numbers({2, 3}, 1);
  auto [y, states] = cell(x, {nd::zeros({2, 2}), nd::zeros({2, 2})});
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(values(states[0]), values(y));
  const auto [next, more] = cell(x, states);
  EXPECT_NE(values(next), values(y));
  Block& any = cell;
  const Nested same = any(x, {nd::zeros({2, 2}), nd::zeros({2, 2})});
  EXPECT_EQ(values(same.at(0)), values(y));
}

// The wrong number or nesting.
TEST(SeveralArrays, WrongArgumentsAreToldByNameAndForm) {
  for (const bool hybridized : {false, true}) {
    Cell cell;
    Attention attention;
    nn::Dense dense({.units = 2, .prefix = "fc_"});
    for (HybridBlock* block : std::initializer_list<HybridBlock*>{&cell, &attention, &dense}) {
      block->initialize();
      block->hybridize(hybridized);
    }
    Block& any_cell = cell;
    Block& any_attention = attention;
    const NDArray x = nd::zeros({2, 3});
    EXPECT_EQ(
        message_of([&] { any_attention(x, x); }),
        "[Attention attention] takes (array, array, array), got (array (2, 3), array (2, 3))");
    EXPECT_EQ(message_of([&] { any_cell(x, x); }),
              "[Cell cell] takes (array, [array, ...]), got (array (2, 3), array (2, 3))");
    EXPECT_EQ(message_of([&] { any_cell(x); }),
              "[Cell cell] takes (array, [array, ...]), got (array (2, 3))");
    EXPECT_EQ(message_of([&] { dense(x, x); }),
              "[Dense fc] takes (array), got (array (2, 3), array (2, 3))");
    EXPECT_THAT(message_of([&] { dense(Nested{x, x}); }), HasSubstr("got ([array (2, 3), "));
    EXPECT_EQ(message_of([&] { dense(NDArray()); }), "[Dense fc] takes (array), got (nothing)");
    EXPECT_THROW(any_attention(x, x, NDArray()), Error);
    Halves halves;
    halves.hybridize(hybridized);
    Block& any_halves = halves;
    EXPECT_THAT(message_of([&] { any_halves(nd::zeros({2, 4})); }), HasSubstr("not one array"));
  }
}

class Nothing : public Block {};

TEST(SeveralArrays, ABlockWithoutAForwardSaysSo) {
  Nothing block;
  EXPECT_THAT(message_of([&] { block(nd::zeros({1})); }), HasSubstr("[Nothing] has no forward"));
}

TEST(SeveralArrays, LambdasTakeThemToo) {
  const NDArray x = nd::array({1, 2});
  nn::HybridLambda sum([](const NDArray& a, const NDArray& b) { return a + b; });
  nn::Lambda first([](const Arrays& list) { return list.at(0); });
  nn::Lambda any([](const auto& a) { return a * 2.0; });
  nn::HybridLambda swapped([](const NDArray& a, const NDArray& b) { return std::pair(b, a); });
  sum.hybridize();
  swapped.hybridize();
  EXPECT_THAT(values(sum(x, x * 10.0)), ElementsAre(11, 22));
  EXPECT_THAT(values(first(Nested{x, x})), ElementsAre(1, 2));
  EXPECT_THAT(values(any(x)), ElementsAre(2, 4));
  EXPECT_TRUE(swapped(x, x * 2.0)[1].array().same_as(x));
  EXPECT_THAT(message_of([&] { sum(x); }), HasSubstr("takes (array, array), got (array (2,))"));
  EXPECT_THROW(nn::Lambda(std::function<NDArray(const NDArray&)>()), Error);
}

TEST(SeveralArrays, ConcurrentLayersGetTheSameAndAreJoined) {
  contrib::nn::HybridConcurrent net({.axis = 1});
  net.add(contrib::nn::Identity(), nn::HybridLambda([](const NDArray& x) { return x * 2.0; }));
  contrib::nn::Concurrent eager;
  eager.add(std::make_shared<contrib::nn::Identity>());
  const NDArray x = nd::array({{1, 2}});
  for (const bool hybridized : {false, true}) {
    net.hybridize(hybridized);
    EXPECT_THAT(values(net(x)), ElementsAre(1, 2, 2, 4));
  }
  EXPECT_THAT(values(eager(x)), ElementsAre(1, 2));
  EXPECT_TRUE(contrib::nn::Identity()(x).same_as(x));
  EXPECT_EQ(contrib::nn::Identity()(x, {x, x}).size(), 2u);
}

// A class derived from a container may have a forward of its own, as ever.
class Doubled : public nn::HybridSequential {
 public:
  NDArray forward(const NDArray& x) override { return HybridSequential::forward(x) * 2.0; }
};

TEST(SeveralArrays, AClassDerivedFromAContainerKeepsItsForward) {
  Doubled net;
  net.add(nn::Activation("relu"));
  EXPECT_THAT(values(net(nd::array({-1, 2}))), ElementsAre(0, 4));
  net.hybridize();
  EXPECT_THAT(values(net(nd::array({-1, 2}))), ElementsAre(0, 4));
}

TEST(SeveralArrays, HooksSeeInputsAndOutputs) {
  Cell cell;
  cell.initialize();
  const NDArray x = numbers({2, 3}, 1);
  const Arrays states = {nd::zeros({2, 2}), nd::zeros({2, 2})};
  std::vector<std::string> seen;
  const int before = cell.register_forward_pre_hook(
      [&](const Block&, const Nested& inputs) { seen.push_back("pre " + inputs.to_string()); });
  cell.register_forward_hook([&](const Block&, const Nested& inputs, const Nested& output) {
    seen.push_back(inputs.to_string() + " -> " + output.to_string());
  });
  const std::string inputs = "[array (2, 3), [array (2, 2), array (2, 2)]]";
  cell(x, states);
  EXPECT_THAT(seen, ElementsAre("pre " + inputs, inputs + " -> [array (2, 2), [array (2, 2), array "
                                                          "(2, 2)]]"));
  cell.remove_forward_hook(before);
  cell(x, states);
  EXPECT_EQ(seen.size(), 3u);
  EXPECT_THAT(message_of([&] { cell.register_forward_pre_hook(nullptr); }), HasSubstr("function"));
}

TEST(SeveralArrays, ExportedFrozenAndAsSymbolsGiveTheSame) {
  for (const Case& one : cases()) {
    SCOPED_TRACE(one.name);
    one.block->hybridize();
    const auto expected = one.block->call(one.inputs).flatten();
    const auto given = one.inputs.flatten();
    const Arrays inputs(given.begin(), given.end());
    const Symbol symbol = one.block->to_symbol(one.inputs);
    EXPECT_EQ(symbol.num_outputs(), expected.size());
    const auto expect_same = [&](const Arrays& outputs) {
      ASSERT_EQ(outputs.size(), expected.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        gluino::testing::expect_near(outputs[i], values(expected[i]), 1e-5);
      }
    };
    expect_same(one.block->freeze(one.inputs)(inputs));
    const gluino::testing::TemporaryFile file;
    const auto [graph, params] = one.block->export_model(file.path());
    const std::vector<std::string> names =
        inputs.size() == 1   ? std::vector<std::string>{"data"}
        : inputs.size() == 2 ? std::vector<std::string>{"data0", "data1"}
                             : std::vector<std::string>{"data0", "data1", "data2"};
    auto back = SymbolBlock::imports(graph, names, params);
    expect_same(back(inputs));
    back.hybridize();
    expect_same(back(inputs));
    std::remove(graph.c_str());
    std::remove(params.c_str());
    EXPECT_THAT(one.block->summary(one.inputs), HasSubstr("Input"));
    EXPECT_FALSE(one.block->explain(one.inputs, {.runs = 1}).empty());
  }
}

// An input that forward does not use keeps its place.
TEST(SeveralArrays, AFrozenBlockTakesInputsThatNobodyReads) {
  nn::HybridLambda second([](const NDArray&, const NDArray& y) { return y * 2.0; });
  const NDArray x = nd::array({1});
  const NDArray y = nd::array({3});
  const FrozenGraph frozen = second.freeze({x, y});
  EXPECT_EQ(frozen({x, y})[0].asscalar(), 6);
  EXPECT_THROW(frozen({y}), Error);
}

TEST(SeveralArrays, ASymbolBlockOfSeveralSymbols) {
  const Symbol x = sym::var("x");
  const Symbol y = sym::var("y");
  SymbolBlock both(std::vector<Symbol>{x + y, x - y}, {"x", "y"});
  for (const bool hybridized : {false, true}) {
    both.hybridize(hybridized);
    const Nested outputs = both(nd::array({5}), nd::array({3}));
    EXPECT_EQ(outputs[0].array().asscalar(), 8);
    EXPECT_EQ(outputs[1].array().asscalar(), 2);
  }
}

}  // namespace
}  // namespace gluino::gluon
