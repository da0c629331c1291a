#pragma once

#include <gluino/kernels/cpu/convolution/conv_strips.h>
#include <gluino/ops/core/temporary.h>
#include <gluino/ops/layers/convolution_geometry-inl.h>
#include <gluino/ops/layers/strip_layout.h>

#include <type_traits>

namespace gluino {

/// Inputs are data, weight and, unless left out, bias: what Convolution computes, alone or as a
/// part of another operator.
class ConvolutionKernel {
 public:
  ConvolutionKernel(const ConvolutionOptions& options, const Shape& images,
                    const StripLayout& strips = {})
      : bias_(!options.no_bias), geometry_(convolution_geometry(options, images)) {
    geometry_.x_on_strips = strips.data;
    geometry_.y_on_strips = strips.output;
  }

  /// Numbers of the output, those included that stand for lacking samples.
  template <class T>
  std::int64_t size() const {
    const std::int64_t samples =
        geometry_.y_on_strips ? kernels::strips_of<T>(geometry_.batch) * kernels::kStripSamples<T>
                              : geometry_.batch;
    return samples * geometry_.out_channels * geometry_.out_height() * geometry_.out_width();
  }

  template <class T>
  void forward(const Call& call, const kernels::UnaryKernel<T>* activation = nullptr) const {
    const T* x = call.in[0].as<T>();
    const T* weight = call.in[1].as<T>();
    const T* bias = bias_ ? call.in[2].as<T>() : nullptr;
    T* y = call.out[0].as<T>();
    if constexpr (std::is_same_v<T, float>) {
      if (rounds_products(geometry_)) {
        kernels::bf16_conv_forward(geometry_, x, weight, bias, y);
        if (activation != nullptr) activation->forward(y, y, size<T>());
        return;
      }
    }
    kernels::conv2d_forward<T>(geometry_, x, weight, bias, y, activation);
  }

  /// The gradients that are wanted, from that of the convolution's output.
  template <class T>
  void backward(const GradientCall& call, const T* dy) const {
    const T* x = call.in[0].as<T>();
    const T* weight = call.in[1].as<T>();
    T* dx = call.in_grad[0].as<T>();
    T* dweight = call.in_grad[1].as<T>();
    T* dbias = bias_ ? call.in_grad[2].as<T>() : nullptr;
    if constexpr (std::is_same_v<T, float>) {
      if (rounds_products(geometry_)) {
        if (dx != nullptr) kernels::bf16_conv_backward_data(geometry_, dy, weight, dx);
        const bool parameters = dweight != nullptr || dbias != nullptr;
        if (parameters) kernels::bf16_conv_backward_weight(geometry_, x, dy, dweight, dbias);
        return;
      }
    }
    kernels::conv2d_backward<T>(geometry_, x, dy, weight, dx, dweight, dbias);
  }

 private:
  bool bias_;
  kernels::Conv2dGeometry geometry_;
};

}  // namespace gluino
