#include <gluino/base/error.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "programs/hunt.h"
#include "programs/themes.h"

// Random programs (tests/programs/): the first byte says the theme, the next eight the seed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::uint64_t seed = 0;
  if (size < 1 + sizeof seed) return 0;
  std::memcpy(&seed, data + 1, sizeof seed);
  const auto& themes = gluino::programs::themes();
  const auto& theme = themes[data[0] % themes.size()];
  const std::string found = gluino::programs::check_seed(seed, theme.recipe);
  if (found.empty()) return 0;
  std::fprintf(stderr, "theme %s, %s\n", theme.name.c_str(), found.c_str());
  __builtin_trap();
}
