// Which instruction sets the kernels are built for; to be included before Highway's headers. Those
// left out gain too little over the next smaller one to be worth their compile time, or (SVE) have
// vectors whose size is not known when the program is built, of which no register tile can be made.
#pragma once

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS \
  (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
#endif
