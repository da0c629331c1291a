#pragma once

#include <gluino/kernels/cpu/normalization/batch_norm.h>
#include <gluino/ops/core/half_precision.h>
#include <gluino/ops/core/op.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/batch_norm.h>

#include <algorithm>
#include <cmath>

namespace gluino {

/// Inputs are data, gamma, beta, moving mean and variance; outputs what is normalized, with
/// output_mean_var the mean and 1 / sqrt(variance + eps) in gamma's type, and the statistics
/// that were used, in double, kept for the gradient: what BatchNorm computes, alone or as a part of
/// another operator. With fix_gamma gamma counts as 1 and is not read. MXNet's writes
/// 1 into it; here an operator changes its states alone, and those who own parameters keep it at 1
/// (Op::is_fixed_at_one).
class BatchNormKernel {
 public:
  enum Input { kData, kGamma, kBeta, kMovingMean, kMovingVar };
  enum Output { kNormalized, kMean, kScale };
  /// Where the mean that is kept stands; the variance is behind it.
  static int kept_mean(const BatchNormOptions& o) { return o.output_mean_var ? 3 : 1; }

  BatchNormKernel(const BatchNormOptions& options, const Shape& data)
      : options_(options),
        shape_(channels(options, data)),
        kept_(static_cast<std::size_t>(kept_mean(options))) {}

  template <class T>
  void forward(const Call& call, const kernels::UnaryKernel<T>* activation = nullptr) const {
    const T* x = call.in[kData].as<T>();
    const Temporary<double> unseen(2 * shape_.channels);
    const Tensor& kept_mean = call.out[kept_];
    const Tensor& kept_var = call.out[kept_ + 1];
    double* mean = kept_mean ? kept_mean.as<double>() : unseen.data();
    double* var = kept_var ? kept_var.as<double>() : unseen.data() + shape_.channels;
    if (uses_batch(call.training)) {
      kernels::batch_norm_statistics<T>(x, shape_, mean, var);
      // A batch without elements has no statistics to follow.
      if (call.in[kData].size() > 0) {
        follow<T>(call.in[kMovingMean], mean);
        follow<T>(call.in[kMovingVar], var);
      }
    } else {
      std::copy_n(call.in[kMovingMean].as<T>(), shape_.channels, mean);
      std::copy_n(call.in[kMovingVar].as<T>(), shape_.channels, var);
    }
    kernels::batch_norm<T>(x, call.out[kNormalized].as<T>(), shape_, mean, var,
                           options_.fix_gamma ? nullptr : call.in[kGamma].as<T>(),
                           call.in[kBeta].as<T>(), options_.eps, activation);
    if (!options_.output_mean_var) return;
    for (std::int64_t c = 0; c < shape_.channels; ++c) {
      call.out[kMean].as<T>()[c] = static_cast<T>(mean[c]);
      call.out[kScale].as<T>()[c] = static_cast<T>(1 / std::sqrt(var[c] + options_.eps));
    }
  }

  template <class T>
  void backward(const GradientCall& call,
                const kernels::UnaryKernel<T>* activation = nullptr) const {
    T* dgamma = call.in_grad[kGamma].as<T>();
    kernels::batch_norm_gradient<T>(
        call.in[kData].as<T>(), call.out_grad[kNormalized].as<T>(), shape_,
        call.out[kept_].as<double>(), call.out[kept_ + 1].as<double>(),
        options_.fix_gamma ? nullptr : call.in[kGamma].as<T>(), call.in_grad[kData].as<T>(),
        options_.fix_gamma ? nullptr : dgamma, call.in_grad[kBeta].as<T>(),
        {.epsilon = options_.eps, .use_global_stats = !uses_batch(call.training)},
        {activation, call.out[kNormalized].as<T>(), call.in[kBeta].as<T>()});
    if (options_.fix_gamma && dgamma != nullptr) std::fill_n(dgamma, shape_.channels, T(0));
    const bool follows_data = options_.output_mean_var && uses_batch(call.training);
    if (follows_data && call.in_grad[kData]) add_gradient_of_statistics<T>(call);
  }

 private:
  // Of the mean 1 / n each, of s = 1 / sqrt(variance + eps) -s^3 (x - mean) / n.
  template <class T>
  void add_gradient_of_statistics(const GradientCall& call) const {
    const double* mean = call.out[kept_].as<double>();
    const double* var = call.out[kept_ + 1].as<double>();
    const auto n = static_cast<double>(shape_.outer * shape_.inner);
    const T* x = call.in[kData].as<T>();
    T* dx = call.in_grad[kData].as<T>();
    for (std::int64_t outer = 0; outer < shape_.outer; ++outer) {
      for (std::int64_t c = 0; c < shape_.channels; ++c) {
        const double of_mean = call.out_grad[kMean].as<T>()[c] / n;
        const double of_scale =
            -call.out_grad[kScale].as<T>()[c] * std::pow(var[c] + options_.eps, -1.5) / n;
        for (std::int64_t i = 0; i < shape_.inner; ++i, ++x, ++dx) {
          *dx = static_cast<T>(*dx + of_mean + of_scale * (*x - mean[c]));
        }
      }
    }
  }

  static kernels::ChannelShape channels(const BatchNormOptions& o, const Shape& data) {
    const int axis = normalize_axis(o.axis, data.ndim(), "[BatchNorm] axis");
    return {.outer = data.size_between(0, axis),
            .channels = data[axis],
            .inner = data.size_between(axis + 1, data.ndim())};
  }

  bool uses_batch(bool training) const { return training && !options_.use_global_stats; }

  // moving = momentum * moving + (1 - momentum) * batch
  template <class T>
  void follow(const Tensor& moving, const double* batch) const {
    for (std::int64_t c = 0; c < moving.size(); ++c) {
      T& value = moving.as<T>()[c];
      value = static_cast<T>(options_.momentum * value + (1 - options_.momentum) * batch[c]);
    }
  }

  const BatchNormOptions& options_;
  kernels::ChannelShape shape_;
  std::size_t kept_;
};

/// Parameters and statistics have the data's type or, beside data in half precision, float32, which
/// they get where nothing is said, as in MXNet.
template <class In, class Out>
void infer_batch_norm_types(const BatchNormOptions& o, In in, Out out) {
  // Parameters in float32 stand beside half precision, too; others tell the data's type.
  if (!in[0] && in[1] && *in[1] != float32) in[0] = in[1];
  if (!in[0]) return;
  const DType own = half_precision::is_half(*in[0]) ? float32 : *in[0];
  for (std::size_t i = 1; i < in.size(); ++i) in[i] = in[i].value_or(in[1].value_or(own));
  out[BatchNormKernel::kNormalized] = in[0];
  const auto kept = static_cast<std::size_t>(BatchNormKernel::kept_mean(o));
  for (std::size_t i = BatchNormKernel::kMean; i < out.size(); ++i) {
    out[i] = i < kept ? in[1] : float64;
  }
}

inline void infer_batch_norm(const BatchNormOptions& o, Inference& s) {
  const Shape& data = s.in(0);
  for (int i = 1; i < s.num_inputs(); ++i) {
    const bool wider = half_precision::is_half(s.in_type(0)) && s.in_type(i) == float32;
    s.expect((wider || s.in_type(i) == s.in_type(0)) && s.in_type(i) == s.in_type(1), i,
             "expected ", s.in_type(0), " as the data", i > 1 ? ", or all parameters alike" : "",
             ", got ", s.in_type(i), "; convert with astype");
  }
  s.expect(data.ndim() >= 2, 0, "expected at least 2 dimensions, got ", data);
  const Shape channel = {data[s.axis(0, o.axis, data.ndim())]};
  for (int i = 1; i <= 4; ++i) s.set_in(i, channel);
  s.set_out(0, data);
  const int kept = BatchNormKernel::kept_mean(o);
  for (int statistic = BatchNormKernel::kMean; statistic < kept + 2; ++statistic) {
    s.set_out(statistic, channel);
    s.set_out_type(statistic, statistic < kept ? s.in_type(1) : float64);
  }
}

}  // namespace gluino
