// Loops and branches in a hybridized block are nodes of its graph, with eager's numbers.
#include <gluino/gluino.h>
#include <gmock/gmock.h>

#include <functional>

#include "ops/support.h"

namespace gluino {
namespace {

using nd::contrib::Arrays;
using nd::contrib::Step;
using ::testing::Contains;
using testing::filled;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

// A block with one layer, and a forward that the test gives.
class Net : public gluon::HybridBlock {
 public:
  using Forward = std::function<NDArray(gluon::nn::Dense& fc, const NDArray& x)>;
  explicit Net(Forward forward) : HybridBlock("net_"), forward_(std::move(forward)) {}
  NDArray forward(const NDArray& x) override { return forward_(*fc_, x); }

 private:
  Forward forward_;
  gluon::Child<gluon::nn::Dense> fc_ =
      child<gluon::nn::Dense>("fc", {.units = 3, .flatten = false});
};

struct Run {
  NDArray output;
  NDArray x_grad;
  NDArray weight_grad;
};

Run run(Net& net, const NDArray& x) {
  x.attach_grad();
  for (const gluon::Parameter& parameter : net.collect_params()) parameter.zero_grad();
  Run result;
  {
    const auto recording = autograd::record();
    result.output = net(x);
  }
  result.output.backward();
  result.x_grad = x.grad().copy();
  for (const gluon::Parameter& parameter : net.collect_params()) {
    if (parameter.name().ends_with("weight")) result.weight_grad = parameter.grad().copy();
  }
  return result;
}

// The block's own numbers, eagerly and hybridized, several times.
void compare(const Net::Forward& forward, const std::vector<NDArray>& inputs) {
  Net net(forward);
  net.initialize();
  net(inputs[0]);
  std::vector<Run> eager;
  for (const NDArray& x : inputs) eager.push_back(run(net, x));
  net.hybridize();
  for (int repeat = 0; repeat < 2; ++repeat) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const Run hybrid = run(net, inputs[i]);
      const auto near = [](const NDArray& a, const NDArray& b) {
        return a.shape() == b.shape() && nd::abs(a - b).max().asscalar<double>() < 1e-5;
      };
      EXPECT_TRUE(near(hybrid.output, eager[i].output)) << i;
      EXPECT_TRUE(near(hybrid.x_grad, eager[i].x_grad)) << i;
      EXPECT_TRUE(near(hybrid.weight_grad, eager[i].weight_grad)) << i;
    }
  }
}

NDArray looped(gluon::nn::Dense& fc, const NDArray& x) {
  const NDArray scale = x.sum() * 0.1;
  const Step step = nd::contrib::foreach (
      [&](const NDArray& in, const NDArray& h) {
        const NDArray y = nd::tanh(fc(in) + h * scale);
        return Step{y, y};
      },
      x, nd::zeros({2, 3}));
  return step.outputs[0].sum({0}) + step.states[0];
}

NDArray looped_while(gluon::nn::Dense& fc, const NDArray& x) {
  const Step step = nd::contrib::while_loop([](const NDArray& v) { return nd::sum(v * v) > 0.5; },
                                            [&](const NDArray& v) {
                                              return Step{v, fc(v) * 0.5};
                                            },
                                            x, {.max_iterations = 6});
  return step.outputs.empty() ? step.states[0] : step.outputs[0].sum({0}) + step.states[0];
}

NDArray branched(gluon::nn::Dense& fc, const NDArray& x) {
  const NDArray twice = x * 2;
  return nd::contrib::cond(
      x.sum() > 0, [&] { return fc(twice); }, [&] { return twice * x; });
}

TEST(HybridControlFlow, ForeachIsEagers) {
  compare(looped, {filled({{4, 2, 3}}, float32, 1), filled({{1, 2, 3}}, float32, 2)});
}

// The same graph goes the way that the numbers say.
TEST(HybridControlFlow, WhileLoopIsEagers) {
  compare(looped_while, {filled({{2, 3}}, float32, 1), filled({{2, 3}}, float32, 2) * 5,
                         filled({{2, 3}}, float32, 3) * 0.01});
}

TEST(HybridControlFlow, CondIsEagers) {
  const NDArray x = nd::abs(filled({{2, 3}}, float32, 1));
  compare(branched, {x, -x});
}

std::vector<std::string> operators_of(const Net::Forward& forward, const NDArray& x) {
  Net net(forward);
  net.initialize();
  net(x);
  std::vector<std::string> names;
  const Node* last = nullptr;
  const Symbol internals = net.to_symbol(x).get_internals();
  for (const NodeEntry& entry : internals.entries()) {
    const bool another = entry.node.get() != last;
    last = entry.node.get();
    if (another && !last->is_variable()) names.push_back(last->op->name);
  }
  return names;
}

TEST(HybridControlFlow, BecomesNodes) {
  EXPECT_THAT(operators_of(looped, nd::ones({4, 2, 3})), Contains("_foreach").Times(1));
  EXPECT_THAT(operators_of(looped_while, nd::ones({2, 3})), Contains("_while_loop").Times(1));
  EXPECT_THAT(operators_of(branched, nd::ones({2, 3})), Contains("_cond").Times(1));
}

// A body that does not read what it gets cannot be a node: the loop is unrolled.
TEST(HybridControlFlow, ForeachThatReadsNoStateIsEagers) {
  const Net::Forward forward = [](gluon::nn::Dense& fc, const NDArray& x) {
    const Step step = nd::contrib::foreach (
        [&](const NDArray& in, const NDArray& /*before*/) {
          return Step{in * 2, fc(in)};
        },
        x, nd::zeros({2, 3}));
    return step.outputs[0].sum({0}) + step.states[0];
  };
  compare(forward, {filled({{4, 2, 3}}, float32, 1)});
}

// A branch in a loop in a loop, with arrays of every level.
TEST(HybridControlFlow, NestedIsEagers) {
  compare(
      [](gluon::nn::Dense& fc, const NDArray& x) {
        const NDArray half = x * 0.5;
        const Step step = nd::contrib::foreach (
            [&](const NDArray& rows, const NDArray& h) {
              const NDArray rest = rows - 1;
              const Step inner = nd::contrib::foreach (
                  [&](const NDArray& row, const NDArray& s) {
                    const NDArray next = nd::contrib::cond(
                        row.sum() > 0, [&] { return s + row + rest[0]; },
                        [&] { return s * nd::sum(half) * 0.1; });
                    return Step{row * s, next};
                  },
                  rows, h);
              return Step{fc(inner.outputs), inner.states};
            },
            x, nd::ones(3));
        return step.outputs[0].sum({0}) + step.states[0];
      },
      {filled({{4, 2, 3}}, float32, 1)});
}

// So is a graph that was compiled before.
TEST(HybridControlFlow, ACompiledGraphIsEagers) {
  const Symbol v = sym::var("v");
  const CachedOp graph(sym::tanh(v) * v);
  const Net::Forward forward = [graph](gluon::nn::Dense& fc, const NDArray& x) {
    const NDArray y = fc(x);
    return graph(std::vector{y})[0] + x;
  };
  compare(forward, {filled({{2, 3}}, float32, 1)});
  EXPECT_THAT(operators_of(forward, nd::ones({2, 3})), Contains("tanh").Times(1));
}

TEST(HybridControlFlow, WhatCannotBeANodeIsRefused) {
  const auto hybrid = [](const Net::Forward& forward) {
    return message_of([&] {
      Net net(forward);
      net.initialize();
      net.hybridize();
      net(nd::ones({2, 3}));
      net(nd::ones({2, 3}));
    });
  };
  EXPECT_THAT(hybrid([](gluon::nn::Dense& fc, const NDArray& x) -> NDArray {
                const NDArray y = fc(x);
                if (y.sum().asscalar() > 0) return y;
                return x;
              }),
              HasSubstr("elements of an array are read"));
  // Elements of an array of the graph around the body.
  EXPECT_THAT(hybrid([](gluon::nn::Dense& fc, const NDArray& x) -> NDArray {
                const NDArray y = fc(x);
                return nd::contrib::foreach (
                           [&](const NDArray& in, const NDArray& s) {
                             const double factor = y.sum().asscalar() > 0 ? 1 : 2;
                             return Step{in * factor, s + in};
                           },
                           x, nd::zeros(3))
                    .outputs;
              }),
              HasSubstr("elements of an array are read"));
  EXPECT_THAT(hybrid([](gluon::nn::Dense& fc, const NDArray& x) -> NDArray {
                return nd::contrib::while_loop([](const NDArray& v) { return v.sum() < 3; },
                                               [&](const NDArray& /*v*/) {
                                                 return Step{{}, fc(x)};
                                               },
                                               x, {.max_iterations = 3})
                    .states;
              }),
              HasSubstr("func does not read loop variable 0"));
  EXPECT_THAT(hybrid([](gluon::nn::Dense& fc, const NDArray& x) -> NDArray {
                return nd::contrib::cond(
                    x.sum() > 0, [&] { return fc(x); }, [&] { return fc(x).sum(); });
              }),
              HasSubstr("both must give the same"));
}

}  // namespace
}  // namespace gluino
