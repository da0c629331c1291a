#include <gluino/base/convert.h>
#include <gluino/base/error.h>
#include <gluino/base/fork.h>
#include <gluino/base/parallel.h>
#include <gluino/base/random.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <random>
#include <vector>

namespace gluino::random {
namespace {

// MXNet's scheme: state i of 1024 is seeded with seed * 127 + i, and each state fills one stretch
// of at least 64 numbers, so that the numbers do not depend on how many threads fill them.
constexpr std::int64_t kStates = 1024;
constexpr std::int64_t kMinStretch = 64;
constexpr std::uint64_t kSeedFactor = 127;

// A generator that knows how far it has come.
template <class Engine>
class Counting {
 public:
  template <class Seed>
  void seed(Seed seed) {
    engine_.seed(seed);
    drawn_ = 0;
  }
  auto operator()() {
    ++drawn_;
    return engine_();
  }
  void go_to(std::uint64_t drawn) {
    engine_.discard(drawn - drawn_);
    drawn_ = drawn;
  }
  std::uint64_t drawn() const { return drawn_; }

 private:
  Engine engine_;
  std::uint64_t drawn_ = 0;
};
using Stream = Counting<std::mt19937>;
using HostStream = Counting<std::mt19937_64>;

// Uniform in [0, 1), as libstdc++'s generate_canonical makes it from 32-bit draws.
template <class T>
T canonical(Stream& engine);

template <>
float canonical<float>(Stream& engine) {
  const float value = static_cast<float>(engine()) * 0x1p-32F;
  return value < 1.0F ? value : std::nextafter(1.0F, 0.0F);
}

template <>
double canonical<double>(Stream& engine) {
  const double low = engine();
  const double value = (low + static_cast<double>(engine()) * 0x1p32) * 0x1p-64;
  return value < 1.0 ? value : std::nextafter(1.0, 0.0);
}

// Marsaglia's polar method; of the pair it yields, MXNet uses the second only.
template <class T>
T standard_normal(Stream& engine) {
  for (;;) {
    const T x = T(2) * canonical<T>(engine) - T(1);
    const T y = T(2) * canonical<T>(engine) - T(1);
    const T r2 = x * x + y * y;
    if (r2 <= T(1) && r2 != T(0)) return y * std::sqrt(T(-2) * std::log(r2) / r2);
  }
}

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
    State result{.seed = seed_, .shuffled = host_.drawn(), .drawn = {}};
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

  template <class T, class Draw>
  void fill(std::span<T> out, Draw draw) {
    const std::lock_guard lock(mutex_);
    const auto n = static_cast<std::int64_t>(out.size());
    if (n == 0) return;
    if (!states_are_seeded_) seed_states();
    const std::int64_t stretches = std::min((n + kMinStretch - 1) / kMinStretch, kStates);
    const std::int64_t step = (n + stretches - 1) / stretches;
    parallel_for(stretches, 16, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t t = first; t < last; ++t) {
        Stream& engine = states_[static_cast<std::size_t>(t)];
        for (std::int64_t i = t * step; i < std::min((t + 1) * step, n); ++i) {
          out[static_cast<std::size_t>(i)] = draw(engine);
        }
      }
    });
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
  }

  // They take milliseconds, so they wait until a number is drawn.
  void seed_states() {
    states_.resize(kStates);
    for (std::size_t i = 0; i < states_.size(); ++i) {
      // Seeds count modulo 2^32.
      states_[i].seed(
          static_cast<std::uint32_t>(static_cast<std::uint64_t>(seed_) * kSeedFactor + i));
    }
    states_are_seeded_ = true;
  }

  ForkMutex mutex_;
  std::int64_t seed_ = 0;
  std::uint64_t times_seeded_ = 0;
  bool states_are_seeded_ = false;
  std::vector<Stream> states_;
  HostStream host_;
};

// Made before there are threads, so that no fork can come in the middle.
[[maybe_unused]] const Streams& made_early = Streams::instance();

template <class T>
void fill_uniform(std::span<T> out, double low, double high) {
  const T base = static_cast<T>(low);
  const T width = static_cast<T>(high) - base;
  Streams::instance().fill(out,
                           [=](Stream& engine) { return base + width * canonical<T>(engine); });
}

template <class T>
void fill_normal(std::span<T> out, double mean, double deviation) {
  const T center = static_cast<T>(mean);
  const T scale = static_cast<T>(deviation);
  Streams::instance().fill(
      out, [=](Stream& engine) { return center + scale * standard_normal<T>(engine); });
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
