#include <gluino/base/parallel.h>
#include <gluino/kernels/cpu/normalization/softmax.h>
#include <gluino/kernels/cpu/support/grain.h>
#include <gluino/ops/core/define.h>
#include <gluino/ops/core/labels.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/losses/softmax_output.h>

#include <algorithm>

namespace gluino {
namespace {

enum Input { kData, kLabel };

kernels::SoftmaxShape split(const SoftmaxOutputOptions& o, const Shape& data) {
  const int last = data.ndim();
  if (o.multi_output) return {data[0], data[1], data.size_between(2, last)};
  if (o.preserve_shape) return {data.size_between(0, last - 1), data.back(), 1};
  return {data[0], data.size_between(1, last), 1};
}

void infer(const SoftmaxOutputOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 2, kData, "expected at least 2 dimensions (N, classes), got ", data);
  s.expect(o.smooth_alpha >= 0 && o.smooth_alpha <= 1, -1,
           "smooth_alpha: expected a number from 0 to 1, got ", o.smooth_alpha);
  s.set_out(0, data);
  const Shape& label = s.in(kLabel);
  if (label == data) return;
  Shape places = {data[0]};
  if (o.multi_output) {
    Shape dropped = data;
    dropped.erase(1);
    Shape kept = data;
    kept[1] = 1;
    if (label == dropped || label == kept) return;
    places.push_back(data.size_between(2, data.ndim()));
  } else if (o.preserve_shape) {
    places = data;
    places.erase(data.ndim() - 1);
  }
  s.set_in(kLabel, places);
}

// Of labels that stand for classes.
void check_classes(const SoftmaxOutputOptions& o, const Shape& data, const Tensor& label) {
  if (!o.check_labels || label.shape == data) return;
  LabelRule rule{.classes = split(o, data).n};
  if (o.use_ignore) rule.ignored = o.ignore_label;
  check_labels("SoftmaxOutput", label, rule);
}

// In training: else nobody need have given labels yet.
void check_in_training(const SoftmaxOutputOptions& o, const Call& call) {
  if (call.training) check_classes(o, call.in[kData].shape, call.in[kLabel]);
}

void forward(const SoftmaxOutputOptions& o, const Call& call) {
  check_in_training(o, call);
  const Tensor& x = call.in[kData];
  dispatch_real(x.dtype, "SoftmaxOutput", [&]<class T>() {
    kernels::softmax<T>(x.as<T>(), call.out[0].as<T>(), split(o, x.shape));
  });
}

// What the sum of the samples' gradients is multiplied by.
template <class T>
double gradient_scale(const SoftmaxOutputOptions& o, const Tensor& label, std::int64_t places) {
  const double scale = o.grad_scale;
  if (o.normalization == "valid") {
    const T* labels = label.as<T>();
    const auto ignored = static_cast<T>(o.ignore_label);
    const auto valid = label.size() - std::count(labels, labels + label.size(), ignored);
    return scale / static_cast<double>(std::max<std::int64_t>(valid, 1));
  }
  // As in MXNet, every label counts as a sample but those of multi_output.
  const std::int64_t samples = o.multi_output ? label.shape[0] : label.size();
  const double batch = o.normalization == "batch" ? static_cast<double>(samples) : 1;
  return scale / (o.multi_output ? static_cast<double>(places) : 1) / batch;
}

// dx = (p - target) * scale for the samples [begin, end), where the target is 1 for the label's
// class, less what smoothing moves to the others. A label that is no class has the target 0
// everywhere.
template <class T>
void class_gradient(const SoftmaxOutputOptions& o, const GradientCall& call,
                    const kernels::SoftmaxShape& shape, T scale, std::int64_t begin,
                    std::int64_t end) {
  const auto [outer, n, inner] = shape;
  const T* labels = call.in[kLabel].as<T>();
  // As in MXNet, smoothing is for one label per sample.
  const double alpha = o.multi_output ? 0 : o.smooth_alpha;
  const T others = n > 1 ? static_cast<T>(alpha / static_cast<double>(n - 1)) : T(0);
  const T own = static_cast<T>(1 - alpha);
  const auto ignored = static_cast<T>(o.ignore_label);
  for (std::int64_t i = begin; i < end; ++i) {
    const T* p = call.out[0].as<T>() + i * n * inner;
    T* dx = call.in_grad[kData].as<T>() + i * n * inner;
    for (std::int64_t j = 0; j < n * inner; ++j) dx[j] = (p[j] - others) * scale;
    for (std::int64_t j = 0; j < inner; ++j) {
      const T label = labels[i * inner + j];
      if (o.use_ignore && label == ignored) {
        for (std::int64_t c = 0; c < n; ++c) dx[c * inner + j] = T(0);
      } else if (label > T(-1) && label < static_cast<T>(n)) {
        const std::int64_t at = static_cast<std::int64_t>(label) * inner + j;
        dx[at] = (p[at] - own) * scale;
      }
    }
  }
}

template <class T>
void backward_typed(const SoftmaxOutputOptions& o, const GradientCall& call) {
  const Tensor& label = call.in[kLabel];
  const Tensor& dx = call.in_grad[kData];
  if (!dx || dx.size() == 0) return;
  const auto shape = split(o, dx.shape);
  const std::int64_t row = shape.n * shape.inner;
  const bool probabilities = label.shape == dx.shape;
  const T scale =
      static_cast<T>(probabilities ? o.grad_scale : gradient_scale<T>(o, label, shape.inner));
  // A copy, because dx may be written over dy.
  const Temporary<T> heads(o.out_grad ? dx.size() : 0);
  if (o.out_grad) std::copy_n(call.out_grad[0].as<T>(), dx.size(), heads.data());
  parallel_for(shape.outer, kernels::row_grain(row, kernels::kCopyGrain),
               [&](std::int64_t begin, std::int64_t end) {
                 if (probabilities) {
                   for (std::int64_t i = begin * row; i < end * row; ++i) {
                     dx.as<T>()[i] = (call.out[0].as<T>()[i] - label.as<T>()[i]) * scale;
                   }
                 } else {
                   class_gradient<T>(o, call, shape, scale, begin, end);
                 }
                 // As documented; MXNet 1.9.1 multiplies by the output itself instead.
                 if (!o.out_grad) return;
                 for (std::int64_t i = begin * row; i < end * row; ++i)
                   dx.as<T>()[i] *= heads.data()[i];
               });
}

void backward(const SoftmaxOutputOptions& o, const GradientCall& call) {
  check_classes(o, call.out[0].shape, call.in[kLabel]);
  dispatch_real(call.out[0].dtype, "SoftmaxOutput", [&]<class T>() { backward_typed<T>(o, call); });
}

constexpr Fill kClass{Fill::Kind::integers, 0, 3};
constexpr Fill kPart{Fill::Kind::uniform, 0, 1};

const auto registered =
    define_op<SoftmaxOutputOptions>("SoftmaxOutput")
        .aliases({"Softmax"})
        .doc("Softmax whose gradient is that of the cross entropy with a label.")
        .instead("log_softmax and pick, as gluon's SoftmaxCrossEntropyLoss does,")
        .inputs({"data"})
        .row_wise_if([](const auto& /*options*/, const Shape& data) { return data.ndim() > 1; })
        .parameters({"label"})
        .reads_places({kLabel})
        .field("grad_scale", &SoftmaxOutputOptions::grad_scale, "Multiplies the gradient.")
        .field("ignore_label", &SoftmaxOutputOptions::ignore_label,
               "The label without gradient, with use_ignore; not counted by normalization valid.")
        .field("multi_output", &SoftmaxOutputOptions::multi_output,
               "The classes lie along axis 1, and each place of the rest is classified.")
        .field("use_ignore", &SoftmaxOutputOptions::use_ignore, "Regard ignore_label.")
        .field("preserve_shape", &SoftmaxOutputOptions::preserve_shape,
               "The classes lie along the last axis.")
        .field("normalization", &SoftmaxOutputOptions::normalization,
               "What the gradient is divided by.", {"null", "batch", "valid"})
        .field("out_grad", &SoftmaxOutputOptions::out_grad,
               "Multiply the gradient by that of the output.")
        .field("smooth_alpha", &SoftmaxOutputOptions::smooth_alpha,
               "The share of a label that is moved to the other classes.")
        .checks_labels(&SoftmaxOutputOptions::check_labels)
        .labels(kLabel, check_in_training)
        .in_place()
        .loss()
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample({}, {{{4, 3}}, {{4}, kClass}})
        .sample({.grad_scale = 0.5, .normalization = "batch"}, {{{4, 3}}, {{4}, kClass}})
        .sample({.ignore_label = 1, .use_ignore = true, .normalization = "valid"},
                {{{6, 3}}, {{6}, kClass}})
        .sample({.multi_output = true}, {{{2, 3, 2, 2}}, {{2, 2, 2}, kClass}})
        .sample({.preserve_shape = true}, {{{2, 4, 3}}, {{2, 4}, kClass}})
        .sample({.out_grad = true}, {{{2, 3}}, {{2}, kClass}})
        .sample({.smooth_alpha = 0.2}, {{{4, 3}}, {{4}, kClass}})
        .sample({.grad_scale = 2}, {{{4, 3}}, {{4, 3}, kPart}})
        .sample({}, {{{0, 3}}, {{0}, kClass}});

}  // namespace
}  // namespace gluino
