#pragma once

#include <gluino/gluon/contrib/rnn_cells.h>
#include <gluino/gluon/nn/per_axis.h>
#include <gluino/ops/elementwise/activation.h>
#include <gluino/ops/layers/convolution.h>

#include <string>
#include <utility>
#include <vector>

namespace gluino::gluon::contrib::rnn {

struct ConvCellOptions {
  /// Of one step without the samples, in the order of conv_layout; all sizes are known.
  Shape input_shape{};
  std::int64_t hidden_channels = 0;
  /// Of the input's convolution, and of the states', whose kernel is odd, so that they keep their
  /// size. One number counts for all axes.
  gluon::nn::PerAxis i2h_kernel{};
  gluon::nn::PerAxis h2h_kernel{};
  gluon::nn::PerAxis i2h_pad = 0;
  gluon::nn::PerAxis i2h_dilate = 1;
  gluon::nn::PerAxis h2h_dilate = 1;
  /// Without them, the initializer that initialize() is given.
  init::Initializer i2h_weight_initializer{};
  init::Initializer h2h_weight_initializer{};
  init::Initializer i2h_bias_initializer = "zeros";
  init::Initializer h2h_bias_initializer = "zeros";
  /// Empty: the one with the channels first, "NCHW".
  std::string conv_layout{};
  std::string activation = "tanh";
  std::string prefix{};
};

/// What the cells below share (Shi et al., 2015, https://arxiv.org/abs/1506.04214): the products of
/// RNNCell, LSTMCell and GRUCell are convolutions, for sequences of rows, images or volumes.
class GLUINO_API ConvCell : public RecurrentCell {
 public:
  using Options = ConvCellOptions;
  std::vector<StateInfo> state_info(std::int64_t batch_size = 0) const override;
  std::string to_string() const override;

 protected:
  /// Of so many axes, gates and states. Throws Error for options that do not fit.
  ConvCell(const char* hint, int axes, int gates, int states, const ConvCellOptions& options);

  NDArray i2h(const NDArray& input) const;
  NDArray h2h(const NDArray& state) const;
  std::vector<NDArray> gates_of(const NDArray& all) const;
  NDArray activated(const NDArray& x) const;

 private:
  int gates_;
  int states_;
  std::string layout_;
  Shape state_shape_;
  ActivationOptions activation_;
  ConvolutionOptions i2h_options_, h2h_options_;
  Parameter i2h_weight_, h2h_weight_, i2h_bias_, h2h_bias_;
};

/// h' = activation(W * x + b + R * h + c).
class GLUINO_API ConvRNNCell : public ConvCell {
 public:
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 protected:
  ConvRNNCell(const char* hint, int axes, const ConvCellOptions& options)
      : ConvCell(hint, axes, 1, 1, options) {}
};

/// As LSTMCell.
class GLUINO_API ConvLSTMCell : public ConvCell {
 public:
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 protected:
  ConvLSTMCell(const char* hint, int axes, const ConvCellOptions& options)
      : ConvCell(hint, axes, 4, 2, options) {}
};

/// As GRUCell.
class GLUINO_API ConvGRUCell : public ConvCell {
 public:
  std::pair<NDArray, States> forward(const NDArray& input, const States& states) override;

 protected:
  ConvGRUCell(const char* hint, int axes, const ConvCellOptions& options)
      : ConvCell(hint, axes, 3, 1, options) {}
};

/// Of sequences of rows (C, W).
class GLUINO_API Conv1DRNNCell : public ConvRNNCell {
 public:
  explicit Conv1DRNNCell(const ConvCellOptions& options) : ConvRNNCell("conv_rnn", 1, options) {}
};
class GLUINO_API Conv1DLSTMCell : public ConvLSTMCell {
 public:
  explicit Conv1DLSTMCell(const ConvCellOptions& options) : ConvLSTMCell("conv_lstm", 1, options) {}
};
class GLUINO_API Conv1DGRUCell : public ConvGRUCell {
 public:
  explicit Conv1DGRUCell(const ConvCellOptions& options) : ConvGRUCell("conv_gru", 1, options) {}
};

/// Of sequences of images (C, H, W).
class GLUINO_API Conv2DRNNCell : public ConvRNNCell {
 public:
  explicit Conv2DRNNCell(const ConvCellOptions& options) : ConvRNNCell("conv_rnn", 2, options) {}
};
class GLUINO_API Conv2DLSTMCell : public ConvLSTMCell {
 public:
  explicit Conv2DLSTMCell(const ConvCellOptions& options) : ConvLSTMCell("conv_lstm", 2, options) {}
};
class GLUINO_API Conv2DGRUCell : public ConvGRUCell {
 public:
  explicit Conv2DGRUCell(const ConvCellOptions& options) : ConvGRUCell("conv_gru", 2, options) {}
};

/// Of sequences of volumes (C, D, H, W).
class GLUINO_API Conv3DRNNCell : public ConvRNNCell {
 public:
  explicit Conv3DRNNCell(const ConvCellOptions& options) : ConvRNNCell("conv_rnn", 3, options) {}
};
class GLUINO_API Conv3DLSTMCell : public ConvLSTMCell {
 public:
  explicit Conv3DLSTMCell(const ConvCellOptions& options) : ConvLSTMCell("conv_lstm", 3, options) {}
};
class GLUINO_API Conv3DGRUCell : public ConvGRUCell {
 public:
  explicit Conv3DGRUCell(const ConvCellOptions& options) : ConvGRUCell("conv_gru", 3, options) {}
};

}  // namespace gluino::gluon::contrib::rnn
