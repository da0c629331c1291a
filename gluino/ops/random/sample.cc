#include <gluino/ndarray/pooled.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/types.h>
#include <gluino/ops/random/distributions-inl.h>
#include <gluino/ops/random/sample.h>

#include <array>

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

// The parameters of all elements as numbers of the type in which they are drawn.
template <class Real, class P>
PooledVector<Real> read(const Tensor& in, const P& parameter, const char* op) {
  PooledVector<Real> values(static_cast<std::size_t>(in.size()));
  dispatch_numbers(in.dtype, [&]<class T>() {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const T given = in.as<T>()[i];
      values[i] = static_cast<Real>(given);
      check(std::isnan(values[i]) || lies_in(values[i], parameter.range), "[_sample_", op, "] ",
            parameter.input, ": expected ", described(parameter.range), ", got ", +given);
    }
  });
  return values;
}

template <class D>
constexpr auto kCount = std::tuple_size_v<std::remove_cvref_t<decltype(D::parameters)>>;

// Numbers T that are drawn in Real.
template <class D, class T, class Real, std::size_t... k>
void draw(const Call& call, std::index_sequence<k...> /*parameters*/) {
  const std::array values = {read<Real>(call.in[k], std::get<k>(D::parameters), D::name)...};
  const Tensor& out = call.out[0];
  if (out.size() == 0) return;
  const std::int64_t each = out.size() / call.in[0].size();
  random::in_stretches(out.size(), [&](Stream& stream, std::int64_t i, std::int64_t end) {
    for (; i < end; ++i) {
      const auto of = static_cast<std::size_t>(i / each);
      const bool is_nan = (std::isnan(values[k][of]) || ...);
      out.as<T>()[i] =
          is_nan ? std::numeric_limits<T>::quiet_NaN() : T(D::draw(stream, values[k][of]...));
    }
  });
}

template <class D>
void forward(const SampleOptions& /*o*/, const Call& call) {
  const std::make_index_sequence<kCount<D>> parameters{};
  if (call.half == float16) {  // which is made of float when all are drawn
    draw<D, float, typename D::Half>(call, parameters);
    return;
  }
  dispatch_real(call.out[0].dtype, D::name,
                [&]<class T>() { draw<D, T, typename D::template Real<T>>(call, parameters); });
}

// Every distribution has parameters in there, but for those that count.
constexpr Fill kInRange{Fill::Kind::uniform, 0.2, 0.9};
constexpr Fill kCounts{Fill::Kind::integers, 1, 5};

template <class D>
OpDefinition<SampleOptions> define_sample() {
  std::vector<std::string> names;
  for_each_parameter<D>([&](const auto& parameter) { names.emplace_back(parameter.input); });
  const auto inputs = [](const Shape& shape) {
    std::vector<SampleInput> samples;
    for_each_parameter<D>([&](const auto& parameter) {
      samples.push_back({shape, parameter.range == Range::count ? kCounts : kInRange});
    });
    return samples;
  };
  auto definition = define_op<SampleOptions>(str("_sample_", D::name));
  definition.doc(str(D::doc, " For each element of the parameters as many as shape says."))
      .aliases({str("sample_", D::name)})
      .types(Types::numbers)
      .inputs(names)
      .field("shape", &SampleOptions::shape, "Of the numbers drawn for each element; (): one.")
      .field("dtype", &SampleOptions::dtype, "A type of real numbers; None: float32.")
      .random()
      .infer_types(
          [](const SampleOptions& o, auto /*in*/, auto out) { out[0] = o.dtype.value_or(float32); })
      .infer(infer)
      .forward(forward<D>)
      .sample({}, inputs({3, 5}))
      .sample({.shape = {2, 3}}, inputs({4}))
      .sample({.shape = {0}}, inputs({4}))
      .sample({}, inputs({0, 2}));
  if (names.size() == 1) {
    definition.looks_up({0});
  } else {
    definition.looks_up({0, 1});
  }
  return definition;
}

const auto uniform = define_sample<Uniform>();
const auto normal = define_sample<Normal>();
const auto gamma = define_sample<Gamma>();
const auto exponential = define_sample<Exponential>();
const auto poisson = define_sample<Poisson>();
const auto negative_binomial = define_sample<NegativeBinomial>();
const auto binomial = define_sample<Binomial>();
const auto generalized = define_sample<GeneralizedNegativeBinomial>();

}  // namespace
}  // namespace gluino
