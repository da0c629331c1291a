#include <gtest/gtest.h>

#include <array>

namespace {

using Pair = std::array<double, 2>;

[[gnu::noinline]] Pair rounded(const Pair& x) {
  return {static_cast<float>(x[0]), static_cast<float>(x[1])};
}

// What the library is compiled with must not forget a rounding: see cmake/compile_options.cmake.
TEST(Compiler, RoundsNeighboursToFloat) {
  volatile double tenth = 0.1;
  EXPECT_EQ(rounded({tenth, 7 * tenth})[0], static_cast<double>(0.1F));
}

}  // namespace
