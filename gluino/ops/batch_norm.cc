#include <gluino/kernels/cpu/batch_norm.h>
#include <gluino/ops/batch_norm.h>
#include <gluino/ops/define.h>
#include <gluino/ops/temporary.h>

#include <algorithm>

namespace gluino {
namespace {

enum Input { kData, kGamma, kBeta, kMovingMean, kMovingVar };
// The statistics that were used are kept for the gradient.
enum Output { kNormalized, kMean, kVar };

int channel_axis(const BatchNormOptions& o, const Shape& data) {
  return normalize_axis(o.axis, data.ndim(), "[BatchNorm] axis");
}

kernels::ChannelShape channels(const BatchNormOptions& o, const Shape& data) {
  const int axis = channel_axis(o, data);
  return {.outer = data.size_between(0, axis),
          .channels = data[axis],
          .inner = data.size_between(axis + 1, data.ndim())};
}

bool uses_batch(const BatchNormOptions& o, bool training) {
  return training && !o.use_global_stats;
}

void infer(const BatchNormOptions& o, Inference& s) {
  const Shape& data = s.in(kData);
  s.expect(data.ndim() >= 2, kData, "expected at least 2 dimensions, got ", data);
  const Shape channel = {data[s.axis(kData, o.axis, data.ndim())]};
  for (int i = kGamma; i <= kMovingVar; ++i) s.set_in(i, channel);
  s.set_out(kNormalized, data);
  s.set_out(kMean, channel);
  s.set_out(kVar, channel);
}

// moving = momentum * moving + (1 - momentum) * batch
template <class T>
void follow(const Tensor& moving, const T* batch, double momentum) {
  for (std::int64_t c = 0; c < moving.size(); ++c) {
    T& value = moving.as<T>()[c];
    value = static_cast<T>(momentum * value + (1 - momentum) * batch[c]);
  }
}

template <class T>
void forward_typed(const BatchNormOptions& o, const Call& call) {
  const auto shape = channels(o, call.in[kData].shape);
  const T* x = call.in[kData].as<T>();
  const Temporary<T> unseen(2 * shape.channels);
  T* mean = call.out[kMean] ? call.out[kMean].as<T>() : unseen.data();
  T* var = call.out[kVar] ? call.out[kVar].as<T>() : unseen.data() + shape.channels;
  if (uses_batch(o, call.training)) {
    kernels::batch_norm_statistics<T>(x, shape, mean, var);
    // A batch without elements has no statistics to follow.
    if (call.in[kData].size() > 0) {
      follow(call.in[kMovingMean], mean, o.momentum);
      follow(call.in[kMovingVar], var, o.momentum);
    }
  } else {
    std::copy_n(call.in[kMovingMean].as<T>(), shape.channels, mean);
    std::copy_n(call.in[kMovingVar].as<T>(), shape.channels, var);
  }
  kernels::batch_norm<T>(x, call.out[kNormalized].as<T>(), shape, mean, var,
                         o.fix_gamma ? nullptr : call.in[kGamma].as<T>(), call.in[kBeta].as<T>(),
                         o.eps);
}

template <class T>
void backward_typed(const BatchNormOptions& o, const GradientCall& call) {
  const auto shape = channels(o, call.in[kData].shape);
  T* dgamma = call.in_grad[kGamma].as<T>();
  kernels::batch_norm_gradient<T>(
      call.in[kData].as<T>(), call.out_grad[kNormalized].as<T>(), shape, call.out[kMean].as<T>(),
      call.out[kVar].as<T>(), o.fix_gamma ? nullptr : call.in[kGamma].as<T>(),
      call.in_grad[kData].as<T>(), o.fix_gamma ? nullptr : dgamma, call.in_grad[kBeta].as<T>(),
      {.epsilon = o.eps, .use_global_stats = !uses_batch(o, call.training)});
  if (o.fix_gamma && dgamma != nullptr) std::fill_n(dgamma, shape.channels, T(0));
}

void forward(const BatchNormOptions& o, const Call& call) {
  dispatch_real(call.in[kData].dtype, "BatchNorm", [&]<class T>() { forward_typed<T>(o, call); });
}

void backward(const BatchNormOptions& o, const GradientCall& call) {
  dispatch_real(call.in[kData].dtype, "BatchNorm", [&]<class T>() { backward_typed<T>(o, call); });
}

constexpr Fill kPositive{Fill::Kind::uniform, 0.5, 2};

const auto registered =
    define_op<BatchNormOptions>("BatchNorm")
        .tolerates({"cudnn_off", "min_calib_range", "max_calib_range"})
        .tolerates("output_mean_var", {"False", "0"})
        .outputs_in_files(3)
        .input_attribute(kMovingMean, "__init__", "[\"zero\", {}]")
        .input_attribute(kMovingVar, "__init__", "[\"one\", {}]")
        .in_place()
        .doc("Brings each channel to mean 0 and variance 1, then scales and shifts it.")
        .inputs({"data"})
        .parameters({"gamma", "beta"})
        .states({"moving_mean", "moving_var"})
        .outputs({"output", "mean", "var"}, 1)
        .field("eps", &BatchNormOptions::eps, "Added to the variance.")
        .field("momentum", &BatchNormOptions::momentum, "How much of the moving statistics stays.")
        .field("fix_gamma", &BatchNormOptions::fix_gamma, "Take gamma as 1.")
        .field("use_global_stats", &BatchNormOptions::use_global_stats,
               "Use the moving statistics in training too.")
        .field("axis", &BatchNormOptions::axis, "The axis of the channels.")
        .infer(infer)
        .forward(forward)
        .backward(backward, Op::inputs | Op::outputs)
        .sample({.fix_gamma = false}, {{{4, 3, 2, 2}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = true}, {{{5, 3}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = false, .use_global_stats = true, .axis = -1},
                {{{4, 2, 3}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}})
        .sample({.fix_gamma = false}, {{{0, 3, 2, 2}}, {{3}}, {{3}}, {{3}}, {{3}, kPositive}});

}  // namespace
}  // namespace gluino
