#include <cmath>

#include "ops/support.h"

namespace gluino {
namespace {

using testing::filled;
using testing::message_of;
using testing::same_bits;

RNNOptions lstm(std::int64_t layers) {
  return {.state_size = 4, .num_layers = layers, .mode = "lstm", .state_outputs = true};
}

std::vector<NDArray> inputs_for(const RNNOptions& o, const Shape& data) {
  const std::int64_t runs = o.num_layers * (o.bidirectional ? 2 : 1);
  const Shape state = {runs, data[1], o.projection_size.value_or(o.state_size)};
  const Shape cell = {runs, data[1], o.state_size};
  const Shape parameters = {rnn_parameter_count(o, data[2])};
  std::vector<NDArray> inputs;
  for (const Shape& shape : {data, parameters, state, cell}) {
    inputs.push_back(filled({shape}, float64, 20 + static_cast<unsigned>(inputs.size())));
  }
  if (o.mode != "lstm") inputs.pop_back();
  return inputs;
}

// A sequence in two parts, the second beginning with the states of the first's end.
TEST(Rnn, GoesOnFromItsLastStates) {
  for (const char* mode : {"lstm", "gru", "rnn_tanh", "rnn_relu"}) {
    SCOPED_TRACE(mode);
    RNNOptions o = lstm(2);
    o.mode = mode;
    auto inputs = inputs_for(o, {7, 3, 5});
    const auto whole = nd::RNN(inputs, o);
    const NDArray data = inputs[0];
    inputs[0] = data.slice(0, 4);
    const auto first = nd::RNN(inputs, o);
    inputs[0] = data.slice(4, 7);
    for (std::size_t i = 2; i < inputs.size(); ++i) inputs[i] = first[i - 1];
    const auto second = nd::RNN(inputs, o);
    const auto expected = whole[0].to_vector<double>();
    const auto end = second[0].to_vector<double>();
    for (std::size_t i = 0; i < end.size(); ++i) {
      EXPECT_NEAR(end[i], expected[expected.size() - end.size() + i], 1e-12) << i;
    }
    for (std::size_t i = 1; i < whole.size(); ++i) {
      EXPECT_NEAR(nd::norm(whole[i] - second[i]).asscalar(), 0, 1e-12) << i;
    }
  }
}

// Also where threads take sequences of their own, and one is left over.
TEST(Rnn, HasTheSameBitsForAnyNumberOfThreads) {
  std::vector<RNNOptions> cases;
  for (const char* mode : {"rnn_tanh", "rnn_relu", "gru", "lstm"}) {
    RNNOptions o = lstm(2);
    o.mode = mode;
    o.state_size = 48;
    o.bidirectional = true;
    for (const bool lengths : {false, true}) {
      o.use_sequence_length = lengths;
      cases.push_back(o);
    }
  }
  cases.push_back(cases.back());
  cases.back().projection_size = 20;
  for (RNNOptions& o : cases) {
    SCOPED_TRACE(::testing::Message() << o.mode << ", lengths " << o.use_sequence_length
                                      << ", projection " << o.projection_size.value_or(0));
    auto inputs = inputs_for(o, {5, 81, 30});
    if (o.use_sequence_length) {
      inputs.push_back(nd::arange(0, 81, 1, float64) % 6);
    }
    std::vector<NDArray> first;
    for (const int threads : {1, 2, 5}) {
      set_num_threads(threads);
      std::vector<NDArray> results = nd::RNN(inputs, o);
      const auto heads = testing::heads_for(results);
      for (const NDArray& each : testing::gradients(Op::get("RNN"), &o, inputs, heads)) {
        results.push_back(each);
      }
      if (first.empty()) first = results;
      for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_TRUE(same_bits(results[i], first[i])) << i << " with " << threads << " threads";
      }
    }
  }
  set_num_threads(0);
}

// Against finite differences, the same elements being dropped each time.
TEST(Rnn, DropsBetweenItsLayersInTrainingAlone) {
  RNNOptions o = lstm(2);
  const auto inputs = inputs_for(o, {3, 2, 3});
  const NDArray plain = nd::RNN(inputs, o)[0];
  o.p = 0.5;
  EXPECT_TRUE(same_bits(nd::RNN(inputs, o)[0], plain));
  const auto run = [&] {
    random::seed(5);
    const auto training = autograd::train_mode();
    return nd::RNN(inputs, o);
  };
  const auto heads = testing::heads_for(run());
  EXPECT_FALSE(same_bits(run()[0], plain));
  random::seed(5);
  const auto gradients = testing::gradients(Op::get("RNN"), &o, inputs, heads);
  const auto value = [&] {
    random::seed(5);
    const auto outputs = run();
    double sum = 0;
    for (std::size_t i = 0; i < heads.size(); ++i)
      sum += (outputs[i] * heads[i]).sum().to_vector<double>()[0];
    return sum;
  };
  for (const std::size_t input : {0, 1}) {
    for (std::int64_t i = 0; i < inputs[input].size(); i += 7) {
      constexpr double kStep = 1e-6;
      double& element = inputs[input].data<double>()[i];
      const double before = element;
      element = before + kStep;
      const double above = value();
      element = before - kStep;
      const double below = value();
      element = before;
      EXPECT_NEAR(gradients[input].data<double>()[i], (above - below) / (2 * kStep), 1e-5) << i;
    }
  }
}

TEST(Rnn, RefusesWhatCannotBe) {
  EXPECT_EQ(message_of([] { rnn_parameter_count({.state_size = 0}, 3); }),
            "[RNN] state_size and num_layers: expected 1 or more, got 0 and 1");
  EXPECT_EQ(message_of([] { rnn_parameter_count({.state_size = std::int64_t{1} << 40}, 3); }),
            "[RNN] state_size 1099511627776 and num_layers 1 are too large");
  auto inputs = inputs_for(lstm(1), {2, 3, 5});
  inputs[1] = nd::ones({9}, float64);
  EXPECT_EQ(message_of([&] { nd::RNN(inputs, lstm(1)); }),
            "[RNN] parameters: expected shape (176,), got (9,)");
}

}  // namespace
}  // namespace gluino
