"""Cells of mx.rnn that are made of others, change them, or are many layers at once."""
import mxnet as mx
import numpy as np
import pytest

N, T, C, H = 2, 3, 4, 4


def computed(symbol, is_train=False, seed=3, **arguments):
    """The outputs for data (N, T, C) and random weights."""
    executor = symbol.simple_bind(mx.cpu(), data=(N, T, C), grad_req="null")
    draws = np.random.RandomState(seed)
    for name in sorted(executor.arg_dict):
        array = executor.arg_dict[name]
        drawn = draws.uniform(-1, 1, array.shape)
        array[:] = arguments.get(name, drawn)
    return [output.asnumpy() for output in executor.forward(is_train=is_train)]


def unrolled(cell, **options):
    outputs, _ = cell.unroll(T, mx.sym.var("data"), **{"merge_outputs": True, **options})
    return outputs


def test_a_stack_is_one_cell_on_the_other():
    stack = mx.rnn.SequentialRNNCell()
    first, second = mx.rnn.LSTMCell(H, prefix="a_"), mx.rnn.GRUCell(H, prefix="b_")
    for cell in (first, mx.rnn.DropoutCell(0.5), second):
        stack.add(cell)
    assert len(stack.state_info) == 3
    by_hand = unrolled(second, merge_outputs=True)(data=unrolled(first))
    np.testing.assert_array_equal(computed(unrolled(stack))[0], computed(by_hand)[0])
    stack.reset()
    output, states = stack(mx.sym.var("data"), stack.begin_state())
    assert output.name == "b_t0_out" and len(states) == 3


def test_cells_have_weights_of_their_own_or_given_ones():
    shared = mx.rnn.RNNParams("shared_")
    cells = [mx.rnn.RNNCell(H, prefix=prefix, params=shared) for prefix in ("a_", "b_")]
    both = mx.sym.Group([cell.unroll(1, [mx.sym.var("data")])[0][0] for cell in cells])
    assert sorted(set(both.list_arguments())) == ["data", "shared_h2h_bias", "shared_h2h_weight",
                                                  "shared_i2h_bias", "shared_i2h_weight"]
    with pytest.raises(AssertionError, match="not both"):
        mx.rnn.SequentialRNNCell(params=shared).add(mx.rnn.GRUCell(H))


@pytest.mark.parametrize("layout", ["NTC", "TNC"])
def test_both_directions_side_by_side(layout):
    there, back = mx.rnn.RNNCell(H, prefix="l_"), mx.rnn.RNNCell(H, prefix="r_")
    both = mx.rnn.BidirectionalCell(there, back)
    data = mx.sym.var("data")
    data = data if layout == "NTC" else mx.sym.swapaxes(data, dim1=0, dim2=1)
    merged, (there_states, back_states) = both.unroll(T, data, layout=layout, merge_outputs=True)
    assert merged.name == "bi_out" and len(there_states) == len(back_states) == 1
    steps, _ = both.unroll(T, data, layout=layout)
    assert [step.name for step in steps] == ["bi_t0", "bi_t1", "bi_t2"]
    values = computed(merged)[0]
    values = values if layout == "NTC" else values.swapaxes(0, 1)
    np.testing.assert_array_equal(values, np.stack(computed(mx.sym.Group(steps)), axis=1))
    turned = mx.sym.reverse(mx.sym.var("data"), axis=1)
    np.testing.assert_array_equal(values[:, :, :H], computed(unrolled(there))[0])
    alone = mx.rnn.RNNCell(H, prefix="r_").unroll(T, turned, merge_outputs=True)[0]
    np.testing.assert_array_equal(values[:, ::-1, H:], computed(alone, **_weights(merged))[0])
    with pytest.raises(NotImplementedError, match="unroll"):
        both(data, both.begin_state())


def _weights(symbol):
    """What `computed` gives the arguments of a symbol."""
    shapes = dict(zip(symbol.list_arguments(), symbol.infer_shape(data=(N, T, C))[0]))
    draws = np.random.RandomState(3)
    return {name: draws.uniform(-1, 1, shapes[name]).astype("float32") for name in sorted(shapes)}


def test_a_residual_cell_adds_its_input():
    base = mx.rnn.GRUCell(H, prefix="g_")
    plain = computed(unrolled(mx.rnn.GRUCell(H, prefix="g_")))[0]
    cell = mx.rnn.ResidualCell(base)
    merged = unrolled(cell)
    np.testing.assert_allclose(computed(merged)[0], plain + _weights(merged)["data"], rtol=1e-6)
    steps, _ = cell.unroll(T, mx.sym.var("data"))
    assert [step.name for step in steps] == [f"g_t{i}_out_plus_residual" for i in range(T)]
    with pytest.raises(AssertionError, match="modifier"):
        base.begin_state()
    assert cell.params is base.params


def test_dropout_keeps_sequences_as_they_are():
    cell = mx.rnn.DropoutCell(0.5)
    assert cell.state_info == [] and cell.begin_state() == []
    data = mx.sym.var("data")
    whole, states = cell.unroll(T, data)
    assert isinstance(whole, mx.sym.Symbol) and states == []
    np.testing.assert_array_equal(computed(whole)[0], _weights(data)["data"])
    values = computed(whole, is_train=True)[0]
    assert {0, 1} == set((values != 0).ravel().tolist())
    steps, _ = cell.unroll(2, [data, data])
    assert len(steps) == 2
    with pytest.raises(AssertionError, match="number"):
        mx.rnn.DropoutCell("a half")


def test_zoneout_keeps_numbers_of_the_step_before():
    cell = mx.rnn.ZoneoutCell(mx.rnn.RNNCell(H, prefix="z_"), zoneout_outputs=0.5)
    merged = unrolled(cell)
    plain = computed(unrolled(mx.rnn.RNNCell(H, prefix="z_")))[0]
    np.testing.assert_array_equal(computed(merged)[0], plain)
    values = computed(merged, is_train=True)[0]
    before = np.concatenate([np.zeros_like(values[:, :1]), values[:, :-1]], axis=1)
    kept, new = values == before, np.isclose(values, plain)
    assert np.all(kept | new) and kept.any() and new.any()
    states = mx.rnn.ZoneoutCell(mx.rnn.LSTMCell(H), 0.2, 0.3)
    outputs, last = states.unroll(2, mx.sym.var("data"))
    assert len(outputs) == len(last) == 2
    for refused in (mx.rnn.FusedRNNCell(H), mx.rnn.BidirectionalCell(mx.rnn.RNNCell(H),
                                                                     mx.rnn.RNNCell(H))):
        with pytest.raises(AssertionError, match="zoneout"):
            mx.rnn.ZoneoutCell(refused)


@pytest.mark.parametrize("mode", ["rnn_relu", "rnn_tanh", "lstm", "gru"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_fused_layers_are_the_cells_they_unfuse_to(mode, bidirectional):
    fused = mx.rnn.FusedRNNCell(H, 2, mode, bidirectional, dropout=0.3, get_next_state=True,
                                prefix="net_")
    whole, states = fused.unroll(T, mx.sym.var("data"))
    assert whole.infer_shape(data=(N, T, C))[1] == [(N, T, H * (1 + bidirectional))]
    assert [len(state.infer_shape(data=(N, T, C))[1]) for state in states] == [1] * len(states)
    stack = fused.unfuse()
    cells = unrolled(stack)
    vector = {"net_parameters": mx.nd.array(_weights(whole)["net_parameters"])}
    assert fused.pack_weights(fused.unpack_weights(vector)).keys() == vector.keys()
    np.testing.assert_array_equal(
        fused.pack_weights(fused.unpack_weights(vector))["net_parameters"].asnumpy(),
        vector["net_parameters"].asnumpy())
    arguments = stack.pack_weights(fused.unpack_weights(vector))
    data = _weights(whole)["data"]
    np.testing.assert_allclose(computed(whole)[0], computed(cells, data=data, **arguments)[0],
                               rtol=1e-4, atol=1e-6)


def test_fused_layers_have_no_single_steps():
    cell = mx.rnn.FusedRNNCell(H)
    with pytest.raises(NotImplementedError, match="unroll"):
        cell(mx.sym.var("data"), cell.begin_state())
    with pytest.warns(UserWarning, match="TNC"):
        steps, states = cell.unroll(T, mx.sym.var("data"), merge_outputs=False)
    assert len(steps) == T and states == []
    with pytest.raises(KeyError, match="other"):
        mx.rnn.FusedRNNCell(H, mode="other")
