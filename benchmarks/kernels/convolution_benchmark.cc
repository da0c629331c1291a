#include <benchmark/benchmark.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/convolution/convolution.h>

#include <cstdint>
#include <vector>

#include "kernels/peak.h"

namespace gluino::benchmarks {
namespace {

enum Pass { kForward, kData, kWeight };

// Arguments: batch, channels, height (= width), filters, kernel, pad, threads.
template <Pass kPass>
void convolution(benchmark::State& state) {
  static const double peak = peak_gflops();
  kernels::Conv2dGeometry g;
  g.batch = state.range(0);
  g.in_channels = state.range(1);
  g.in_height = g.in_width = state.range(2);
  g.out_channels = state.range(3);
  g.kernel_height = g.kernel_width = state.range(4);
  g.pad_h = g.pad_w = state.range(5);
  const std::int64_t plane = g.out_height() * g.out_width();
  const std::int64_t taps = g.in_channels * g.kernel_height * g.kernel_width;
  const auto values = [](std::int64_t count) {
    return std::vector<float>(static_cast<std::size_t>(count), 0.5F);
  };
  auto x = values(g.batch * g.in_channels * g.in_height * g.in_width);
  auto y = values(g.batch * g.out_channels * plane);
  auto weight = values(g.out_channels * taps);
  auto bias = values(g.out_channels);
  set_num_threads(static_cast<int>(state.range(6)));
  for (auto _ : state) {
    switch (kPass) {
      case kForward:
        kernels::conv2d_forward(g, x.data(), weight.data(), bias.data(), y.data());
        break;
      case kData:
        kernels::conv2d_backward_data(g, y.data(), weight.data(), x.data());
        break;
      case kWeight:
        kernels::conv2d_backward_weight(g, x.data(), y.data(), weight.data(), bias.data());
        break;
    }
    benchmark::ClobberMemory();
  }
  set_num_threads(0);
  const double work = 2e-9 * static_cast<double>(g.batch * g.out_channels * plane * taps);
  state.counters["GFLOP/s"] =
      benchmark::Counter(work, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["%peak"] =
      benchmark::Counter(100 * work / peak / static_cast<double>(state.range(6)),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void shapes(benchmark::internal::Benchmark* family) {
  family->ArgNames({"batch", "c", "size", "f", "k", "pad", "threads"})->UseRealTime();
  family->Unit(benchmark::kMicrosecond)->MinTime(0.1);
  for (const int threads : {1, 2}) {
    family->Args({100, 1, 28, 20, 5, 0, threads});   // LeNet's first convolution
    family->Args({100, 20, 12, 50, 5, 0, threads});  // and its second
    family->Args({1, 20, 12, 50, 5, 0, threads});
    family->Args({32, 64, 32, 64, 3, 1, threads});
    family->Args({32, 256, 8, 256, 3, 1, threads});
    family->Args({1, 64, 32, 64, 3, 1, threads});
  }
}

BENCHMARK(convolution<kForward>)->Apply(shapes);
BENCHMARK(convolution<kData>)->Apply(shapes);
BENCHMARK(convolution<kWeight>)->Apply(shapes);

}  // namespace
}  // namespace gluino::benchmarks
