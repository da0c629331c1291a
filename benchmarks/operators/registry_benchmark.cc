// Every operator of the registry: its first sample input, with more rows, forward and gradient.
#include <benchmark/benchmark.h>
#include <gluino/autograd/autograd.h>
#include <gluino/base/parallel.h>
#include <gluino/ndarray/creation.h>
#include <gluino/ops/core/invoke.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace gluino::benchmarks {
namespace {

// Elements that the first input gets, where its rows can be multiplied and a call stays short.
constexpr std::int64_t kElements = 1 << 18;
constexpr std::chrono::milliseconds kShort{1};

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

using Arrays = std::vector<NDArray>;

Arrays forward(const Subject& subject, const Arrays& in) {
  return apply_all(*subject.op, subject.options.get(), in);
}

Arrays forward_and_gradient(const Subject& subject, const Arrays& in) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (!subject.op->is_state(subject.options.get(), static_cast<int>(i))) in[i].attach_grad();
  }
  Arrays out;
  {
    const auto recording = autograd::record();
    out = forward(subject, in);
  }
  autograd::backward(out);
  return out;
}

// The first sample that has elements, with as many rows as it takes: not with so many that a call
// is long, as where the output has as many elements as all inputs' multiplied, nor with more than
// its other inputs, which are not told here, go with.
Subject grown(const Op& op, const Sample& sample, Arrays (*call)(const Subject&, const Arrays&)) {
  Subject subject{&op, sample.options, sample.inputs};
  const std::int64_t size = sample.inputs.empty() ? 0 : sample.inputs[0].shape.size();
  for (std::int64_t factor = 8; size > 0 && factor * size <= kElements; factor *= 2) {
    const auto larger = enlarged(op, sample, factor);
    if (!larger) break;
    const Arrays in = inputs_of(*larger);
    const auto begin = std::chrono::steady_clock::now();
    try {
      call(*larger, in);
    } catch (const Error&) {
      break;
    }
    subject = *larger;
    if (std::chrono::steady_clock::now() - begin > kShort) break;
  }
  return subject;
}

void register_all() {
  const auto add = [](const Op& op, const Sample& sample, const std::string& name, auto call,
                      int times) {
    const auto run = [&op, &sample, call, times](benchmark::State& state) {
      set_num_threads(1);
      const Subject subject = grown(op, sample, call);
      const Arrays in = inputs_of(subject);
      Arrays out;
      for (auto _ : state) {
        out = call(subject, in);
        benchmark::ClobberMemory();
      }
      report(state, op, in, out, times);
    };
    benchmark::RegisterBenchmark(name.c_str(), run)->Unit(benchmark::kMicrosecond)->MinTime(0.02);
  };
  for (const Op* op : Op::all()) {
    const auto sample = std::ranges::find_if(op->samples, [](const Sample& some) {
      return some.inputs.empty() || some.inputs[0].shape.size() > 0;
    });
    if (sample == op->samples.end()) continue;
    add(*op, *sample, op->name, &forward, 1);
    if (op->has_gradient()) add(*op, *sample, op->name + " and gradient", &forward_and_gradient, 2);
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
