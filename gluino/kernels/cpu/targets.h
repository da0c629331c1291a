// Which instruction sets the elementwise kernels are built for; included before Highway. What is
// left out gains too little over the next smaller set to be worth its compile time.
#pragma once

#include <hwy/detect_targets.h>

#ifndef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
#endif
