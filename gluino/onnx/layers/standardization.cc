#include <gluino/onnx/translation/composer.h>
#include <gluino/onnx/translation/translations.h>
#include <gluino/ops/layers/batch_norm.h>
#include <gluino/ops/layers/normalization.h>
#include <gluino/ops/movement/like.h>

#include <numeric>

// What brings data to a mean, a variance or a length, as ONNX has it: read.
namespace gluino::onnx {
namespace {

Ints axes_from(int first, int ndim) {
  Ints axes(static_cast<std::size_t>(ndim - first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

// Half precision computes in float32, as stash_type says; no type computes in less than its own.
Symbol widened(const ImportNode& n, const Symbol& x) {
  n.pass_over({"stash_type"});
  return size_of(n.dtype(x)) < 4 ? Composer(n).cast(x, float32) : x;
}

struct Moments {
  Symbol mean, away, variance;
};

Moments moments(const Composer& c, const Symbol& x, const Ints& axes) {
  const Symbol mean = c.reduce("mean", x, axes, true);
  const Symbol away = c.sub(x, mean);
  return {mean, away, c.reduce("mean", c.of("square", away), axes, true)};
}

Symbol inverse_deviation(const Composer& c, const Symbol& variance, double eps) {
  return c.of("rsqrt", c.plus(variance, eps));
}

// The number of axes of what has channels, (N, C, ...).
int ndim_with_channels(const ImportNode& n) {
  const int ndim = n.ndim();
  n.expect(ndim >= 2, "input 0: expected at least 2 axes, got ", ndim);
  return ndim;
}

// Numbers per channel (C), to be held against (N, C, ...).
Symbol per_channel(const Composer& c, const Symbol& x, int ndim) {
  Shape codes = Shape::filled(ndim - 1, 1);
  codes[0] = -1;
  return c.reshape(x, codes);
}

// In training by the batch's statistics, towards which the running ones move.
Symbols read_batch_norm(const ImportNode& n) {
  const double eps = n.real("epsilon", 1e-5), momentum = n.real("momentum", 0.9);
  if (n.integer("training_mode", 0) == 0) {
    const BatchNormOptions o{.eps = eps, .momentum = momentum, .fix_gamma = false};
    return {n.make("BatchNorm", o, n.all_inputs())[0]};
  }
  const Composer c(n);
  const int ndim = ndim_with_channels(n);
  Ints axes = axes_from(1, ndim);
  axes[0] = 0;
  const Moments m = moments(c, n.in(), axes);
  const Symbol normal = c.mul(m.away, inverse_deviation(c, m.variance, eps));
  const Symbol scaled = c.mul(normal, per_channel(c, n.in(1), ndim));
  const auto moved = [&](int running, const Symbol& batch) {
    return c.add(c.times(n.in(running), momentum), c.times(c.reshape(batch, {-1}), 1 - momentum));
  };
  return {c.add(scaled, per_channel(c, n.in(2), ndim)), moved(3, m.mean), moved(4, m.variance)};
}

// One operator of ours, of the last axes as one.
Symbol layer_norm_of_row(const ImportNode& n, int axis, double eps) {
  const Composer c(n);
  const Symbol gamma = n.in(1);
  const Symbol beta = n.has(2) ? n.in(2) : n.make("zeros_like", {gamma});
  const LayerNormOptions o{.axis = -1, .eps = eps};
  if (axis == n.ndim() - 1) return n.make("LayerNorm", o, {n.in(), gamma, beta});
  Shape codes;
  for (int i = 0; i < axis; ++i) codes.push_back(0);
  Shape back = codes;
  codes.push_back(-1);
  for (const std::int64_t size : n.shape(1)) back.push_back(size);
  const Symbol flat = c.reshape(n.in(), codes);
  return c.reshape(n.make("LayerNorm", o, {flat, c.reshape(gamma, {-1}), c.reshape(beta, {-1})}),
                   back);
}

Symbols read_layer_norm(const ImportNode& n) {
  const Composer c(n);
  const double eps = n.real("epsilon", 1e-5);
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", -1), ndim);
  const Shape gamma = n.shape(1);
  n.pass_over({"stash_type"});
  const bool is_row = gamma.known() && gamma.size() > 0 && gamma.ndim() == ndim - axis &&
                      (!n.has(2) || n.shape(2) == gamma);
  if (is_row && !n.wants(1) && !n.wants(2)) return {layer_norm_of_row(n, axis, eps)};
  const Moments m = moments(c, widened(n, n.in()), axes_from(axis, ndim));
  const Symbol inverse = inverse_deviation(c, m.variance, eps);
  Symbol y = c.mul(c.cast(c.mul(m.away, inverse), n.dtype()), n.in(1));
  if (n.has(2)) y = c.add(y, n.in(2));
  return {y, m.mean, inverse};
}

// By the root of the mean of squares alone: Zhang and Sennrich, 2019.
Symbol read_rms_norm(const ImportNode& n) {
  const Composer c(n);
  const int ndim = n.ndim(), axis = normalize_axis(n.integer("axis", -1), ndim);
  const Symbol x = widened(n, n.in());
  const Symbol mean = c.reduce("mean", c.of("square", x), axes_from(axis, ndim), true);
  const Symbol normal = c.mul(x, inverse_deviation(c, mean, n.real("epsilon", 1e-5)));
  return c.mul(c.cast(normal, n.dtype()), n.in(1));
}

// Scale and bias are per channel, before operator set 21 per group.
Symbol read_group_norm(const ImportNode& n) {
  const Composer c(n);
  const std::int64_t groups = n.integer("num_groups");
  n.expect(groups > 0, "num_groups: expected at least 1, got ", groups);
  const int ndim = ndim_with_channels(n);
  const auto scaled = [&](const Symbol& x, int axes) {
    return c.add(c.mul(x, per_channel(c, n.in(1), axes)), per_channel(c, n.in(2), axes));
  };
  const Symbol x = widened(n, n.in());
  const Moments m = moments(c, c.reshape(x, {0, groups, -1}), {2});
  const Symbol inverse = inverse_deviation(c, m.variance, n.real("epsilon", 1e-5));
  const Symbol normal = c.cast(c.mul(m.away, inverse), n.dtype());
  const auto back = [&](const Symbol& y) {
    return n.make("reshape_like", ReshapeLikeOptions{}, {y, n.in()});
  };
  return n.opset() < 21 ? back(scaled(normal, 3)) : scaled(back(normal), ndim);
}

Symbol read_mean_variance(const ImportNode& n) {
  const Composer c(n);
  const Moments m = moments(c, n.in(), n.ints("axes", {0, 2, 3}));
  return c.div(m.away, c.plus(c.of("sqrt", m.variance), 1e-9));
}

Symbol read_lp_normalization(const ImportNode& n) {
  const Composer c(n);
  const std::int64_t p = n.integer("p", 2);
  n.expect(p == 1 || p == 2, "p: expected 1 or 2, got ", p);
  const Ints axis{n.integer("axis", -1)};
  const Symbol norm = p == 1 ? c.reduce("sum", c.of("abs", n.in()), axis, true)
                             : c.of("sqrt", c.reduce("sum", c.of("square", n.in()), axis, true));
  // Zeros stay zeros.
  return c.div(n.in(), c.add(norm, c.opposite(norm)));
}

const bool registered = translate([](Translations& t) {
  t.reads("BatchNormalization", read_batch_norm);
  t.reads("LayerNormalization", read_layer_norm).reads("RMSNormalization", read_rms_norm);
  t.reads("GroupNormalization", read_group_norm);
  t.reads("MeanVarianceNormalization", read_mean_variance);
  t.reads("LpNormalization", read_lp_normalization);
});

}  // namespace
}  // namespace gluino::onnx
