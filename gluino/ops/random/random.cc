#include <gluino/base/convert.h>
#include <gluino/base/random.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/random/random.h>

#include <cmath>

namespace gluino {
namespace {

bool is_finite(double value, DType dtype) {
  return dispatch(dtype,
                  [=]<class T>() { return std::isfinite(static_cast<double>(convert<T>(value))); });
}

void check_parameters(const UniformOptions& o, Inference& s) {
  // There are no parts of a range that is no number, as that from the least float to the largest.
  const bool fits = o.low <= o.high && is_finite(o.low, o.dtype) && is_finite(o.high, o.dtype) &&
                    is_finite(o.high - o.low, o.dtype);
  s.expect(fits, -1, "expected finite bounds, low at most high, got ", o.low, " and ", o.high);
}

void check_parameters(const NormalOptions& o, Inference& s) {
  s.expect(is_finite(o.loc, o.dtype), -1, "loc: expected a finite number, got ", o.loc);
  s.expect(is_finite(o.scale, o.dtype) && o.scale >= 0, -1,
           "scale: expected a finite number of at least 0, got ", o.scale);
}

template <class O>
void infer(const O& o, Inference& s) {
  check_parameters(o, s);
  s.expect(o.shape.known(), -1, "shape: expected known sizes, got ", o.shape);
  s.set_out(0, o.shape);
}

template <class T>
std::span<T> elements(const Tensor& out) {
  return {out.as<T>(), static_cast<std::size_t>(out.size())};
}

void draw_uniform(const UniformOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "_random_uniform",
                [&]<class T>() { random::uniform(elements<T>(call.out[0]), o.low, o.high); });
}

void draw_normal(const NormalOptions& o, const Call& call) {
  dispatch_real(call.out[0].dtype, "_random_normal",
                [&]<class T>() { random::normal(elements<T>(call.out[0]), o.loc, o.scale); });
}

const auto uniform = define_op<UniformOptions>("_random_uniform")
                         .aliases({"random_uniform", "uniform"})
                         .doc("Numbers uniform in [low, high).")
                         .inputs({})
                         .field("low", &UniformOptions::low, "Lower bound.")
                         .field("high", &UniformOptions::high, "Upper bound, not included.")
                         .field("shape", &UniformOptions::shape, "Shape of the result.")
                         .field("ctx", &UniformOptions::ctx, "Where it is made.")
                         .field("dtype", &UniformOptions::dtype, "A type of real numbers.")
                         .context_from(&UniformOptions::ctx)
                         .random()
                         .output_type(&UniformOptions::dtype)
                         .infer(infer<UniformOptions>)
                         .forward(draw_uniform);

const auto normal = define_op<NormalOptions>("_random_normal")
                        .aliases({"random_normal", "normal"})
                        .doc("Normally distributed numbers.")
                        .inputs({})
                        .field("loc", &NormalOptions::loc, "The mean.")
                        .field("scale", &NormalOptions::scale, "The standard deviation.")
                        .field("shape", &NormalOptions::shape, "Shape of the result.")
                        .field("ctx", &NormalOptions::ctx, "Where it is made.")
                        .field("dtype", &NormalOptions::dtype, "A type of real numbers.")
                        .context_from(&NormalOptions::ctx)
                        .random()
                        .output_type(&NormalOptions::dtype)
                        .infer(infer<NormalOptions>)
                        .forward(draw_normal);

}  // namespace

NDArray nd::random::uniform(const UniformOptions& options) {
  return apply(Op::get<UniformOptions>("_random_uniform"), &options, {});
}

NDArray nd::random::normal(const NormalOptions& options) {
  return apply(Op::get<NormalOptions>("_random_normal"), &options, {});
}

}  // namespace gluino
