// What a forward may do besides calling operators: with a graph it gives eager's numbers, or an
// error that says what to do.
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

using Function = std::function<NDArray(const NDArray&)>;

NDArray of(std::initializer_list<double> values) { return nd::array(values); }

struct Results {
  std::vector<NDArray> outputs;
  // A graph is one step of autograd's: it may add gradients in another order than the tape.
  std::vector<NDArray> gradients;
};

// Three steps with other inputs. Nullopt where the block says that it cannot.
std::optional<Results> results(const Function& function, bool hybrid, bool recorded) {
  nn::HybridLambda net(function);
  if (hybrid) net.hybridize();
  Results found;
  random::seed(9);
  try {
    for (int i = 1; i <= 3; ++i) {
      const NDArray x = of({1, 2, 3, 4, 5, 6}) * (0.1 * i);
      x.attach_grad();
      NDArray y;
      if (recorded) {
        {
          const auto recording = autograd::record();
          y = net(x) + x;
        }
        y.backward();
        found.gradients.push_back(x.grad().copy());
      } else {
        y = net(x);
      }
      found.outputs.push_back(y.copy());
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  // What is drawn next says whether as many numbers were drawn before.
  found.outputs.push_back(nd::random::uniform({.shape = {3}}));
  return found;
}

enum class Outcome { same, refused };

struct Case {
  const char* name;
  Function function;
  Outcome outcome = Outcome::same;
  // Where the block is not called in a recording, if it differs.
  Outcome unrecorded = outcome;
};

void check_case(const Case& c) {
  const gluino::testing::WithoutPasses as_written;
  for (const bool recorded : {true, false}) {
    SCOPED_TRACE(str(c.name, recorded ? ", recorded" : ", not recorded"));
    const auto eager = results(c.function, false, recorded);
    const auto hybrid = results(c.function, true, recorded);
    const Outcome expected = recorded ? c.outcome : c.unrecorded;
    EXPECT_EQ(hybrid.has_value(), expected == Outcome::same);
    if (!hybrid || !eager) continue;
    for (std::size_t i = 0; i < eager->outputs.size(); ++i) {
      EXPECT_TRUE(same_bits(eager->outputs[i], hybrid->outputs[i])) << i << "\n"
                                                                    << eager->outputs[i] << "\n"
                                                                    << hybrid->outputs[i];
    }
    for (std::size_t i = 0; i < eager->gradients.size(); ++i) {
      EXPECT_THAT(hybrid->gradients[i].to_vector<double>(),
                  ::testing::Pointwise(::testing::DoubleNear(4e-6),
                                       eager->gradients[i].to_vector<double>()));
    }
  }
}

NDArray noise() { return nd::random::uniform({.shape = {6}}); }

TEST(ForwardScopes, GiveEagersNumbersOrAreRefused) {
  const NDArray captured = of({1, 2, 3, 4, 5, 6});
  const NDArray leaf = of({1, 1, 1, 2, 2, 2});
  leaf.attach_grad();
  int calls = 0;
  const std::vector<Case> cases = {
      {"pause",
       [](const NDArray& x) {
         NDArray factor;
         {
           const auto paused = autograd::pause();
           factor = nd::exp(x);
         }
         return x * factor;
       }},
      {"pause around all",
       [](const NDArray& x) {
         const auto paused = autograd::pause();
         return nd::exp(x) * x;
       }},
      {"pause and record within",
       [](const NDArray& x) {
         const auto paused = autograd::pause();
         const NDArray fixed = x * 3.0;
         const auto recording = autograd::record();
         return nd::exp(x) * fixed;
       },
       Outcome::same, Outcome::refused},
      {"random numbers in pause",
       [](const NDArray& x) {
         const auto paused = autograd::pause();
         return x * noise();
       }},
      {"record",
       [](const NDArray& x) {
         const auto recording = autograd::record();
         return x * x;
       },
       Outcome::same, Outcome::refused},
      {"predict_mode",
       [](const NDArray& x) {
         const auto mode = autograd::predict_mode();
         return x * x;
       }},
      {"dropout in predict_mode",
       [](const NDArray& x) {
         const auto mode = autograd::predict_mode();
         return nd::Dropout(x, {.p = 0.5});
       },
       Outcome::refused, Outcome::same},
      {"dropout in train_mode",
       [](const NDArray& x) {
         const auto mode = autograd::train_mode();
         return nd::Dropout(x, {.p = 0.5});
       },
       Outcome::same, Outcome::refused},
      {"dropout in pause",
       [](const NDArray& x) {
         const auto mode = autograd::pause();
         return nd::Dropout(x, {.p = 0.5});
       },
       Outcome::refused, Outcome::same},
      {"is_training", [](const NDArray& x) { return autograd::is_training() ? x * 2.0 : x * 3.0; }},
      {"is_recording",
       [](const NDArray& x) {
         const bool outside = autograd::is_recording();
         const auto paused = autograd::pause();
         return outside && !autograd::is_recording() ? x * 2.0 : x * 3.0;
       }},
      {"detach", [](const NDArray& x) { return (x * 2.0).detach() * x; }},
      {"detach of the input", [](const NDArray& x) { return x.detach() * x; }},
      {"view",
       [](const NDArray& x) {
         return x.view({2, 3}).reshape({-1}) * x;
       }},
      {"slice_view", [](const NDArray& x) { return (x * x).slice_view(1, 2) * x; }},
      {"slice",
       [](const NDArray& x) {
         return x.slice(2, 4).reshape({2, 1}) * x.reshape({1, 6});
       }},
      {"index", [](const NDArray& x) { return x * x[1]; }},
      {"BlockGrad", [](const NDArray& x) { return nd::BlockGrad(nd::exp(x)) * x; }},
      {"the input itself", [](const NDArray& x) { return x; }},
      {"another handle",
       [](const NDArray& x) {
         const NDArray y = x;
         return y + x;
       }},
      {"a captured array", [&](const NDArray& x) { return x * captured; }},
      {"a captured array itself", [&](const NDArray& /*x*/) { return captured; }},
      {"a captured array in a view", [&](const NDArray& x) { return x * captured.slice(1, 2); }},
      {"a captured leaf", [&](const NDArray& x) { return x * leaf; }},
      {"a captured array is read",
       [&](const NDArray& x) { return x * captured[1].asscalar<double>(); }},
      {"nd::array",
       [](const NDArray& x) {
         return x + of({6, 5, 4, 3, 2, 1});
       }},
      {"zeros, ones, full, arange",
       [](const NDArray& x) {
         return x * nd::ones({6}) + nd::zeros({6}) + nd::full({6}, 3) + nd::arange(6);
       }},
      {"assign to a new array",
       [](const NDArray& x) {
         const NDArray y = nd::empty({6});
         y.assign(4);
         return x * y;
       }},
      {"assign of an integer array to a new one",
       [&](const NDArray& x) {
         const NDArray y = nd::empty({6});
         y.assign(nd::array({1, 2, 3, 4, 5, 6}, int32));
         return x * y;
       },
       Outcome::refused},
      {"assign to what was computed",
       [](const NDArray& x) {
         const NDArray y = x * 2.0;
         y.assign(4);
         return x * y;
       },
       Outcome::refused},
      {"assign of what was computed",
       [](const NDArray& x) {
         const NDArray y = nd::empty({6});
         y.assign(x * 2.0);
         return y;
       },
       Outcome::refused},
      {"assign through a view",
       [](const NDArray& x) {
         const NDArray y = x * 2.0;
         y.detach().assign(1);
         return y;
       },
       Outcome::refused},
      {"+=",
       [](const NDArray& x) {
         NDArray y = x * 2.0;
         y += x;
         return y;
       },
       Outcome::refused},
      {"+= to a captured array",
       [&](const NDArray& x) {
         captured += 0.0;
         return x * captured;
       },
       Outcome::refused},
      {"+= to a new array",
       [](const NDArray& x) {
         NDArray y = nd::zeros({6});
         y += x;
         return y;
       },
       Outcome::refused},
      {"copyto a captured array",
       [&](const NDArray& x) {
         (x * 1.0).copyto(captured);
         return x * 2.0;
       },
       Outcome::refused},
      {"asscalar", [](const NDArray& x) { return x.sum().asscalar() > 2 ? x * 2.0 : x * 1.0; },
       Outcome::refused},
      {"asscalar of a view",
       [](const NDArray& x) { return x.detach()[0].asscalar() > 0 ? x * 2.0 : x * 1.0; },
       Outcome::refused},
      {"printed", [](const NDArray& x) { return x.to_string().empty() ? x * 2.0 : x * 3.0; },
       Outcome::refused},
      {"saved",
       [](const NDArray& x) {
         return nd::save_tobuffer({{"x", x}}).empty() ? x * 2.0 : x * 3.0;
       },
       Outcome::refused},
      {"attach_grad",
       [](const NDArray& x) {
         const NDArray y = x * 2.0;
         y.attach_grad();
         return y;
       },
       Outcome::refused},
      {"random numbers in another order than the graph's",
       [](const NDArray& x) {
         const NDArray first = noise();
         const NDArray second = noise() * 2.0;
         return (second - first) * x;
       }},
      {"random numbers that are not used",
       [](const NDArray& x) {
         noise();
         const NDArray used = noise();
         noise();
         return x * used;
       }},
      {"random numbers, and the input",
       [](const NDArray& x) {
         noise();
         return x;
       }},
      {"dropouts in another order",
       [](const NDArray& x) {
         const NDArray first = nd::Dropout(x * 2.0, {.p = 0.5});
         const NDArray second = nd::Dropout(x * 3.0, {.p = 0.5});
         return second * 2.0 + first;
       }},
      {"random::seed",
       [](const NDArray& x) {
         random::seed(4);
         return x * noise();
       },
       Outcome::refused},
      {"as_in_context", [](const NDArray& x) { return x.as_in_context(cpu(0)) * x; }},
      {"another context", [](const NDArray& x) { return x.copyto(cpu(1)).copyto(cpu(0)); },
       Outcome::refused},
      {"astype", [](const NDArray& x) { return x.astype(float64).astype(float32) * x; }},
      {"EagerScope",
       [](const NDArray& x) {
         const EagerScope eager;
         return x * x;
       }},
      {"a hybridized layer",
       [inner = std::make_shared<nn::HybridLambda>(
            [](const NDArray& x) { return nd::sin(x) * x; })](const NDArray& x) {
         inner->hybridize();
         return (*inner)(x) + (*inner)(x * 2.0);
       }},
      {"another one each time",
       [&](const NDArray& x) {
         return x * of({1.0 * ++calls, 1, 1, 1, 1, 1}) * 0.0 + x;
       }},
  };
  for (const Case& c : cases) check_case(c);
}

TEST(ForwardScopes, BackwardAndGradAreRefused) {
  const NDArray w = of({2});
  w.attach_grad();
  const auto loss = [&] {
    const auto recording = autograd::record();
    return w * w;
  };
  const std::vector<Function> functions = {
      [&](const NDArray& x) {
        loss().backward();
        return x * w.grad();
      },
      [&](const NDArray& x) { return x * autograd::grad({loss()}, {w})[0]; },
  };
  for (const Function& function : functions) {
    nn::HybridLambda net(function);
    EXPECT_EQ(net(of({3})).asscalar(), 12);
    net.hybridize();
    w.grad().assign(7);
    const auto recording = autograd::record();
    EXPECT_THAT(message_of([&] { net(of({3})); }), HasSubstr("keep the block a Block"));
    EXPECT_EQ(w.grad().asscalar(), 7);
  }
}

TEST(ForwardScopes, AmpInsideIsRefused) {
  if (!amp::has_bfloat16()) GTEST_SKIP() << "this processor has no bfloat16";
  nn::HybridLambda net([](const NDArray& x) {
    const amp::Scope scope(bfloat16);
    return nd::dot(x, x);
  });
  net.hybridize();
  EXPECT_THAT(message_of([&] { net(nd::ones({2, 2})); }), HasSubstr("amp::Scope"));
}

TEST(ForwardScopes, TheTrainerInsideIsRefused) {
  const auto dense = std::make_shared<nn::Dense>(nn::DenseOptions{.units = 1, .in_units = 1});
  dense->initialize(init::One());
  Trainer trainer(dense->collect_params(), "sgd", {{"learning_rate", 0.5}});
  nn::HybridLambda net([&](const NDArray& x) {
    trainer.step(1, true);
    return (*dense)(x);
  });
  net.hybridize();
  const auto make_gradients = [&] {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = (*dense)(of({1}).reshape({1, 1}));
    }
    y.backward();
  };
  make_gradients();
  EXPECT_THROW(net(nd::ones({1, 1})), Error);
  EXPECT_EQ(dense->weight().data().asscalar(), 1);
}

// A member that is changed in place or replaced is seen by the next call.

}  // namespace
}  // namespace gluino::gluon
