// RNN's lengths, projections and clipped cells, against the operator without them.
#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;

void expect_near(const NDArray& got, const NDArray& expected) {
  ASSERT_EQ(got.shape(), expected.shape());
  const auto x = got.to_vector<double>();
  const auto y = expected.to_vector<double>();
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], y[i], 1e-12) << i;
}

NDArray part(const NDArray& x, std::int64_t axis, std::int64_t begin, std::int64_t end) {
  return nd::slice_axis(x, {.axis = axis, .begin = begin, .end = end});
}

TEST(RNNOptions, SequencesOfTheirOwnLengthAreThoseAlone) {
  constexpr std::int64_t kSteps = 5, kBatch = 3, kInput = 4;
  for (const char* mode : {"lstm", "gru", "rnn_tanh"}) {
    SCOPED_TRACE(mode);
    RNNOptions options = {.state_size = 3, .num_layers = 2, .bidirectional = true, .mode = mode};
    options.state_outputs = true;
    const NDArray data = filled({{kSteps, kBatch, kInput}}, float64, 1);
    std::vector<NDArray> inputs = {data,
                                   filled({{rnn_parameter_count(options, kInput)}}, float64, 2)};
    inputs.push_back(filled({{4, kBatch, 3}}, float64, 3));
    if (options.mode == "lstm") inputs.push_back(filled({{4, kBatch, 3}}, float64, 4));
    RNNOptions with_lengths = options;
    with_lengths.use_sequence_length = true;
    std::vector<NDArray> all = inputs;
    all.push_back(nd::array({2, 5, 1}, int32));
    const auto got = nd::RNN(all, with_lengths);
    for (std::int64_t n = 0; n < kBatch; ++n) {
      const std::int64_t length = n == 0 ? 2 : n == 1 ? 5 : 1;
      std::vector<NDArray> alone = {part(part(data, 0, 0, length), 1, n, n + 1), inputs[1]};
      for (std::size_t i = 2; i < inputs.size(); ++i) {
        alone.push_back(part(inputs[i], 1, n, n + 1));
      }
      const auto expected = nd::RNN(alone, options);
      const NDArray output = part(got[0], 1, n, n + 1);
      expect_near(part(output, 0, 0, length), expected[0]);
      if (length < kSteps) {
        EXPECT_EQ(nd::norm(part(output, 0, length, kSteps)).asscalar(), 0);
      }
      for (std::size_t i = 1; i < got.size(); ++i) {
        expect_near(part(got[i], 1, n, n + 1), expected[i]);
      }
    }
  }
}

TEST(RNNOptions, AProjectionByTheUnitMatrixChangesNothing) {
  const RNNOptions options = {.state_size = 2, .num_layers = 1, .mode = "lstm"};
  RNNOptions projected = options;
  projected.projection_size = 2;
  const NDArray parameters = filled({{48}}, float64, 5);
  const NDArray with_unit = nd::concat(
      {part(parameters, 0, 0, 32), nd::array({1, 0, 0, 1}, float64), part(parameters, 0, 32, 48)},
      {.dim = 0});
  const NDArray data = filled({{4, 3, 2}}, float64, 6);
  const NDArray state = filled({{1, 3, 2}}, float64, 7), cell = filled({{1, 3, 2}}, float64, 8);
  expect_near(nd::RNN(std::vector<NDArray>{data, with_unit, state, cell}, projected)[0],
              nd::RNN(std::vector<NDArray>{data, parameters, state, cell}, options)[0]);
}

TEST(RNNOptions, CellsAreClipped) {
  RNNOptions options = {.state_size = 4, .num_layers = 1, .mode = "lstm", .state_outputs = true};
  const std::vector<NDArray> inputs = {
      filled({{1, 3, 2}}, float64, 9), filled({{128}}, float64, 10),
      filled({{1, 3, 4}}, float64, 11), filled({{1, 3, 4}}, float64, 12)};
  const auto plain = nd::RNN(inputs, options);
  options.lstm_state_clip_min = -0.05;
  options.lstm_state_clip_max = 0.1;
  const auto clipped = nd::RNN(inputs, options);
  const NDArray cells = nd::minimum(nd::maximum(plain[2], -0.05), 0.1);
  expect_near(clipped[2], cells);
  expect_near(clipped[1], plain[1] / nd::tanh(plain[2]) * nd::tanh(cells));
}

TEST(RNNOptions, RefusesWhatOtherModesHaveNot) {
  EXPECT_EQ(message_of([] {
              rnn_parameter_count({.state_size = 2, .mode = "gru", .projection_size = 1}, 2);
            }),
            "[RNN] projection_size and lstm_state_clip: only lstm has them, not gru");
  EXPECT_EQ(message_of([] { rnn_parameter_count({.state_size = 2, .projection_size = 3}, 2); }),
            "[RNN] projection_size: expected 1 to state_size, 2, got 3");
}

}  // namespace
}  // namespace gluino
