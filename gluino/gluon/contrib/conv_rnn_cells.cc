#include <gluino/base/error.h>
#include <gluino/base/text.h>
#include <gluino/gluon/contrib/conv_rnn_cells.h>
#include <gluino/ops/elementwise/arithmetic.h>
#include <gluino/ops/elementwise/unary.h>
#include <gluino/ops/movement/slice_channel.h>

namespace gluino::gluon::contrib::rnn {
namespace {

const Op& convolution() {
  static const Op& op = Op::get<ConvolutionOptions>("Convolution");
  return op;
}

Shape filter(std::int64_t rows, std::int64_t channels, const Shape& kernel, bool channels_last) {
  Shape shape = kernel;
  shape.insert(0, rows);
  shape.insert(channels_last ? shape.ndim() : 1, channels);
  return shape;
}

}  // namespace

ConvCell::ConvCell(const char* hint, int axes, int gates, int states, const ConvCellOptions& o)
    : RecurrentCell(new_prefix(hint, o.prefix)), gates_(gates), states_(states) {
  const std::string cell = str("[", name(), "] ");
  layout_ = gluon::nn::image_layout(axes, o.conv_layout, cell);
  const bool last = layout_.back() == 'C';
  check(o.hidden_channels > 0, cell, "hidden_channels: expected at least 1, got ",
        o.hidden_channels);
  check(o.input_shape.ndim() == axes + 1 && o.input_shape.known(), cell, "input_shape: expected ",
        axes + 1, " sizes, those of ", layout_.substr(1), ", got ", o.input_shape);
  activation_ = ActivationOptions{o.activation};
  Op::get<ActivationOptions>("Activation").check_options(&activation_);
  const auto of = [&](const char* option, const gluon::nn::PerAxis& given) {
    const Shape sizes = given.of(axes);
    check(sizes.ndim() == axes, cell, option, ": expected ", axes, " numbers, or one, got ", sizes);
    return sizes;
  };
  const std::int64_t rows = gates * o.hidden_channels;
  i2h_options_ = {.kernel = of("i2h_kernel", o.i2h_kernel),
                  .stride = Shape::filled(axes, 1),
                  .dilate = of("i2h_dilate", o.i2h_dilate),
                  .pad = of("i2h_pad", o.i2h_pad),
                  .num_filter = rows,
                  .layout = layout_};
  h2h_options_ = {.kernel = of("h2h_kernel", o.h2h_kernel),
                  .stride = Shape::filled(axes, 1),
                  .dilate = of("h2h_dilate", o.h2h_dilate),
                  .pad = Shape::filled(axes, 0),
                  .num_filter = rows,
                  .layout = layout_};
  state_shape_ = o.input_shape;
  const int channel_axis = last ? axes : 0;
  state_shape_[channel_axis] = o.hidden_channels;
  for (int i = 0; i < axes; ++i) {
    const std::int64_t kernel = h2h_options_.kernel[i];
    check(kernel % 2 == 1, cell, "h2h_kernel: expected odd numbers, got ", h2h_options_.kernel);
    h2h_options_.pad[i] = h2h_options_.dilate[i] * (kernel - 1) / 2;
    std::int64_t& size = state_shape_[last ? i : i + 1];
    size += 2 * i2h_options_.pad[i] - i2h_options_.dilate[i] * (i2h_options_.kernel[i] - 1);
    check(size >= 1, cell, "i2h_kernel ", i2h_options_.kernel, " is larger than the input ",
          o.input_shape);
  }
  const std::int64_t channels = o.input_shape[channel_axis];
  i2h_weight_ = parameter("i2h_weight", {.shape = filter(rows, channels, i2h_options_.kernel, last),
                                         .init = o.i2h_weight_initializer});
  h2h_weight_ =
      parameter("h2h_weight", {.shape = filter(rows, o.hidden_channels, h2h_options_.kernel, last),
                               .init = o.h2h_weight_initializer});
  i2h_bias_ = parameter("i2h_bias", {.shape = {rows}, .init = o.i2h_bias_initializer});
  h2h_bias_ = parameter("h2h_bias", {.shape = {rows}, .init = o.h2h_bias_initializer});
}

std::vector<StateInfo> ConvCell::state_info(std::int64_t batch_size) const {
  Shape shape = state_shape_;
  shape.insert(0, batch_size);
  return std::vector<StateInfo>(static_cast<std::size_t>(states_),
                                {.shape = shape, .layout = layout_});
}

std::string ConvCell::to_string() const {
  const Shape& shape = i2h_weight_.shape();
  return str(type_name(), "(", shape[layout_.back() == 'C' ? shape.ndim() - 1 : 1], " -> ",
             shape[0], ", ", activation_.act_type, ", ", layout_, ")");
}

NDArray ConvCell::i2h(const NDArray& input) const {
  return apply_op(convolution(), &i2h_options_, input, {&i2h_weight_, &i2h_bias_});
}

NDArray ConvCell::h2h(const NDArray& state) const {
  return apply_op(convolution(), &h2h_options_, state, {&h2h_weight_, &h2h_bias_});
}

std::vector<NDArray> ConvCell::gates_of(const NDArray& all) const {
  return ops::split(all, {.num_outputs = gates_, .axis = layout_.back() == 'C' ? -1 : 1});
}

NDArray ConvCell::activated(const NDArray& x) const { return ops::Activation(x, activation_); }

std::pair<NDArray, States> ConvRNNCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const NDArray h = activated(i2h(input) + h2h(states[0]));
  return {h, {h}};
}

std::pair<NDArray, States> ConvLSTMCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const auto gates = gates_of(i2h(input) + h2h(states[0]));
  const NDArray memory =
      ops::sigmoid(gates[1]) * states[1] + ops::sigmoid(gates[0]) * activated(gates[2]);
  const NDArray h = ops::sigmoid(gates[3]) * activated(memory);
  return {h, {h, memory}};
}

std::pair<NDArray, States> ConvGRUCell::forward(const NDArray& input, const States& states) {
  check_states(states);
  const auto of_input = gates_of(i2h(input));
  const auto of_state = gates_of(h2h(states[0]));
  const NDArray reset = ops::sigmoid(of_input[0] + of_state[0]);
  const NDArray update = ops::sigmoid(of_input[1] + of_state[1]);
  const NDArray fresh = activated(of_input[2] + reset * of_state[2]);
  const NDArray h = (1.0 - update) * fresh + update * states[0];
  return {h, {h}};
}

}  // namespace gluino::gluon::contrib::rnn
