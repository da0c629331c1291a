#include <gluino/kernels/cpu/support/instruction_set.h>
#include <gluino/kernels/cpu/support/targets.h>
#include <hwy/targets.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace gluino::kernels {
namespace {

#if HWY_ARCH_X86
// Of Highway's targets the better one has the lower bit.
constexpr std::int64_t kBeyondAvx2 = HWY_AVX2 - 1;
constexpr std::int64_t kBeyondBaseline = ~std::int64_t{HWY_STATIC_TARGET};

std::int64_t not_wanted(const char* text) {
  const std::string_view most = text == nullptr ? "avx512" : text;
  if (most == "avx2") return kBeyondAvx2;
  if (most == "baseline") return kBeyondBaseline;
  if (most != "avx512") {
    std::fprintf(stderr,
                 "gluino: GLUINO_MAX_ISA: expected avx512, avx2 or baseline, got \"%s\"; the best "
                 "instructions are used\n",
                 text);
  }
  return 0;
}

// Before any other code of the library runs: whoever asks Highway first decides for all.
[[gnu::constructor(101)]] void restrict_targets() {
  const std::int64_t targets = not_wanted(std::getenv("GLUINO_MAX_ISA"));
  if (targets == 0) return;
  // Not DisableTargets: after that Highway 1.0.3 takes the others up again as soon as anybody asks
  // for the supported ones.
  hwy::SetSupportedTargetsForTest(hwy::SupportedTargets() & ~targets);
}
#endif

}  // namespace

const char* instruction_set() {
  const std::int64_t usable = hwy::SupportedTargets() & HWY_TARGETS;
  const std::int64_t best = usable & -usable;
#if HWY_ARCH_X86
  return best < HWY_AVX2 ? "AVX-512" : best == HWY_AVX2 ? "AVX2" : "baseline";
#else
  return hwy::TargetName(best);
#endif
}

bool allows_avx512() {
#if HWY_ARCH_X86
  return (hwy::SupportedTargets() & (HWY_AVX2 - 1)) != 0;
#else
  return false;
#endif
}

}  // namespace gluino::kernels
