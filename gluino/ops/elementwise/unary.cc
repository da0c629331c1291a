#include <gluino/kernels/cpu/elementwise/unary.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/elementwise/unary.h>

namespace gluino {
namespace {

struct Kernels {
  const kernels::UnaryKernel<float>& f32;
  const kernels::UnaryKernel<double>& f64;

  template <class T>
  const kernels::UnaryKernel<T>& get() const {
    if constexpr (std::is_same_v<T, float>) {
      return f32;
    } else {
      return f64;
    }
  }
};

void infer(const NoOptions& /*options*/, Inference& s) { s.set_out(0, s.in(0)); }

// A function of each element. `range` is where the tests draw their inputs: away from poles and
// kinks.
OpDefinition<NoOptions> define_forward(const char* name, const char* doc, Kernels kernels,
                                       Fill range) {
  const auto forward = [=](const NoOptions& /*options*/, const Call& call) {
    dispatch_real(call.in[0].dtype, name, [&]<class T>() {
      kernels.get<T>().forward(call.in[0].as<T>(), call.out[0].as<T>(), call.in[0].size());
    });
  };
  auto definition = define_op(name);
  definition.doc(doc)
      .inputs({"data"})
      .row_wise()
      .in_place()
      .infer(infer)
      .forward(forward)
      .sample({}, {{{3, 7}, range}})
      .sample({}, {{{0, 3}, range}});
  return definition;
}

bool define_unary(const char* name, const char* doc, Kernels kernels, Fill range) {
  const auto backward = [=](const NoOptions& /*options*/, const GradientCall& call) {
    dispatch_real(call.out_grad[0].dtype, name, [&]<class T>() {
      kernels.get<T>().gradient(call.in[0].as<T>(), call.out[0].as<T>(), call.out_grad[0].as<T>(),
                                call.in_grad[0].as<T>(), call.in_grad[0].size());
    });
  };
  const unsigned reads = (kernels.f32.gradient_reads_x ? Op::inputs : Op::nothing) |
                         (kernels.f32.gradient_reads_y ? Op::outputs : Op::nothing);
  define_forward(name, doc, kernels, range).backward(backward, reads);
  return true;
}

// A function that is constant between jumps: it ends the way of a gradient, as MXNet's do.
bool define_steps(const char* name, const char* doc, Kernels kernels, Fill range) {
  define_forward(name, doc, kernels, range);
  return true;
}

constexpr Fill kAny{Fill::Kind::uniform, -2, 2};
constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 3};
constexpr Fill kAwayFromZero{Fill::Kind::distinct, -2, 2};

#define GLUINO_DEFINE(define, function, doc, range) \
  [[maybe_unused]] const bool function##_defined =  \
      define(#function, doc,                        \
             {kernels::unary::function<float>(), kernels::unary::function<double>()}, range)
#define GLUINO_UNARY(function, doc, range) GLUINO_DEFINE(define_unary, function, doc, range)
#define GLUINO_STEPS(function, doc) GLUINO_DEFINE(define_steps, function, doc, kAwayFromZero)

GLUINO_UNARY(relu, "max(x, 0).", kAwayFromZero);
GLUINO_UNARY(sigmoid, "1 / (1 + exp(-x)).", kAny);
GLUINO_UNARY(tanh, "The hyperbolic tangent.", kAny);
GLUINO_UNARY(softsign, "x / (1 + |x|).", kAwayFromZero);
GLUINO_UNARY(exp, "e to the power x.", kAny);
GLUINO_UNARY(log, "The natural logarithm.", kPositive);
GLUINO_UNARY(log1p, "log(1 + x), exact for small x.", kPositive);
GLUINO_UNARY(expm1, "exp(x) - 1, exact for small x.", kAny);
GLUINO_UNARY(sqrt, "The square root.", kPositive);
GLUINO_UNARY(rsqrt, "1 / sqrt(x).", kPositive);
GLUINO_UNARY(square, "x * x.", kAny);
GLUINO_UNARY(abs, "The magnitude.", kAwayFromZero);
GLUINO_UNARY(negative, "-x.", kAny);
GLUINO_UNARY(reciprocal, "1 / x.", kPositive);
GLUINO_UNARY(sin, "The sine of x in radians.", kAny);
GLUINO_UNARY(cos, "The cosine of x in radians.", kAny);
GLUINO_UNARY(erf, "The error function.", kAny);
GLUINO_STEPS(sign, "-1, 0 or 1.");
GLUINO_STEPS(floor, "The largest whole number not above x.");
GLUINO_STEPS(ceil, "The smallest whole number not below x.");
GLUINO_STEPS(round, "The nearest whole number, halves away from zero.");
GLUINO_STEPS(rint, "The nearest whole number, halves to even.");
GLUINO_STEPS(trunc, "The whole part, towards zero.");
#undef GLUINO_STEPS
#undef GLUINO_UNARY
#undef GLUINO_DEFINE

}  // namespace
}  // namespace gluino
