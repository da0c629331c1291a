// What the code of users' operators may do: keep what it gets, throw anywhere, wait for other
// threads, and run whatever else the library has.
#include <gluino/gluon/nn/nn.h>
#include <gluino/graph/frozen/frozen.h>
#include <gluino/graph/run/cached_op.h>
#include <gluino/graph/sym.h>
#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

#include "ops/support.h"

namespace gluino {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::same_bits;

// Called with the name of each place where users' code runs.
using Hook = std::function<void(const std::string& place)>;
using Function = std::function<NDArray(const NDArray& x)>;

// What an operator was given, for good.
struct Kept {
  std::vector<NDArray> arrays;
  void keep(const std::vector<NDArray>& more) {
    arrays.insert(arrays.end(), more.begin(), more.end());
  }
};

struct Behaviour {
  Hook hook = [](const std::string&) {};
  Function function = [](const NDArray& x) { return x * 3.0; };
  Kept* kept = nullptr;
  bool has_state = false;
};

// y = function(x) and dx = function(dy); a state counts the runs.
class Acting : public op::CustomOp {
 public:
  explicit Acting(const Behaviour& behaviour) : behaviour_(behaviour) {}
  ~Acting() override { behaviour_.hook("destructor"); }

  void forward(bool /*is_train*/, const std::vector<GradReq>& req, const std::vector<NDArray>& in,
               const std::vector<NDArray>& out, const std::vector<NDArray>& aux) override {
    for (const NDArray& state : aux) state += 1.0;
    assign(out[0], req[0], behaviour_.function(in[0]));
    if (behaviour_.kept != nullptr) {
      for (const auto* arrays : {&in, &out, &aux}) behaviour_.kept->keep(*arrays);
    }
    behaviour_.hook("forward");
  }
  void backward(const std::vector<GradReq>& req, const std::vector<NDArray>& out_grad,
                const std::vector<NDArray>& in, const std::vector<NDArray>& out,
                const std::vector<NDArray>& in_grad, const std::vector<NDArray>& aux) override {
    for (const NDArray& state : aux) state += 1.0;
    assign(in_grad[0], req[0], behaviour_.function(out_grad[0]));
    if (behaviour_.kept != nullptr) {
      for (const auto* arrays : {&out_grad, &in, &out, &in_grad}) behaviour_.kept->keep(*arrays);
    }
    behaviour_.hook("backward");
  }

 private:
  Behaviour behaviour_;
};

class ActingProp : public op::CustomOpProp {
 public:
  explicit ActingProp(Behaviour behaviour) : behaviour_(std::move(behaviour)) {
    behaviour_.hook("factory");
  }
  std::vector<std::string> list_arguments() const override {
    behaviour_.hook("list_arguments");
    return {"data"};
  }
  std::vector<std::string> list_auxiliary_states() const override {
    if (behaviour_.has_state) return {"runs"};
    return {};
  }
  Shapes infer_shape(const std::vector<Shape>& in) const override {
    behaviour_.hook("infer_shape");
    Shapes shapes{in, {in[0]}, {}};
    if (behaviour_.has_state) shapes.aux.push_back({1});
    return shapes;
  }
  Types infer_type(const std::vector<DType>& in) const override {
    behaviour_.hook("infer_type");
    return CustomOpProp::infer_type(in);
  }
  std::unique_ptr<op::CustomOp> create_operator(
      const Context& /*context*/, const std::vector<Shape>& /*shapes*/,
      const std::vector<DType>& /*types*/) const override {
    behaviour_.hook("create_operator");
    return std::make_unique<Acting>(behaviour_);
  }

 private:
  Behaviour behaviour_;
};

// Registers the behaviour under a name of its own.
CustomOptions acting(const Behaviour& behaviour) {
  static std::atomic<int> count = 0;
  const std::string name = "test_acting" + std::to_string(count++);
  op::register_prop(name, [behaviour](const Attributes&) {
    return std::make_shared<const ActingProp>(behaviour);
  });
  return {.op_type = name};
}

// One training step of relu(custom(x)) + x, in each of the ways of running; gives the gradient.
struct Way {
  std::string name;
  std::function<NDArray(const CustomOptions& options, const NDArray& x)> step;
};

NDArray eager_step(const std::function<NDArray(const NDArray&)>& net, const NDArray& x) {
  x.attach_grad();
  NDArray y;
  {
    const auto recording = autograd::record();
    y = net(x);
  }
  y.backward();
  return x.grad();
}

const std::array<Way, 3> kWays = {
    Way{"eager",
        [](const CustomOptions& options, const NDArray& x) {
          return eager_step(
              [&](const NDArray& a) { return nd::relu(nd::Custom({a}, options)) + a; }, x);
        }},
    Way{"hybridized",
        [](const CustomOptions& options, const NDArray& x) {
          gluon::nn::HybridLambda net(
              [&](const NDArray& a) { return nd::relu(nd::Custom({a}, options)) + a; });
          net.hybridize();
          return eager_step([&](const NDArray& a) { return net(a); }, x);
        }},
    Way{"bound", [](const CustomOptions& options, const NDArray& x) {
          const Symbol data = sym::var("x");
          const Symbol net = sym::relu(sym::Custom({data}, options)) + data;
          const Executor executor = net.simple_bind(cpu(), {{"x", x.shape()}});
          executor.forward(true, {{"x", x}});
          executor.backward();
          return executor.grad_arrays()[0];
        }}};

TEST(CustomUserCode, WhatWasKeptStaysAsItWas) {
  for (const Way& way : kWays) {
    Kept kept;
    const CustomOptions options = acting({.kept = &kept});
    for (int run = 1; run <= 3; ++run) {
      const NDArray x = nd::full({64}, run);
      EXPECT_EQ(way.step(options, x).to_vector<float>(), std::vector<float>(64, 4)) << way.name;
      x.assign(-100);
    }
    // Others take the memory that was given back.
    std::vector<NDArray> rubbish;
    for (int i = 0; i < 20; ++i) rubbish.push_back(nd::full({64}, -1));
    ASSERT_EQ(kept.arrays.size(), 18U) << way.name;
    for (std::size_t i = 0; i < kept.arrays.size(); ++i) {
      const double run = static_cast<double>(i / 6 + 1);
      const std::array<double, 6> expected = {run, 3 * run, 1, run, 3 * run, 3};
      EXPECT_TRUE(same_bits(kept.arrays[i], nd::full({64}, expected[i % 6]))) << way.name << i;
    }
  }
}

// Whatever throws, nothing is half written and the thread goes on as before.
TEST(CustomUserCode, ExceptionsLeaveTheThreadAsItWas) {
  for (const std::string place : {"factory", "list_arguments", "infer_shape", "infer_type",
                                  "create_operator", "forward", "backward"}) {
    for (const Way& way : kWays) {
      bool angry = true;
      const CustomOptions options = acting({.hook = [&](const std::string& here) {
        if (here != place || !angry) return;
        // Left open by mistake, and never closed.
        static auto* const leaked = new std::vector<autograd::Scope*>;
        leaked->push_back(new autograd::Scope(autograd::record()));
        throw std::runtime_error("out of ink");
      }});
      const NDArray x = nd::ones({2});
      const LayerName layer("outer");
      const autograd::Scope mode = autograd::train_mode();
      EXPECT_THROW(way.step(options, x), std::runtime_error) << way.name << " " << place;
      EXPECT_FALSE(autograd::is_recording()) << way.name << " " << place;
      EXPECT_TRUE(autograd::is_training()) << way.name << " " << place;
      EXPECT_EQ(current_mode().layer, "outer") << way.name << " " << place;
      angry = false;
      EXPECT_THAT(way.step(options, x).to_vector<float>(), ElementsAre(4, 4)) << way.name << place;
    }
  }
}

TEST(CustomUserCode, WhoThrowsHasWrittenNothing) {
  std::string place;
  const CustomOptions options = acting({.hook =
                                            [&](const std::string& here) {
                                              if (here == place) throw std::runtime_error("no");
                                            },
                                        .has_state = true});
  const NDArray x = nd::ones({2});
  const NDArray runs = nd::zeros({1});
  x.attach_grad();
  x.grad().assign(7);
  place = "forward";
  EXPECT_THROW(nd::Custom({x, runs}, options), std::runtime_error);
  EXPECT_EQ(runs.asscalar(), 0);
  place = "backward";
  NDArray y;
  {
    const auto recording = autograd::record();
    y = nd::Custom({x, runs}, options);
  }
  EXPECT_EQ(runs.asscalar(), 1);
  EXPECT_THROW(y.backward(), std::runtime_error);
  EXPECT_EQ(runs.asscalar(), 1);
  EXPECT_THAT(x.grad().to_vector<float>(), ElementsAre(7, 7));
}

// An operator's own computations are its own business, wherever they run.
TEST(CustomUserCode, NothingOfItIsRecorded) {
  const NDArray w = nd::ones({2});
  w.attach_grad();
  const CustomOptions options =
      acting({.hook = [&](const std::string&) { EXPECT_EQ((w * 2.0).autograd_entry(), nullptr); },
              .function = [&](const NDArray& x) { return x * w * 3.0; }});
  for (const Way& way : kWays) {
    EXPECT_THAT(way.step(options, nd::ones({2})).to_vector<float>(), ElementsAre(4, 4)) << way.name;
    EXPECT_THAT(w.grad().to_vector<float>(), ElementsAre(0, 0)) << way.name;
  }
}

// All that an operator may run inside: each function triples its argument.
std::vector<std::pair<std::string, Function>> inner_lives() {
  const auto tripled_by = [](const NDArray& x, auto net) {
    const NDArray a = x.copy();
    return eager_step([&](const NDArray& b) { return net(b); }, a);
  };
  const auto times = [](const NDArray& x) { return x * x * 1.5; };
  return {
      {"custom", [inner = acting({})](const NDArray& x) { return nd::Custom({x}, inner); }},
      {"hybridized block",
       [](const NDArray& x) {
         gluon::nn::HybridLambda net([](const NDArray& a) { return a * 3.0; });
         net.hybridize();
         return net(x);
       }},
      {"executor",
       [](const NDArray& x) {
         const Symbol data = sym::var("x");
         return (data * 3.0).simple_bind(cpu(), {{"x", x.shape()}}).forward(false, {{"x", x}})[0];
       }},
      {"frozen graph", [](const NDArray& x) { return FrozenGraph(sym::var("x") * 3.0, {})(x); }},
      {"backward", [=](const NDArray& x) { return tripled_by(x, times); }},
      {"reading", [](const NDArray& x) {
         std::vector<float> values = x.to_vector<float>();
         for (float& value : values) value *= 3;
         return nd::from(values, x.shape());
       }}};
}

TEST(CustomUserCode, MayRunWhateverThereIs) {
  for (const auto& [name, function] : inner_lives()) {
    const CustomOptions options = acting({.function = function});
    for (const Way& way : kWays) {
      const NDArray gradient = way.step(options, nd::array({1, 2}));
      EXPECT_THAT(gradient.to_vector<float>(), ElementsAre(4, 4)) << name << ", " << way.name;
    }
  }
}

class Net : public gluon::HybridBlock {
 public:
  explicit Net(CustomOptions options) : HybridBlock("net_"), options_(std::move(options)) {}
  NDArray forward(const NDArray& x) override { return nd::Custom({dense_(x)}, options_); }

 private:
  CustomOptions options_;
  gluon::Child<gluon::nn::Dense> dense_ = child<gluon::nn::Dense>("dense", {.units = 2});
};

// The first call of a block whose parameters wait for shapes computes while it is traced.
TEST(CustomUserCode, RunsInEarnestWhileABlockIsTraced) {
  for (const auto& [name, function] : inner_lives()) {
    const CustomOptions options = acting({.function = function});
    Net net(options);
    net.initialize(init::One());
    net.hybridize();
    const NDArray x = nd::ones({1, 3});
    EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(9, 9)) << name;
    EXPECT_THAT(net(x).to_vector<float>(), ElementsAre(9, 9)) << name;
  }
}

TEST(CustomThreads, RunWhateverThereIsAtOnce) {
  for (const auto& [name, function] : inner_lives()) {
    const CustomOptions options = acting({.function = function});
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        for (const Way& way : kWays) {
          const NDArray gradient = way.step(options, nd::full({2}, t + 1));
          EXPECT_THAT(gradient.to_vector<float>(), ElementsAre(4, 4)) << name << ", " << way.name;
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

// Two threads that have to be at the same place at once; false when they could not.
class Meeting {
 public:
  bool meet() {
    std::unique_lock lock(mutex_);
    here_.insert(std::this_thread::get_id());
    met_.notify_all();
    return met_.wait_for(lock, std::chrono::seconds(20), [&] { return here_.size() >= 2; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable met_;
  std::set<std::thread::id> here_;
};

// Users' code waits for other threads, which may be in users' code, too: no lock is held meanwhile.
TEST(CustomThreads, NoLockIsHeldInUsersCode) {
  for (const std::string place : {"factory", "list_arguments", "infer_shape", "infer_type",
                                  "create_operator", "forward", "backward", "destructor"}) {
    Meeting meeting;
    const CustomOptions options = acting({.hook = [&](const std::string& here) {
      if (here == place) {
        EXPECT_TRUE(meeting.meet()) << place;
      }
    }});
    std::vector<std::thread> threads;
    for (const Way* way : {&kWays[0], &kWays[2]}) {
      threads.emplace_back([&, way] { way->step(options, nd::ones({2})); });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

// Graphs compile outside of their locks: with other shapes they go on, and with the same one they
// wait for that one.
TEST(CustomThreads, GraphsCompileAtOnce) {
  std::unique_ptr<Meeting> meeting;
  const CustomOptions options = acting({.hook = [&](const std::string& here) {
    if (here == "infer_shape" && meeting != nullptr) {
      EXPECT_TRUE(meeting->meet());
    }
  }});
  const Symbol net = sym::Custom({sym::var("x")}, options);
  const CachedOp cached(net);
  const FrozenGraph frozen(net, {});
  const auto run_both = [&](auto f) {
    meeting = std::make_unique<Meeting>();
    std::thread other([&] { f(3); });
    f(2);
    other.join();
  };
  const auto threes = [](std::int64_t n) {
    return std::vector<float>(static_cast<std::size_t>(n), 3);
  };
  run_both([&](std::int64_t n) {
    const NDArray x = nd::ones({n});
    EXPECT_EQ(cached({&x, 1})[0].to_vector<float>(), threes(n));
  });
  run_both([&](std::int64_t n) { EXPECT_EQ(frozen(nd::ones({n})).to_vector<float>(), threes(n)); });
}

TEST(CustomThreads, KnownShapesGoOnWhileOneIsCompiled) {
  std::promise<void> began, known;
  bool waits = false;
  const CustomOptions options = acting({.hook = [&](const std::string& here) {
    if (here != "infer_shape" || !std::exchange(waits, false)) return;
    began.set_value();
    EXPECT_EQ(known.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  }});
  const FrozenGraph frozen(sym::Custom({sym::var("x")}, options), {});
  frozen(nd::ones({2}));
  waits = true;
  std::thread other([&] { frozen(nd::ones({3})); });
  began.get_future().wait();
  EXPECT_THAT(frozen(nd::ones({2})).to_vector<float>(), ElementsAre(3, 3));
  known.set_value();
  other.join();
}

}  // namespace
}  // namespace gluino
