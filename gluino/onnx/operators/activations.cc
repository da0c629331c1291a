#include <gluino/onnx/translation/activation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/leaky_relu.h>

#include <cmath>
#include <numbers>

// Activations.
namespace gluino::onnx {
namespace {

void write_activation(ExportNode& e, const ActivationOptions& o) {
  e.give(activated(e, o.act_type, e.in()));
}

// x times the normal distribution's share below x.
std::string gelu(ExportNode& e) {
  if (e.opset() >= 20) return e.add("Gelu", {e.in()});
  const std::string share =
      e.add("Erf", {e.add("Mul", {e.in(), e.number(1 / std::numbers::sqrt2)})});
  const std::string half = e.add("Mul", {e.in(), e.number(0.5)});
  return e.add("Mul", {half, e.add("Add", {share, e.number(1)})});
}

// gamma (C,) belongs to axis 1.
std::string prelu(ExportNode& e) {
  std::string slope = e.in(1);
  if (e.shape(1).size() != 1 && e.ndim(1) == 1) {
    Ints axes;
    for (int axis = 1; axis < e.ndim() - 1; ++axis) axes.push_back(axis);
    slope = e.unsqueeze(slope, axes);
  }
  return e.add("PRelu", {e.in(), slope});
}

void write_leaky_relu(ExportNode& e, const LeakyReLUOptions& o) {
  const auto alpha = [&](double slope) { return Attributes{{"alpha", static_cast<float>(slope)}}; };
  if (o.act_type == "elu") return e.give(e.add("Elu", {e.in()}, alpha(o.slope)));
  if (o.act_type == "selu") return e.give(e.add("Selu", {e.in()}));
  if (o.act_type == "gelu") return e.give(gelu(e));
  if (o.act_type == "prelu") return e.give(prelu(e));
  // Of rrelu, outside of training, the slope is the mean of the bounds.
  const double slope = o.act_type == "rrelu" ? (o.lower_bound + o.upper_bound) / 2 : o.slope;
  e.give(e.add("LeakyRelu", {e.in()}, alpha(slope)));
}

Symbol leaky(const ImportNode& n, const char* act_type, double slope) {
  return n.make("LeakyReLU", LeakyReLUOptions{.act_type = act_type, .slope = slope}, {n.in()});
}

// Slopes of any shape that broadcasts.
Symbol read_prelu(const ImportNode& n) {
  const NDArray* slope = n.constant_if(1);
  const Shape shape = n.shape(0);
  if (slope != nullptr && shape.ndim() >= 2 && slope->ndim() == shape.ndim() - 1 &&
      slope->size() == slope->shape()[0] && slope->size() == shape[1]) {
    return n.make("LeakyReLU", LeakyReLUOptions{.act_type = "prelu"},
                  {n.in(), n.parameter(slope->reshape({slope->size()}))});
  }
  const Symbol x = n.in();
  const Symbol above = n.make("relu", {x});
  const Symbol below = n.make("_minimum_scalar", ScalarOptions{0}, {x});
  return n.make("broadcast_add", {above, n.make("broadcast_mul", {below, n.in(1)})});
}

Symbol read_gelu(const ImportNode& n) {
  if (n.text("approximate", "none") == "none") return leaky(n, "gelu", 0.25);
  // x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), Hendrycks and Gimpel, 2016.
  const Composer c(n);
  const Symbol x = n.in();
  const Symbol inner = c.add(x, c.times(c.power(x, 3), 0.044715));
  const Symbol tanh = c.of("tanh", c.times(inner, std::sqrt(2 / std::numbers::pi)));
  return c.mul(c.times(x, 0.5), c.plus(tanh, 1));
}

// Scaled by alpha before and after: Barron, 2017.
Symbol read_celu(const ImportNode& n) {
  const Composer c(n);
  const double alpha = n.real("alpha", 1);
  n.expect(alpha > 0, "alpha: expected a number above 0, got ", alpha);
  const Symbol scaled = c.times(n.in(), 1 / alpha);
  return c.times(n.make("LeakyReLU", LeakyReLUOptions{.act_type = "elu", .slope = 1}, {scaled}),
                 alpha);
}

Symbol read_selu(const ImportNode& n) {
  const double alpha = n.real("alpha", 1.67326319217681884765625);
  const double gamma = n.real("gamma", 1.05070102214813232421875);
  const bool usual = std::abs(alpha - 1.6732632) < 1e-5 && std::abs(gamma - 1.0507010) < 1e-5;
  if (usual) return leaky(n, "selu", 0.25);
  return Composer(n).times(leaky(n, "elu", alpha), gamma);
}

// What is not above alpha is 0.
Symbol read_thresholded(const ImportNode& n) {
  const Composer c(n);
  const Symbol x = n.in();
  return c.where(c.with("_greater_scalar", x, n.real("alpha", 1)), x, n.make("zeros_like", {x}));
}

// What is near 0 is 0, the rest nearer to it by the bias.
Symbol read_shrink(const ImportNode& n) {
  const Composer c(n);
  const double lambd = n.real("lambd", 0.5), bias = n.real("bias", 0);
  const Symbol x = n.in();
  const Symbol zeros = n.make("zeros_like", {x});
  const Symbol above = c.where(c.with("_greater_scalar", x, lambd), c.plus(x, -bias), zeros);
  return c.where(c.with("_lesser_scalar", x, -lambd), c.plus(x, bias), above);
}

// x sigmoid(alpha x): Ramachandran et al., 2017.
Symbol swish(const ImportNode& n) {
  const Composer c(n);
  const double alpha = n.real("alpha", 1);
  const Symbol x = n.in();
  return c.mul(x, c.of("sigmoid", alpha == 1 ? x : c.times(x, alpha)));
}

// A gate of one array for the other: Shazeer, 2020.
Symbol read_swiglu(const ImportNode& n) {
  n.expect(n.shape(0) == n.shape(1), "expected two arrays of one shape, got ", n.shape(0), " and ",
           n.shape(1));
  return Composer(n).mul(swish(n), n.in(1));
}

// x f(x)
template <class F>
auto times_input(F f) {
  return [f](const ImportNode& n) { return n.make("broadcast_mul", {n.in(), f(n)}); };
}

void read_activations(Translations& t) {
  t.reads("Softplus", [](const ImportNode& n) {
    return n.make("Activation", ActivationOptions{.act_type = "softrelu"}, {n.in()});
  });
  t.reads("LeakyRelu",
          [](const ImportNode& n) { return leaky(n, "leaky", n.real("alpha", 0.01)); });
  t.reads("Elu", [](const ImportNode& n) { return leaky(n, "elu", n.real("alpha", 1)); });
  t.reads("Selu", read_selu).reads("Celu", read_celu).reads("Shrink", read_shrink);
  t.reads("ThresholdedRelu", read_thresholded);
  t.reads("Swish", swish).reads("SwiGLU", read_swiglu);
  t.reads("PRelu", read_prelu);
  t.reads("Gelu", read_gelu);
  t.reads("HardSwish", times_input([](const ImportNode& n) {
            const Symbol line = n.make("_mul_scalar", ScalarOptions{1.0 / 6}, {n.in()});
            const Symbol raised = n.make("_plus_scalar", ScalarOptions{0.5}, {line});
            return n.make("clip", ClipOptions{.a_min = 0, .a_max = 1}, {raised});
          }));
  t.reads("Mish", [](const ImportNode& n) { return n.make("mish", {n.in()}); });
}

const bool registered = translate([](Translations& t) {
  t.writes<ActivationOptions>("Activation", write_activation);
  t.writes<LeakyReLUOptions>("LeakyReLU", write_leaky_relu);
  for (const char* function : {"log_sigmoid", "mish"}) {
    t.writes<NoOptions>(function, [function](ExportNode& e, const NoOptions& /*o*/) {
      e.give(activated(e, function, e.in()));
    });
  }
  read_activations(t);
});

}  // namespace
}  // namespace gluino::onnx
