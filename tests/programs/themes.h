#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "programs/generate.h"

namespace gluino::programs {

/// A recipe with a name, and how many of its programs `make test` runs.
struct Theme {
  std::string name;
  Recipe recipe{};
  std::uint64_t count = 400;
};

inline std::ostream& operator<<(std::ostream& out, const Theme& theme) { return out << theme.name; }

/// What programs_test.cc and fuzz/programs_fuzz.cc hunt in.
const std::vector<Theme>& themes();

}  // namespace gluino::programs
