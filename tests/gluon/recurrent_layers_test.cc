// Recurrent layers; the numbers are those of MXNet 1.9.1, unless something else is said.
#include <gluino/gluon/rnn/rnn.h>

#include "gluon/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::expect_near;
using gluino::testing::message_of;
using gluino::testing::pattern;
using gluino::testing::TemporaryFile;
using rnn::States;
using ::testing::HasSubstr;

using Numbers = std::vector<double>;

// With the parameters, input and states of the reference.
struct Expected {
  Numbers outputs;
  std::vector<Numbers> states;
  /// Of l0_i2h_weight, for the sum of the squared outputs.
  Numbers gradient{};
};

void set_parameters(const Block& layer) {
  int k = 6;
  for (const Parameter& p : layer.collect_params()) p.set_data(pattern(p.shape(), k++) * 0.3);
}

States patterns_of_states(const rnn::RecurrentLayer& layer, std::int64_t batch) {
  States states;
  for (const rnn::StateInfo& info : layer.state_info(batch)) {
    states.push_back(pattern(info.shape, static_cast<int>(2 + states.size())));
  }
  return states;
}

void expect_numbers(rnn::RecurrentLayer& layer, const Expected& expected) {
  layer.initialize();
  set_parameters(layer);
  const NDArray x = pattern({5, 2, 4}, 1);
  for (const bool hybridized : {false, true}) {
    layer.hybridize(hybridized);
    NDArray outputs;
    States last;
    {
      const auto recording = autograd::record();
      std::tie(outputs, last) = layer(x, patterns_of_states(layer, 2));
      (outputs * outputs).sum().backward();
    }
    expect_near(outputs, expected.outputs, 1e-5);
    ASSERT_EQ(last.size(), expected.states.size());
    for (std::size_t i = 0; i < last.size(); ++i) expect_near(last[i], expected.states[i], 1e-5);
    if (expected.gradient.empty()) continue;
    expect_near(layer.collect_params().begin()->grad(), expected.gradient, 1e-5);
  }
}

TEST(RecurrentLayers, RNNHasMXNetsNumbers) {
  rnn::RNN layer({.hidden_size = 3, .num_layers = 2, .bidirectional = true, .input_size = 4});
  expect_numbers(
      layer,
      {.outputs = {0.1974972, 0,         0,         0, 0.09111004, 0, 1.851319,  0, 0.6037279, 0,
                   0.5734717, 0.2616372, 0.8767205, 0, 0,          0, 0.1889793, 0, 1.117864,  0,
                   0.9212988, 0,         0.6662941, 0, 0.7076513,  0, 0.6317551, 0, 0,         0,
                   0.9001019, 0,         0.8003158, 0, 0.6758727,  0, 0.628692,  0, 0.7748227, 0,
                   0,         0,         0.8667887, 0, 0.7535076,  0, 0.6281536, 0, 0.9091175, 0,
                   1.121951,  0.14313,   0,         0, 0.9903321,  0, 0.7255184, 0, 0.3401552, 0},
       .states = {{1.984208,  0,          0.6938931, 0.7294867, 0,         1.22192,
                   0.7831525, 0,          0.1156923, 0,         1.43459,   0,
                   0.9091175, 0,          1.121951,  0.9903321, 0,         0.7255184,
                   0,         0.09111004, 0,         0,         0.5734717, 0.2616372}},
       .gradient = {2.456171, -0.3581273, -0.4826818, -0.9138417, -1.071367, -0.198937, 0.6734927,
                    -0.8355749, -0.6594575, -0.1932945, -0.3118519, 0.09483531}});
}

TEST(RecurrentLayers, LSTMHasMXNetsNumbers) {
  rnn::LSTM layer({.hidden_size = 3, .num_layers = 2, .input_size = 4});
  expect_numbers(
      layer,
      {.outputs = {-0.02201984, 0.358709,  -0.3237091, 0.06402077,    0.4020275, -0.2249696,
                   -0.02941687, 0.4137463, -0.198203,  0.02193893,    0.4557421, -0.1385686,
                   -0.04735869, 0.434488,  -0.1769869, 0.001596812,   0.4694994, -0.1097825,
                   -0.06456367, 0.4372188, -0.1683757, -4.326572e-06, 0.4728152, -0.09622195,
                   -0.0748005,  0.4576568, -0.1732252, 0.007717973,   0.4726554, -0.08861474},
       .states = {{-0.4909722, 0.08410696, 0.05637139, -0.05816181, -0.2224654, 0.3134498,
                   -0.0748005, 0.4576568, -0.1732252, 0.007717973, 0.4726554, -0.08861474},
                  {-1.023575, 0.2291358, 0.08037872, -0.2342132, -0.3077513, 1.18035, -0.1477362,
                   1.15188, -0.3374952, 0.01326133, 1.336593, -0.1748547}},
       .gradient = {
           -0.0005304164, -0.01026634,  0.00842603,   -0.01538558,  0.002878458,  0.0005408463,
           -0.001433605,  -0.004450946, -0.001837596, 0.009405036,  -0.001052318, -0.01240387,
           0.01533422,    -0.01215632,  0.009586543,  -0.01032069,  -0.001779462, -0.006860561,
           0.005475366,   -0.004954607, 0.021742,     0.005859402,  -0.03239374,  0.02640936,
           0.00231096,    -0.07077418,  0.0764237,    -0.003371398, -0.01625861,  -0.01477484,
           0.0241728,     -0.01736264,  0.0272469,    -0.03303619,  0.05016439,   -0.0714193,
           0.03148464,    -0.03687324,  0.02934257,   -0.04457148,  0.001561301,  -0.005270606,
           0.004051745,   -0.007037818, -0.009963304, 0.04285913,   -0.06095956,  0.0151041}});
}

TEST(RecurrentLayers, LSTMWithProjectionHasMXNetsNumbers) {
  rnn::LSTM layer({.hidden_size = 3, .bidirectional = true, .input_size = 4, .projection_size = 2});
  expect_numbers(
      layer,
      {.outputs = {0.01198419,  -0.01801544, 0.07738536,  0.08789114,  0.04770812,  0.06839442,
                   -0.09586258, -0.1006109,  0.03624329,  0.01830318,  0.06618979,  0.08591824,
                   0.09858654,  0.1305561,   -0.09249464, -0.09875165, 0.09928875,  0.07825277,
                   0.0852446,   0.1151848,   0.1119935,   0.1357306,   -0.08696801, -0.09362991,
                   0.1151875,   0.1063232,   0.05701789,  0.08316628,  0.1149341,   0.1303433,
                   -0.0776292,  -0.08294427, 0.2388295,   0.2088883,   0.008388551, 0.01827487,
                   0.1135939,   0.1229801,   -0.03329999, -0.0405005},
       .states = {{0.2388295, 0.2088883, 0.1135939, 0.1229801, 0.07738536, 0.08789114, -0.09586258,
                   -0.1006109},
                  {-1.075494, 0.2099687, 0.17396, -0.1584958, -0.2221213, 1.140895, 0.4302326,
                   -0.5345533, -0.04419222, -0.1022631, 0.9560969, -0.3735817}}});
}

TEST(RecurrentLayers, GRUHasMXNetsNumbers) {
  rnn::GRU layer({.hidden_size = 3, .bidirectional = true});
  // Its input size is found in the first forward.
  layer.initialize();
  layer(pattern({5, 2, 4}, 1));
  expect_numbers(
      layer,
      {.outputs = {-0.8642837,  0.1101537,  1.18049,     -0.5280005, 0.4327489, -0.8015949,
                   0.09069423,  0.134929,   -0.04616906, -0.2281515, 0.8119709, -0.5503134,
                   -0.8546711,  0.02411556, 0.9523356,   -0.3609133, 0.5188788, -0.6576543,
                   0.0665024,   -0.1103547, 0.3898271,   -0.2679757, 0.8658398, -0.6268843,
                   -0.851919,   0.4454443,  0.874195,    0.08528886, 0.5764849, -0.2047507,
                   -0.02017593, -0.2598352, 0.580815,    -0.267275,  0.9305482, -0.6880317,
                   -0.8414496,  0.6722142,  0.8091875,   0.06695417, 0.6294502, -0.1464911,
                   -0.088534,   -0.3543772, 0.6774111,   -0.2180445, 1.008589,  -0.7337917,
                   -0.8007442,  0.3491178,  0.6451604,   0.2241358,  0.6792244, 0.2588745,
                   -0.1368114,  -0.4137606, 0.7323378,   -0.1115659, 1.103314,  -0.7647131},
       .states = {{-0.8007442, 0.3491178, 0.6451604, -0.1368114, -0.4137606, 0.7323378, -0.5280005,
                   0.4327489, -0.8015949, -0.2281515, 0.8119709, -0.5503134}},
       .gradient = {0.009684818, -0.01651229, 0.05402081,  -0.1261436, 0.03659966,  0.01333451,
                    -0.09484851, 0.06064015,  -0.07627973, 0.01797381, 0.05767927,  -0.09151299,
                    -0.05776605, -0.1950463,  0.179213,    -0.1238022, -0.7945769,  -0.2974266,
                    0.2922825,   0.7102261,   -2.527655,   -2.098995,  3.929402,    -3.400941,
                    -0.4118288,  1.03092,     -0.7022231,  0.9763704,  0.003053255, -1.955625,
                    2.658066,    -1.28561,    -2.908733,   0.164686,   1.625525,    -3.02412}});
}

// Steps of a layer in the other layout, and from states of zeros, are those of the cell.
TEST(RecurrentLayers, AreTheirCells) {
  rnn::LSTM layer({.hidden_size = 3, .layout = "NTC"});
  rnn::LSTMCell cell(3);
  const NDArray x = pattern({2, 5, 4}, 1);
  layer.initialize();
  cell.initialize();
  const auto shapes = [&] {
    layer(x);
    cell.unroll(5, x);
  };
  shapes();
  set_parameters(layer);
  set_parameters(cell);
  const auto [expected, last] = cell.unroll(5, x, {.merge_outputs = true});
  expect_near(layer(x), expected.array().to_vector<double>(), 1e-5);
  const auto [outputs, states] = layer(x, {});
  expect_near(outputs, expected.array().to_vector<double>(), 1e-5);
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[1].shape(), (Shape{1, 2, 3}));
  for (std::size_t i = 0; i < 2; ++i) expect_near(states[i], last[i].to_vector<double>(), 1e-5);
}

// MXNet's CPU takes no notice of lengths: a shorter sequence by itself is the reference.
TEST(RecurrentLayers, SequencesMayBeShorter) {
  rnn::GRU layer({.hidden_size = 3,
                  .num_layers = 2,
                  .bidirectional = true,
                  .input_size = 4,
                  .use_sequence_length = true});
  rnn::GRU whole({.hidden_size = 3, .num_layers = 2, .bidirectional = true, .input_size = 4});
  const NDArray x = pattern({5, 2, 4}, 1);
  for (auto* each : {&layer, &whole}) {
    each->initialize();
    set_parameters(*each);
  }
  const States begin = patterns_of_states(layer, 2);
  const auto [outputs, last] = layer(x, begin, nd::array({3, 5}));
  const auto [of_all, last_of_all] = whole(x, begin);
  const auto first = [](const NDArray& state) {
    return nd::slice_axis(state, {.axis = 1, .end = 1});
  };
  const auto [of_three, last_of_three] =
      whole(nd::slice_axis(first(x), {.axis = 0, .end = 3}), first(begin[0]));
  const NDArray cut = nd::slice_axis(first(outputs), {.axis = 0, .end = 3});
  EXPECT_EQ(cut.to_vector<double>(), of_three.to_vector<double>());
  EXPECT_EQ(nd::slice_axis(first(outputs), {.axis = 0, .begin = 3, .end = 5}).to_vector<double>(),
            Numbers(12, 0));
  EXPECT_EQ(first(last[0]).to_vector<double>(), last_of_three[0].to_vector<double>());
  const auto second = [](const NDArray& a) {
    return nd::slice_axis(a, {.axis = 1, .begin = 1, .end = 2});
  };
  EXPECT_EQ(second(outputs).to_vector<double>(), second(of_all).to_vector<double>());
}

// Nor of limits of states: one step, by the formula.
TEST(RecurrentLayers, StatesOfAnLSTMCanBeKeptWithinLimits) {
  rnn::LSTM plain({.hidden_size = 3, .input_size = 4});
  rnn::LSTM layer(
      {.hidden_size = 3, .input_size = 4, .state_clip_min = -0.2, .state_clip_max = 0.3});
  for (auto* each : {&plain, &layer}) {
    each->initialize();
    set_parameters(*each);
  }
  const NDArray x = pattern({1, 2, 4}, 1);
  const States begin = patterns_of_states(plain, 2);
  const auto [o, free] = plain(x, begin);
  const auto [outputs, kept] = layer(x, begin);
  const Numbers h = free[0].to_vector<double>(), c = free[1].to_vector<double>();
  Numbers expected_h, expected_c;
  for (std::size_t i = 0; i < c.size(); ++i) {
    expected_c.push_back(std::clamp(c[i], -0.2, 0.3));
    expected_h.push_back(h[i] / std::tanh(c[i]) * std::tanh(expected_c[i]));
  }
  expect_near(kept[1], expected_c, 1e-6);
  expect_near(kept[0], expected_h, 1e-5);
}

TEST(RecurrentLayers, FilesAndNamesAreMXNets) {
  rnn::LSTM layer({.hidden_size = 3,
                   .num_layers = 2,
                   .bidirectional = true,
                   .input_size = 4,
                   .projection_size = 2,
                   .prefix = "n_"});
  EXPECT_EQ(layer.collect_params().keys()[9], "n_r0_h2r_weight");
  EXPECT_EQ(layer.collect_params().keys()[10], "n_l1_i2h_weight");
  EXPECT_EQ(layer.structural_params()[6].first, "_unfused.0.r_cell.h2h_weight");
  EXPECT_EQ(layer.structural_params()[6].second.name(), "n_r0_h2h_weight");
  layer.initialize(init::Xavier());
  rnn::LSTM again({.hidden_size = 3, .num_layers = 2, .bidirectional = true, .projection_size = 2});
  const TemporaryFile file;
  layer.save_parameters(file.path());
  again.load_parameters(file.path());
  const NDArray x = pattern({5, 2, 4}, 1);
  EXPECT_EQ(again(x).to_vector<double>(), layer(x).to_vector<double>());
  rnn::GRU gru({.hidden_size = 5, .num_layers = 2, .dropout = 0.5});
  EXPECT_EQ(gru.structural_params()[4].first, "_unfused.1.i2h_weight");
}

// All weights and then all biases, under the name rnn_param; the outputs are those of MXNet 2.
TEST(RecurrentLayers, FilesOfMXNet2HaveOneRow) {
  const TemporaryFile file;
  std::vector<float> row;
  for (int i = 0; i < 72; ++i) row.push_back(static_cast<float>(i % 7 - 3) / 4);
  nd::save(file.path(), {{"0.rnn_param", nd::from(row)}});
  const NDArray x = nd::array({{0, 0.5}, {1, 1.5}}).view({1, 2, 2});
  for (const std::int64_t known : {2, 0}) {
    nn::HybridSequential net;
    net.add(
        rnn::GRU({.hidden_size = 2, .layout = "NTC", .bidirectional = true, .input_size = known}));
    net.load_parameters(file.path());
    expect_near(
        net(x),
        {-0.218149, 0.270529, -0.203702, -0.61255, -0.548825, 0.489993, 0.006456, -0.446428}, 1e-5);
  }
  nn::HybridSequential wide;
  wide.add(rnn::GRU(4));
  EXPECT_THAT(message_of([&] { wide.load_parameters(file.path()); }),
              HasSubstr("parameter 0.rnn_param of the GRU gru"));
  EXPECT_THAT(message_of([&] { wide.load_parameters(file.path()); }),
              HasSubstr("expected 72 numbers and a multiple of 12, found 72"));
  // Of other layers it is a name like others.
  nn::HybridSequential dense;
  dense.add(nn::Dense({.units = 2}));
  EXPECT_THAT(message_of([&] { dense.load_parameters(file.path()); }),
              HasSubstr("has no parameter 0.weight"));
}

TEST(RecurrentLayers, PrintAsMXNets) {
  EXPECT_EQ(rnn::LSTM({.hidden_size = 3, .input_size = 4}).to_string(), "LSTM(4 -> 3, TNC)");
  EXPECT_EQ(rnn::GRU({.hidden_size = 5, .num_layers = 2, .dropout = 0.5, .bidirectional = true})
                .to_string(),
            "GRU(None -> 5, TNC, num_layers=2, dropout=0.5, bidirectional)");
}

TEST(RecurrentLayers, HaveNoStepsAndNoSamples) {
  rnn::LSTM layer({.hidden_size = 3, .input_size = 4});
  layer.initialize();
  EXPECT_EQ(layer(nd::zeros({5, 0, 4})).shape(), (Shape{5, 0, 3}));
  const auto [none, states] = layer(nd::zeros({0, 2, 4}), {});
  EXPECT_EQ(none.shape(), (Shape{0, 2, 3}));
  EXPECT_EQ(states[0].to_vector<double>(), Numbers(6, 0));
}

TEST(RecurrentLayers, DropOutputsBetweenLayersInTraining) {
  rnn::GRU layer({.hidden_size = 8, .num_layers = 2, .dropout = 0.5, .input_size = 4});
  layer.initialize(init::Xavier());
  const NDArray x = pattern({5, 2, 4}, 1);
  const Numbers still = layer(x).to_vector<double>();
  EXPECT_EQ(layer(x).to_vector<double>(), still);
  const auto recording = autograd::record();
  EXPECT_NE(layer(x).to_vector<double>(), still);
}

TEST(RecurrentLayers, WorkInNetworks) {
  struct Net : HybridBlock {
    Child<rnn::LSTM> lstm = child<rnn::LSTM>("lstm", {.hidden_size = 6, .layout = "NTC"});
    Child<nn::Dense> out = child<nn::Dense>("out", {.units = 2});
    NDArray forward(const NDArray& x) override {
      return out(nd::slice_axis(lstm(x), {.axis = 1, .begin = -1}));
    }
  } net;
  net.initialize(init::Xavier());
  const NDArray x = pattern({3, 5, 4}, 1);
  const Numbers y = net(x).to_vector<double>();
  net.hybridize();
  expect_near(net(x), y, 1e-6);
  EXPECT_THAT(net.structural_params()[0].first, "lstm._unfused.0.i2h_weight");
  expect_near(net.freeze(x)(x), y, 1e-6);
}

TEST(RecurrentLayers, TellWhatIsWrong) {
  rnn::LSTM layer({.hidden_size = 3, .input_size = 4, .prefix = "n_"});
  layer.initialize();
  const NDArray x = pattern({5, 2, 4}, 1);
  const NDArray state = nd::zeros({1, 2, 3});
  EXPECT_THAT(message_of([&] {
                layer(nd::zeros({5, 4}));
              }),
              HasSubstr("[LSTM n] inputs: expected 3 dimensions (T, N, C), got (5, 4)"));
  EXPECT_THAT(message_of([&] {
                layer(nd::zeros({5, 2, 3}));
              }),
              HasSubstr("expected 4 numbers in each step, got (5, 2, 3)"));
  EXPECT_THAT(message_of([&] { layer(x, state); }), HasSubstr("expected 2 states, got 1"));
  EXPECT_THAT(message_of([&] { layer(x, {state, nd::zeros({1, 2, 4})}); }), HasSubstr("(1, 2, 3)"));
  EXPECT_THAT(message_of([&] { layer(x, {}, nd::ones({2})); }),
              HasSubstr("use_sequence_length is not set"));
  EXPECT_THAT(message_of([] { rnn::GRU({}); }), HasSubstr("state_size"));
  EXPECT_THAT(message_of([] { rnn::GRU({.hidden_size = 3, .layout = "CTN"}); }),
              HasSubstr("layout: expected TNC or NTC, got CTN"));
  EXPECT_THAT(message_of([] { rnn::GRU({.hidden_size = 3, .dropout = 1}); }), HasSubstr("p: "));
  EXPECT_THAT(message_of([] { rnn::GRU({.hidden_size = 3, .num_layers = 1'000'000'000}); }),
              HasSubstr("num_layers: expected at most"));
  EXPECT_THAT(message_of([] { rnn::RNN({.hidden_size = 3, .activation = "elu"}); }),
              HasSubstr("activation: expected relu or tanh, got elu"));
  EXPECT_THAT(message_of([] { rnn::LSTM({.hidden_size = 3, .projection_size = 4}); }),
              HasSubstr("projection_size"));
  EXPECT_THAT(message_of([] { rnn::LSTM({.hidden_size = 3, .state_clip_min = 0}); }),
              HasSubstr("expected both or none"));
}

}  // namespace
}  // namespace gluino::gluon
