#include "programs/hunt.h"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "programs/analysis.h"
#include "programs/dice.h"
#include "programs/print.h"
#include "programs/shrink.h"

namespace gluino::programs {
namespace {

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::uint64_t current_seed = 0;

// A program that ends the process says which one it was.
void tell_seed(int signal) {
  char text[64];
  const int length = std::snprintf(text, sizeof text, "GLUINO_PROGRAM_SEED=%llu ends it\n",
                                   static_cast<unsigned long long>(current_seed));
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text, static_cast<size_t>(length));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Sanitizers have handlers of their own, which tell more.
void watch_for_signals() {
  for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGILL, SIGBUS}) {
    const auto before = std::signal(signal, tell_seed);
    if (before != SIG_DFL) std::signal(signal, before);
  }
}

std::string told(std::uint64_t seed, const Program& program, const Trial& trial) {
  const Program small = shrink(program, trial);
  return str("GLUINO_PROGRAM_SEED=", seed, ": ", difference(small, trial), "\n",
             to_test(small, trial, str("Seed", seed)));
}

}  // namespace

Range seeds_for(const Hunt& asked) {
  const std::uint64_t first = from_environment("GLUINO_PROGRAM_SEED", asked.first_seed);
  return {first, first + from_environment("GLUINO_PROGRAMS", asked.count)};
}

std::vector<Trial> trials_for(std::uint64_t seed, const Program& program) {
  Dice dice(seed + 0x7269616cU);
  std::vector<Trial> trials;
  const int threads = 1 + static_cast<int>(seed / 64 % 3);
  trials.push_back({.threads = threads});
  if (has_slopes(program)) trials.push_back({.way = "differences", .threads = threads});
  for (int i = 0; i < 3; ++i) {
    const Trial trial{.way = dice.among(ways()).name,
                      .threads = threads,
                      .passes = dice.chance(0.5),
                      .device = dice.chance(0.1) ? 1 : 0};
    if (trial.way != "eager" && takes(trial, program)) trials.push_back(trial);
  }
  return trials;
}

std::string check_seed(std::uint64_t seed, const Recipe& recipe) {
  current_seed = seed;
  const Program program = generate(seed, recipe);
  const auto trials = trials_for(seed, program);
  Outcome reference;
  try {
    // To change the number of threads costs more than a program.
    const bool compares_threads = seed % 16 == 0;
    reference = reference_of(program, compares_threads ? 1 : trials[0].threads);
  } catch (const std::exception& error) {
    return may_refuse_eagerly(program) ? "" : told(seed, program, {});
  }
  for (const Trial& trial : trials) {
    if (!difference(program, trial, reference).empty()) return told(seed, program, trial);
  }
  return {};
}

std::string hunt(const Recipe& recipe, const Hunt& asked) {
  const Range seeds = seeds_for(asked);
  watch_for_signals();
  const std::uint64_t max_findings = asked.max_findings + (seeds.end - seeds.begin) / 100;
  std::string findings;
  std::uint64_t found = 0;
  for (std::uint64_t seed = seeds.begin; seed < seeds.end && found < max_findings; ++seed) {
    const std::string finding = check_seed(seed, recipe);
    if (finding.empty()) continue;
    findings += finding + "\n";
    ++found;
  }
  return findings;
}

}  // namespace gluino::programs
