#include <gluino/kernels/cpu/normalization/batch_norm.h>
#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/kernels/cpu/pooling/pooling.h>
#include <gluino/kernels/cpu/reduce/reduce.h>

#include "kernels/rates.h"

namespace gluino::benchmarks {
namespace {

kernels::Pool2D windows(std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
  const std::int64_t out = (kSide + 2 * pad - kernel) / stride + 1;
  return {.in_h = kSide,
          .in_w = kSide,
          .out_h = out,
          .out_w = out,
          .kernel_h = kernel,
          .kernel_w = kernel,
          .stride_h = stride,
          .stride_w = stride,
          .pad_h = pad,
          .pad_w = pad};
}

void max_pool(benchmark::State& state, const kernels::Pool2D& pool) {
  const std::int64_t out = kPlanes * pool.out_h * pool.out_w;
  const auto x = values(kElements);
  auto y = values(out);
  std::vector<std::int32_t> places(static_cast<std::size_t>(out));
  measure_bytes(state, static_cast<double>(4 * kElements + 8 * out),
                [&] { kernels::max_pool(x.data(), y.data(), places.data(), kPlanes, pool); });
}
void max_pool_gradient(benchmark::State& state, const kernels::Pool2D& pool) {
  const std::int64_t out = kPlanes * pool.out_h * pool.out_w;
  auto x = values(kElements);
  auto y = values(out);
  std::vector<std::int32_t> places(static_cast<std::size_t>(out));
  kernels::max_pool(x.data(), y.data(), places.data(), kPlanes, pool);
  measure_bytes(state, static_cast<double>(4 * kElements + 8 * out), [&] {
    kernels::max_pool_gradient(y.data(), places.data(), x.data(), kPlanes, pool);
  });
}
void avg_pool(benchmark::State& state, const kernels::Pool2D& pool) {
  const std::int64_t out = kPlanes * pool.out_h * pool.out_w;
  const auto x = values(kElements);
  auto y = values(out);
  measure_bytes(state, static_cast<double>(4 * kElements + 4 * out),
                [&] { kernels::avg_pool(x.data(), y.data(), kPlanes, pool); });
}
void avg_pool_gradient(benchmark::State& state, const kernels::Pool2D& pool) {
  const std::int64_t out = kPlanes * pool.out_h * pool.out_w;
  auto x = values(kElements);
  const auto y = values(out);
  measure_bytes(state, static_cast<double>(4 * kElements + 4 * out),
                [&] { kernels::avg_pool_gradient(y.data(), x.data(), kPlanes, pool); });
}
const kernels::Pool2D kHalves = windows(2, 2, 0);
const kernels::Pool2D kOverlapping = windows(3, 2, 1);
const kernels::Pool2D kEachStep = windows(3, 1, 1);
BENCHMARK_CAPTURE(max_pool, 2x2, kHalves)->Apply(on_threads);
BENCHMARK_CAPTURE(max_pool, 3x3_by_2, kOverlapping)->Apply(on_threads);
BENCHMARK_CAPTURE(max_pool, 3x3_by_1, kEachStep)->Apply(on_threads);
BENCHMARK_CAPTURE(max_pool_gradient, 2x2, kHalves)->Apply(on_threads);
BENCHMARK_CAPTURE(avg_pool, 2x2, kHalves)->Apply(on_threads);
BENCHMARK_CAPTURE(avg_pool, 3x3_by_1, kEachStep)->Apply(on_threads);
BENCHMARK_CAPTURE(avg_pool_gradient, 3x3_by_1, kEachStep)->Apply(on_threads);

// VGG's first layers, batch 32.
constexpr kernels::ChannelShape kImages = {.outer = 32, .channels = 64, .inner = 32 * 32};
constexpr std::int64_t kImageElements = kImages.outer * kImages.channels * kImages.inner;

void batch_norm(benchmark::State& state) {
  const auto x = values(kImageElements);
  auto y = values(kImageElements);
  std::vector<double> mean(kImages.channels);
  std::vector<double> var(kImages.channels);
  const auto gamma = values(kImages.channels);
  measure_bytes(state, 8 * kImageElements, [&] {
    kernels::batch_norm_statistics(x.data(), kImages, mean.data(), var.data());
    kernels::batch_norm(x.data(), y.data(), kImages, mean.data(), var.data(), gamma.data(),
                        gamma.data(), 1e-5);
  });
}
BENCHMARK(batch_norm)->Apply(on_threads);

void batch_norm_gradient(benchmark::State& state) {
  const auto x = values(kImageElements);
  const auto dy = values(kImageElements);
  auto dx = values(kImageElements);
  const auto gamma = values(kImages.channels);
  const std::vector<double> mean(gamma.begin(), gamma.end());
  auto dgamma = values(kImages.channels);
  auto dbeta = values(kImages.channels);
  measure_bytes(state, 12 * kImageElements, [&] {
    kernels::batch_norm_gradient(x.data(), dy.data(), kImages, mean.data(), mean.data(),
                                 gamma.data(), dx.data(), dgamma.data(), dbeta.data(),
                                 {.epsilon = 1e-5});
  });
}
BENCHMARK(batch_norm_gradient)->Apply(on_threads);

// A batch of 100 with 10 classes; and rows as long as a vocabulary's.
void softmax(benchmark::State& state, std::int64_t rows, std::int64_t classes) {
  const auto x = values(rows * classes);
  auto y = values(rows * classes);
  measure_bytes(state, static_cast<double>(8 * rows * classes), [&] {
    kernels::softmax(x.data(), y.data(), {.outer = rows, .n = classes, .inner = 1});
  });
}
BENCHMARK_CAPTURE(softmax, 100x10, 100, 10)->Apply(on_threads);
BENCHMARK_CAPTURE(softmax, 100x10000, 100, 10000)->Apply(on_threads);

void softmax_cross_entropy(benchmark::State& state) {
  const auto x = values(1000);
  const auto labels = values(100, 3);
  auto p = values(1000);
  auto loss = values(100);
  measure_bytes(state, 8 * 1000, [&] {
    kernels::softmax_cross_entropy(x.data(), labels.data(), p.data(), loss.data(), 100, 10);
  });
}
BENCHMARK(softmax_cross_entropy)->Apply(on_threads);

using Reduction = void (*)(const float*, const Shape&, kernels::AxisMask, float*);

// Of (100, 20, 24, 24): everything, each plane, each channel.
void reduce(benchmark::State& state, Reduction reduction, kernels::AxisMask axes) {
  const Shape shape = {100, 20, kSide, kSide};
  const auto x = values(kElements);
  auto y = values(kernels::reduced_shape(shape, axes, false).size());
  measure_bytes(state, 4 * kElements, [&] { reduction(x.data(), shape, axes, y.data()); });
}
BENCHMARK_CAPTURE(reduce, sum_all, &kernels::reduce::sum<float>, kernels::kAllAxes)
    ->Apply(on_threads);
BENCHMARK_CAPTURE(reduce, sum_planes, &kernels::reduce::sum<float>, 0b1100u)->Apply(on_threads);
BENCHMARK_CAPTURE(reduce, sum_to_channels, &kernels::reduce::sum<float>, 0b1101u)
    ->Apply(on_threads);
BENCHMARK_CAPTURE(reduce, max_planes, &kernels::reduce::max<float>, 0b1100u)->Apply(on_threads);

}  // namespace
}  // namespace gluino::benchmarks
