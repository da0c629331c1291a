#include <benchmark/benchmark.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/bf16_convolution/bf16_conv.h>
#include <gluino/kernels/cpu/products/bf16_gemm.h>

#include <cstdint>
#include <vector>

namespace gluino::benchmarks {
namespace {

// Arguments: m, n, k, A is transposed, B is transposed, threads. Compare with gemm's of the same
// shape.
void bf16_gemm(benchmark::State& state) {
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
    kernels::bf16_gemm(left, right, c.data(), n);
    benchmark::ClobberMemory();
  }
  set_num_threads(0);
  state.counters["GFLOP/s"] = benchmark::Counter(2e-9 * static_cast<double>(m * n * k),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}

void gemm_shapes(benchmark::internal::Benchmark* family) {
  family->ArgNames({"m", "n", "k", "at", "bt", "threads"})->UseRealTime();
  family->Unit(benchmark::kMicrosecond)->MinTime(0.1);
  for (const int threads : {1, 2}) {
    family->Args({1024, 1024, 1024, 0, 0, threads});
    // LeNet's first dense layer: forward, to the data, to the weights.
    family->Args({100, 500, 800, 0, 1, threads});
    family->Args({100, 800, 500, 0, 0, threads});
    family->Args({500, 800, 100, 1, 0, threads});
    // Those of a perceptron.
    family->Args({100, 128, 784, 0, 1, threads});
    family->Args({128, 784, 100, 1, 0, threads});
    family->Args({100, 64, 128, 0, 1, threads});
    family->Args({100, 10, 64, 0, 1, threads});
    family->Args({8, 500, 800, 0, 1, threads});
    family->Args({2, 500, 800, 0, 1, threads});
  }
}

enum Pass { kForward, kData, kWeight };

// Arguments: batch, channels, height (= width), filters, kernel, pad, threads. Compare with
// convolution's of the same shape.
template <Pass kPass>
void bf16_convolution(benchmark::State& state) {
  kernels::Conv2dGeometry g;
  g.batch = state.range(0);
  g.in_channels = state.range(1);
  g.in_height = g.in_width = state.range(2);
  g.out_channels = state.range(3);
  g.kernel_height = g.kernel_width = state.range(4);
  g.pad_h = g.pad_w = state.range(5);
  const std::int64_t outputs = g.out_channels * g.out_height() * g.out_width();
  const std::int64_t taps = g.in_channels * g.kernel_height * g.kernel_width;
  const auto values = [](std::int64_t count) {
    return std::vector<float>(static_cast<std::size_t>(count), 0.5F);
  };
  auto x = values(g.batch * g.in_channels * g.in_height * g.in_width);
  auto y = values(g.batch * outputs);
  auto weight = values(g.out_channels * taps);
  auto bias = values(g.out_channels);
  set_num_threads(static_cast<int>(state.range(6)));
  for (auto _ : state) {
    switch (kPass) {
      case kForward:
        kernels::bf16_conv_forward(g, x.data(), weight.data(), bias.data(), y.data());
        break;
      case kData:
        kernels::bf16_conv_backward_data(g, y.data(), weight.data(), x.data());
        break;
      case kWeight:
        kernels::bf16_conv_backward_weight(g, x.data(), y.data(), weight.data(), bias.data());
        break;
    }
    benchmark::ClobberMemory();
  }
  set_num_threads(0);
  state.counters["GFLOP/s"] =
      benchmark::Counter(2e-9 * static_cast<double>(g.batch * outputs * taps),
                         benchmark::Counter::kIsIterationInvariantRate);
}

void convolution_shapes(benchmark::internal::Benchmark* family) {
  family->ArgNames({"batch", "c", "size", "f", "k", "pad", "threads"})->UseRealTime();
  family->Unit(benchmark::kMicrosecond)->MinTime(0.1);
  for (const int threads : {1, 2}) {
    family->Args({100, 1, 28, 20, 5, 0, threads});   // LeNet's first convolution
    family->Args({100, 20, 12, 50, 5, 0, threads});  // and its second
    family->Args({32, 3, 32, 64, 3, 1, threads});
    family->Args({32, 64, 32, 64, 3, 1, threads});
    family->Args({32, 256, 8, 256, 3, 1, threads});
    family->Args({8, 64, 32, 64, 3, 1, threads});
  }
}

BENCHMARK(bf16_gemm)->Apply(gemm_shapes);
BENCHMARK(bf16_convolution<kForward>)->Apply(convolution_shapes);
BENCHMARK(bf16_convolution<kData>)->Apply(convolution_shapes);
BENCHMARK(bf16_convolution<kWeight>)->Apply(convolution_shapes);

}  // namespace
}  // namespace gluino::benchmarks
