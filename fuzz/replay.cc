#include <gluino/base/file.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

// Where there is no libFuzzer: gives each target its seeds, and each seed cut short and with
// flipped bits, so that every build and sanitizer meets the targets. Takes the folder that
// make_seeds wrote. What ends a target ends the program, below the line that names the seed.

// FUZZ_TARGETS: X(name) of each target; its function is called fuzz_<name> here.
#define X(name) extern "C" int fuzz_##name(const std::uint8_t* data, std::size_t size);
FUZZ_TARGETS
#undef X

namespace {

namespace fs = std::filesystem;

using Target = int (*)(const std::uint8_t*, std::size_t);

struct NamedTarget {
  const char* name;
  Target run;
};

constexpr NamedTarget kTargets[] = {
#define X(name) {#name, fuzz_##name},
    FUZZ_TARGETS
#undef X
};

constexpr std::size_t kCuts = 32;
constexpr std::size_t kFlips = 96;

int call(Target run, const std::string& bytes) {
  return run(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

// How many inputs were given to the target.
std::size_t replay(Target run, const std::string& seed) {
  std::size_t inputs = 1;
  call(run, seed);
  const std::size_t cuts = std::min(kCuts, seed.size());
  for (std::size_t i = 0; i < cuts; ++i, ++inputs)
    call(run, seed.substr(0, seed.size() * i / cuts));
  const std::size_t bits = 8 * seed.size();
  const std::size_t flips = std::min(kFlips, bits);
  for (std::size_t i = 0; i < flips; ++i, ++inputs) {
    // Each part of the seed, and of its bytes each bit.
    const std::size_t bit = (bits * i / flips) / 8 * 8 + i % 8;
    std::string flipped = seed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    call(run, flipped);
  }
  return inputs;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: replay_seeds <folder of make_seeds>\n", stderr);
    return 2;
  }
  for (const NamedTarget& target : kTargets) {
    std::vector<fs::path> seeds;
    for (const auto& entry : fs::directory_iterator(fs::path(argv[1]) / target.name)) {
      seeds.push_back(entry.path());
    }
    std::sort(seeds.begin(), seeds.end());
    for (const fs::path& seed : seeds) {
      std::printf("%s/%s: ", target.name, seed.filename().c_str());
      std::fflush(stdout);
      std::printf("%zu inputs\n", replay(target.run, gluino::read_file(seed.string())));
    }
  }
  return 0;
}
