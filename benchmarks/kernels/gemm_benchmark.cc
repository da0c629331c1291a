#include <benchmark/benchmark.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/products/gemm.h>

#include <cstdint>
#include <vector>

#include "kernels/peak.h"

namespace gluino::benchmarks {
namespace {

// Arguments: m, n, k, A is transposed, B is transposed, threads.
void gemm(benchmark::State& state) {
  static const double peak = peak_gflops();
  const std::int64_t m = state.range(0);
  const std::int64_t n = state.range(1);
  const std::int64_t k = state.range(2);
  const std::vector<float> a(static_cast<std::size_t>(m * k), 0.5F);
  const std::vector<float> b(static_cast<std::size_t>(n * k), 0.25F);
  std::vector<float> c(static_cast<std::size_t>(m * n));
  kernels::MatrixView<float> left = {a.data(), m, k, k, 1};
  kernels::MatrixView<float> right = {b.data(), k, n, n, 1};
  if (state.range(3) != 0) left = {a.data(), m, k, 1, m};
  if (state.range(4) != 0) right = {b.data(), k, n, 1, k};
  set_num_threads(static_cast<int>(state.range(5)));
  for (auto _ : state) {
    kernels::gemm(left, right, c.data(), n);
    benchmark::ClobberMemory();
  }
  set_num_threads(0);
  const double work = 2e-9 * static_cast<double>(m * n * k);
  state.counters["GFLOP/s"] =
      benchmark::Counter(work, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["%peak"] =
      benchmark::Counter(100 * work / peak / static_cast<double>(state.range(5)),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void shapes(benchmark::internal::Benchmark* family) {
  family->ArgNames({"m", "n", "k", "at", "bt", "threads"})->UseRealTime();
  family->Unit(benchmark::kMicrosecond)->MinTime(0.1);
  for (const int threads : {1, 2}) {
    family->Args({512, 512, 512, 0, 0, threads});
    family->Args({1024, 1024, 1024, 0, 0, threads});
    // The three layers of a perceptron, batch 100: forward, to the data, to the weights.
    family->Args({100, 128, 784, 0, 1, threads});
    family->Args({128, 784, 100, 1, 0, threads});
    family->Args({100, 64, 128, 0, 1, threads});
    family->Args({100, 128, 64, 0, 0, threads});
    family->Args({64, 128, 100, 1, 0, threads});
    family->Args({100, 10, 64, 0, 1, threads});
    // LeNet's first dense layer.
    family->Args({100, 500, 800, 0, 1, threads});
    family->Args({100, 800, 500, 0, 0, threads});
    family->Args({500, 800, 100, 1, 0, threads});
    family->Args({1, 500, 800, 0, 1, threads});
    family->Args({1, 128, 784, 0, 1, threads});
  }
}

BENCHMARK(gemm)->Apply(shapes);

}  // namespace
}  // namespace gluino::benchmarks
