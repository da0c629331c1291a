#include <gluino/base/random.h>
#include <gluino/base/thread_state.h>
#include <gluino/gluon/data/generator.h>

namespace gluino::gluon::data {

std::uint64_t Generator::operator()() {
  std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

AugmentationScope::AugmentationScope(std::uint64_t epoch_seed)
    : before_(thread_state().epoch_seed) {
  thread_state().epoch_seed = epoch_seed;
}

AugmentationScope::~AugmentationScope() { thread_state().epoch_seed = before_; }

Generator sample_generator(std::int64_t index, int level) {
  if (!thread_state().epoch_seed) return Generator(random::draw_seed());
  // Each number is mixed in by a step of its own, so that neighbours get unrelated streams.
  const std::uint64_t of_level =
      Generator(*thread_state().epoch_seed + static_cast<std::uint64_t>(level))();
  return Generator(Generator(of_level ^ static_cast<std::uint64_t>(index))());
}

}  // namespace gluino::gluon::data
