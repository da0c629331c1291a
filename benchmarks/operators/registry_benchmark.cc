// Every operator of the registry: its first sample input, with more rows, forward and gradient.
#include <benchmark/benchmark.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace gluino::benchmarks {
namespace {

// Elements that the first input gets, where its rows can be multiplied.
constexpr std::int64_t kElements = 1 << 18;

struct Subject {
  const Op* op;
  std::shared_ptr<const void> options;
  std::vector<SampleInput> inputs;
};

bool fits(const Op& op, const Subject& subject) {
  std::vector<Shape> in;
  for (const SampleInput& input : subject.inputs) in.push_back(input.shape);
  std::vector<Shape> out(static_cast<std::size_t>(num_outputs(op, subject.options.get())),
                         Shape::unknown());
  std::vector<DType> in_types(in.size(), float32), out_types(out.size(), float32);
  try {
    infer_node(op, subject.options.get(), "", in, out, in_types, out_types);
    return true;
  } catch (const Error&) {
    return false;
  }
}

// The sample with `factor` times the rows in the inputs that have them: all, or those that are no
// parameters, or the first alone, as the operator allows.
std::optional<Subject> enlarged(const Op& op, const Sample& sample, std::int64_t factor) {
  const auto all = sample.inputs.size();
  const auto data = std::min(all, static_cast<std::size_t>(std::max(op.num_data, 1)));
  for (const std::size_t count : {op.first_state < op.num_data ? all : data, all, std::size_t{1}}) {
    Subject subject{&op, sample.options, sample.inputs};
    bool possible = true;
    for (std::size_t i = 0; i < count; ++i) {
      Shape& shape = subject.inputs[i].shape;
      possible = possible && shape.ndim() > 0;
      if (possible) shape[0] *= factor;
    }
    if (possible && fits(op, subject)) return subject;
  }
  return std::nullopt;
}

std::optional<Subject> subject_of(const Op& op) {
  for (const Sample& sample : op.samples) {
    if (sample.inputs.empty()) return Subject{&op, sample.options, {}};
    const std::int64_t size = sample.inputs[0].shape.size();
    if (size == 0) continue;
    if (auto subject = enlarged(op, sample, std::max<std::int64_t>(1, kElements / size))) {
      return subject;
    }
    return Subject{&op, sample.options, sample.inputs};
  }
  return std::nullopt;
}

NDArray filled(const SampleInput& input) {
  static std::mt19937 engine(1);
  const bool whole = input.fill.kind == Fill::Kind::integers;
  std::uniform_real_distribution<double> draw(input.fill.low, input.fill.high);
  std::vector<float> values(static_cast<std::size_t>(input.shape.size()));
  for (float& value : values) {
    const double drawn = draw(engine);
    value = static_cast<float>(whole ? std::floor(drawn) : drawn);
  }
  return nd::from(values, input.shape);
}

std::vector<NDArray> inputs_of(const Subject& subject) {
  std::vector<NDArray> inputs;
  for (const SampleInput& input : subject.inputs) inputs.push_back(filled(input));
  return inputs;
}

void report(benchmark::State& state, const Op& op, const std::vector<NDArray>& in,
            const std::vector<NDArray>& out, int times) {
  double bytes = 0;
  std::string shapes;
  for (const NDArray& array : in) {
    bytes += static_cast<double>(array.bytes());
    shapes += array.shape().to_string();
  }
  for (const NDArray& array : out) bytes += static_cast<double>(array.bytes());
  state.SetLabel(shapes);
  if (op.is_view) return;  // reads and writes nothing
  state.counters["GB/s"] =
      benchmark::Counter(1e-9 * times * bytes, benchmark::Counter::kIsIterationInvariantRate);
}

void forward(benchmark::State& state, const Subject& subject) {
  set_num_threads(1);
  const std::vector<NDArray> in = inputs_of(subject);
  std::vector<NDArray> out;
  for (auto _ : state) {
    out = apply_all(*subject.op, subject.options.get(), in);
    benchmark::ClobberMemory();
  }
  report(state, *subject.op, in, out, 1);
}

void forward_and_gradient(benchmark::State& state, const Subject& subject) {
  set_num_threads(1);
  const std::vector<NDArray> in = inputs_of(subject);
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!subject.op->is_state(subject.options.get(), static_cast<int>(i))) in[i].attach_grad();
  }
  std::vector<NDArray> out;
  for (auto _ : state) {
    {
      const auto recording = autograd::record();
      out = apply_all(*subject.op, subject.options.get(), in);
    }
    autograd::backward(out);
    benchmark::ClobberMemory();
  }
  report(state, *subject.op, in, out, 2);
}

void register_all() {
  const auto add = [](const std::string& name, auto function, const Subject& subject) {
    benchmark::RegisterBenchmark(name.c_str(), function, subject)
        ->Unit(benchmark::kMicrosecond)
        ->MinTime(0.02);
  };
  for (const Op* op : Op::all()) {
    const auto subject = subject_of(*op);
    if (!subject) continue;
    add(op->name, forward, *subject);
    if (op->has_gradient()) add(op->name + " and gradient", forward_and_gradient, *subject);
  }
}

}  // namespace
}  // namespace gluino::benchmarks

int main(int argc, char** argv) {
  gluino::benchmarks::register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
