#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "programs/compare.h"
#include "programs/generate.h"

namespace gluino::programs {

/// Where a hunt begins and how long it is. GLUINO_PROGRAMS=N and GLUINO_PROGRAM_SEED=S in the
/// environment stand before what a test asks for.
struct Hunt {
  std::uint64_t first_seed = 1;
  std::uint64_t count = 300;
  /// How many findings are shrunk and told before it ends; more in a long hunt.
  std::uint64_t max_findings = 5;
};

/// The seeds [begin, end) of a hunt.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};
Range seeds_for(const Hunt& asked);

/// Runs the programs of a recipe, each eagerly and in some other ways, drawn by its seed. What they
/// differ in, shrunk and as tests; empty when nothing is found.
std::string hunt(const Recipe& recipe, const Hunt& asked = {});

/// The trials of a seed: the eager run with other threads, finite differences, and other ways.
std::vector<Trial> trials_for(std::uint64_t seed, const Program& program);

/// One seed: what is found, shrunk and as a test; empty when nothing is.
std::string check_seed(std::uint64_t seed, const Recipe& recipe);

}  // namespace gluino::programs
