# What every target is compiled with.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release unless asked" FORCE)
endif()

# -ffp-contract=off: a fused multiply-add that the compiler chose on one machine only would give
# other bits there. Kernels that want one say so.
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wextra-semi -Wvla -Wnon-virtual-dtor
                    -Woverloaded-virtual -Wsuggest-override -ffp-contract=off)

# GCC 12 forgets that two neighbouring doubles were rounded to float, where it makes one vector of
# what were single statements. Who compiles for another machine cannot try, and is on the safe side.
include(CheckCXXSourceRuns)
if(NOT CMAKE_CROSSCOMPILING)
  set(CMAKE_REQUIRED_FLAGS -O2)
  check_cxx_source_runs([[
struct Pair { double of[2]; };
__attribute__((noinline)) Pair rounded(const Pair& x) {
  return {{static_cast<float>(x.of[0]), static_cast<float>(x.of[1])}};
}
int main(int count, char**) {
  const Pair exact = {{0.1 * count, 0.7 * count}};
  return rounded(exact).of[0] == exact.of[0] ? 1 : 0;
}]] GLUINO_COMPILER_ROUNDS)
  unset(CMAKE_REQUIRED_FLAGS)
endif()
if(NOT GLUINO_COMPILER_ROUNDS AND NOT GLUINO_SANITIZE)
  add_compile_options(-fno-tree-slp-vectorize)
endif()

if(GLUINO_SANITIZE)
  add_compile_options(-fsanitize=${GLUINO_SANITIZE} -fno-omit-frame-pointer
                      -fno-sanitize-recover=all)
  # Instrumented code looks uninitialised where it is not; the other builds hold to -Werror.
  add_compile_options(-Wno-error)
  add_link_options(-fsanitize=${GLUINO_SANITIZE})
  # Each start of a program would relocate millions of places that sanitizers describe, and the
  # usual linker takes eight seconds for each of forty programs.
  add_link_options($<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-no-pie>)
  find_program(LLD ld.lld)
  if(LLD)
    add_link_options(-fuse-ld=lld)
  endif()
  # The largest vectors cost the most time to compile, and go through the same source.
  add_compile_definitions(
    "HWY_DISABLED_TARGETS=(HWY_SSSE3|HWY_SSE4|HWY_AVX3|HWY_AVX3_DL|HWY_SVE|HWY_SVE2|HWY_SVE_256|HWY_SVE2_128)")
endif()
if(GLUINO_BUILD_FUZZERS)
  # No fuzz target computes: one instruction set is enough.
  add_compile_definitions(HWY_COMPILE_ONLY_STATIC)
endif()
if(GLUINO_COVERAGE)
  add_compile_options(--coverage)
  add_link_options(--coverage)
endif()
