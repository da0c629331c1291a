#pragma once

#include <gluino/base/export.h>

namespace gluino::kernels {

/// The vector code that kernels run: "AVX-512", "AVX2", "baseline" (of x86-64), "NEON": the
/// best that the processor has, unless the environment says less when the library is loaded:
/// GLUINO_MAX_ISA=avx512 (all of it), avx2 or baseline. Other values are told on standard error and
/// change nothing.
GLUINO_API const char* instruction_set();

/// Whether instructions of AVX-512 and what came with it (BF16, AMX) may be used, if there are any.
bool allows_avx512();

}  // namespace gluino::kernels
