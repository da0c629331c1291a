// Recurrent cells; the numbers are those of MXNet 1.9.1.
#include <gluino/gluon/rnn/rnn.h>

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

// With the parameters, input and states of the reference.
struct Steps {
  Numbers output;
  std::vector<Numbers> states;
  Numbers unrolled;
  std::vector<Numbers> last_states;
};

void expect_steps(rnn::RecurrentCell& cell, const Steps& expected) {
  const NDArray x = pattern({2, 4}, 1);
  States states;
  for (std::size_t i = 0; i < expected.states.size(); ++i) {
    states.push_back(pattern({2, 3}, static_cast<int>(2 + i)));
  }
  for (const bool hybridized : {false, true}) {
    cell.initialize();
    cell.hybridize(hybridized);
    cell(x, states);
    int k = 6;
    for (const Parameter& p : cell.collect_params()) p.set_data(pattern(p.shape(), k++) * 0.3);
    const auto [output, next] = cell(x, states);
    expect_near(output, expected.output, 1e-5);
    ASSERT_EQ(next.size(), expected.states.size());
    for (std::size_t i = 0; i < next.size(); ++i) expect_near(next[i], expected.states[i], 1e-5);
    const auto [outputs, last] = cell.unroll(
        3, pattern({2, 3, 4}, 9), {.merge_outputs = true, .valid_length = nd::array({2, 3})});
    EXPECT_EQ(outputs.array().shape(), (Shape{2, 3, 3}));
    expect_near(outputs, expected.unrolled, 1e-5);
    for (std::size_t i = 0; i < last.size(); ++i) {
      expect_near(last[i], expected.last_states[i], 1e-5);
    }
  }
}

TEST(RecurrentCells, RNNCellHasMXNetsNumbers) {
  rnn::RNNCell cell(3);
  const Numbers h = {0.008202934637665749, 0.39480581879615784, -0.3160441219806671,
                     0.07019691914319992,  -0.8647589683532715, 0.4862614572048187};
  expect_steps(cell,
               {h,
                {h},
                {0.6990445852279663, -0.3354225754737854, -0.11289557814598083, 0.650804877281189,
                 -0.37977832555770874, 0.8522534370422363, 0, 0, 0, 0.4763573706150055,
                 -0.5737044811248779, 0.6691375374794006, 0.9656895399093628, -0.5896347165107727,
                 0.5689257383346558, 0.7624725103378296, -0.051844947040081024, 0.8669056296348572},
                {{0.650804877281189, -0.37977832555770874, 0.8522534370422363, 0.7624725103378296,
                  -0.051844947040081024, 0.8669056296348572}}});
}

TEST(RecurrentCells, LSTMCellHasMXNetsNumbers) {
  rnn::LSTMCell cell(3);
  const Numbers h = {-0.12056083232164383, 0.09257328510284424, -0.2177702784538269,
                     0.06714848428964615,  0.2716497778892517,  0.050255775451660156};
  expect_steps(
      cell, {h,
             {h,
              {-0.9089447259902954, 0.22608402371406555, -1.0254497528076172, 0.22480525076389313,
               0.5288152098655701, 0.15833187103271484}},
             {-0.21217966079711914, 0.143829807639122, 0.04136749356985092, -0.07913874089717865,
              0.06588580459356308, 0.2132675051689148, 0, 0, 0, -0.015200210735201836,
              -0.10430882126092911, 0.20804722607135773, -0.4114575982093811, -0.035558223724365234,
              0.33707764744758606, -0.1095237210392952, -0.15273404121398926, 0.23454609513282776},
             {{-0.07913874089717865, 0.06588580459356308, 0.2132675051689148, -0.1095237210392952,
               -0.15273404121398926, 0.23454609513282776},
              {-0.2914797067642212, 0.0992763340473175, 0.6468172669410706, -0.5005150437355042,
               -0.2162017673254013, 0.8241947889328003}}});
}

TEST(RecurrentCells, GRUCellHasMXNetsNumbers) {
  rnn::GRUCell cell(3);
  const Numbers h = {-0.8642838001251221, 0.11015374958515167, 1.1804900169372559,
                     0.09069415926933289, 0.13492895662784576, -0.04616910219192505};
  expect_steps(
      cell, {h,
             {h},
             {-0.386676549911499, 0.5758298635482788, -0.004141182638704777, -0.10126100480556488,
              0.20571307837963104, 0.3921603262424469, 0, 0, 0, 0.012656939215958118,
              -0.1871698796749115, 0.42456719279289246, -0.5279319286346436, -0.1304730623960495,
              0.28487154841423035, -0.30605605244636536, -0.2492564171552658, 0.5298748016357422},
             {{-0.10126100480556488, 0.20571307837963104, 0.3921603262424469, -0.30605605244636536,
               -0.2492564171552658, 0.5298748016357422}}});
}

rnn::SequentialRNNCell stacked() {
  rnn::SequentialRNNCell cell;
  cell.add(rnn::LSTMCell(3), rnn::GRUCell(5));
  return cell;
}

TEST(RecurrentCells, StackedAreOneAfterTheOther) {
  auto cell = stacked();
  cell.initialize(init::Xavier());
  EXPECT_EQ(cell.to_string(),
            "SequentialRNNCell(\n  (0): LSTMCell(None -> 12)\n  (1): GRUCell(None -> 15)\n)");
  ASSERT_EQ(cell.state_info(2).size(), 3u);
  EXPECT_EQ(cell.state_info(2)[2].shape, (Shape{2, 5}));
  const NDArray x = pattern({2, 4}, 1);
  const States begin = cell.begin_state(2);
  const auto [y, states] = cell(x, begin);
  const auto [h, lower] = cell[0](x, {begin[0], begin[1]});
  const auto [top, upper] = cell[1](h, {begin[2]});
  EXPECT_EQ(y.to_vector<double>(), top.to_vector<double>());
  EXPECT_EQ(states[1].to_vector<double>(), lower[1].to_vector<double>());
  EXPECT_THAT(message_of([&] { cell(x, {begin[0]}); }), HasSubstr("expected 3 states, got 1"));
}

// A network that unrolls a cell, as one graph.
class Reader : public HybridBlock {
 public:
  Reader() : HybridBlock("reader_") { register_child("cell", cell_); }
  NDArray forward(const NDArray& x) override {
    const auto [outputs, states] = cell_->unroll(x.shape()[1], x);
    return outputs[outputs.size() - 1].array() + states.back();
  }

 private:
  std::shared_ptr<rnn::SequentialRNNCell> cell_ =
      std::make_shared<rnn::SequentialRNNCell>(stacked());
};

TEST(RecurrentCells, UnrolledInAGraphTheyHaveTheSameNumbersAndGradients) {
  const auto run = [](bool hybridized) {
    Reader net;
    random::seed(4);
    net.initialize(init::Xavier());
    const NDArray x = pattern({2, 6, 4}, 1);
    net(x);
    net.hybridize(hybridized);
    x.attach_grad();
    std::vector<Numbers> results;
    for (int i = 0; i < 2; ++i) {
      NDArray y;
      {
        const auto recording = autograd::record();
        y = net(x);
      }
      y.backward();
      results.push_back(y.to_vector<double>());
      results.push_back(x.grad().to_vector<double>());
      for (const Parameter& p : net.collect_params()) {
        results.push_back(p.grad().to_vector<double>());
      }
    }
    return results;
  };
  const gluino::testing::WithoutPasses as_written;
  EXPECT_EQ(run(false), run(true));
}

TEST(RecurrentCells, ResidualAddsTheInputAndDropoutActsInTrainingAlone) {
  const auto lower = std::make_shared<rnn::GRUCell>(4);
  rnn::SequentialRNNCell cell;
  cell.add(std::make_shared<rnn::ResidualCell>(lower)).add(std::make_shared<rnn::DropoutCell>(0.5));
  cell.initialize(init::Xavier());
  const NDArray x = pattern({2, 4}, 1);
  const NDArray h = lower->begin_state(2)[0];
  const NDArray expected = (*lower)(x, {h}).first + x;
  for (const bool hybridized : {false, true}) {
    cell.hybridize(hybridized);
    const auto [y, states] = cell(x, {h});
    ASSERT_EQ(states.size(), 1u);
    EXPECT_EQ(y.to_vector<double>(), expected.to_vector<double>());
    const auto training = autograd::record();
    const auto dropped = cell(x, {h}).first.to_vector<double>();
    const auto kept = (expected * 2.0).to_vector<double>();
    for (std::size_t i = 0; i < kept.size(); ++i) {
      EXPECT_TRUE(dropped[i] == 0 || dropped[i] == kept[i]) << i;
    }
  }
  EXPECT_THROW(rnn::DropoutCell(1), Error);
}

TEST(RecurrentCells, ResidualAddsNothingOfAnotherShape) {
  rnn::ResidualCell cell(rnn::RNNCell(4));
  cell.initialize();
  const auto expected = HasSubstr("expected inputs of the outputs' shape, (2, 4), got (2, 1)");
  EXPECT_THAT(message_of([&] { cell(nd::ones({2, 1}), cell.begin_state(2)); }), expected);
  EXPECT_THAT(message_of([&] { cell.unroll(3, nd::ones({2, 3, 1})); }), expected);
}

TEST(RecurrentCells, UnrollTakesListsAndEitherLayout) {
  rnn::GRUCell cell(3);
  cell.initialize(init::Xavier());
  const NDArray ntc = pattern({2, 3, 4}, 1);
  const auto [list, states] = cell.unroll(3, ntc);
  ASSERT_EQ(list.size(), 3u);
  const NDArray merged = cell.unroll(3, ntc, {.merge_outputs = true}).first;
  const NDArray tnc = cell.unroll(3, nd::swapaxes(ntc, {.dim1 = 0, .dim2 = 1}),
                                  {.layout = "TNC", .merge_outputs = true})
                          .first;
  EXPECT_EQ(nd::swapaxes(tnc, {.dim1 = 0, .dim2 = 1}).to_vector<double>(),
            merged.to_vector<double>());
  const auto steps = nd::split(ntc, {.num_outputs = 3, .axis = 1, .squeeze_axis = true});
  EXPECT_EQ(cell.unroll(3, steps).second[0].to_vector<double>(), states[0].to_vector<double>());
  EXPECT_THAT(message_of([&] { cell.unroll(4, steps); }), HasSubstr("expected 4 inputs, got 3"));
  EXPECT_THAT(message_of([&] { cell.unroll(4, ntc); }), HasSubstr("expected 4 steps on axis 1"));
  EXPECT_THAT(message_of([&] { rnn::GRUCell(0); }), HasSubstr("hidden_size"));
}

// States that nobody gave are zeros, which lead to no gradient.
TEST(RecurrentCells, TrainHybridizedFromTheSecondCallOn) {
  rnn::GRUCell cell({.hidden_size = 3});
  cell.initialize();
  const NDArray x = pattern({2, 4, 5}, 1);
  std::vector<Numbers> gradients;
  for (const bool hybridized : {false, true}) {
    cell.hybridize(hybridized);
    for (int call = 0; call < 2; ++call) {
      NDArray y;
      {
        const auto recording = autograd::record();
        y = cell.unroll(4, x, {.merge_outputs = true}).first.array();
      }
      y.backward();
      gradients.push_back(cell.collect_params()["h2h_weight"].grad().to_vector<double>());
    }
  }
  for (const Numbers& other : gradients) {
    ASSERT_EQ(other.size(), gradients[0].size());
    for (std::size_t i = 0; i < other.size(); ++i) {
      EXPECT_NEAR(other[i], gradients[0][i], 1e-6 * (1 + std::abs(other[i])));
    }
  }
}

}  // namespace
}  // namespace gluino::gluon
