// Those of recurrent layers and cells; see class_lines.cc.
#include <gluino/gluino.h>
#include <gtest/gtest.h>

namespace gluino {
namespace {

namespace rnn = gluon::rnn;

TEST(RecurrentLines, RecurrentCells) {
  rnn::SequentialRNNCell cells;

  // recurrent: RNNCell
  cells.add(rnn::RNNCell(3));

  // recurrent: LSTMCell
  cells.add(rnn::LSTMCell(3));

  // recurrent: GRUCell
  cells.add(rnn::GRUCell(3));

  // recurrent: DropoutCell
  cells.add(rnn::DropoutCell(0.5));

  // recurrent: ResidualCell
  cells.add(rnn::ResidualCell(rnn::GRUCell(3)));

  // recurrent: ZoneoutCell
  cells.add(rnn::ZoneoutCell(rnn::GRUCell(3), {.zoneout_outputs = 0.5}));

  // recurrent: BidirectionalCell
  rnn::BidirectionalCell both(rnn::LSTMCell(3), rnn::LSTMCell(3));

  // recurrent: SequentialRNNCell
  rnn::SequentialRNNCell stack;
  stack.add(rnn::LSTMCell(3));

  cells.initialize();
  both.initialize();
  stack.initialize();
  const NDArray steps = nd::ones({2, 5, 3});
  EXPECT_EQ(cells.unroll(5, steps, {.merge_outputs = true}).first.array().shape(),
            Shape({2, 5, 3}));
  EXPECT_EQ(both.unroll(5, steps, {.merge_outputs = true}).first.array().shape(), Shape({2, 5, 6}));
  EXPECT_EQ(stack.unroll(5, steps, {.merge_outputs = true}).first.array().shape(),
            Shape({2, 5, 3}));
}

TEST(RecurrentLines, RecurrentLayers) {
  const NDArray x = nd::ones({5, 2, 3});

  // recurrent: RNN
  rnn::RNN plain({.hidden_size = 4, .activation = "tanh"});

  // recurrent: LSTM
  rnn::LSTM lstm({.hidden_size = 4, .num_layers = 2, .bidirectional = true});

  // recurrent: GRU
  rnn::GRU gru({.hidden_size = 4, .layout = "NTC"});

  for (gluon::Block* layer : std::initializer_list<gluon::Block*>{&plain, &lstm, &gru}) {
    layer->initialize();
  }
  EXPECT_EQ(plain(x).shape(), Shape({5, 2, 4}));
  EXPECT_EQ(lstm(x).shape(), Shape({5, 2, 8}));
  EXPECT_EQ(gru(nd::ones({2, 5, 3})).shape(), Shape({2, 5, 4}));
}

TEST(RecurrentLines, ContribCells) {
  namespace contrib_rnn = gluon::contrib::rnn;

  // recurrent: LSTMPCell
  contrib_rnn::LSTMPCell projected({.hidden_size = 4, .projection_size = 3});

  // recurrent: VariationalDropoutCell
  contrib_rnn::VariationalDropoutCell dropped(rnn::LSTMCell(3), {.drop_outputs = 0.5});

  // recurrent: HybridSequentialRNNCell
  rnn::HybridSequentialRNNCell stack;
  stack.add(rnn::LSTMCell(3));

  for (rnn::RecurrentCell* cell :
       std::initializer_list<rnn::RecurrentCell*>{&projected, &dropped, &stack}) {
    cell->initialize();
    EXPECT_EQ(cell->unroll(5, nd::ones({2, 5, 3}), {.merge_outputs = true}).first.array().shape(),
              Shape({2, 5, 3}));
  }

  // recurrent: Conv1DRNNCell
  contrib_rnn::Conv1DRNNCell rnn_1({.input_shape = {2, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  // recurrent: Conv1DLSTMCell
  contrib_rnn::Conv1DLSTMCell lstm_1({.input_shape = {2, 5},
                                      .hidden_channels = 3,
                                      .i2h_kernel = 3,
                                      .h2h_kernel = 3,
                                      .i2h_pad = 1});

  // recurrent: Conv1DGRUCell
  contrib_rnn::Conv1DGRUCell gru_1({.input_shape = {2, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  // recurrent: Conv2DRNNCell
  contrib_rnn::Conv2DRNNCell rnn_2({.input_shape = {2, 5, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  // recurrent: Conv2DLSTMCell
  contrib_rnn::Conv2DLSTMCell lstm_2({.input_shape = {2, 5, 5},
                                      .hidden_channels = 3,
                                      .i2h_kernel = 3,
                                      .h2h_kernel = 3,
                                      .i2h_pad = 1});

  // recurrent: Conv2DGRUCell
  contrib_rnn::Conv2DGRUCell gru_2({.input_shape = {2, 5, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  // recurrent: Conv3DRNNCell
  contrib_rnn::Conv3DRNNCell rnn_3({.input_shape = {2, 5, 5, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  // recurrent: Conv3DLSTMCell
  contrib_rnn::Conv3DLSTMCell lstm_3({.input_shape = {2, 5, 5, 5},
                                      .hidden_channels = 3,
                                      .i2h_kernel = 3,
                                      .h2h_kernel = 3,
                                      .i2h_pad = 1});

  // recurrent: Conv3DGRUCell
  contrib_rnn::Conv3DGRUCell gru_3({.input_shape = {2, 5, 5, 5},
                                    .hidden_channels = 3,
                                    .i2h_kernel = 3,
                                    .h2h_kernel = 3,
                                    .i2h_pad = 1});

  for (rnn::RecurrentCell* cell : std::initializer_list<rnn::RecurrentCell*>{
           &rnn_1, &lstm_1, &gru_1, &rnn_2, &lstm_2, &gru_2, &rnn_3, &lstm_3, &gru_3}) {
    cell->initialize();
    Shape shape = cell->state_info(2)[0].shape;
    shape[1] = 2;
    EXPECT_EQ((*cell)(nd::ones(shape), cell->begin_state(2)).first.shape(),
              cell->state_info(2)[0].shape);
  }
}

}  // namespace
}  // namespace gluino
