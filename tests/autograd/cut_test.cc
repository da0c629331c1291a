// Where an operator has no gradient, the way ends: nothing behind it is computed, and leaves there
// get 0.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gluino/ndarray/storage.h>
#include <gmock/gmock.h>

#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using testing::inputs_of;
using Values = std::vector<double>;

Values values(const NDArray& array) { return array.to_vector<double>(); }

// y computed by f while it is recorded.
template <class F>
NDArray recorded(F f) {
  const auto recording = autograd::record();
  return f();
}

TEST(Cut, BlockGradIsNotMultipliedByZero) {
  const NDArray x = nd::array({0, 1});
  x.attach_grad();
  recorded([&] { return x + ops::stop_gradient(ops::log(x)); }).backward();
  EXPECT_EQ(values(x.grad()), (Values{1, 1}));
}

// The elements of `input`, from leaves at 0 by a function whose derivative there is infinite.
template <class A>
A from_leaf(const A& leaf, const A& input) {
  return ops::elemwise_add(ops::sqrt(leaf), input);
}

// The sum of what the leaves are, and of what `op` makes of them.
struct Leaves {
  std::vector<NDArray> leaves, inputs;
};

Leaves leaves_for(const Sample& sample) {
  Leaves made;
  for (const NDArray& input : inputs_of(sample, float64)) {
    made.inputs.push_back(input);
    made.leaves.push_back(nd::zeros(input.shape(), float64));
    made.leaves.back().attach_grad();
    made.leaves.back().grad().assign(77);  // rubbish of an earlier step
  }
  return made;
}

bool is_cut(const Op& op, const Sample& sample, std::size_t input) {
  const int number = static_cast<int>(input);
  return !op.has_gradient() ? !op.is_view : !op.passes_gradient_to(sample.options.get(), number);
}

void expect_cut(const Op& op, const Sample& sample, const Leaves& made, const char* way) {
  for (std::size_t i = 0; i < made.leaves.size(); ++i) {
    if (op.is_state(sample.options.get(), static_cast<int>(i))) continue;
    if (!is_cut(op, sample, i)) continue;
    for (const double gradient : values(made.leaves[i].grad())) {
      EXPECT_EQ(gradient, 1) << way << ", input " << i;
    }
  }
}

void check_eager(const Op& op, const Sample& sample) {
  const Leaves made = leaves_for(sample);
  std::vector<NDArray> heads;
  {
    const auto recording = autograd::record();
    std::vector<NDArray> inputs;
    for (std::size_t i = 0; i < made.inputs.size(); ++i) {
      inputs.push_back(from_leaf(made.leaves[i], made.inputs[i]));
      heads.push_back(ops::sum(made.leaves[i]));
    }
    for (const NDArray& output : apply_all(op, sample.options.get(), inputs)) {
      heads.push_back(output);
    }
  }
  autograd::backward(heads);
  expect_cut(op, sample, made, "eager");
}

void check_compiled(const Op& op, const Sample& sample) {
  const Leaves made = leaves_for(sample);
  std::vector<Symbol> inputs, heads;
  std::vector<NDArray> arrays;
  for (std::size_t i = 0; i < made.inputs.size(); ++i) {
    const Symbol leaf = sym::var(str("leaf", i));
    inputs.push_back(from_leaf(leaf, sym::var(str("input", i))));
    heads.push_back(ops::sum(leaf));
  }
  heads.push_back(apply(op, sample.options.get(), inputs));
  const CachedOp graph(sym::Group(heads));
  for (const std::string& name : graph.symbol().list_inputs()) {
    const auto number =
        static_cast<std::size_t>(std::stoi(name.substr(name.find_last_not_of("0123456789") + 1)));
    arrays.push_back(name.starts_with("leaf") ? made.leaves[number] : made.inputs[number]);
  }
  std::vector<NDArray> outputs;
  {
    const auto recording = autograd::record();
    outputs = graph(arrays);
  }
  autograd::backward(outputs);
  expect_cut(op, sample, made, "compiled");
}

TEST(Cut, NothingBehindAnyOperatorWithoutGradientIsComputed) {
  int checked = 0;
  for (const Op* op : Op::all()) {
    if (op->name == "Custom" || op->name == "_copyto" || op->has_states()) continue;
    for (const Sample& sample : op->samples) {
      bool any = false;
      for (std::size_t i = 0; i < sample.inputs.size(); ++i) any = any || is_cut(*op, sample, i);
      if (!any) continue;
      SCOPED_TRACE(describe(*op, sample));
      check_eager(*op, sample);
      check_compiled(*op, sample);
      ++checked;
    }
  }
  EXPECT_GT(checked, 60);
}

TEST(Cut, TheOnlyWayThroughAComparisonGivesZero) {
  const NDArray x = nd::array({0.5, 2});
  const NDArray w = nd::array({1, 1});
  x.attach_grad();
  w.attach_grad(GradReq::add);
  for (int step = 0; step < 2; ++step) {
    x.grad().assign(77);
    w.grad().assign(5);
    recorded([&] { return ops::sum((x * w) > 1); }).backward();
    EXPECT_EQ(values(x.grad()), (Values{0, 0}));
    EXPECT_EQ(values(w.grad()), (Values{5, 5}));
  }
  const NDArray y = recorded([&] { return ops::sum(x > 1) + ops::argmax(x) * 2; });
  EXPECT_EQ(values(autograd::grad({y}, {x})[0]), (Values{0, 0}));
}

TEST(Cut, PartsOfWhatIsCutLeadToTheLeaves) {
  const NDArray x = nd::array({{0.5, 2}, {3, 4}});
  x.attach_grad();
  for (const auto& part :
       {recorded([&] { return (x > 1)[0]; }), recorded([&] { return (x > 1).slice(0, 1); }),
        recorded([&] { return (x > 1).reshape({4}); })}) {
    x.grad().assign(77);
    part.backward();
    EXPECT_EQ(values(x.grad()), (Values{0, 0, 0, 0}));
  }
}

TEST(Cut, WholeNumbersEndTheRecord) {
  const NDArray x = nd::array({0.5, 2.5});
  x.attach_grad();
  x.grad().assign(77);
  recorded([&] { return (x.astype(int32) * 2).astype(float32); }).backward();
  EXPECT_EQ(values(x.grad()), (Values{0, 0}));
  recorded([&] { return x * 3 + x.astype(int32).astype(float32); }).backward();
  EXPECT_EQ(values(x.grad()), (Values{3, 3}));
  const CachedOp graph(
      ops::cast(ops::cast(sym::var("x"), {.dtype = int32}) * 2, {.dtype = float32}));
  x.grad().assign(77);
  recorded([&] { return graph(std::vector{x})[0]; }).backward();
  EXPECT_EQ(values(x.grad()), (Values{0, 0}));
}

TEST(Cut, HalfPrecisionIsAddedUp) {
  for (const DType type : {float16, bfloat16}) {
    const NDArray x = nd::array({1, 2}).astype(type);
    x.attach_grad();
    recorded([&] { return x.astype(float32) * 2 + x.astype(float32) * 3; }).backward();
    EXPECT_EQ(values(x.grad()), (Values{5, 5}));
    x.attach_grad(GradReq::add);
    for (int i = 0; i < 2; ++i) recorded([&] { return x.astype(float32) * 2; }).backward();
    EXPECT_EQ(values(x.grad()), (Values{4, 4}));
    const Symbol wide = ops::cast(sym::var("x"), {.dtype = float32});
    const Symbol other = ops::cast(sym::var("x"), {.dtype = float32});
    const Symbol v = sym::var("v");
    const Symbol both = ops::cast(v, {.dtype = float32}) * 2 + ops::cast(v, {.dtype = float32}) * 3;
    const CachedOp graph(both);
    x.attach_grad();
    recorded([&] { return graph(std::vector{x})[0]; }).backward();
    EXPECT_EQ(values(x.grad()), (Values{5, 5}));
  }
}

TEST(Cut, TheOtherSideKeepsItsGraph) {
  // What lies behind is a part of another loss: neither run nor freed.
  const NDArray z = nd::array({1, 2});
  const NDArray w = nd::array({3, 4});
  z.attach_grad();
  w.attach_grad();
  NDArray fake, told;
  {
    const auto recording = autograd::record();
    fake = z * z;
    told = w * ops::stop_gradient(fake);
  }
  told.backward();
  EXPECT_EQ(values(w.grad()), (Values{1, 4}));
  EXPECT_EQ(values(z.grad()), (Values{0, 0}));
  fake.backward();
  EXPECT_EQ(values(z.grad()), (Values{2, 4}));
}

TEST(Cut, CountsAndStatesOfALoopStayBounded) {
  const NDArray w = nd::ones({100});
  w.attach_grad();
  NDArray correct = nd::zeros({1});
  NDArray state = nd::zeros({100});
  std::size_t before = 0;
  for (int i = 0; i < 2000; ++i) {
    NDArray loss;
    {
      const auto recording = autograd::record();
      const NDArray next = w * 0.5 + ops::stop_gradient(state);
      correct += ops::sum(next > 1);
      loss = ops::sum(next);
      state = next * 0.1;
    }
    loss.backward();
    if (i == 100) before = pool_statistics().in_use;
  }
  EXPECT_LT(pool_statistics().in_use, before + 100000);
}

TEST(Cut, WhatABackwardHasGoneThroughIsAConstantFromThenOn) {
  const NDArray w = nd::array({1, 1});
  w.attach_grad();
  NDArray state = nd::ones({2});
  for (const double slope : {2, 4, 8}) {
    const NDArray loss = recorded([&] {
      state = state * w * 2;
      return ops::sum(state);
    });
    loss.backward();
    EXPECT_EQ(values(w.grad()), (Values{slope, slope}));
  }
  // Nothing depends on a leaf here any more, and nothing is recorded.
  const NDArray constant = recorded([&] { return state * 7; });
  EXPECT_EQ(constant.autograd_entry(), nullptr);
}

}  // namespace
}  // namespace gluino
