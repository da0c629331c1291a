#pragma once

#include <benchmark/benchmark.h>
#include <gluino/base/parallel.h>

#include <cstdint>
#include <vector>

namespace gluino::benchmarks {

/// The sizes of LeNet's largest arrays: what its first convolution gives for a batch of 100.
inline constexpr std::int64_t kPlanes = 100 * 20;
inline constexpr std::int64_t kSide = 24;
inline constexpr std::int64_t kElements = kPlanes * kSide * kSide;

inline std::vector<float> values(std::int64_t count, float value = 0.5F) {
  return std::vector<float>(static_cast<std::size_t>(count), value);
}

/// Measures a kernel that sets out from memory and is done with little arithmetic: reports the
/// bytes that it has to read and write per second. The last argument of a run is the threads.
template <class F>
void measure_bytes(benchmark::State& state, double bytes, F run) {
  set_num_threads(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    run();
    benchmark::ClobberMemory();
  }
  set_num_threads(0);
  state.counters["GB/s"] =
      benchmark::Counter(1e-9 * bytes, benchmark::Counter::kIsIterationInvariantRate);
}

/// For BENCHMARK(...)->Apply: one thread and two, shortly, as there are many of them.
inline void on_threads(benchmark::internal::Benchmark* family) {
  family->ArgName("threads")->UseRealTime()->Unit(benchmark::kMicrosecond)->MinTime(0.03);
  for (const int threads : {1, 2}) family->Arg(threads);
}

}  // namespace gluino::benchmarks
