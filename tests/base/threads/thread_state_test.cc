#include <gluino/gluino.h>
#include <gluino/gluon/data/generator.h>
#include <gtest/gtest.h>

#include <thread>

// What scopes set on a thread can be taken and given as a whole.
namespace gluino {
namespace {

// What each of the scopes says on this thread.
struct Seen {
  bool recording, training, checks_labels, eager;
  DType products;
  Context context;
  std::string layer, node;
  Attributes attributes;

  static Seen now() {
    return {autograd::is_recording(),
            autograd::is_training(),
            current_mode().check_labels,
            gluon::EagerScope::is_active(),
            amp::dtype(),
            nd::zeros({1}).context(),
            gluon::new_prefix("dense", ""),
            sym::NameManager::current().get("", "fc"),
            sym::AttrScope::current()};
  }
  friend bool operator==(const Seen&, const Seen&) = default;
};

TEST(ThreadState, IsTakenAndGivenAsAWhole) {
  const Seen plain = Seen::now();
  ThreadState taken;
  {
    const auto recording = autograd::record();
    const LabelCheck unchecked(false);
    const gluon::EagerScope eager;
    const amp::Scope products(bfloat16, {.emulate = true});
    const ContextScope place(cpu(1));
    const gluon::NameScope names(
        std::make_shared<gluon::NameCounters>(gluon::NameCounters{.prefix = "net_", .counts = {}}));
    sym::Prefix prefix("net_");
    const sym::AttrScope attributes({{"__lr_mult__", "2"}});
    taken = thread_state();
    const Seen here = Seen::now();
    EXPECT_EQ(here, (Seen{true, true, false, true, bfloat16, cpu(1), "net_dense0_", "net_fc0",
                          Attributes{{"__lr_mult__", "2"}}}));
    Seen before, there, after;
    std::thread([&] {
      before = Seen::now();
      {
        const ThreadStateScope scope(taken);
        there = Seen::now();
      }
      after = Seen::now();
    }).join();
    EXPECT_FALSE(before.recording);
    EXPECT_EQ(there, (Seen{true, true, false, true, bfloat16, cpu(1), "net_dense1_", "net_fc1",
                           Attributes{{"__lr_mult__", "2"}}}));
    EXPECT_EQ(after.context, cpu(0));
    EXPECT_EQ(after.attributes, Attributes());
    EXPECT_FALSE(after.recording || after.eager);
  }
  const Seen again = Seen::now();
  EXPECT_EQ(again.context, plain.context);
  EXPECT_EQ(again.recording, plain.recording);
  EXPECT_EQ(again.products, plain.products);
}

// Everything that is made when no place is named.
TEST(ThreadState, ContextScopesSayWhereArraysAreMade) {
  const ContextScope outer(cpu(2));
  EXPECT_EQ(nd::array({1, 2}).context(), cpu(2));
  {
    const ContextScope inner(cpu(1));
    EXPECT_EQ(current_context(), cpu(1));
    EXPECT_EQ(nd::random::uniform({.shape = 3}).context(), cpu(1));
    gluon::nn::Dense layer({.units = 2, .in_units = 3});
    layer.initialize();
    EXPECT_EQ(layer.weight().data().context(), cpu(1));
    EXPECT_EQ(layer(nd::ones({1, 3})).context(), cpu(1));
  }
  EXPECT_EQ(current_context(), cpu(2));
  EXPECT_THROW(ContextScope(gpu(0)), Error);
  EXPECT_EQ(current_context(), cpu(2));
}

// A thread begins as the program does, whatever scopes are open where it was made.
TEST(ThreadState, OfANewThreadIsPlain) {
  const auto recording = autograd::record();
  const ContextScope place(cpu(1));
  std::thread([] {
    EXPECT_FALSE(autograd::is_recording());
    EXPECT_EQ(current_context(), cpu(0));
  }).join();
}

// A state without names gives the thread no end to them.
TEST(ThreadState, NodesAreNamedAfterAnotherState) {
  std::thread([] {
    {
      const ThreadStateScope scope{ThreadState()};
      EXPECT_EQ(sym::relu(sym::var("x")).name(), "relu0");
    }
    EXPECT_EQ(sym::relu(sym::var("x")).name(), "relu1");
  }).join();
}

// Samples are changed at random as where the state comes from.
TEST(ThreadState, CarriesTheSeedOfAnEpoch) {
  const gluon::data::AugmentationScope epoch(7);
  const std::uint64_t here = gluon::data::sample_generator(3, 0)();
  std::uint64_t there = 0;
  std::thread([&, state = thread_state()] {
    const ThreadStateScope scope(state);
    there = gluon::data::sample_generator(3, 0)();
  }).join();
  EXPECT_EQ(there, here);
}

}  // namespace
}  // namespace gluino
