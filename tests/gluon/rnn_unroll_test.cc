// Cells around other cells, which look at whole sequences; the numbers are those of MXNet 1.9.1.
#include <gluino/gluon/loss.h>
#include <gluino/gluon/nn/nn.h>
#include <gluino/gluon/rnn/rnn.h>
#include <gluino/gluon/trainer.h>

#include "gluon/support.h"
#include "graph/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::expect_near;
using gluino::testing::message_of;
using gluino::testing::pattern;
using rnn::States;
using ::testing::HasSubstr;

using Numbers = std::vector<double>;

// The parameters of the reference.
void set_patterns(rnn::RecurrentCell& cell) {
  cell.initialize();
  int k = 6;
  for (const Parameter& p : cell.collect_params()) p.set_data(pattern(p.shape(), k++) * 0.3);
}

NDArray sequences() { return pattern({2, 3, 4}, 9); }

rnn::BidirectionalCell both_ways() {
  return {rnn::LSTMCell({.hidden_size = 3, .input_size = 4, .prefix = "l_"}),
          rnn::GRUCell({.hidden_size = 2, .input_size = 4, .prefix = "r_"})};
}

struct Unrolled {
  NDArray valid_length;
  Numbers outputs;
  std::vector<Numbers> states;
  /// Of the sum of the outputs' squares.
  Numbers input_gradient;
  Numbers backward_h2h_gradient;
};

const std::vector<Unrolled>& bidirectional() {
  static const std::vector<Unrolled> all = {
      {{},
       {-0.21217966, 0.14382981,  0.041367494, 0.6586175,    -0.51226604,  -0.079138741,
        0.065885805, 0.21326751,  0.076943673, -0.13467021,  -0.23105709,  0.16561787,
        0.28096494,  0.61832327,  -0.46164557, -0.015200211, -0.10430882,  0.20804723,
        0.020815469, -0.11346868, -0.4114576,  -0.035558224, 0.33707765,   0.34094656,
        -0.37958884, -0.10952372, -0.15273404, 0.2345461,    -0.055044401, 0.060872745},
       {{-0.23105709, 0.16561787, 0.28096494, -0.10952372, -0.15273404, 0.2345461},
        {-0.75920624, 0.40805414, 0.66392177, -0.50051504, -0.21620177, 0.82419479},
        {0.6586175, -0.51226604, 0.020815469, -0.11346868}},
       {0.1767285,      -0.12498926,  0.071792156,  0.044741657,  0.14363627,  -0.090610273,
        0.11175713,     -0.155377,    0.22124143,   -0.17999606,  0.097543024, 0.083570369,
        -0.00098459609, 0.0089516398, 0.0016263854, 0.041426722,  0.26470843,  -0.21549331,
        0.14771916,     -0.14085522,  -0.020564275, -0.021968987, 0.010786799, 0.074978717},
       {0.0058340146, -0.004403105, -0.0015827941, 0.00043742638, 0.036501847, -0.0089289136,
        0.073195383, -0.051573463, 0.063674517, -0.049121749, -0.11995441, 0.1071448}},
      {nd::array({2, 3}),
       {-0.21217966,
        0.14382981,
        0.041367494,
        0.63492239,
        -0.45194781,
        -0.079138741,
        0.065885805,
        0.21326751,
        -0.064890556,
        0.037680469,
        0,
        0,
        0,
        0,
        0,
        -0.015200211,
        -0.10430882,
        0.20804723,
        0.020815469,
        -0.11346868,
        -0.4114576,
        -0.035558224,
        0.33707765,
        0.34094656,
        -0.37958884,
        -0.10952372,
        -0.15273404,
        0.2345461,
        -0.055044401,
        0.060872745},
       {{-0.079138741, 0.065885805, 0.21326751, -0.10952372, -0.15273404, 0.2345461},
        {-0.29147971, 0.099276334, 0.64681727, -0.50051504, -0.21620177, 0.82419479},
        {0.63492239, -0.45194781, 0.020815469, -0.11346868}},
       {0.18499923,
        -0.12312961,
        0.067478277,
        0.054780394,
        0.086441435,
        -0.055233911,
        0.043774016,
        -0.04715848,
        0,
        0,
        0,
        0,
        -0.00098459609,
        0.0089516398,
        0.0016263854,
        0.041426722,
        0.26470843,
        -0.21549331,
        0.14771916,
        -0.14085522,
        -0.020564275,
        -0.021968987,
        0.010786799,
        0.074978717},
       {-0.0019411156, 0.0018744771, -0.0019064874, 0.0015361641, 0.021834617, -0.014715477,
        0.031960987, -0.029790776, -0.0061531644, 0.0055284984, -0.0060902685, 0.011129228}}};
  return all;
}

TEST(Bidirectional, HasMXNetsNumbersAndGradients) {
  for (const bool hybridized : {false, true}) {
    for (const Unrolled& expected : bidirectional()) {
      auto cell = both_ways();
      set_patterns(cell);
      cell.hybridize(hybridized);
      const NDArray x = sequences();
      x.attach_grad();
      NDArray outputs;
      States states;
      {
        const auto recording = autograd::record();
        auto [all, last] =
            cell.unroll(3, x, {.merge_outputs = true, .valid_length = expected.valid_length});
        outputs = all.array();
        states = last;
        (outputs * outputs).sum().backward();
      }
      EXPECT_EQ(outputs.shape(), (Shape{2, 3, 5}));
      expect_near(outputs, expected.outputs, 1e-5);
      ASSERT_EQ(states.size(), expected.states.size());
      for (std::size_t i = 0; i < states.size(); ++i) {
        expect_near(states[i], expected.states[i], 1e-5);
      }
      expect_near(x.grad(), expected.input_gradient, 1e-5);
      expect_near(cell.collect_params()["r_h2h_weight"].grad(), expected.backward_h2h_gradient,
                  1e-5);
    }
  }
}

TEST(Bidirectional, UnrollsInAStackBelowAResidualCell) {
  rnn::SequentialRNNCell cell;
  cell.add(rnn::BidirectionalCell(rnn::RNNCell({.hidden_size = 2, .input_size = 4}),
                                  rnn::RNNCell({.hidden_size = 2, .input_size = 4})),
           rnn::ResidualCell(rnn::GRUCell({.hidden_size = 4, .input_size = 4})));
  set_patterns(cell);
  const auto [outputs, states] = cell.unroll(3, sequences(), {.merge_outputs = true});
  expect_near(outputs,
              {0.80136228,  -0.487005,   -0.16812859, -0.010178566, 0.55412477,  -0.73367429,
               -0.86630726, 1.2728722,   0.89587587,  -0.57127106,  -0.48248491, 0.53018379,
               0.43970501,  -0.58272135, -0.53475463, 0.92663997,   0.80899906,  -0.83676904,
               -1.0658122,  0.54238278,  0.67771661,  -0.6379872,   -0.83909059, 1.3500882},
              1e-5);
  ASSERT_EQ(states.size(), 3u);
  expect_near(states[1], {-0.038585868, -0.33202875, -0.29818559, 0.5955928}, 1e-5);
  expect_near(states[2],
              {0.033737067, -0.092074998, -0.34163076, 0.61465001, -0.11979756, 0.070247583,
               -0.45148057, 0.64628118},
              1e-5);
  EXPECT_THAT(message_of([&] {
                cell(pattern({2, 4}, 1), cell.begin_state(2));
              }),
              HasSubstr("call unroll"));
}

// A residual cell around cells that cannot step, and samples of two lengths: what comes in is cut
// off, too.
TEST(Bidirectional, ResidualEndsWithTheSample) {
  rnn::ResidualCell cell(rnn::BidirectionalCell(rnn::RNNCell(2), rnn::RNNCell(2)));
  cell.initialize(init::Xavier());
  const NDArray x = sequences();
  const auto [outputs, states] = cell.unroll(3, x, {.valid_length = nd::array({1, 3})});
  const Numbers values = outputs.array().to_vector<double>();
  EXPECT_EQ(Numbers(values.begin() + 4, values.begin() + 12), Numbers(8, 0.0));
  const NDArray alone = nd::slice_axis(x, {.axis = 1, .begin = 0, .end = 1});
  const Numbers first =
      cell.unroll(1, alone, {.merge_outputs = true}).first.array().to_vector<double>();
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(values[i], first[i], 1e-6);
}

rnn::ZoneoutCell zoned_lstm() {
  return rnn::ZoneoutCell(rnn::LSTMCell({.hidden_size = 3, .input_size = 4}),
                          {.zoneout_outputs = 0.4, .zoneout_states = 0.25});
}

const Numbers kZonedOutputs = {
    -0.21217966, 0,         0, -0.079138741, 0,           0,           -0.079138741, 0,
    0.26498538,  0,         0, 0.20804723,   -0.40339175, -0.02785561, 0.33995393,   -0.10662431,
    -0.02785561, 0.33995393};

TEST(Zoneout, DrawsAsMXNet) {
  for (const bool hybridized : {false, true}) {
    auto cell = zoned_lstm();
    set_patterns(cell);
    cell.hybridize(hybridized);
    for (int again = 0; again < 2; ++again) {
      random::seed(7);
      const auto training = autograd::record();
      const auto [outputs, states] = cell.unroll(3, sequences(), {.merge_outputs = true});
      expect_near(outputs, kZonedOutputs, 1e-5);
      expect_near(states[0],
                  {-0.24471568, 0.15875076, 0.26498538, -0.40339175, -0.14425464, 0.23567361},
                  1e-5);
      expect_near(states[1], {-0.77446187, 0, 0.60019147, -0.68481874, -0.20390086, 0.82945502},
                  1e-5);
    }
  }
}

TEST(Zoneout, KeepsTheOutputFromStepToStepUntilReset) {
  for (const bool hybridized : {false, true}) {
    auto cell = zoned_lstm();
    set_patterns(cell);
    cell.hybridize(hybridized);
    for (int sequence = 0; sequence < 2; ++sequence) {
      cell.reset();
      random::seed(7);
      const auto training = autograd::record();
      States states = cell.begin_state(2);
      std::vector<NDArray> outputs;
      for (const NDArray& step :
           nd::split(sequences(), {.num_outputs = 3, .axis = 1, .squeeze_axis = true})) {
        auto [output, next] = cell(step, states);
        outputs.push_back(output);
        states = next;
      }
      expect_near(nd::stack(outputs, {.axis = 1}), kZonedOutputs, 1e-5);
    }
  }
}

TEST(Zoneout, ChangesNothingOutsideOfTraining) {
  const auto base = std::make_shared<rnn::LSTMCell>(3);
  rnn::ZoneoutCell cell(base, {.zoneout_outputs = 0.4, .zoneout_states = 0.25});
  cell.initialize(init::Xavier());
  const auto expected = base->unroll(3, sequences(), {.merge_outputs = true});
  const auto got = cell.unroll(3, sequences(), {.merge_outputs = true});
  EXPECT_EQ(got.first.array().to_vector<double>(), expected.first.array().to_vector<double>());
  EXPECT_EQ(got.second[1].to_vector<double>(), expected.second[1].to_vector<double>());
}

TEST(Zoneout, RefusesWhatHasNoMeaning) {
  EXPECT_THAT(message_of([] { rnn::ZoneoutCell(rnn::LSTMCell(3), {.zoneout_states = 1}); }),
              HasSubstr("zoneout_states: expected 0 <= p < 1, got 1"));
  EXPECT_THAT(message_of([] { rnn::ZoneoutCell(rnn::ResidualCell(both_ways())); }),
              HasSubstr("put a ZoneoutCell around each of the cells inside"));
}

TEST(CellsAroundCells, ArePrintedAsInPython) {
  EXPECT_EQ(both_ways().to_string(),
            "BidirectionalCell(forward=LSTMCell(4 -> 12), backward=GRUCell(4 -> 6))");
  EXPECT_EQ(zoned_lstm().to_string(), "ZoneoutCell(p_out=0.4, p_state=0.25, LSTMCell(4 -> 12))");
  EXPECT_EQ(rnn::ZoneoutCell(rnn::LSTMCell(3)).to_string(),
            "ZoneoutCell(p_out=0.0, p_state=0.0, LSTMCell(None -> 12))");
}

// Says from sequences of two lengths how much is in them, as one graph.
class Regression : public HybridBlockOf<NDArray(NDArray, NDArray)> {
 public:
  Regression() {
    cell_->add(rnn::BidirectionalCell(
        rnn::ZoneoutCell(rnn::LSTMCell(4), {.zoneout_outputs = 0.2, .zoneout_states = 0.1}),
        rnn::GRUCell(3)));
    cell_->add(rnn::ResidualCell(rnn::GRUCell(7)));
    register_child("cell", cell_);
  }
  NDArray forward(NDArray x, NDArray length) override {
    const auto [outputs, states] = cell_->unroll(x.shape()[1], x, {.valid_length = length});
    return fc_(outputs.array());
  }

 private:
  std::shared_ptr<rnn::SequentialRNNCell> cell_ = std::make_shared<rnn::SequentialRNNCell>();
  Child<nn::Dense> fc_ = child<nn::Dense>("fc", {.units = 1});
};

std::vector<double> losses_in_training(bool hybridized) {
  Regression net;
  random::seed(4);
  net.initialize(init::Xavier());
  net.hybridize(hybridized);
  Trainer trainer(net.collect_params(), "adam", {{"learning_rate", 0.05}});
  const NDArray x = pattern({6, 5, 3}, 2);
  const NDArray length = nd::array({5, 1, 3, 4, 2, 5});
  const NDArray wanted = pattern({6, 1}, 5) * 0.5;
  loss::L2Loss l2;
  std::vector<double> losses;
  for (int step = 0; step < 30; ++step) {
    random::seed(step);
    NDArray loss;
    {
      const auto recording = autograd::record();
      loss = l2(net(x, length), wanted);
    }
    loss.backward();
    trainer.step(6);
    losses.push_back(nd::mean(loss).asscalar<double>());
  }
  return losses;
}

TEST(CellsAroundCells, TrainHybridizedAsTheyDoEagerly) {
  const gluino::testing::WithoutPasses as_written;
  const auto eager = losses_in_training(false);
  const auto hybrid = losses_in_training(true);
  for (std::size_t i = 0; i < eager.size(); ++i) {
    EXPECT_NEAR(hybrid[i], eager[i], 1e-4 * (1 + eager[i])) << "step " << i;
  }
  EXPECT_LT(eager.back(), eager.front() / 4);
}

}  // namespace
}  // namespace gluino::gluon
