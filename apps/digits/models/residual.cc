#include <apps/digits/models/residual.h>
#include <gluino/ops/elementwise/arithmetic.h>

namespace digits {

namespace nn = gluino::gluon::nn;

Residual::Residual(const ResidualOptions& options)
    : HybridBlock(gluino::gluon::new_prefix("residual", options.prefix)),
      activation_{.act_type = options.activation},
      conv1_(child<nn::Conv2D>("conv1", {.channels = options.channels,
                                         .kernel_size = 3,
                                         .strides = options.stride,
                                         .padding = 1,
                                         .use_bias = false,
                                         .in_channels = options.in_channels})),
      norm1_(child<nn::BatchNorm>("norm1", {.in_channels = options.channels})),
      conv2_(child<nn::Conv2D>("conv2", {.channels = options.channels,
                                         .kernel_size = 3,
                                         .padding = 1,
                                         .use_bias = false,
                                         .in_channels = options.channels})),
      norm2_(child<nn::BatchNorm>("norm2", {.in_channels = options.channels})) {
  if (options.stride == 1 && options.in_channels == options.channels) return;
  shortcut_ = child<nn::Conv2D>("shortcut", {.channels = options.channels,
                                             .kernel_size = 1,
                                             .strides = options.stride,
                                             .use_bias = false,
                                             .in_channels = options.in_channels});
  shortcut_norm_ = child<nn::BatchNorm>("shortcut_norm", {.in_channels = options.channels});
}

gluino::NDArray Residual::forward(const gluino::NDArray& x) {
  namespace ops = gluino::ops;
  const gluino::NDArray y = norm2_(conv2_(ops::Activation(norm1_(conv1_(x)), activation_)));
  const gluino::NDArray same = shortcut_ ? (*shortcut_norm_)((*shortcut_)(x)) : x;
  return ops::Activation(y + same, activation_);
}

}  // namespace digits
