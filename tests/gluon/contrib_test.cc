// Layers and cells of gluon.contrib; the numbers are those of MXNet 1.9.1.
#include "gluon/support.h"

namespace gluino::gluon {
namespace {

using gluino::testing::expect_near;
using gluino::testing::message_of;
using gluino::testing::pattern;
using rnn::States;
using ::testing::HasSubstr;

using Numbers = std::vector<double>;

void set_parameters(const Block& block, double factor) {
  int k = 6;
  for (const Parameter& p : block.collect_params()) p.set_data(pattern(p.shape(), k++) * factor);
}

void expect_step(rnn::RecurrentCell& cell, const Shape& input, const Numbers& output,
                 const Numbers& memory = {}) {
  const NDArray x = pattern(input, 1);
  States states;
  for (const rnn::StateInfo& info : cell.state_info(input[0])) {
    states.push_back(pattern(info.shape, static_cast<int>(2 + states.size())));
  }
  for (const bool hybridized : {false, true}) {
    cell.initialize();
    cell.hybridize(hybridized);
    cell(x, states);
    set_parameters(cell, 0.3);
    const auto [y, next] = cell(x, states);
    expect_near(y, output, 1e-5);
    expect_near(next[0], output, 1e-5);
    if (!memory.empty()) expect_near(next[1], memory, 1e-5);
  }
}

TEST(ContribCells, HaveMXNetsNumbers) {
  namespace contrib_rnn = contrib::rnn;
  contrib_rnn::Conv1DRNNCell rows(
      {.input_shape = {2, 5}, .hidden_channels = 3, .i2h_kernel = 3, .h2h_kernel = 3});
  expect_step(rows, {2, 2, 5},
              {0.9476788, -0.8274763, 0.9913874, 0.6949775, -0.8634229, -0.09725028, -0.0637804,
               0.4543248, -0.7185727, 0.5884508, 0.6763541, 0.605977, 0.3858659, -0.6581545,
               -0.9637645, -0.4484932, 0.911104, -0.7600725});
  contrib_rnn::Conv2DLSTMCell images({.input_shape = {2, 3, 4},
                                      .hidden_channels = 2,
                                      .i2h_kernel = {3, 3},
                                      .h2h_kernel = {3, 1},
                                      .i2h_pad = {1, 0}});
  EXPECT_EQ(images.state_info(1)[1].shape, (Shape{1, 2, 3, 2}));
  EXPECT_EQ(images.to_string(), "Conv2DLSTMCell(2 -> 8, tanh, NCHW)");
  expect_step(images, {1, 2, 3, 4},
              {0.01328926, -0.003438471, -0.4643655, -0.16688, 0.07684688, -0.3646727, -0.03558116,
               0.3035578, -0.6439371, 0.05231163, 0.1635152, -0.1697919},
              {0.01895881, -0.0167309, -1.041342, -0.653802, 0.1497967, -0.9365733, -0.2251227,
               0.9509528, -1.059, 0.5487797, 1.356584, -0.4322355});
  contrib_rnn::Conv2DGRUCell gru({.input_shape = {2, 3, 4},
                                  .hidden_channels = 2,
                                  .i2h_kernel = 3,
                                  .h2h_kernel = 3,
                                  .i2h_pad = 1});
  expect_step(gru, {1, 2, 3, 4},
              {-0.2590751, 0.6721346,  0.6363748,  -0.4089988, 0.1054696,   -0.9798322,
               -0.51589,   0.324523,   -0.8561201, 0.1909117,  -0.05344214, -0.7619389,
               0.5903282,  0.6941844,  -0.5281053, 0.6687064,  -0.6619948,  -0.6919012,
               0.6506219,  -0.6116886, 0.4602968,  0.9918082,  -0.8215805,  0.5810253});
  contrib_rnn::LSTMPCell projected({.hidden_size = 3, .projection_size = 2, .input_size = 4});
  EXPECT_EQ(projected.to_string(), "LSTMPCell(4 -> 12 -> 2)");
  expect_step(projected, {2, 4}, {-0.07798225, -0.09204425, -0.1352416, -0.1180659},
              {-0.4260855, 0.1449655, -1.131322, -0.2727684, 0.8227001, -0.2881537});
}

// With the channels last, and of volumes, a cell computes the same as with them first, turned.
TEST(ContribCells, TakeOtherLayouts) {
  const contrib::rnn::ConvCellOptions first{.input_shape = {2, 3, 4},
                                            .hidden_channels = 2,
                                            .i2h_kernel = 3,
                                            .h2h_kernel = 3,
                                            .i2h_pad = 1};
  auto last = first;
  last.input_shape = {3, 4, 2};
  last.conv_layout = "NHWC";
  contrib::rnn::Conv2DGRUCell a(first), b(last);
  for (auto* cell : {&a, &b}) cell->initialize(init::Constant(0.1));
  const NDArray x = pattern({1, 2, 3, 4}, 1), h = pattern({1, 2, 3, 4}, 2);
  const auto turned = [](const NDArray& images) { return images.transpose({0, 2, 3, 1}); };
  const auto [y, states] = a(x, {h});
  const auto [z, same] = b(turned(x), {turned(h)});
  expect_near(z, turned(y).to_vector<double>(), 1e-5);
  contrib::rnn::Conv3DLSTMCell volumes(
      {.input_shape = {1, 2, 3, 4}, .hidden_channels = 2, .i2h_kernel = 1, .h2h_kernel = 1});
  volumes.initialize();
  EXPECT_EQ(volumes(nd::ones({2, 1, 2, 3, 4}), volumes.begin_state(2)).first.shape(),
            (Shape{2, 2, 2, 3, 4}));
}

TEST(ContribCells, WrongOptionsAreErrors) {
  using contrib::rnn::Conv2DRNNCell;
  contrib::rnn::ConvCellOptions o{
      .input_shape = {2, 3, 4}, .hidden_channels = 2, .i2h_kernel = 3, .h2h_kernel = 3};
  const auto told = [&](auto change) {
    auto changed = o;
    change(changed);
    return message_of([&] { Conv2DRNNCell cell(changed); });
  };
  EXPECT_THAT(told([](auto& c) { c.h2h_kernel = 2; }), HasSubstr("h2h_kernel: expected odd"));
  EXPECT_THAT(told([](auto& c) { c.input_shape = {2, 3}; }), HasSubstr("those of CHW"));
  EXPECT_THAT(told([](auto& c) { c.i2h_kernel = 5; }), HasSubstr("larger than the input"));
  EXPECT_THAT(told([](auto& c) { c.hidden_channels = 0; }), HasSubstr("hidden_channels"));
  EXPECT_THAT(told([](auto& c) { c.conv_layout = "CNHW"; }), HasSubstr("CNHW"));
  EXPECT_THAT(message_of([] { contrib::rnn::LSTMPCell({.hidden_size = 3}); }),
              HasSubstr("projection_size"));
}

// One mask for all steps: of inputs of ones, some units are 0 in each of them.
TEST(ContribCells, VariationalDropoutKeepsItsMasks) {
  contrib::rnn::VariationalDropoutCell cell(rnn::RNNCell({.hidden_size = 40, .activation = "relu"}),
                                            {.drop_outputs = 0.5});
  cell.initialize(init::One());
  const auto output = [&] {
    return cell.unroll(3, nd::ones({1, 3, 4}), {.merge_outputs = true})
        .first.array()
        .to_vector<double>();
  };
  const Numbers still = output();
  EXPECT_EQ(std::count(still.begin(), still.end(), 0), 0);
  const auto recording = autograd::record();
  const Numbers dropped = output();
  int zeros = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    EXPECT_EQ(dropped[i] == 0, dropped[40 + i] == 0);
    EXPECT_EQ(dropped[i] == 0, dropped[80 + i] == 0);
    EXPECT_TRUE(dropped[i] == 0 || dropped[i] == 2 * still[i]);
    zeros += dropped[i] == 0;
  }
  EXPECT_GT(zeros, 5);
  EXPECT_LT(zeros, 35);
  EXPECT_NE(output(), dropped);
  // Also of cells that begin at the end, but for their states.
  contrib::rnn::VariationalDropoutCell both(
      rnn::BidirectionalCell(rnn::GRUCell(3), rnn::GRUCell(3)), {.drop_inputs = 0.5});
  both.initialize();
  EXPECT_EQ(both.unroll(3, nd::ones({1, 3, 4}), {.merge_outputs = true}).first.array().shape(),
            (Shape{1, 3, 6}));
  EXPECT_THAT(message_of([] {
                contrib::rnn::VariationalDropoutCell(
                    rnn::BidirectionalCell(rnn::GRUCell(3), rnn::GRUCell(3)), {.drop_states = 0.5});
              }),
              HasSubstr("runs no single steps"));
}

TEST(ContribLayers, DeformableConvolutionsHaveMXNetsNumbers) {
  const contrib::cnn::DeformableConvLayerOptions options{.channels = 4,
                                                         .kernel_size = 3,
                                                         .padding = 1,
                                                         .groups = 2,
                                                         .num_deformable_group = 2,
                                                         .activation = "relu"};
  contrib::cnn::DeformableConvolution moved(options);
  contrib::cnn::ModulatedDeformableConvolution modulated(options);
  const NDArray x = pattern({1, 4, 3, 3}, 1);
  for (HybridBlock* layer :
       {static_cast<HybridBlock*>(&moved), static_cast<HybridBlock*>(&modulated)}) {
    layer->initialize();
    (*layer)(x);
    set_parameters(*layer, 0.2);
  }
  EXPECT_EQ(moved.to_string(),
            "DeformableConvolution(2 -> 4, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), "
            "groups=2, Activation(relu))");
  EXPECT_EQ(moved.structural_params()[1].first, "offset_bias");
  EXPECT_EQ(modulated.structural_params()[1].first, "deformable_conv_bias");
  for (const bool hybridized : {false, true}) {
    moved.hybridize(hybridized);
    modulated.hybridize(hybridized);
    expect_near(moved(x), {0.671573,   0.4904922, 0.1135447, 0.6942627,  0.3635258,  0.0,
                           0.0,        0.4539147, 0.0,       0.0,        0.0,        0.0,
                           0.0,        0.3940818, 0.0,       0.0,        0.0,        0.6461664,
                           0.6323556,  0.0,       0.5453597, 0.0,        0.01456161, 0.2734703,
                           0.107221,   0.2040344, 1.036696,  0.0,        0.0,        0.0,
                           0.09652388, 0.1525388, 0.3143915, 0.08330384, 0.0,        0.0},
                1e-5);
    expect_near(modulated(x), {0.4424914,  0.6678396, 0.0,        0.2543169,  0.07450558, 0.3431289,
                               0.0,        0.2440867, 0.0,        0.0,        0.0,        0.3471139,
                               0.0,        0.6100171, 0.0,        0.1622558,  0.0,        0.0,
                               0.0,        0.0,       0.4291235,  0.02787735, 0.0,        0.4816507,
                               0.2589723,  0.0,       0.4119502,  0.2435406,  0.7956287,  0.0,
                               0.05340952, 0.1395183, 0.03177862, 0.7051202,  0.5829237,  0.0},
                1e-5);
  }
  EXPECT_THAT(message_of([] { contrib::cnn::DeformableConvolution({.channels = 3, .groups = 2}); }),
              HasSubstr("groups 2 does not divide"));
}

TEST(ContribLayers, BatchNormReLUIsBoth) {
  nn::BatchNorm plain(
      {.beta_initializer = init::Constant(0.2), .gamma_initializer = init::Constant(2)});
  nn::BatchNormReLU both(
      {.beta_initializer = init::Constant(0.2), .gamma_initializer = init::Constant(2)});
  plain.initialize();
  both.initialize();
  const NDArray x = pattern({4, 3, 2, 2}, 1);
  const auto recording = autograd::record();
  expect_near(both(x), nd::relu(plain(x)).to_vector<double>(), 1e-6);
}

// As a dense Embedding trained with the same steps, where the rows were used.
TEST(ContribLayers, SparseEmbeddingTrainsItsRows) {
  contrib::nn::SparseEmbedding sparse({.input_dim = 5, .output_dim = 2});
  nn::Embedding dense({.input_dim = 5, .output_dim = 2});
  const NDArray first = pattern({5, 2}, 3), rows = nd::array({1, 3, 1});
  for (Block* block : {static_cast<Block*>(&sparse), static_cast<Block*>(&dense)}) {
    block->initialize(init::Load({{block->collect_params().keys()[0], first}}));
    Trainer trainer(block->collect_params(), "sgd", {{"learning_rate", 0.5}});
    for (int step = 0; step < 2; ++step) {
      {
        const auto recording = autograd::record();
        const NDArray y = (*block)(rows);
        (y * y).sum().backward();
      }
      trainer.step(1);
    }
  }
  EXPECT_EQ(sparse.weight().data().stype(), StorageType::row_sparse);
  EXPECT_EQ(sparse.weight().grad().indices().to_vector<int>(), (std::vector<int>{1, 3}));
  expect_near(sparse.weight().data().tostype(StorageType::dense),
              dense.weight().data().to_vector<double>(), 1e-6);
  const gluino::testing::TemporaryFile file;
  sparse.save_parameters(file.path());
  contrib::nn::SparseEmbedding again({.input_dim = 5, .output_dim = 2});
  again.load_parameters(file.path());
  EXPECT_EQ(again.weight().data().stype(), StorageType::row_sparse);
  EXPECT_EQ(again(rows).to_vector<double>(), sparse(rows).to_vector<double>());
  // Where it has values already, too.
  again.load_parameters(file.path());
  EXPECT_EQ(again(rows).to_vector<double>(), sparse(rows).to_vector<double>());
  EXPECT_THAT(message_of([&] { dense.weight().row_sparse_data(rows); }),
              HasSubstr("is stored as default and has no row_sparse_data"));
  EXPECT_THAT(message_of([] { Parameter("w", {.stype = StorageType::csr}); }),
              HasSubstr("expected default or row_sparse"));
}

}  // namespace
}  // namespace gluino::gluon
