"""Cells of mx.rnn: names as MXNet 1.9.1 gives them, numbers against the formulas in NumPy."""
import mxnet as mx
import numpy as np
import pytest

N, T, C, H = 2, 3, 4, 5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def rnn(i2h, h2h, states):
    output = np.tanh(i2h + h2h)
    return output, [output]


def lstm(i2h, h2h, states):
    write, keep, new, show = np.split(i2h + h2h, 4, axis=1)
    memory = sigmoid(keep) * states[1] + sigmoid(write) * np.tanh(new)
    output = sigmoid(show) * np.tanh(memory)
    return output, [output, memory]


def gru(i2h, h2h, states):
    (i2h_r, i2h_z, i2h_n), (h2h_r, h2h_z, h2h_n) = (np.split(x, 3, axis=1) for x in (i2h, h2h))
    update = sigmoid(i2h_z + h2h_z)
    new = np.tanh(i2h_n + sigmoid(i2h_r + h2h_r) * h2h_n)
    output = (1 - update) * new + update * states[0]
    return output, [output]


KINDS = {"rnn": (mx.rnn.RNNCell, rnn, 1), "lstm": (mx.rnn.LSTMCell, lstm, 2),
         "gru": (mx.rnn.GRUCell, gru, 1)}


def random_arguments(symbol, **shapes):
    """Random values for all arguments, and the outputs for them."""
    names = symbol.list_arguments()
    draws = np.random.RandomState(3)
    given = {name: draws.uniform(-1, 1, shape) for name, shape in
             zip(names, symbol.infer_shape(**shapes)[0])}
    outputs = symbol.eval(mx.cpu(), **{k: mx.nd.array(v, dtype="float32") for k, v in given.items()})
    return given, [output.asnumpy() for output in outputs]


def by_formula(kind, prefix, given, data):
    """The outputs (T, N, H) for data (T, N, C)."""
    _, formula, count = KINDS[kind]
    states = [np.zeros((data.shape[1], H)) for _ in range(count)]
    outputs = []
    for step in data:
        i2h, h2h = (x @ given[f"{prefix}{group}_weight"].T + given[f"{prefix}{group}_bias"]
                    for x, group in ((step, "i2h"), (states[0], "h2h")))
        output, states = formula(i2h, h2h, states)
        outputs.append(output)
    return np.stack(outputs)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_follow_the_formula(kind):
    cell = KINDS[kind][0](H, prefix="cell_")
    outputs, states = cell.unroll(T, mx.sym.var("data"), merge_outputs=True)
    given, (merged, *last) = random_arguments(mx.sym.Group([outputs, *states]), data=(N, T, C))
    expected = by_formula(kind, "cell_", given, given["data"].swapaxes(0, 1))
    np.testing.assert_allclose(merged, expected.swapaxes(0, 1), rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(last[0], expected[-1], rtol=1e-4, atol=1e-6)
    assert cell.state_info == [{"shape": (0, H), "__layout__": "NC"}] * len(states)
    assert cell.state_shape == [(0, H)] * len(states)


def test_names_are_mxnet_s():
    cell = mx.rnn.LSTMCell(H)
    outputs, states = cell.unroll(2, mx.sym.var("data"))
    assert [output.name for output in outputs] == ["lstm_t0_out", "lstm_t1_out"]
    assert [state.name for state in states] == ["lstm_t1_out", "lstm_t1_state"]
    internals = mx.sym.Group(outputs).get_internals().list_outputs()
    for name in ("lstm_begin_state_0", "lstm_t0_i2h", "lstm_t1_h2h", "lstm_t0_f", "lstm_t1_c"):
        assert f"{name}_output" in internals
    assert cell.params.get("i2h_bias").attr("__init__") == '["lstmbias", {"forget_bias": 1.0}]'
    outputs, _ = mx.rnn.GRUCell(H).unroll(1, mx.sym.var("data"))
    internals = outputs[0].get_internals().list_outputs()
    for name in ("gru_t0__i2h", "gru_t0__r_act", "gru_t0__h_act", "gru_t0_out"):
        assert f"{name}_output" in internals


def test_sequences_come_as_one_symbol_or_a_list():
    cell = mx.rnn.RNNCell(H)
    steps = [mx.sym.var(f"x{i}") for i in range(T)]
    outputs, _ = cell.unroll(T, steps)
    assert isinstance(outputs, list) and len(outputs) == T
    merged, _ = cell.unroll(T, mx.sym.var("data"), layout="TNC", merge_outputs=True)
    assert merged.infer_shape(data=(T, N, C))[1] == [(T, N, H)]
    with pytest.raises(AssertionError, match="expected 3 steps, got a list of 1"):
        cell.unroll(3, steps[:1])
    with pytest.raises(AssertionError, match="grouped symbol"):
        cell.unroll(3, mx.sym.Group(steps))


def test_states_are_made_by_a_function_that_is_given():
    states = mx.rnn.LSTMCell(H).begin_state(func=mx.sym.Variable, lr_mult=2)
    assert [state.name for state in states] == ["lstm_begin_state_0", "lstm_begin_state_1"]
    assert states[0].attr("__shape__") == f"(0, {H})" and states[0].attr("lr_mult") == "2"
    cell = mx.rnn.RNNCell(H)
    output, _ = cell(mx.sym.var("data"), cell.begin_state())
    assert output.infer_shape(data=(N, C))[1] == [(N, H)]


def test_weights_are_unpacked_by_gates():
    cell = mx.rnn.LSTMCell(2, prefix="l_")
    packed = {"l_i2h_weight": mx.nd.arange(24).reshape((8, 3)), "l_i2h_bias": mx.nd.arange(8),
              "l_h2h_weight": mx.nd.ones((8, 2)), "l_h2h_bias": mx.nd.ones((8,)), "other": 1}
    unpacked = cell.unpack_weights(packed)
    assert unpacked["l_i2h_f_weight"].asnumpy().tolist() == [[6, 7, 8], [9, 10, 11]]
    assert unpacked["l_i2h_o_bias"].asnumpy().tolist() == [6, 7]
    again = cell.pack_weights(unpacked)
    assert again.keys() == packed.keys() and again["other"] == 1
    np.testing.assert_array_equal(again["l_i2h_weight"].asnumpy(), packed["l_i2h_weight"].asnumpy())


def test_cells_of_one_s_own():
    class Sum(mx.rnn.BaseRNNCell):
        @property
        def state_info(self):
            return [{"shape": (0, C), "__layout__": "NC"}]

        def __call__(self, inputs, states):
            output = states[0] + inputs
            return output, [output]

    outputs, _ = Sum().unroll(T, mx.sym.var("data"), merge_outputs=True)
    given, (sums,) = random_arguments(outputs, data=(N, T, C))
    np.testing.assert_allclose(sums, np.cumsum(given["data"], axis=1), rtol=1e-5)
    for missing in (lambda: mx.rnn.BaseRNNCell()(1, 2), lambda: mx.rnn.BaseRNNCell().state_info):
        with pytest.raises(NotImplementedError):
            missing()


CONVOLUTIONS = [(mx.rnn.ConvRNNCell, "rnn"), (mx.rnn.ConvLSTMCell, "lstm"),
                (mx.rnn.ConvGRUCell, "gru")]


@pytest.mark.parametrize("make, kind", CONVOLUTIONS)
def test_a_convolution_of_one_pixel_is_a_matrix(make, kind):
    cell = make((1, C, 1, 1), H, h2h_kernel=(1, 1), i2h_kernel=(1, 1), i2h_pad=(0, 0),
                prefix="cell_", activation="tanh")
    outputs, _ = cell.unroll(T, mx.sym.var("data"), layout="TNC", merge_outputs=True)
    given, (merged,) = random_arguments(outputs, data=(T, N, C, 1, 1))
    given = {k: v.reshape(v.shape[:2]) if "weight" in k else v for k, v in given.items()}
    expected = by_formula(kind, "cell_", given, given["data"].reshape((T, N, C)))
    np.testing.assert_allclose(merged.reshape((T, N, H)), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make, kind", CONVOLUTIONS)
def test_convolutions_keep_the_states_size(make, kind):
    cell = make((0, 2, 9, 7), H, i2h_stride=(2, 2), h2h_kernel=(5, 3), h2h_dilate=(1, 2))
    assert cell.state_info[0] == {"shape": (0, H, 5, 4), "__layout__": "NCHW"}
    outputs, _ = cell.unroll(2, [mx.sym.var("a"), mx.sym.var("b")])
    assert outputs[1].infer_shape(a=(N, 2, 9, 7), b=(N, 2, 9, 7))[1] == [(N, H, 5, 4)]
    assert outputs[0].name == f"{make.__name__[:-4]}_t0_out"
    with pytest.raises(AssertionError, match="odd"):
        make((1, 2, 8, 8), H, h2h_kernel=(2, 2))
