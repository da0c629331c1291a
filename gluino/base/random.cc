#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>

#include <algorithm>
#include <mutex>
#include <random>
#include <vector>

namespace gluino::random {
namespace {

// MXNet's scheme: state i of 1024 is seeded with seed * 127 + i, and each state fills one stretch,
// of at least 64 numbers where they are cheap, so that the numbers do not depend on how many
// threads fill them.
constexpr std::int64_t kStates = 1024;
constexpr std::uint64_t kSeedFactor = 127;

using HostStream = Counting<std::mt19937_64>;

class Streams {
 public:
  static Streams& instance() {
    static Streams* streams = new Streams;
    return *streams;
  }

  void seed(std::int64_t seed) {
    const std::lock_guard lock(mutex_);
    begin_with(seed);
  }

  State state() {
    const std::lock_guard lock(mutex_);
    State result{
        .seed = seed_, .shuffled = host_.drawn(), .drawn = {}, .one_by_one = one_by_one_.drawn()};
    if (!states_are_seeded_) return result;
    for (const Stream& stream : states_) result.drawn.push_back(stream.drawn());
    return result;
  }

  void set_state(const State& state) {
    check(state.drawn.empty() || state.drawn.size() == kStates,
          "random::set_state: expected the counts of ", kStates, " streams, got ",
          state.drawn.size());
    const std::lock_guard lock(mutex_);
    begin_with(state.seed);
    host_.go_to(state.shuffled);
    one_by_one_.go_to(state.one_by_one);
    if (state.drawn.empty()) return;
    seed_states();
    parallel_for(kStates, 16, [&](std::int64_t i, std::int64_t last) {
      for (; i < last; ++i) {
        states_[static_cast<std::size_t>(i)].go_to(state.drawn[static_cast<std::size_t>(i)]);
      }
    });
  }

  std::int64_t current_seed() {
    const std::lock_guard lock(mutex_);
    return seed_;
  }

  std::uint64_t times_seeded() {
    const std::lock_guard lock(mutex_);
    return times_seeded_;
  }

  void in_stretches(std::int64_t n, FunctionRef<void(Stream&, std::int64_t, std::int64_t)> draw,
                    std::int64_t shortest) {
    const std::lock_guard lock(mutex_);
    if (n == 0) return;
    if (!states_are_seeded_) seed_states();
    const std::int64_t stretches = std::min((n + shortest - 1) / shortest, kStates);
    const std::int64_t step = (n + stretches - 1) / stretches;
    parallel_for(stretches, 16, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t) {
        const std::int64_t begin = std::min(t * step, n);
        draw(states_[static_cast<std::size_t>(t)], begin, std::min(begin + step, n));
      }
    });
  }

  void one_by_one(FunctionRef<void(Stream&)> draw) {
    const std::lock_guard lock(mutex_);
    draw(one_by_one_);
  }

  template <class Use>
  auto with_host(Use use) {
    const std::lock_guard lock(mutex_);
    return use(host_);
  }

 private:
  Streams() { seed(0); }

  void begin_with(std::int64_t seed) {
    seed_ = seed;
    states_are_seeded_ = false;
    ++times_seeded_;
    host_.seed(static_cast<std::uint64_t>(seed));
    one_by_one_.seed(seed_of_state(0));
  }

  // Seeds count modulo 2^32.
  std::uint32_t seed_of_state(std::size_t i) const {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed_) * kSeedFactor + i);
  }

  // They take milliseconds, so they wait until a number is drawn.
  void seed_states() {
    states_.resize(kStates);
    for (std::size_t i = 0; i < states_.size(); ++i) states_[i].seed(seed_of_state(i));
    states_are_seeded_ = true;
  }

  ForkMutex mutex_;
  std::int64_t seed_ = 0;
  std::uint64_t times_seeded_ = 0;
  bool states_are_seeded_ = false;
  std::vector<Stream> states_;
  HostStream host_;
  Stream one_by_one_;
};

// Made before there are threads, so that no fork can come in the middle.
[[maybe_unused]] const Streams& made_early = Streams::instance();

template <class T, class Draw>
void fill(std::span<T> out, Draw draw) {
  in_stretches(static_cast<std::int64_t>(out.size()),
               [&](Stream& stream, std::int64_t i, std::int64_t end) {
                 for (; i < end; ++i) out[static_cast<std::size_t>(i)] = draw(stream);
               });
}

template <class T>
void fill_uniform(std::span<T> out, double low, double high) {
  const T base = static_cast<T>(low);
  const T width = static_cast<T>(high) - base;
  fill(out, [=](Stream& stream) { return base + width * stream.canonical<T>(); });
}

template <class T>
void fill_normal(std::span<T> out, double mean, double deviation) {
  const T center = static_cast<T>(mean);
  const T scale = static_cast<T>(deviation);
  fill(out, [=](Stream& stream) { return center + scale * stream.normal<T>(); });
}

}  // namespace

void seed(std::int64_t seed) { Streams::instance().seed(seed); }

void detail::seed_with(double seed) {
  Streams::instance().seed(whole_number(seed, "random::seed"));
}

State state() { return Streams::instance().state(); }
void set_state(const State& state) { Streams::instance().set_state(state); }

std::int64_t current_seed() { return Streams::instance().current_seed(); }
std::uint64_t times_seeded() { return Streams::instance().times_seeded(); }

void in_stretches(std::int64_t count,
                  FunctionRef<void(Stream& stream, std::int64_t begin, std::int64_t end)> draw,
                  std::int64_t shortest) {
  Streams::instance().in_stretches(count, draw, shortest);
}
void one_by_one(FunctionRef<void(Stream& stream)> draw) { Streams::instance().one_by_one(draw); }

void uniform(std::span<float> out, double low, double high) { fill_uniform(out, low, high); }
void uniform(std::span<double> out, double low, double high) { fill_uniform(out, low, high); }
void normal(std::span<float> out, double mean, double deviation) {
  fill_normal(out, mean, deviation);
}
void normal(std::span<double> out, double mean, double deviation) {
  fill_normal(out, mean, deviation);
}

void shuffle(std::span<std::int64_t> items) {
  Streams::instance().with_host([&](HostStream& engine) {
    for (std::size_t i = items.size(); i > 1; --i) {
      // The bias of the remainder is below 2^-40 for any array that fits in memory.
      std::swap(items[i - 1], items[static_cast<std::size_t>(engine() % i)]);
    }
  });
}

std::uint64_t draw_seed() {
  return Streams::instance().with_host([](HostStream& engine) { return engine(); });
}

}  // namespace gluino::random
