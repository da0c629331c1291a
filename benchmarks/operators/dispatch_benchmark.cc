// What an eager call costs beside its kernel: an addition of one element.
#include <benchmark/benchmark.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/elementwise/binary.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/movement/reshape.h>

namespace gluino::benchmarks {
namespace {

void kernel_alone(benchmark::State& state) {
  const Shape one = {1};
  const float a = 1;
  const float b = 2;
  float y = 0;
  for (auto _ : state) {
    kernels::binary::add<float>().broadcast(&a, one, &b, one, &y, one);
    benchmark::DoNotOptimize(y);
  }
}
BENCHMARK(kernel_alone);

void eager_add(benchmark::State& state) {
  const NDArray a = nd::ones({1});
  const NDArray b = nd::ones({1});
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(eager_add);

void eager_add_by_name(benchmark::State& state) {
  const std::vector<NDArray> in = {nd::ones({1}), nd::ones({1})};
  for (auto _ : state) benchmark::DoNotOptimize(nd::invoke("elemwise_add", in));
}
BENCHMARK(eager_add_by_name);

void eager_add_in_place(benchmark::State& state) {
  NDArray a = nd::ones({1});
  const NDArray b = nd::zeros({1});
  for (auto _ : state) a += b;
}
BENCHMARK(eager_add_in_place);

void recorded_add(benchmark::State& state) {
  const NDArray a = nd::ones({1});
  const NDArray b = nd::ones({1});
  a.attach_grad();
  const auto recording = autograd::record();
  for (auto _ : state) benchmark::DoNotOptimize(a + b);
}
BENCHMARK(recorded_add);

void recorded_add_and_gradient(benchmark::State& state) {
  const NDArray a = nd::ones({1});
  const NDArray b = nd::ones({1});
  a.attach_grad();
  for (auto _ : state) {
    NDArray y;
    {
      const auto recording = autograd::record();
      y = a + b;
    }
    y.backward();
  }
}
BENCHMARK(recorded_add_and_gradient);

void view(benchmark::State& state) {
  const NDArray a = nd::ones({2, 3});
  for (auto _ : state) benchmark::DoNotOptimize(a.reshape({3, 2}));
}
BENCHMARK(view);

}  // namespace
}  // namespace gluino::benchmarks
