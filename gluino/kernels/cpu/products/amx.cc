#include <gluino/kernels/cpu/products/amx.h>
#include <gluino/kernels/cpu/support/instruction_set.h>

#if defined(__x86_64__) && defined(__linux__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace gluino::kernels {
namespace {

unsigned features() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 ? d : 0;
}

// Linux lends the tile registers to processes that ask for them.
bool system_permits_tiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

}  // namespace

bool has_tiles(TileValues values) {
  constexpr unsigned kBf16 = 1U << 22;
  constexpr unsigned kTiles = 1U << 24;
  constexpr unsigned kInt8 = 1U << 25;
  static const unsigned present = features();
  const unsigned needed = kTiles | (values == TileValues::bf16 ? kBf16 : kInt8);
  if ((present & needed) != needed || !allows_avx512()) return false;
  static const bool permitted = system_permits_tiles();
  return permitted;
}

}  // namespace gluino::kernels

#else

namespace gluino::kernels {

bool has_tiles(TileValues /*values*/) { return false; }

}  // namespace gluino::kernels

#endif
