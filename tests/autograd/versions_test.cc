// What a gradient will read is checked when it is read: changed in place since, it is an error or
// the gradient is what it was, never another number.
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <functional>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::describe;
using ::testing::HasSubstr;
using testing::heads_for;
using testing::inputs_of;
using testing::message_of;
using testing::same_bits;

using Change = std::function<void(const NDArray&)>;

// Every way to change the elements of an array.
const std::vector<std::pair<const char*, Change>>& changes() {
  static const std::vector<std::pair<const char*, Change>> all = {
      {"assign(number)", [](const NDArray& x) { x.assign(7); }},
      {"assign(array)", [](const NDArray& x) { x.assign(nd::full(x.shape(), 7)); }},
      {"+= number", [](const NDArray& x) { x += 1; }},
      {"*= array", [](const NDArray& x) { x *= nd::full(x.shape(), 3, x.dtype()); }},
      {"a row", [](const NDArray& x) { x[0] = 7.0; }},
      {"a slice", [](const NDArray& x) { x.slice(0, 1) = nd::full({1}, 7); }},
      {"reshaped", [](const NDArray& x) { x.reshape({-1}).assign(7); }},
      {"detached", [](const NDArray& x) { x.detach().assign(7); }},
      {"copyto", [](const NDArray& x) { nd::full(x.shape(), 7, x.dtype()).copyto(x); }},
      {"out", [](const NDArray& x) { nd::invoke("square", {x}, {}, {x}); }},
      {"an initializer", [](const NDArray& x) { init::Uniform(3)("x_weight", x); }},
      {"an update",
       [](const NDArray& x) { nd::sgd_update(x, nd::ones(x.shape(), x.dtype()), {.lr = 3}); }},
      {"written through data()",
       [](const NDArray& x) {
         dispatch_real(x.dtype(), "test", [&]<class T>() { x.data<T>()[0] += 5; });
         x.note_change();
       }},
  };
  return all;
}

TEST(Versions, EveryWayToChangeAnArrayIsSeen) {
  for (const auto& [name, change] : changes()) {
    SCOPED_TRACE(name);
    const NDArray x = nd::array({1, 2, 3});
    const NDArray b = nd::array({4, 5, 6});
    x.attach_grad();
    NDArray y;
    {
      const auto recording = autograd::record();
      y = x * b;
    }
    change(b);
    x.grad().assign(-1);
    EXPECT_THAT(message_of([&] { y.backward(); }),
                ::testing::AllOf(HasSubstr("input 1"), HasSubstr("broadcast_mul"),
                                 HasSubstr("changed in place")));
    EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{-1, -1, -1})) << "half written";
  }
}

TEST(Versions, TheLeafItselfAndResultsCount) {
  const NDArray x = nd::array({1, 2, 3});
  x.attach_grad();
  NDArray y, z;
  {
    const auto recording = autograd::record();
    y = x * x;
    z = ops::exp(x);
  }
  x.assign(5);
  EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("changed in place"));
  z.backward({}, true);  // reads its output alone
  z.assign(0);
  EXPECT_THAT(message_of([&] { z.backward(); }), HasSubstr("output 0 of [exp]"));
}

TEST(Versions, WhatNoGradientReadsMayChange) {
  const NDArray x = nd::array({1, 2, 3});
  const NDArray b = nd::array({4, 5, 6});
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = (x + b) * 2;
  }
  b.assign(30);
  y.assign(0);
  y.backward();
  EXPECT_EQ(x.grad().to_vector<double>(), (std::vector<double>{2, 2, 2}));
}

TEST(Versions, AGradientThatIsReadCounts) {
  const NDArray x = nd::array({1, 2});
  x.attach_grad();
  NDArray first, second;
  {
    const auto recording = autograd::record();
    first = x * 3;
    second = x * x.grad();
  }
  first.backward();
  EXPECT_THAT(message_of([&] { second.backward(); }), HasSubstr("changed in place"));
}

struct Run {
  std::vector<NDArray> inputs, outputs;
};
using Way = std::function<std::vector<NDArray>(const Op&, const Sample&, std::vector<NDArray>&)>;

std::vector<NDArray> eager(const Op& op, const Sample& sample, std::vector<NDArray>& inputs) {
  return apply_all(op, sample.options.get(), inputs);
}

std::vector<NDArray> compiled(const Op& op, const Sample& sample, std::vector<NDArray>& inputs) {
  std::vector<Symbol> variables;
  for (std::size_t i = 0; i < inputs.size(); ++i) variables.push_back(sym::var(str("x", i)));
  return CachedOp(apply(op, sample.options.get(), variables))(inputs);
}

// The gradients after `meddle` has had its way with inputs and outputs; none if that is refused.
template <class F>
std::vector<NDArray> gradients_after(const Way& way, const Op& op, const Sample& sample, F meddle) {
  Run run;
  for (const NDArray& input : inputs_of(sample, float64)) {
    run.inputs.push_back(input);
    if (!op.is_state(sample.options.get(), static_cast<int>(run.inputs.size()) - 1)) {
      input.attach_grad();
    }
  }
  if (op.random) random::seed(5);
  {
    const auto recording = autograd::record();
    run.outputs = way(op, sample, run.inputs);
  }
  const auto heads = heads_for(run.outputs);
  meddle(run);
  try {
    autograd::backward(run.outputs, heads);
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("changed in place"));
    return {};
  }
  std::vector<NDArray> gradients;
  for (const NDArray& input : run.inputs) gradients.push_back(input.grad());
  return gradients;
}

void expect_nothing_else(const Way& way, const Op& op, const Sample& sample, int& refused) {
  const auto expected = gradients_after(way, op, sample, [](const Run&) {});
  const auto compare = [&](const std::vector<NDArray>& got, const std::string& what) {
    if (got.empty()) {
      ++refused;
      return;
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (!expected[i].defined()) continue;
      EXPECT_TRUE(same_bits(expected[i], got[i])) << what << " was changed; gradient " << i;
    }
  };
  for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
    compare(gradients_after(way, op, sample, [&](const Run& run) { run.inputs[i].assign(1.25); }),
            str("input ", i));
  }
  const auto visible = num_visible_outputs(op, sample.options.get());
  for (int o = 0; o < visible; ++o) {
    compare(gradients_after(
                way, op, sample,
                [&](const Run& run) { run.outputs[static_cast<std::size_t>(o)].assign(1.25); }),
            str("output ", o));
  }
}

TEST(Versions, NoOperatorGivesAnotherGradient) {
  int refused = 0;
  for (const Op* op : Op::all()) {
    if (!op->has_gradient() || op->name == "Custom") continue;
    for (const Sample& sample : op->samples) {
      SCOPED_TRACE(describe(*op, sample));
      expect_nothing_else(eager, *op, sample, refused);
      if (op->name != "_copyto") expect_nothing_else(compiled, *op, sample, refused);
    }
  }
  EXPECT_GT(refused, 300);
}

// Spectral normalization moves a vector in each forward that no gradient of the data reads.
TEST(Versions, WhatLeadsToOtherVariablesAloneMayChange) {
  const NDArray x = nd::array({1, 2}), weight = nd::array({3, 4}), u = nd::array({5, 6});
  x.attach_grad();
  weight.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = x * 2 + weight * u;
  }
  u.assign(0);
  for (const bool create_graph : {false, true}) {
    const autograd::BackwardOptions options{.create_graph = create_graph, .retain_graph = true};
    EXPECT_EQ(autograd::grad({y}, {x}, {}, options)[0].to_vector<float>(),
              (std::vector<float>{2, 2}));
    EXPECT_THAT(message_of([&] { autograd::grad({y}, {weight}, {}, options); }),
                HasSubstr("changed in place"));
  }
  EXPECT_THAT(message_of([&] { y.backward(); }), HasSubstr("changed in place"));
}

TEST(Versions, AnExecutorChecksItsArguments) {
  const Symbol net = ops::exp(sym::var("x") * sym::var("b"));
  const Executor executor = net.simple_bind(cpu(), {{"x", {2}}, {"b", {2}}});
  executor.forward(true);
  executor.arg_dict().at("b").assign(3);
  EXPECT_THAT(message_of([&] { executor.backward(); }),
              ::testing::AllOf(HasSubstr("the array b"), HasSubstr("changed in place")));
  executor.forward(true);
  executor.outputs()[0].assign(3);
  EXPECT_THAT(message_of([&] { executor.backward(); }), HasSubstr("output 0"));
  executor.forward(true);
  executor.backward();
}

TEST(Versions, AStepBetweenForwardAndBackwardIsRefused) {
  for (const bool hybridized : {false, true}) {
    gluon::nn::HybridSequential net;
    net.add(gluon::nn::Dense({.units = 4, .activation = "relu", .in_units = 3}),
            gluon::nn::Dense({.units = 2, .in_units = 4}));
    net.initialize();
    net.hybridize(hybridized);
    gluon::Trainer trainer(net.collect_params(), "sgd", {{"learning_rate", 0.1}});
    const NDArray x = nd::ones({5, 3});
    NDArray first, second;
    {
      const auto recording = autograd::record();
      first = net(x);
      second = net(x);
    }
    first.backward();
    trainer.step(5);
    EXPECT_THAT(message_of([&] { second.backward(); }), HasSubstr("changed in place"));
  }
}

// Written in place, a value with a gradient passes it on, or is refused: it is never lost.
TEST(Versions, WhatIsAssignedKeepsItsGradient) {
  const NDArray x = nd::array({1, 2, 3, 4}).reshape({2, 2});
  x.attach_grad();
  const NDArray whole = nd::zeros({2, 2});
  const NDArray place = nd::zeros({2, 2});
  NDArray square;
  {
    const auto recording = autograd::record();
    const NDArray y = x * 3;
    whole.assign(y);
    square = whole * whole;
    place.slice(0, 1).assign(nd::ones({1, 2}));
    for (const std::function<void()>& lose : std::vector<std::function<void()>>{
             [&] { place.slice(0, 2).assign(y); }, [&] { place.slice(0, 1).assign(y.slice(0, 1)); },
             [&] {
               nd::zeros({3, 2, 2}).assign(y);
             },
             [&] {
               nd::zeros({2, 2}, float64).assign(y);
             }}) {
      EXPECT_THAT(message_of(lose), HasSubstr("the value has a gradient"));
    }
    place.assign(y.detach());
  }
  square.backward();
  EXPECT_EQ(x.grad().to_vector<float>(), (std::vector<float>{18, 36, 54, 72}));
}

}  // namespace
}  // namespace gluino
