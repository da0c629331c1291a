#pragma once

#include <gluino/base/float16.h>
#include <gluino/kernels/cpu/products/bf16_unit.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/kernel_test.h"

namespace gluino::kernels {

// What a product's operand is worth after rounding.
inline double rounded(float value) { return double(float(BFloat16(value))); }

/// Values that are not bfloat16 already.
inline std::vector<float> random_floats(std::int64_t n, unsigned seed) {
  return random_numbers<float>(n, -1, 1, seed);
}

/// The tests that take it run once for each set of instructions there is; those that this processor
/// lacks are skipped.
class Bf16Kernels : public ::testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    const Bf16Unit* const units[] = {bf16_amx(), bf16_avx512(), &bf16_portable()};
    unit_ = units[GetParam()];
    if (unit_ == nullptr) GTEST_SKIP() << "this processor lacks the instructions";
    use_bf16_unit(unit_);
  }
  void TearDown() override { use_bf16_unit(nullptr); }

  const Bf16Unit* unit_ = nullptr;
};

inline auto all_bf16_units() { return ::testing::Values(0, 1, 2); }

inline std::string bf16_unit_name(const ::testing::TestParamInfo<int>& test) {
  static const char* const names[] = {"Amx", "Avx512", "Portable"};
  return names[test.param];
}

}  // namespace gluino::kernels
