#include <gluino/kernels/cpu/elementwise/convert.h>
#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/distributions.h>
#include <gluino/ops/random/sample.h>

#include <array>
#include <cmath>
#include <limits>

namespace gluino {
namespace {

using namespace distributions;

void infer(const SampleOptions& o, Inference& s) {
  for (int i = 0; i < s.num_inputs(); ++i) {
    s.expect(s.in_type(i) != boolean, -1, "computes in ", to_string(Types::numbers), ", got ",
             s.in_type(i), "; convert with astype");
  }
  s.expect(o.shape.known(), -1, "shape: expected known sizes, got ", o.shape);
  s.expect(is_floating(o.dtype.value_or(float32)), -1, "dtype: expected a type of real numbers, ",
           "got ", o.dtype.value_or(float32));
  if (s.num_inputs() == 2) s.set_in(1, s.in(0));
  Shape out = s.in(0);
  for (const std::int64_t size : o.shape) out.push_back(size);
  s.set_out(0, out);
}

// A parameter of all elements.
PooledVector<double> read(const Tensor& in, const Distribution& d, std::size_t number,
                          bool in_float) {
  const Parameter& parameter = d.parameters[number];
  PooledVector<double> values(static_cast<std::size_t>(in.size()));
  kernels::convert(in.data, in.dtype, values.data(), float64, in.size());
  for (double& value : values) {
    const double given = value;
    if (in_float) value = static_cast<float>(given);
    check(std::isnan(value) || lies_in(value, parameter.range), "[_sample_", d.name, "] ",
          parameter.input, ": expected ", described(parameter.range), ", got ", given);
  }
  return values;
}

template <class T>
void draw(const Distribution& d, const Draw<T>& numbers, const Call& call) {
  const auto first = read(call.in[0], d, 0, numbers.in_float);
  const auto second = d.count == 2 ? read(call.in[1], d, 1, numbers.in_float)
                                   : PooledVector<double>(first.size(), 0.0);
  const Tensor& out = call.out[0];
  if (out.size() == 0) return;
  const std::int64_t each = out.size() / call.in[0].size();
  random::in_stretches(out.size(), [&](Stream& stream, std::int64_t i, std::int64_t end) {
    while (i < end) {
      const std::int64_t of = i / each;
      const std::int64_t count = std::min(end, (of + 1) * each) - i;
      const double one = first[static_cast<std::size_t>(of)];
      const double other = second[static_cast<std::size_t>(of)];
      if (std::isnan(one) || std::isnan(other)) {
        std::fill_n(out.as<T>() + i, count, std::numeric_limits<T>::quiet_NaN());
      } else {
        numbers.numbers(stream, out.as<T>() + i, count, one, other);
      }
      i += count;
    }
  });
}

void forward(const Distribution& d, const Call& call) {
  if (call.half == float16) return draw(d, d.halves, call);  // made of float when all are drawn
  dispatch_real(call.out[0].dtype, d.name, [&]<class T>() { draw(d, d.in<T>(), call); });
}

// Every distribution has parameters in there, but for those that count.
constexpr Fill kInRange{Fill::Kind::uniform, 0.2, 0.9};
constexpr Fill kCounts{Fill::Kind::integers, 1, 5};

void define_sample(const Distribution& d) {
  std::vector<std::string> names;
  names.reserve(d.count);
  for (std::size_t i = 0; i < d.count; ++i) names.emplace_back(d.parameters[i].input);
  const auto inputs = [&d](const Shape& shape) {
    std::vector<SampleInput> samples;
    samples.reserve(d.count);
    for (std::size_t i = 0; i < d.count; ++i) {
      samples.push_back({shape, d.parameters[i].range == Range::count ? kCounts : kInRange});
    }
    return samples;
  };
  auto definition = define_op<SampleOptions>(str("_sample_", d.name));
  definition.doc(str(d.doc, " For each element of the parameters as many as shape says."))
      .aliases({str("sample_", d.name)})
      .types(Types::numbers)
      .inputs(names)
      .field("shape", &SampleOptions::shape, "Of the numbers drawn for each element; (): one.")
      .field("dtype", &SampleOptions::dtype, "A type of real numbers; None: float32.")
      .random()
      .infer_types(
          [](const SampleOptions& o, auto /*in*/, auto out) { out[0] = o.dtype.value_or(float32); })
      .infer(infer)
      .forward([&d](const SampleOptions& /*o*/, const Call& call) { forward(d, call); })
      .sample({}, inputs({3, 5}))
      .sample({.shape = {2, 3}}, inputs({4}))
      .sample({.shape = {0}}, inputs({4}))
      .sample({}, inputs({0, 2}));
  if (names.size() == 1) {
    definition.looks_up({0});
  } else {
    definition.looks_up({0, 1});
  }
}

[[maybe_unused]] const bool defined = [] {
  for (const Distribution* d : {&uniform, &normal, &gamma, &exponential, &poisson,
                                &negative_binomial, &binomial, &generalized_negative_binomial}) {
    define_sample(*d);
  }
  return true;
}();

}  // namespace
}  // namespace gluino
