#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/losses/svm_output.h>

#include <cstring>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kLabel };

void infer(const SVMOutputOptions& /*o*/, Inference& s) {
  Shape label = s.in(kData);
  s.expect(label.ndim() >= 2, kData, "expected at least 2 dimensions (..., classes), got ", label);
  label.erase(label.ndim() - 1);
  s.set_in(kLabel, label);
  s.set_out(0, s.in(kData));
}

void forward(const SVMOutputOptions& /*o*/, const Call& call) {
  const Tensor& x = call.in[kData];
  const auto bytes = static_cast<std::size_t>(x.size()) * size_of(x.dtype);
  if (bytes > 0) std::memmove(call.out[0].data, x.data, bytes);
}

void backward(const SVMOutputOptions& o, const GradientCall& call) {
  const Tensor& dx = call.in_grad[kData];
  if (!dx || dx.size() == 0) return;
  const std::int64_t classes = dx.shape.back();
  dispatch_real(dx.dtype, "SVMOutput", [&]<class T>() {
    const T* x = call.in[kData].as<T>();
    const T* labels = call.in[kLabel].as<T>();
    T* to = dx.as<T>();
    const T margin = static_cast<T>(o.margin);
    const T strength = static_cast<T>(o.regularization_coefficient * (o.use_linear ? 1 : 2));
    parallel_for(dx.size() / classes, kernels::row_grain(classes, kernels::kCopyGrain),
                 [=, linear = o.use_linear](std::int64_t row, std::int64_t end) {
                   for (std::int64_t i = row * classes; i < end * classes; ++i) {
                     const bool hit = labels[i / classes] == static_cast<T>(i % classes);
                     const T side = hit ? T(1) : T(-1);
                     const T missing = margin - side * x[i];
                     const T slope = linear ? T(1) : missing;
                     to[i] = missing > 0 ? -side * strength * slope : T(0);
                   }
                 });
  });
}

// The same by operators.
std::vector<NDArray> derivative_of(const SVMOutputOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  if (x.size() == 0) return std::vector<NDArray>(2);
  const NDArray side =
      ops::one_hot(call.in[kLabel],
                   {.depth = x.shape().back(), .on_value = 1, .off_value = -1, .dtype = x.dtype()});
  const NDArray missing = o.margin - side * x;
  const NDArray slope =
      o.use_linear ? derivative::where(missing > 0, side) : side * ops::relu(missing) * 2.0;
  return {slope * -o.regularization_coefficient, NDArray()};
}

constexpr Fill kDistinct{Fill::Kind::distinct, -2, 2};
constexpr Fill kClasses{Fill::Kind::integers, 0, 3};

const auto registered =
    define_op<SVMOutputOptions>("SVMOutput")
        .doc("The data; the gradient is that of the hinge loss of scores of classes.")
        .inputs({"data"})
        .parameters({"label"})
        .reads_places({kLabel})
        .row_wise()
        .passes_on()
        .in_place()
        .loss()
        .field("margin", &SVMOutputOptions::margin, "How far scores are to be from 0.")
        .field("regularization_coefficient", &SVMOutputOptions::regularization_coefficient,
               "Multiplies the loss.")
        .field("use_linear", &SVMOutputOptions::use_linear, "The hinge itself, not its square.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs)
        .derivative(derivative_of)
        .sample({}, {{{4, 3}, kDistinct}, {{4}, kClasses}})
        .sample({.margin = 0.75, .regularization_coefficient = 0.5, .use_linear = true},
                {{{2, 2, 3}, kDistinct}, {{2, 2}, kClasses}})
        .sample({}, {{{0, 3}}, {{0}}});

}  // namespace
}  // namespace gluino
