// Loops and branches on arrays, against the same program written out by hand.
#include <gluino/autograd/autograd.h>
#include <gluino/ops/control/contrib.h>
#include <gmock/gmock.h>

#include "ops/support.h"

namespace gluino {
namespace {

using nd::contrib::Arrays;
using nd::contrib::cond;
using nd::contrib::foreach;
using nd::contrib::Step;
using nd::contrib::while_loop;
using testing::filled;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;
using Values = std::vector<double>;

NDArray some(const Shape& shape, unsigned seed) { return filled({shape}, float64, seed); }

// A recurrent network: the inputs, the first state and the weights.
struct Rnn {
  NDArray x = some({4, 2, 3}, 1);
  NDArray h = some({2, 5}, 2);
  NDArray wx = some({3, 5}, 3);
  NDArray wh = some({5, 5}, 4);

  std::vector<NDArray> all() const { return {x, h, wx, wh}; }
  NDArray cell(const NDArray& in, const NDArray& state) const {
    return nd::tanh(nd::dot(in, wx) + nd::dot(state, wh));
  }
  Step looped() const {
    return foreach (
        [this](const NDArray& in, const NDArray& state) {
          const NDArray next = cell(in, state);
          return Step{next * 2, next};
        },
        x, h);
  }
  Step by_hand() const {
    std::vector<NDArray> outputs;
    NDArray state = h;
    for (const NDArray& in : nd::split(x, {.num_outputs = 4, .axis = 0, .squeeze_axis = true})) {
      state = cell(in, state);
      outputs.push_back(state * 2);
    }
    return {nd::stack(outputs), state};
  }
};

std::vector<NDArray> gradients_of(const Rnn& rnn, Step (Rnn::*run)() const) {
  for (const NDArray& array : rnn.all()) array.attach_grad();
  {
    const auto recording = autograd::record();
    const Step step = (rnn.*run)();
    autograd::backward({step.outputs[0], step.states[0]});
  }
  std::vector<NDArray> gradients;
  for (const NDArray& array : rnn.all()) gradients.push_back(array.grad().copy());
  return gradients;
}

TEST(Foreach, HasTheBitsOfTheProgramByHand) {
  const Rnn rnn;
  const Step looped = rnn.looped();
  const Step by_hand = rnn.by_hand();
  EXPECT_EQ(looped.outputs[0].shape(), (Shape{4, 2, 5}));
  EXPECT_TRUE(same_bits(looped.outputs, by_hand.outputs));
  EXPECT_TRUE(same_bits(looped.states, by_hand.states));
  const auto given = gradients_of(rnn, &Rnn::looped);
  const auto expected = gradients_of(rnn, &Rnn::by_hand);
  for (std::size_t i = 0; i < given.size(); ++i) EXPECT_TRUE(same_bits(given[i], expected[i])) << i;
}

TEST(Foreach, HasTheSlopesOfFiniteDifferences) {
  const Rnn rnn;
  const auto gradients = gradients_of(rnn, &Rnn::looped);
  const auto objective = [&] {
    const Step step = rnn.looped();
    return step.outputs[0].sum().asscalar<double>() + step.states[0].sum().asscalar<double>();
  };
  constexpr double kStep = 1e-5;
  for (std::size_t a = 0; a < rnn.all().size(); ++a) {
    double* const values = rnn.all()[a].data<double>();
    for (std::int64_t i = 0; i < rnn.all()[a].size(); ++i) {
      const double before = std::exchange(values[i], values[i] + kStep);
      const double above = objective();
      values[i] = before - kStep;
      const double below = objective();
      values[i] = before;
      EXPECT_NEAR(gradients[a].data<double>()[i], (above - below) / (2 * kStep), 1e-7);
    }
  }
}

TEST(Foreach, TakesAndGivesLists) {
  const NDArray a = nd::array({{1, 2}, {3, 4}});
  const NDArray b = nd::array({{10, 20}, {30, 40}});
  const auto [outputs, states] = foreach (
      [](const std::vector<NDArray>& in, const std::vector<NDArray>& s) {
        return Step{{in[0] + in[1], in[0] * s[0]}, {s[0] + 1, s[1] * 2}};
      },
      {a, b}, {nd::array({1, 1}), nd::array({1, 2})});
  ASSERT_EQ(outputs.size(), 2u);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(outputs[0].to_vector<double>(), (Values{11, 22, 33, 44}));
  EXPECT_EQ(outputs[1].to_vector<double>(), (Values{1, 2, 6, 8}));
  EXPECT_EQ(states[0].to_vector<double>(), (Values{3, 3}));
  EXPECT_EQ(states[1].to_vector<double>(), (Values{4, 8}));
}

// Only states, or only outputs.
TEST(Foreach, NeedsNoOutputsAndNoStates) {
  const NDArray x = nd::array({1, 2, 3});
  const Step sum = foreach (
      [](const NDArray& in, const NDArray& s) {
        EXPECT_EQ(in.shape(), Shape{1});
        return Step{{}, s + in};
      },
      x, nd::zeros(1));
  EXPECT_TRUE(sum.outputs.empty());
  EXPECT_EQ(sum.states[0].to_vector<double>(), (Values{6}));
  const Step squares = foreach (
      [](const NDArray& in, const Arrays& s) {
        EXPECT_TRUE(s.empty());
        return Step{in * in, {}};
      },
      x, Arrays());
  EXPECT_EQ(squares.outputs[0].to_vector<double>(), (Values{1, 4, 9}));
  EXPECT_EQ(squares.outputs[0].shape(), (Shape{3, 1}));
}

TEST(Foreach, MistakesAreTold) {
  const NDArray x = nd::ones({3, 2});
  const NDArray h = nd::zeros(2);
  const auto with = [&](const Arrays& data, const auto& step) {
    return message_of([&] {
      foreach ([&](const Arrays&, const NDArray& s) -> Step { return step(s); }, data, h)
        ;
    });
  };
  const auto good = [](const NDArray& s) { return Step{s, s}; };
  EXPECT_EQ(with(nd::ones({0, 2}), good),
            "foreach: data 0 of shape (0, 2) has nothing along axis 0, so the loop has no step");
  EXPECT_EQ(with({x, nd::ones({4, 2})}, good), "foreach: data 1 has 4 along axis 0, data 0 has 3");
  EXPECT_EQ(with(Arrays(), good), "foreach: data: expected at least one array");
  EXPECT_EQ(message_of([&] {
              foreach (nullptr, x, h)
                ;
            }),
            "foreach: body: expected a function, got none");
  EXPECT_EQ(with(x,
                 [](const NDArray& s) {
                   return Step{s, {s, s}};
                 }),
            "foreach: a step gives 2 states, expected 1 as the loop begins with");
  EXPECT_EQ(with(x,
                 [](const NDArray& s) {
                   return Step{s, nd::concat(std::vector{s, s}, {.dim = 0})};
                 }),
            "foreach: state 0: expected float32 (2,) as before the step, got float32 (4,); a state "
            "keeps its shape and type");
  EXPECT_THAT(with(x,
                   [](const NDArray& s) {
                     return Step{s, s.astype(float64)};
                   }),
              HasSubstr("got float64 (2,)"));
  int step = 0;
  EXPECT_EQ(with(x,
                 [&](const NDArray& s) {
                   return Step{nd::ones({1 + step++}), s};
                 }),
            "foreach: output 0 of step 1: expected float32 (1,) as of the first step, got float32 "
            "(2,)");
}

// What is read from the result of a call stays, though the result is gone.
TEST(Foreach, GivesMoreThanReferences) {
  const auto twice = [](const NDArray& x, const NDArray& s) { return Step{x + x, s + x}; };
  const NDArray x = nd::array({1, 2, 3});
  const NDArray& outputs = foreach (twice, x, nd::zeros(1)).outputs;
  const NDArray& first = foreach (twice, x, nd::zeros(1)).outputs[0];
  const std::vector<NDArray>& states = foreach (twice, x, nd::zeros(1)).states;
  EXPECT_EQ(outputs.to_vector<double>(), (Values{2, 4, 6}));
  EXPECT_EQ(first.to_vector<double>(), (Values{2, 4, 6}));
  EXPECT_EQ(states.at(0).to_vector<double>(), (Values{6}));
}

TEST(WhileLoop, GoesOnWhileTheConditionHolds) {
  const NDArray w = nd::array({2});
  w.attach_grad();
  Step result;
  {
    const auto recording = autograd::record();
    result = while_loop([](const Arrays& v) { return v[0] < 3; },
                        [&](const Arrays& v) {
                          return Step{v[1], {v[0] + 1, v[1] * w}};
                        },
                        {nd::zeros(1), nd::array({5})}, {.max_iterations = 5});
    result.states[1].backward();
  }
  EXPECT_EQ(result.outputs[0].to_vector<double>(), (Values{5, 10, 20, 0, 0}));
  EXPECT_EQ(result.outputs[0].shape(), (Shape{5, 1}));
  EXPECT_EQ(result.states[0].to_vector<double>(), (Values{3}));
  EXPECT_EQ(result.states[1].to_vector<double>(), (Values{40}));
  EXPECT_EQ(w.grad().to_vector<double>(), (Values{60}));  // 5 w^3
}

TEST(WhileLoop, EndsAfterTheLastIteration) {
  const auto run = [](std::int64_t most) {
    return while_loop([](const NDArray& v) { return v > 0; },
                      [](const NDArray& v) {
                        return Step{v * v, v + 1};
                      },
                      nd::ones(1), {.max_iterations = most});
  };
  EXPECT_EQ(run(3).outputs[0].to_vector<double>(), (Values{1, 4, 9}));
  EXPECT_EQ(run(3).states[0].to_vector<double>(), (Values{4}));
  EXPECT_TRUE(run(0).outputs.empty());
  EXPECT_EQ(run(0).states[0].to_vector<double>(), (Values{1}));
}

TEST(WhileLoop, MistakesAreTold) {
  const auto with = [](const auto& condition, const auto& function, const Arrays& variables,
                       const WhileLoopLimits& limits) {
    return message_of([&] { while_loop(condition, function, variables, limits); });
  };
  const auto holds = [](const NDArray& v) { return v == v; };
  const auto same = [](const NDArray& v) { return Step{v, v}; };
  const NDArray x = nd::ones(1);
  EXPECT_EQ(with(holds, same, x, {}), "while_loop: max_iterations has to be given");
  EXPECT_EQ(with(holds, same, x, {.max_iterations = -2}),
            "while_loop: max_iterations: expected at least 0, got -2");
  EXPECT_EQ(with(nullptr, same, x, {.max_iterations = 1}),
            "while_loop: cond: expected a function, got none");
  EXPECT_EQ(with(holds, nullptr, x, {.max_iterations = 1}),
            "while_loop: func: expected a function, got none");
  EXPECT_EQ(with(holds, same, Arrays(), {.max_iterations = 1}),
            "while_loop: loop_vars: expected at least one array");
  EXPECT_EQ(with(holds, same, nd::ones(2), {.max_iterations = 1}),
            "while_loop: cond: expected one number, got shape (2,)");
  EXPECT_EQ(with(holds,
                 [](const NDArray& v) {
                   return Step{v, {v, v}};
                 },
                 x, {.max_iterations = 1}),
            "while_loop: a step gives 2 states, expected 1 as the loop begins with");
}

TEST(Cond, RunsOneOfTwoFunctions) {
  const NDArray a = nd::array({3});
  const NDArray b = nd::array({4});
  a.attach_grad();
  b.attach_grad();
  for (const bool holds : {true, false}) {
    const auto recording = autograd::record();
    const NDArray y = cond(
        nd::array({holds ? 1.0 : 0.0}), [&] { return a * b; }, [&] { return a + a; });
    y.backward();
    EXPECT_EQ(y.asscalar(), holds ? 12 : 6);
    EXPECT_EQ(a.grad().asscalar(), holds ? 4 : 2);
  }
  EXPECT_EQ(message_of([&] {
              cond(
                  nd::ones({2, 1}), [&] { return a; }, [&] { return b; });
            }),
            "cond: pred: expected one number, got shape (2, 1)");
}

// Sums of the even rows' squares and of the odd rows, by a branch in a loop in a loop.
TEST(ControlFlow, Nests) {
  const NDArray x = nd::array({{1, 2}, {3, 4}, {5, 6}});
  x.attach_grad();
  NDArray total;
  {
    const auto recording = autograd::record();
    total = foreach (
                [](const NDArray& row, const std::vector<NDArray>& s) {
                  const Step inner = foreach (
                      [&](const NDArray& one, const NDArray& sum) {
                        const NDArray more = cond(
                            s[1] == 0, [&] { return one * one; }, [&] { return one; });
                        return Step{{}, sum + more};
                      },
                      row, s[0]);
                  return Step{{}, {inner.states[0], 1 - s[1]}};
                },
                x, {nd::zeros(1), nd::zeros(1)})
                .states[0];
    total.backward();
  }
  EXPECT_EQ(total.asscalar(), 1 + 4 + 3 + 4 + 25 + 36);
  EXPECT_EQ(x.grad().to_vector<double>(), (Values{2, 4, 1, 1, 10, 12}));
}

}  // namespace
}  // namespace gluino
