#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/row_norm.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/derivative.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/layers/normalization.h>
#include <gluino/ops/layers/normalization_derivative-inl.h>
#include <gluino/ops/layers/normalization_rows-inl.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace gluino {
namespace {

enum Input { kData, kGamma, kBeta };
// The statistics of each row are kept for the gradient, in double: in float a mean may be off by
// more than the deviation, and a sum of squares no number. Where they are given to the caller, they
// stand before those, in the data's type.
enum Output { kNormalized, kMean, kDeviation };

template <class O>
bool gives_statistics(const O& o) {
  if constexpr (requires { o.output_mean_var; }) return o.output_mean_var;
  return false;
}

// Where the first of the kept statistics stands.
template <class O>
int kept(const O& o) {
  return gives_statistics(o) ? 3 : 1;
}

Rows rows_of(const LayerNormOptions& o, const Shape& data) {
  const int axis = normalize_axis(o.axis, data.ndim());
  return {.outer = data.size_between(0, axis),
          .n = data[axis],
          .inner = data.size_between(axis + 1, data.ndim())};
}

Rows rows_of(const InstanceNormOptions& /*options*/, const Shape& data) {
  return {.outer = data[0] * data[1],
          .n = data.size_between(2, data.ndim()),
          .inner = 1,
          .channels = data[1]};
}

Rows rows_of(const GroupNormOptions& o, const Shape& data) {
  const std::int64_t count = data[0] * o.num_groups;
  return {.outer = count,
          .n = count > 0 ? data.size() / count : 0,
          .inner = 1,
          .channels = o.num_groups};
}

template <class O>
Rows rows_of(const O& o, const Tensor& data, const Tensor& gamma) {
  Rows rows = rows_of(o, data.shape);
  if (rows.channels > 0) rows.parts = gamma.size() / rows.channels;
  return rows;
}

kernels::RowStatistics statistics_of(const GradientCall& call, std::int64_t row) {
  const std::size_t mean = call.out.size() - 2;
  return {call.out[mean].as<double>()[row], 1 / call.out[mean + 1].as<double>()[row]};
}

template <class T>
void normalize(const Rows& rows, double eps, bool gives_both, const Call& call) {
  const std::size_t mean_at = call.out.size() - 2;
  const Tensor& kept_mean = call.out[mean_at];
  const Tensor& kept_deviation = call.out[mean_at + 1];
  const kernels::RowNorm<T>& kernel = kernels::row_norm<T>();
  const T* const gamma = call.in[kGamma].as<T>();
  const T* const beta = call.in[kBeta].as<T>();
  in_ranges(rows, [&](std::int64_t row, std::int64_t end) {
    RowCopy<T> copy(rows);
    for (; row < end; ++row) {
      const T* x = copy.read(call.in[kData].as<T>() + rows.begin(row));
      T* y = call.out[kNormalized].as<T>() + rows.begin(row);
      double mean = 0;
      double squares = 0;
      kernel.distances(x, rows.n, &mean, &squares);
      const double deviation = std::sqrt(squares / static_cast<double>(rows.n) + eps);
      if (kept_mean) kept_mean.as<double>()[row] = mean;
      if (kept_deviation) kept_deviation.as<double>()[row] = deviation;
      if (gives_both) {
        call.out[kMean].as<T>()[row] = static_cast<T>(mean);
        call.out[kDeviation].as<T>()[row] = static_cast<T>(deviation);
      }
      T* const to = copy.room(y);
      each_part(rows, row, [&](std::int64_t i, std::int64_t n, std::int64_t p) {
        kernel.apply(x + i, n, {mean, 1 / deviation}, gamma + p, beta + p, rows.step(), to + i);
      });
      copy.write(y);
    }
  });
}

template <class T>
void data_gradient(const Rows& rows, bool gives_both, const GradientCall& call) {
  const kernels::RowNorm<T>& kernel = kernels::row_norm<T>();
  parallel_for(
      rows.count(), kernels::row_grain(rows.n, kernels::kMathGrain),
      [&](std::int64_t row, std::int64_t end) {
        RowCopy<T> x(rows);
        RowCopy<T> dy(rows);
        std::vector<T> scaled(rows.parts > 1 ? static_cast<std::size_t>(rows.n) : 0);
        for (; row < end; ++row) {
          T* const dx = call.in_grad[kData].as<T>() + rows.begin(row);
          const T* const head = dy.read(call.out_grad[kNormalized].as<T>() + rows.begin(row));
          const T* const of = x.read(call.in[kData].as<T>() + rows.begin(row));
          const kernels::RowStatistics s = statistics_of(call, row);
          T* const to = dy.room(dx);
          const T* const gamma = call.in[kGamma].as<T>();
          if (rows.parts > 1) {  // one gamma is all that the kernel knows of a row in common
            each_part(rows, row, [&](std::int64_t i, std::int64_t n, std::int64_t p) {
              std::transform(head + i, head + i + n, scaled.data() + i,
                             [&](T value) { return value * gamma[p]; });
            });
            constexpr T kOne = 1;
            kernel.gradient(of, scaled.data(), rows.n, s, &kOne, 0, to);
          } else {
            kernel.gradient(of, head, rows.n, s, gamma + rows.parameter(row), rows.step(), to);
          }
          if (gives_both) {
            const auto n = static_cast<double>(rows.n);
            const double of_mean = call.out_grad[kMean].as<T>()[row] / n;
            const double of_deviation = call.out_grad[kDeviation].as<T>()[row] / n * s.scale;
            for (std::int64_t i = 0; i < rows.n; ++i) {
              to[i] = static_cast<T>(to[i] + of_mean + of_deviation * (of[i] - s.mean));
            }
          }
          dy.write(dx);
        }
      });
}

// dbeta = sum of dy, dgamma = sum of dy * u over all that a parameter serves: in parts of so many
// rows, or as many parts, whatever the number of threads, and then over these.
constexpr std::int64_t kPartRows = 256;
constexpr std::int64_t kMostParts = 64;

template <class T>
void parameter_gradients(const Rows& rows, const GradientCall& call) {
  const kernels::RowNorm<T>& kernel = kernels::row_norm<T>();
  const auto count = call.in[kGamma].size();
  const std::int64_t size = std::max(kPartRows, (rows.count() + kMostParts - 1) / kMostParts);
  const std::int64_t parts = std::max<std::int64_t>(1, (rows.count() + size - 1) / size);
  std::vector<double> sums(static_cast<std::size_t>(2 * parts * count));
  parallel_for(parts, 1, [&](std::int64_t part, std::int64_t end) {
    RowCopy<T> x(rows);
    RowCopy<T> dy(rows);
    for (; part < end; ++part) {
      double* const scales = sums.data() + 2 * part * count;
      const std::int64_t stop = std::min(rows.count(), (part + 1) * size);
      for (std::int64_t row = part * size; row < stop; ++row) {
        const T* const of = x.read(call.in[kData].as<T>() + rows.begin(row));
        const T* const head = dy.read(call.out_grad[kNormalized].as<T>() + rows.begin(row));
        each_part(rows, row, [&](std::int64_t i, std::int64_t n, std::int64_t p) {
          kernel.parameters(of + i, head + i, n, statistics_of(call, row), rows.step(), scales + p,
                            scales + count + p);
        });
      }
    }
  });
  const auto write = [&](std::int64_t first, const Tensor& to) {
    for (std::int64_t i = 0; to && i < count; ++i) {
      double sum = 0;
      for (std::int64_t part = 0; part < parts; ++part) {
        sum += sums[static_cast<std::size_t>(2 * part * count + first + i)];
      }
      to.as<T>()[i] = static_cast<T>(sum);
    }
  };
  write(0, call.in_grad[kGamma]);
  write(count, call.in_grad[kBeta]);
}

template <class O>
void forward(const O& o, const Call& call) {
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "normalization", [&]<class T>() {
    normalize<T>(rows_of(o, x, call.in[kGamma]), o.eps, gives_statistics(o), call);
  });
}

template <class O>
void backward(const O& o, const GradientCall& call) {
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "normalization", [&]<class T>() {
    const Rows rows = rows_of(o, x, call.in[kGamma]);
    // First, because dx may be written over dy.
    if (call.in_grad[kGamma] || call.in_grad[kBeta]) parameter_gradients<T>(rows, call);
    if (call.in_grad[kData]) data_gradient<T>(rows, gives_statistics(o), call);
  });
}

// The gradient of a statistic that is given, in a shape; undefined where there is none.
template <class O>
NDArray of_statistic(const O& o, const DerivativeCall& call, Output output, const Shape& shape) {
  if (!gives_statistics(o) || !call.out_grad[output].defined()) return {};
  return derivative::reshaped(call.out_grad[output], shape);
}

// Undefined gradients are 0, as where only the statistics are used.
NDArray head_of(const DerivativeCall& call) {
  const NDArray& head = call.out_grad[0];
  return head.defined() ? head : call.in[kData] * 0;
}

std::vector<NDArray> layer_derivative(const LayerNormOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  const int axis = normalize_axis(o.axis, x.ndim());
  Shape parameter = Shape::filled(x.ndim(), 1);
  parameter[axis] = x.shape()[axis];
  Shape row = x.shape();
  row[axis] = 1;
  return normalization_gradients({.x = x,
                                  .gamma = call.in[kGamma],
                                  .dy = head_of(call),
                                  .axes = {axis},
                                  .parameter = parameter,
                                  .eps = o.eps,
                                  .dmean = of_statistic(o, call, kMean, row),
                                  .ddeviation = of_statistic(o, call, kDeviation, row)});
}

std::vector<NDArray> instance_derivative(const InstanceNormOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  Shape parameter = Shape::filled(x.ndim(), 1);
  parameter[1] = x.shape()[1];
  Shape axes;
  for (int axis = 2; axis < x.ndim(); ++axis) axes.push_back(axis);
  return normalization_gradients({.x = x,
                                  .gamma = call.in[kGamma],
                                  .dy = call.out_grad[0],
                                  .axes = axes,
                                  .parameter = parameter,
                                  .eps = o.eps});
}

std::vector<NDArray> group_derivative(const GroupNormOptions& o, const DerivativeCall& call) {
  const NDArray& x = call.in[kData];
  const Rows rows = rows_of(o, x.shape());
  const std::int64_t parts = call.in[kGamma].size() / o.num_groups;
  const Shape grouped = {x.shape()[0], o.num_groups, parts, rows.n / parts};
  const Shape row = {x.shape()[0], o.num_groups, 1, 1};
  auto gradients = normalization_gradients({.x = derivative::reshaped(x, grouped),
                                            .gamma = call.in[kGamma],
                                            .dy = derivative::reshaped(head_of(call), grouped),
                                            .axes = {2, 3},
                                            .parameter = {1, o.num_groups, parts, 1},
                                            .eps = o.eps,
                                            .dmean = of_statistic(o, call, kMean, row),
                                            .ddeviation = of_statistic(o, call, kDeviation, row)});
  gradients[kData] = derivative::reshaped(gradients[kData], x.shape());
  return gradients;
}

template <class O>
void set_statistics(const O& o, Inference& s, const Shape& shape) {
  for (int statistic = kMean; statistic < kept(o) + 2; ++statistic) {
    s.set_out(statistic, shape);
    if (statistic >= kept(o)) s.set_out_type(statistic, float64);
  }
}

constexpr const char* kOutputMeanVar =
    "Give mean and deviation, sqrt(variance + eps), of what is normalised, too.";

// Those that may give their statistics.
template <class O>
OpDefinition<O> define_norm(const char* name, const char* doc) {
  auto definition = define_op<O>(name);
  definition.doc(doc)
      .inputs({"data"})
      .parameters({"gamma", "beta"})
      .outputs({"output", "mean", "std"}, 1)
      .output_names_by([](const O& o) -> std::vector<std::string> {
        if (!o.output_mean_var) return {"output", "mean", "std"};
        return {"output", "mean", "std", "kept_mean", "kept_std"};
      })
      .outputs_by([](const O& o) { return kept(o) + 2; })
      .visible_by([](const O& o) { return gives_statistics(o) ? 3 : 1; })
      .outputs_in_files(3)
      .in_place();
  return definition;
}

void infer_layer(const LayerNormOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  const int axis = s.axis(kData, o.axis, data.ndim());
  s.set_in(kGamma, {data[axis]});
  s.set_in(kBeta, {data[axis]});
  Shape statistics = data;
  statistics[axis] = 1;
  s.set_out(kNormalized, data);
  set_statistics(o, s, statistics);
}

void infer_instance(const InstanceNormOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 3, kData, "expected at least 3 dimensions (N, C, ...), got ", data);
  s.set_in(kGamma, {data[1]});
  s.set_in(kBeta, {data[1]});
  s.set_out(kNormalized, data);
  set_statistics(o, s, {data[0], data[1]});
}

void infer_group(const GroupNormOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 3, kData, "expected at least 3 dimensions (N, C, ...), got ", data);
  s.expect(o.num_groups >= 1, -1, "num_groups: expected 1 or more, got ", o.num_groups);
  s.expect(data[1] > 0 && data[1] % o.num_groups == 0, kData, "num_groups ", o.num_groups,
           " does not divide the channels of ", data);
  const Shape of_channels = {data[1]};
  const bool has_channels = s.in(kGamma) == of_channels || s.in(kBeta) == of_channels;
  const Shape parameters = has_channels ? of_channels : Shape{o.num_groups};
  s.set_in(kGamma, parameters);
  s.set_in(kBeta, parameters);
  s.set_out(kNormalized, data);
  set_statistics(o, s, {data[0], o.num_groups});
}

const auto layer_norm =
    define_norm<LayerNormOptions>(
        "LayerNorm",
        "Brings each row along an axis to mean 0 and variance 1, then scales and shifts it.")
        .row_wise_if([](const LayerNormOptions& o, const Shape& data) {
          return normalize_axis(o.axis, data.ndim()) != 0;
        })
        .field("axis", &LayerNormOptions::axis, "The axis along which is normalised.")
        .field("eps", &LayerNormOptions::eps, "Added to the variance.")
        .field("output_mean_var", &LayerNormOptions::output_mean_var, kOutputMeanVar)
        .infer(infer_layer)
        .forward(forward<LayerNormOptions>)
        .backward(backward<LayerNormOptions>, Op::inputs | Op::outputs)
        .derivative(layer_derivative)
        .sample({}, {{{3, 5}}, {{5}}, {{5}}})
        .sample({.axis = 1}, {{{2, 4, 3}}, {{4}}, {{4}}})
        .sample({.output_mean_var = true}, {{{3, 5}}, {{5}}, {{5}}})
        .sample({.axis = 1, .output_mean_var = true}, {{{2, 4, 3}}, {{4}}, {{4}}})
        .sample({}, {{{0, 5}}, {{5}}, {{5}}});

const auto instance_norm =
    define_op<InstanceNormOptions>("InstanceNorm")
        .doc("Brings each channel of each sample to mean 0 and variance 1, then scales and shifts.")
        .inputs({"data"})
        .row_wise()
        .parameters({"gamma", "beta"})
        .outputs({"output", "mean", "var"}, 1)
        .outputs_in_files(3)
        .field("eps", &InstanceNormOptions::eps, "Added to the variance.")
        .in_place()
        .infer(infer_instance)
        .forward(forward<InstanceNormOptions>)
        .backward(backward<InstanceNormOptions>, Op::inputs | Op::outputs)
        .derivative(instance_derivative)
        .sample({}, {{{2, 3, 2, 3}}, {{3}}, {{3}}})
        .sample({}, {{{0, 3, 2, 2}}, {{3}}, {{3}}});

const auto group_norm =
    define_norm<GroupNormOptions>(
        "GroupNorm",
        "Brings groups of channels of each sample to mean 0 and variance 1; scales and shifts each "
        "group, or, as in MXNet 2, each channel, by as many parameters.")
        .row_wise()
        .field("num_groups", &GroupNormOptions::num_groups, "Of how many groups channels are made.")
        .field("eps", &GroupNormOptions::eps, "Added to the variance.")
        .field("output_mean_var", &GroupNormOptions::output_mean_var, kOutputMeanVar)
        .infer(infer_group)
        .forward(forward<GroupNormOptions>)
        .backward(backward<GroupNormOptions>, Op::inputs | Op::outputs)
        .derivative(group_derivative)
        .sample({.num_groups = 2}, {{{2, 4, 3}}, {{2}}, {{2}}})
        .sample({}, {{{3, 2, 2, 2}}, {{1}}, {{1}}})
        .sample({.num_groups = 2}, {{{2, 4, 3}}, {{4}}, {{4}}})
        .sample({.output_mean_var = true}, {{{3, 2, 2, 2}}, {{2}}, {{2}}})
        .sample({.num_groups = 2, .output_mean_var = true}, {{{2, 4, 3}}, {{2}}, {{2}}})
        .sample({.num_groups = 3}, {{{0, 3, 2}}, {{3}}, {{3}}});

Rows rows_of(const L2NormalizationOptions& o, const Shape& data) {
  const int ndim = data.ndim();
  if (o.mode == "instance") return {.outer = data[0], .n = data.size_between(1, ndim)};
  if (o.mode == "channel") {
    return {.outer = data[0], .n = data[1], .inner = data.size_between(2, ndim)};
  }
  return {.outer = data[0] * data[1], .n = data.size_between(2, ndim)};
}

enum LengthOutput { kScaled, kLength };

void infer_length(const L2NormalizationOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  const int least = o.mode == "instance" ? 1 : o.mode == "channel" ? 2 : 3;
  s.expect(data.ndim() >= least, 0, "mode ", o.mode, " needs at least ", least, " dimensions, got ",
           data);
  s.set_out(kScaled, data);
  s.set_out(kLength, {rows_of(o, data).count()});
  s.set_out_type(kLength, float64);
}

void length_forward(const L2NormalizationOptions& o, const Call& call) {
  dispatch_real(call.in[0].dtype, "L2Normalization", [&]<class T>() {
    const Rows rows = rows_of(o, call.in[0].shape);
    each_row(rows, [&](std::int64_t row) {
      const T* x = call.in[0].as<T>() + rows.begin(row);
      T* y = call.out[kScaled].as<T>() + rows.begin(row);
      double squares = 0;
      for (std::int64_t i = 0; i < rows.n; ++i) {
        const double value = x[i * rows.inner];
        squares += value * value;
      }
      const double length = std::sqrt(squares + o.eps);
      if (call.out[kLength]) call.out[kLength].as<double>()[row] = length;
      for (std::int64_t i = 0; i < rows.n; ++i) {
        y[i * rows.inner] = static_cast<T>(x[i * rows.inner] / length);
      }
    });
  });
}

// dx = (dy - y * sum(dy * y)) / length
void length_backward(const L2NormalizationOptions& o, const GradientCall& call) {
  dispatch_real(call.out[kScaled].dtype, "L2Normalization", [&]<class T>() {
    const Rows rows = rows_of(o, call.out[kScaled].shape);
    each_row(rows, [&](std::int64_t row) {
      const T* y = call.out[kScaled].as<T>() + rows.begin(row);
      const T* dy = call.out_grad[kScaled].as<T>() + rows.begin(row);
      T* dx = call.in_grad[0].as<T>() + rows.begin(row);
      double along = 0;
      for (std::int64_t i = 0; i < rows.n; ++i) {
        along += static_cast<double>(dy[i * rows.inner]) * y[i * rows.inner];
      }
      const double length = call.out[kLength].as<double>()[row];
      for (std::int64_t i = 0; i < rows.n; ++i) {
        const std::int64_t at = i * rows.inner;
        dx[at] = static_cast<T>((dy[at] - y[at] * along) / length);
      }
    });
  });
}

std::vector<NDArray> length_derivative(const L2NormalizationOptions& o,
                                       const DerivativeCall& call) {
  const NDArray& x = call.in[0];
  const NDArray& dy = call.out_grad[kScaled];
  const int last = o.mode == "channel" ? 2 : x.ndim();
  Shape axes;
  for (int axis = o.mode == "spatial" ? 2 : 1; axis < last; ++axis) axes.push_back(axis);
  // A row of one axis is a row of numbers, each of which is a sample.
  const auto sum = [&](const NDArray& of) { return axes.empty() ? of : of.sum(axes, true); };
  const NDArray length = ops::sqrt(sum(ops::square(x)) + o.eps);
  const NDArray y = x / length;
  return {(dy - y * sum(dy * y)) / length};
}

const auto l2_normalization =
    define_op<L2NormalizationOptions>("L2Normalization")
        .doc("Divides by the root of the sum of squares.")
        .inputs({"data"})
        .row_wise()
        .outputs({"output", "norm"}, 1)
        .outputs_in_files(2)
        .field("eps", &L2NormalizationOptions::eps, "Added to the sum of squares.")
        .field("mode", &L2NormalizationOptions::mode, "What is brought to length 1.",
               {"instance", "channel", "spatial"})
        .in_place()
        .infer(infer_length)
        .forward(length_forward)
        // The kernel reads no input, but the derivative does.
        .backward(length_backward, Op::inputs | Op::outputs)
        .derivative(length_derivative)
        .sample({}, {{{3, 4}}})
        .sample({.mode = "channel"}, {{{2, 3, 4}}})
        .sample({.mode = "spatial"}, {{{2, 3, 2, 2}}})
        .sample({}, {{{0, 4}}});

}  // namespace
}  // namespace gluino
