#include <gluino/ndarray/creation.h>
#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/indexing/indexing.h>
#include <gluino/ops/layers/softmax.h>
#include <gluino/ops/reduce/reduce.h>

#include <limits>
#include <optional>
#include <string>

// The softmax family, and the losses that take shares of classes.
namespace gluino::onnx {
namespace {

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

// Of the elements where input 1 is not 0; `outside` elsewhere. What does not count is an infinity
// that the temperature makes the least number of all.
void write_masked(ExportNode& e, const char* op, double outside) {
  const double infinity = std::numeric_limits<double>::infinity();
  const SoftmaxOptions o{.axis = e.option<std::int64_t>("axis"),
                         .temperature = e.option<std::optional<double>>("temperature")};
  const bool turns = o.temperature && *o.temperature < 0;
  const std::string counts = e.cast(e.in(1), boolean);
  const std::string counted =
      e.add("Where", {counts, e.in(), e.number(turns ? infinity : -infinity)});
  e.give(e.add("Where", {counts, softmax_of(e, op, counted, o), e.number(outside)}));
}

Symbol read_softmax(const ImportNode& n, const char* ours) {
  return n.make(ours, SoftmaxOptions{.axis = n.integer("axis", -1)}, {n.in()});
}

// 1 at the first maximum, else 0.
Symbol read_hardmax(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim();
  const int axis = normalize_axis(n.integer("axis", -1), ndim);
  const std::int64_t size = n.shape()[axis];
  n.expect(size > 0, "the size of axis ", axis, " must follow from the file, got ", n.shape());
  const Symbol place =
      n.make("argmax", ArgReduceOptions{.axis = axis, .keepdims = false}, {n.in()});
  const Symbol hot = n.make("one_hot", OneHotOptions{.depth = size, .dtype = n.dtype()}, {place});
  // A row alone has no other axes: one number became a row of one.
  if (ndim == 1) return c.reshape(hot, {-1});
  return c.move_axis(hot, ndim, ndim - 1, axis);
}

// What the target's class is given, times its weight; targets that are ignored count 0. `scores`
// are logarithms (N, C, ...), targets (N, ...).
Symbol negative_log_likelihood(const ImportNode& n, const Symbol& scores) {
  const Composer c(n);
  const DType dtype = n.dtype(scores);
  const std::string reduction = n.text("reduction", "mean");
  n.expect(reduction == "mean" || reduction == "sum" || reduction == "none",
           "reduction: expected mean, sum or none, got ", reduction);
  const Symbol target = n.in(1);
  Symbol loss = c.times(
      n.make("pick", PickOptions{.axis = 1, .keepdims = false, .mode = "clip"}, {scores, target}),
      -1);
  Symbol weight;
  const bool weighs = n.has(2), ignores = n.has("ignore_index");
  if (weighs) weight = n.make("take", TakeOptions{.mode = "clip"}, {n.in(2), target});
  if (ignores) {
    const auto ignored = static_cast<double>(n.integer("ignore_index"));
    const Symbol counts = c.cast(c.with("_not_equal_scalar", target, ignored), dtype);
    weight = weighs ? c.mul(weight, counts) : counts;
  }
  if (weighs || ignores) loss = c.mul(loss, weight);
  if (reduction == "none") return loss;
  const auto one = [&](const char* op, const Symbol& x) {
    return c.reshape_to(n.make(op, ReduceOptions{}, {x}), {});
  };
  if (reduction == "sum" || !(weighs || ignores)) return one(reduction.c_str(), loss);
  return c.div(one("sum", loss), one("sum", weight));
}

Symbols read_softmax_cross_entropy(const ImportNode& n) {
  const Symbol scores = n.make("log_softmax", SoftmaxOptions{.axis = 1}, {n.in()});
  return {negative_log_likelihood(n, scores), scores};
}

const bool registered = translate([](Translations& t) {
  t.writes<SoftmaxOptions>("softmax", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "Softmax", e.in(), o));
  });
  t.writes<SoftmaxOptions>("log_softmax", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "LogSoftmax", e.in(), o));
  });
  t.writes<SoftmaxOptions>("softmin", [](ExportNode& e, const SoftmaxOptions& o) {
    e.give(softmax_of(e, "Softmax", e.add("Neg", {e.in()}), o));
  });
  t.writes_by_name("masked_softmax", [](ExportNode& e) { write_masked(e, "Softmax", 0); });
  t.writes_by_name("masked_log_softmax", [](ExportNode& e) {
    write_masked(e, "LogSoftmax", -std::numeric_limits<double>::infinity());
  });
  t.reads("Softmax", [](const ImportNode& n) { return read_softmax(n, "softmax"); });
  t.reads("LogSoftmax", [](const ImportNode& n) { return read_softmax(n, "log_softmax"); });
  t.reads("Hardmax", read_hardmax);
  t.reads("NegativeLogLikelihoodLoss",
          [](const ImportNode& n) { return negative_log_likelihood(n, n.in()); });
  t.reads("SoftmaxCrossEntropyLoss", read_softmax_cross_entropy);
});

}  // namespace
}  // namespace gluino::onnx
