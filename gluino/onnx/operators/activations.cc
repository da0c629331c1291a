#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/elementwise.h>
#include <gluino/ops/elementwise/leaky_relu.h>
#include <gluino/ops/layers/softmax.h>

#include <cmath>
#include <limits>
#include <map>
#include <numbers>

// Activations, and the softmax family.
namespace gluino::onnx {
namespace {

void write_activation(ExportNode& e, const ActivationOptions& o) {
  static const std::map<std::string, const char*> kNames = {{"relu", "Relu"},
                                                            {"sigmoid", "Sigmoid"},
                                                            {"tanh", "Tanh"},
                                                            {"softrelu", "Softplus"},
                                                            {"softsign", "Softsign"}};
  const auto found = kNames.find(o.act_type);
  e.expect(found != kNames.end(), "act_type ", o.act_type);
  e.give(e.add(found->second, {e.in()}));
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
  const Symbol x = n.in();
  const auto scaled = [&](const Symbol& s, double by) {
    return n.make("_mul_scalar", ScalarOptions{by}, {s});
  };
  const Symbol cube = n.make("_power_scalar", ScalarOptions{3}, {x});
  const Symbol inner = n.make("broadcast_add", {x, scaled(cube, 0.044715)});
  const Symbol tanh = n.make("tanh", {scaled(inner, std::sqrt(2 / std::numbers::pi))});
  const Symbol share = n.make("_plus_scalar", ScalarOptions{1}, {tanh});
  return n.make("broadcast_mul", {scaled(x, 0.5), share});
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
  t.reads("Selu", [](const ImportNode& n) {
    const bool usual = std::abs(n.real("alpha", 1.6732632) - 1.6732632) < 1e-5 &&
                       std::abs(n.real("gamma", 1.0507010) - 1.0507010) < 1e-5;
    n.expect(usual, "alpha and gamma: expected those of Klambauer et al.");
    return leaky(n, "selu", 0.25);
  });
  t.reads("PRelu", read_prelu);
  t.reads("Gelu", read_gelu);
  t.reads("HardSwish", times_input([](const ImportNode& n) {
            const Symbol line = n.make("_mul_scalar", ScalarOptions{1.0 / 6}, {n.in()});
            const Symbol raised = n.make("_plus_scalar", ScalarOptions{0.5}, {line});
            return n.make("clip", ClipOptions{.a_min = 0, .a_max = 1}, {raised});
          }));
  t.reads("Mish", times_input([](const ImportNode& n) {
            return n.make("tanh", {n.make("Activation", ActivationOptions{.act_type = "softrelu"},
                                          {n.in()})});
          }));
}

// Over the first elements along an axis, as many as input 1 says; the others get 0.
std::string masked_softmax(ExportNode& e, const SoftmaxOptions& o) {
  e.expect(!o.temperature && !o.dtype, "use_length with temperature or dtype");
  const int axis = normalize_axis(o.axis, e.ndim());
  const NDArray row = nd::arange(0, static_cast<double>(e.size(0, axis)), 1, e.dtype(1), cpu());
  Ints behind;
  for (int i = 1; i < e.ndim() - axis; ++i) behind.push_back(i);
  const std::string counts = e.unsqueeze(e.in(1), {axis});
  const std::string inside = e.add("Less", {e.unsqueeze(e.tensor(row), behind), counts});
  const std::string none = e.number(-std::numeric_limits<double>::infinity());
  const std::string shares =
      e.add("Softmax", {e.add("Where", {inside, e.in(), none})}, {{"axis", std::int64_t{axis}}});
  return e.add("Where", {inside, shares, e.number(0)});
}

std::string softmax_of(ExportNode& e, const char* op, std::string x, const SoftmaxOptions& o) {
  if (o.use_length) return masked_softmax(e, o);
  const DType wide = o.dtype.value_or(e.dtype());
  const bool widens = size_of(wide) > size_of(e.dtype());
  if (widens) x = e.cast(x, wide);
  const DType computed = widens ? wide : e.dtype();
  if (o.temperature) x = e.add("Div", {x, e.number(*o.temperature, computed)});
  const std::string y = e.add(op, {x}, {{"axis", o.axis}});
  return computed == wide ? y : e.cast(y, wide);
}

Symbol read_softmax(const ImportNode& n, const char* ours) {
  return n.make(ours, SoftmaxOptions{.axis = n.integer("axis", -1)}, {n.in()});
}

const bool registered = translate([](Translations& t) {
  t.writes<ActivationOptions>("Activation", write_activation);
  t.writes<LeakyReLUOptions>("LeakyReLU", write_leaky_relu);
  read_activations(t);
  t.writes<SoftmaxOptions>("softmax", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "Softmax", e.in(), o));
  });
  t.writes<SoftmaxOptions>("log_softmax", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "LogSoftmax", e.in(), o));
  });
  t.writes<SoftmaxOptions>("softmin", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "Softmax", e.add("Neg", {e.in()}), o));
  });
  t.reads("Softmax", [](const ImportNode& n) { return read_softmax(n, "softmax"); });
  t.reads("LogSoftmax", [](const ImportNode& n) { return read_softmax(n, "log_softmax"); });
});

}  // namespace
}  // namespace gluino::onnx
