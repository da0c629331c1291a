// Loops and branches as nodes, against the same on arrays.
#include <gluino/autograd/autograd.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <functional>

#include "graph/support.h"
#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using testing::filled;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;
using testing::WithoutPasses;
using Values = std::vector<double>;

// The functions of nd::contrib or sym::contrib.
template <class A>
LoopStep<A> loop(const ForeachBody<A>& body, const OneOrMore<A>& data, const OneOrMore<A>& states) {
  if constexpr (SymbolicOperand<A>) {
    return sym::contrib::foreach (body, data, states);
  } else {
    return nd::contrib::foreach (body, data, states);
  }
}
template <class A>
LoopStep<A> loop_while(const LoopCondition<A>& cond, const LoopFunction<A>& func,
                       const OneOrMore<A>& variables, std::int64_t most) {
  if constexpr (SymbolicOperand<A>) {
    return sym::contrib::while_loop(cond, func, variables, {.max_iterations = most});
  } else {
    return nd::contrib::while_loop(cond, func, variables, {.max_iterations = most});
  }
}
template <class A>
A choice(const A& pred, const Branch<A>& then_func, const Branch<A>& else_func) {
  if constexpr (SymbolicOperand<A>) {
    return sym::contrib::cond(pred, then_func, else_func);
  } else {
    return nd::contrib::cond(pred, then_func, else_func);
  }
}

// A program over arrays or symbols: what it takes, by name, and what it gives.
struct Program {
  Shapes shapes;
  std::function<std::vector<NDArray>(std::map<std::string, NDArray>)> eager;
  std::function<std::vector<Symbol>(std::map<std::string, Symbol>)> symbolic;
};

template <class F>
Program program(Shapes shapes, F f) {
  return {std::move(shapes), [f](auto in) { return f(in); }, [f](auto in) { return f(in); }};
}

struct Result {
  std::vector<NDArray> outputs;
  std::map<std::string, NDArray> gradients;
};

std::map<std::string, NDArray> inputs_of(const Program& p) {
  std::map<std::string, NDArray> inputs;
  unsigned seed = 11;
  for (const auto& [name, shape] : p.shapes) inputs[name] = filled({shape}, float64, seed++);
  return inputs;
}

Result run_eagerly(const Program& p, const std::map<std::string, NDArray>& inputs) {
  Result result;
  for (const auto& [name, array] : inputs) array.attach_grad();
  {
    const auto recording = autograd::record();
    result.outputs = p.eager(inputs);
  }
  autograd::backward(result.outputs);
  for (const auto& [name, array] : inputs) result.gradients[name] = array.grad().copy();
  return result;
}

Result run_bound(const Symbol& symbol, const std::map<std::string, NDArray>& inputs) {
  Result result;
  for (const auto& [name, array] : inputs) {
    result.gradients[name] = NDArray(array.shape(), array.dtype());
  }
  const Executor executor = symbol.bind(cpu(), inputs, result.gradients);
  executor.forward(true);
  executor.backward();
  result.outputs = executor.outputs();
  return result;
}

Symbol symbol_of(const Program& p) {
  std::map<std::string, Symbol> variables;
  for (const auto& [name, shape] : p.shapes) variables[name] = sym::var(name);
  return sym::Group(p.symbolic(variables));
}

// What a step reads several times, or several loops read, gets the parts of its gradient in another
// order: those of one step, or of an inner loop, are added first.
enum class Gradients { same_bits, near };

bool near(const NDArray& a, const NDArray& b) {
  return a.shape() == b.shape() && nd::abs(a - b).max().asscalar<double>() < 1e-12;
}

void expect_same(const Result& a, const Result& b, Gradients gradients) {
  ASSERT_EQ(a.outputs.size(), b.outputs.size());
  for (std::size_t i = 0; i < a.outputs.size(); ++i) {
    EXPECT_TRUE(same_bits(a.outputs[i], b.outputs[i])) << "output " << i;
  }
  for (const auto& [name, gradient] : a.gradients) {
    const NDArray& other = b.gradients.at(name);
    const bool exact = gradients == Gradients::same_bits;
    EXPECT_TRUE(exact ? same_bits(gradient, other) : near(gradient, other)) << name;
  }
}

// Symbols, and what is saved and read again, have the bits of arrays.
void compare(const Program& p, Gradients gradients = Gradients::same_bits) {
  const WithoutPasses scope;
  const auto inputs = inputs_of(p);
  const Result eager = run_eagerly(p, inputs);
  const Symbol symbol = symbol_of(p);
  expect_same(run_bound(symbol, inputs), eager, gradients);
  const Symbol read = sym::load_json(symbol.tojson());
  EXPECT_EQ(read.tojson(), symbol.tojson());
  expect_same(run_bound(read, inputs), eager, gradients);
}

// A recurrent network with a weight from outside, and one that is computed there.
const auto rnn = [](auto in) {
  using A = typename decltype(in)::mapped_type;
  const A twice = in.at("wh") * 2;
  const LoopStep<A> step = loop<A>(
      [&](const A& x, const A& h) {
        const A from_x = ops::FullyConnected(x, in.at("wx"), {.num_hidden = 4, .no_bias = true});
        const A from_h = ops::FullyConnected(h, twice, {.num_hidden = 4, .no_bias = true});
        const A next = ops::tanh(from_x + from_h);
        return LoopStep<A>{next * next, next};
      },
      in.at("x"), in.at("h"));
  return std::vector<A>{step.outputs, step.states};
};
const Shapes kRnnShapes = {{"x", {5, 2, 3}}, {"h", {2, 4}}, {"wx", {4, 3}}, {"wh", {4, 4}}};

TEST(SymbolicForeach, HasTheBitsOfTheEagerOne) { compare(program(kRnnShapes, rnn)); }

TEST(SymbolicForeach, OfListsToo) {
  compare(program({{"a", {3, 2}}, {"b", {3}}, {"s", {2}}, {"t", {1}}}, [](auto in) {
    using A = typename decltype(in)::mapped_type;
    const LoopStep<A> step = loop<A>(
        [](const std::vector<A>& x, const std::vector<A>& s) {
          return LoopStep<A>{{x[0] * s[0], x[1] + s[1]}, {x[0] + s[0], s[1] * x[1]}};
        },
        {in.at("a"), in.at("b")}, {in.at("s"), in.at("t")});
    return std::vector<A>{step.outputs[0], step.outputs[1], step.states[0], step.states[1]};
  }));
}

// Outputs that are inputs, are given twice, or come from outside.
TEST(SymbolicForeach, GivesWhatItGot) {
  compare(program({{"x", {3, 2}}, {"s", {2}}, {"w", {2}}},
                  [](auto in) {
                    using A = typename decltype(in)::mapped_type;
                    const LoopStep<A> step = loop<A>(
                        [&](const A& x, const A& s) {
                          const A y = x * s;
                          return LoopStep<A>{{x, y, y, in.at("w")}, y};
                        },
                        in.at("x"), in.at("s"));
                    return std::vector<A>{step.outputs[0], step.outputs[1], step.outputs[2],
                                          step.outputs[3], step.states[0]};
                  }),
          Gradients::near);
}

TEST(SymbolicWhileLoop, HasTheBitsOfTheEagerOne) {
  for (const std::int64_t most : {3, 20}) {
    compare(program({{"a", {2}}, {"w", {2}}},
                    [most](auto in) {
                      using A = typename decltype(in)::mapped_type;
                      const A start = in.at("a") * 0.1;
                      const LoopStep<A> step = loop_while<A>(
                          [](const std::vector<A>& v) { return ops::sum(v[0] * v[0]) < 4; },
                          [&](const std::vector<A>& v) {
                            return LoopStep<A>{v[0] * v[1], {v[0] * 1.5 + in.at("w"), v[1] * 0.5}};
                          },
                          {start, in.at("w")}, most);
                      return std::vector<A>{step.outputs[0], step.states[0], step.states[1]};
                    }),
            Gradients::near);
  }
}

TEST(SymbolicWhileLoop, WithoutAStepGivesZerosAndTheVariables) {
  const Symbol v = sym::var("v");
  const auto [outputs, states] = sym::contrib::while_loop([](const Symbol& x) { return x > 10; },
                                                          [](const Symbol& x) {
                                                            return sym::contrib::Step{x * 2, x + 1};
                                                          },
                                                          v, {.max_iterations = 2});
  const Executor executor = sym::Group({outputs[0], states[0]}).simple_bind(cpu(), {{"v", {1}}});
  executor.forward(true, {{"v", nd::array({3})}});
  EXPECT_EQ(executor.outputs()[0].to_vector<double>(), (Values{0, 0}));
  EXPECT_EQ(executor.outputs()[1].to_vector<double>(), (Values{3}));
  executor.backward();
  EXPECT_EQ(executor.grad_dict().at("v").to_vector<double>(), (Values{1}));
  // Another run of the same executor makes steps.
  executor.forward(true, {{"v", nd::array({11})}});
  EXPECT_EQ(executor.outputs()[0].to_vector<double>(), (Values{22, 24}));
  executor.backward();
  EXPECT_EQ(executor.grad_dict().at("v").to_vector<double>(), (Values{5}));
}

TEST(SymbolicCond, HasTheBitsOfTheEagerOne) {
  for (const double limit : {-100.0, 100.0}) {
    compare(program({{"a", {2, 3}}, {"b", {2, 3}}}, [limit](auto in) {
      using A = typename decltype(in)::mapped_type;
      const A product = in.at("a") * in.at("b");
      return std::vector<A>{choice<A>(
          ops::sum(in.at("a")) < limit, [&] { return product + in.at("a"); },
          [&] { return ops::tanh(product); })};
    }));
  }
}

TEST(SymbolicControlFlow, Nests) {
  compare(
      program(
          {{"x", {3, 2, 2}}, {"s", {2}}, {"w", {2}}},
          [](auto in) {
            using A = typename decltype(in)::mapped_type;
            const LoopStep<A> step = loop<A>(
                [&](const A& rows, const A& sum) {
                  const LoopStep<A> inner = loop<A>(
                      [&](const A& row, const A& s) {
                        const A next = choice<A>(
                            ops::sum(row) > 0, [&] { return s + row * in.at("w"); },
                            [&] { return s * in.at("w"); });
                        return LoopStep<A>{row * s, next};
                      },
                      rows, sum);
                  return LoopStep<A>{ops::broadcast_mul(inner.outputs[0], sum), inner.states[0]};
                },
                in.at("x"), in.at("s"));
            return std::vector<A>{step.outputs[0], step.states[0]};
          }),
      Gradients::near);
}

TEST(SymbolicControlFlow, WithPassesGivesNearlyTheSame) {
  const Program p = program(kRnnShapes, rnn);
  const auto inputs = inputs_of(p);
  const Result eager = run_eagerly(p, inputs);
  const Result bound = run_bound(symbol_of(p), inputs);
  for (const auto& [name, gradient] : eager.gradients) {
    EXPECT_TRUE(near(gradient, bound.gradients.at(name))) << name;
  }
}

TEST(SymbolicForeach, FindsTheShapesOfWeights) {
  const auto [outputs, states] = sym::contrib::foreach (
      [](const Symbol& x, const Symbol& h) {
        const Symbol y = sym::FullyConnected(x, {.num_hidden = 7}, "fc") + h;
        return sym::contrib::Step{y, y};
      },
      sym::var("x"), sym::var("h"));
  EXPECT_THAT(outputs[0].list_arguments(), ElementsAre("x", "h", "fc_weight", "fc_bias"));
  const auto shapes = outputs[0].infer_shape({{"x", {9, 2, 3}}, {"h", {2, 7}}});
  EXPECT_THAT(shapes.arguments, ElementsAre(Shape{9, 2, 3}, Shape{2, 7}, Shape{7, 3}, Shape{7}));
  EXPECT_THAT(shapes.outputs, ElementsAre(Shape{9, 2, 7}));
}

// Running means inside of a body are the graph's auxiliary states, and move on with each step.
TEST(SymbolicForeach, MovesStatesOfItsBody) {
  const auto [outputs, states] = sym::contrib::foreach (
      [](const Symbol& x, const Symbol& s) {
        return sym::contrib::Step{sym::BatchNorm(x, {.momentum = 0.5}, "bn"), s + 1};
      },
      sym::var("x"), sym::var("s"));
  const Symbol symbol = sym::Group({outputs[0], states[0]});
  EXPECT_THAT(symbol.list_auxiliary_states(), ElementsAre("bn_moving_mean", "bn_moving_var"));
  const Executor executor = symbol.simple_bind(cpu(), {{"x", {2, 4, 1}}, {"s", {1}}});
  const NDArray x = nd::from(std::vector<double>{1, 1, 1, 1, 3, 3, 3, 3}, {2, 4, 1});
  executor.forward(true, {{"x", x.astype(float32)}});
  // 0 -> (0 + 1) / 2 -> (0.5 + 3) / 2
  EXPECT_EQ(executor.aux_dict().at("bn_moving_mean").to_vector<double>(), (Values{1.75}));
  executor.backward();
  EXPECT_THAT(message_of([&] { executor.backward(); }), HasSubstr("changes states"));
}

// Random numbers are drawn in the order of the steps, and drawn anew in each.
TEST(SymbolicForeach, DrawsTheNumbersOfTheEagerOne) {
  const auto body = [](auto x, auto s) {
    using A = decltype(x);
    return LoopStep<A>{ops::Dropout(x, {.p = 0.5}), s + x};
  };
  const NDArray x = nd::ones({3, 16});
  random::seed(7);
  NDArray expected;
  {
    const auto mode = autograd::train_mode();
    expected =
        nd::contrib::foreach ([&](const NDArray& one, const NDArray& s) { return body(one, s); }, x,
                              nd::zeros(16))
            .outputs;
  }
  const auto step =
      sym::contrib::foreach ([&](const Symbol& one, const Symbol& s) { return body(one, s); },
                             sym::var("x"), sym::var("s"));
  const Executor executor = step.outputs[0].simple_bind(cpu(), {{"x", {3, 16}}, {"s", {16}}});
  random::seed(7);
  executor.forward(true, {{"x", x}});
  EXPECT_TRUE(same_bits(executor.outputs()[0], expected));
  EXPECT_FALSE(same_bits(expected[0], expected[1]));
  executor.backward();
  EXPECT_TRUE(same_bits(executor.grad_dict().at("x"), expected));
}

TEST(SymbolicForeach, GoesBackTwice) {
  const Program p = program(kRnnShapes, rnn);
  const auto inputs = inputs_of(p);
  for (const bool retain : {true, false}) {
    std::map<std::string, NDArray> gradients;
    for (const auto& [name, array] : inputs) gradients[name] = nd::zeros(array.shape(), float64);
    const Executor executor = symbol_of(p).bind(cpu(), inputs, gradients, GradReq::add);
    executor.forward(true);
    executor.backward({}, {.retain_graph = retain});
    const NDArray once = gradients.at("wx").copy();
    executor.backward();
    EXPECT_TRUE(same_bits(gradients.at("wx"), once + once)) << retain;
  }
}

// Only some gradients are asked for.
TEST(SymbolicForeach, GivesTheGradientsThatAreWanted) {
  const Program p = program(kRnnShapes, rnn);
  const auto inputs = inputs_of(p);
  const Symbol symbol = symbol_of(p);
  const Result all = run_bound(symbol, inputs);
  for (const auto& [name, expected] : all.gradients) {
    const std::map<std::string, NDArray> one = {{name, nd::zeros(expected.shape(), float64)}};
    const Executor executor = symbol.bind(cpu(), inputs, one);
    executor.forward(true);
    executor.backward();
    EXPECT_TRUE(same_bits(one.at(name), expected)) << name;
  }
}

TEST(SymbolicControlFlow, MistakesAreTold) {
  using sym::contrib::Step;
  const Symbol x = sym::var("x");
  const Symbol h = sym::var("h");
  const auto made = [&](const auto& body) {
    return message_of([&] {
      sym::contrib::foreach ([&](const Symbol& in, const Symbol& s) { return body(in, s); }, x, h);
    });
  };
  EXPECT_EQ(made([](const Symbol& in, const Symbol& s) {
              return Step{in, {s, s}};
            }),
            "foreach: a step gives 2 states, expected 1 as the loop begins with");
  EXPECT_EQ(made([](const Symbol& in, const Symbol&) {
              return Step{in, in};
            }),
            "foreach: the function does not read state 0, which it has to");
  EXPECT_EQ(made([](const Symbol&, const Symbol& s) {
              return Step{s, s};
            }),
            "foreach: the function does not read data 0, which it has to");
  EXPECT_EQ(message_of([&] {
              sym::contrib::while_loop([](const Symbol& v) { return v; },
                                       [](const Symbol& v) {
                                         return Step{v, v};
                                       },
                                       x, {});
            }),
            "while_loop: max_iterations has to be given");
  EXPECT_EQ(message_of([&] {
              sym::contrib::cond(
                  x, [&] { return h; },
                  [&] {
                    return std::vector<Symbol>{h, h};
                  });
            }),
            "cond: then_func gives 1 outputs, else_func 2; both must give the same number");
}

TEST(SymbolicControlFlow, WrongShapesAreTold) {
  const auto bound = [](const Symbol& symbol, const Shapes& shapes) {
    return message_of([&] { symbol.infer_shape(shapes); });
  };
  const Symbol grows =
      sym::contrib::foreach (
          [](const Symbol& x, const Symbol& s) {
            return sym::contrib::Step{x, sym::concat(std::vector{s, x}, {.dim = 0})};
          },
          sym::var("x"), sym::var("s"), "loop")
          .outputs[0];
  EXPECT_EQ(bound(grows, {{"x", {3, 2}}, {"s", {2}}}),
            "[_foreach loop] a step gives shape (4,) for state 0, which is of shape (2,); a state "
            "keeps its shape");
  EXPECT_EQ(bound(grows, {{"x", {0, 2}}, {"s", {2}}}),
            "[_foreach loop] data 0 of shape (0, 2) has nothing along axis 0, so the loop has no "
            "step");
  const Symbol v = sym::var("v");
  const Symbol never = sym::contrib::while_loop([](const Symbol& s) { return s > 0; },
                                                [](const Symbol& s) {
                                                  return sym::contrib::Step{s, s * 2};
                                                },
                                                v, {.max_iterations = 3}, "loop")
                           .outputs[0];
  EXPECT_EQ(bound(never, {{"v", {2}}}),
            "[_while_loop loop] the condition gives an array of shape (2,), expected one number");
  const Symbol either = sym::contrib::cond(
      sym::var("p"), [&] { return v; }, [&] { return sym::sum(v); }, "choice");
  EXPECT_EQ(bound(either, {{"p", {1}}, {"v", {2}}}),
            "[_cond choice] output 0: then_func gives shape (2,), else_func (1,); both must give "
            "the same");
  EXPECT_EQ(bound(either, {{"p", {2}}, {"v", {1}}}),
            "[_cond choice] pred: expected one number, got shape (2,)");
}

}  // namespace
}  // namespace gluino
