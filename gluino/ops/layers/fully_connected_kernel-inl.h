#pragma once

#include <gluino/kernels/cpu/reduce/reduce.h>
#include <gluino/ops/core/op.h>
#include <gluino/ops/layers/fully_connected.h>
#include <gluino/ops/linalg/product-inl.h>

namespace gluino {

/// Inputs are data, weight and, unless left out, bias: what FullyConnected computes, alone or as a
/// part of another operator.
class FullyConnectedKernel {
 public:
  FullyConnectedKernel(const FullyConnectedOptions& options, const Shape& weight,
                       const Shape& output)
      : bias_(!options.no_bias),
        rows_(output.size_between(0, output.ndim() - 1)),
        in_(weight[1]),
        out_(options.num_hidden) {}

  /// Of the outputs.
  std::int64_t size() const { return rows_ * out_; }

  /// y = x W^T + b, then the activation unless it is null.
  template <class T>
  void forward(const Call& call, void (*activation)(const T*, T*, std::int64_t) = nullptr) const {
    product<T>({call.in[0].as<T>(), rows_, in_, in_, 1}, {call.in[1].as<T>(), in_, out_, 1, in_},
               call.out[0].as<T>(), out_,
               {.column_bias = bias_ ? call.in[2].as<T>() : nullptr, .activation = activation});
  }

  /// The gradients that are wanted, from that of x W^T + b.
  template <class T>
  void backward(const GradientCall& call, const T* dy) const {
    if (call.in_grad[0]) {
      product<T>({dy, rows_, out_, out_, 1}, {call.in[1].as<T>(), out_, in_, in_, 1},
                 call.in_grad[0].as<T>(), in_);
    }
    if (call.in_grad[1]) {
      product<T>({dy, out_, rows_, 1, out_}, {call.in[0].as<T>(), rows_, in_, in_, 1},
                 call.in_grad[1].as<T>(), in_);
    }
    if (bias_ && call.in_grad[2]) {
      kernels::sum_to_shape<T>(dy, {rows_, out_}, call.in_grad[2].as<T>(), {out_});
    }
  }

 private:
  bool bias_;
  std::int64_t rows_, in_, out_;
};

}  // namespace gluino
