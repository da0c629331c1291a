#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/kernels/cpu/elementwise/update.h>

#include "kernels/rates.h"

namespace gluino::benchmarks {
namespace {

using Unary = const kernels::UnaryKernel<float>& (*)();

void unary_forward(benchmark::State& state, Unary function) {
  const auto x = values(kElements);
  auto y = values(kElements);
  measure_bytes(state, 8 * kElements, [&] { function().forward(x.data(), y.data(), kElements); });
}

void unary_gradient(benchmark::State& state, Unary function) {
  const auto x = values(kElements);
  const auto dy = values(kElements);
  auto dx = values(kElements);
  measure_bytes(state, 12 * kElements,
                [&] { function().gradient(x.data(), x.data(), dy.data(), dx.data(), kElements); });
}

#define GLUINO_FUNCTION(name)                                                              \
  BENCHMARK_CAPTURE(unary_forward, name, &kernels::unary::name<float>)->Apply(on_threads); \
  BENCHMARK_CAPTURE(unary_gradient, name, &kernels::unary::name<float>)->Apply(on_threads)

GLUINO_FUNCTION(relu);
GLUINO_FUNCTION(tanh);
GLUINO_FUNCTION(sigmoid);
GLUINO_FUNCTION(exp);
GLUINO_FUNCTION(erf);
#undef GLUINO_FUNCTION

void add(benchmark::State& state) {
  const auto a = values(kElements);
  const auto b = values(kElements);
  auto y = values(kElements);
  const Shape shape = {kElements};
  measure_bytes(state, 12 * kElements, [&] {
    kernels::binary::add<float>().broadcast(a.data(), shape, b.data(), shape, y.data(), shape);
  });
}
BENCHMARK(add)->Apply(on_threads);

// A bias, one number per plane.
void add_broadcast(benchmark::State& state) {
  const auto a = values(kElements);
  const auto b = values(20);
  auto y = values(kElements);
  const Shape shape = {100, 20, kSide, kSide};
  measure_bytes(state, 8 * kElements, [&] {
    kernels::binary::add<float>().broadcast(a.data(), shape, b.data(), {20, 1, 1}, y.data(), shape);
  });
}
BENCHMARK(add_broadcast)->Apply(on_threads);

void u8_to_float(benchmark::State& state) {
  constexpr std::int64_t kPixels = 100 * 28 * 28;
  const std::vector<std::uint8_t> x(kPixels, 200);
  auto y = values(kPixels);
  measure_bytes(state, 5 * kPixels,
                [&] { kernels::u8_to_float(x.data(), y.data(), kPixels, 1.0F / 255); });
}
BENCHMARK(u8_to_float)->Apply(on_threads);

// The weights of LeNet, 431,080 numbers.
constexpr std::int64_t kWeights = 431080;

void sgd_update(benchmark::State& state) {
  auto w = values(kWeights);
  const auto g = values(kWeights, 1e-6F);
  measure_bytes(state, 12 * kWeights,
                [&] { kernels::sgd_update<float>(w.data(), g.data(), nullptr, kWeights, {}); });
}
BENCHMARK(sgd_update)->Apply(on_threads);

void sgd_momentum_update(benchmark::State& state) {
  auto w = values(kWeights);
  auto m = values(kWeights, 0);
  const auto g = values(kWeights, 1e-6F);
  measure_bytes(state, 20 * kWeights, [&] {
    kernels::sgd_update<float>(w.data(), g.data(), m.data(), kWeights, {.momentum = 0.9});
  });
}
BENCHMARK(sgd_momentum_update)->Apply(on_threads);

void adam_update(benchmark::State& state) {
  auto w = values(kWeights);
  auto mean = values(kWeights, 0);
  auto var = values(kWeights, 0);
  const auto g = values(kWeights, 1e-3F);
  measure_bytes(state, 28 * kWeights, [&] {
    kernels::adam_update<float>(w.data(), g.data(), mean.data(), var.data(), kWeights, {});
  });
}
BENCHMARK(adam_update)->Apply(on_threads);

}  // namespace
}  // namespace gluino::benchmarks
