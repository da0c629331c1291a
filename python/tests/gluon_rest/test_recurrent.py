"""Recurrent cells and layers against their formulas."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, nd
from gluino.gluon import contrib, nn, rnn

X = np.random.RandomState(1).randn(5, 2, 3).astype('float32')  # T, N, C


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def weights(cell):
    return {name: parameter.data().asnumpy() for name, parameter in cell._reg_params.items()}


def lstm(x, h, c, w):
    gates = x @ w['i2h_weight'].T + w['i2h_bias'] + h @ w['h2h_weight'].T + w['h2h_bias']
    i, f, g, o = np.split(gates, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru(x, h, w):
    i2h = np.split(x @ w['i2h_weight'].T + w['i2h_bias'], 3, axis=1)
    h2h = np.split(h @ w['h2h_weight'].T + w['h2h_bias'], 3, axis=1)
    r, z = sigmoid(i2h[0] + h2h[0]), sigmoid(i2h[1] + h2h[1])
    return (1 - z) * np.tanh(i2h[2] + r * h2h[2]) + z * h


def initialized(block):
    block.initialize(mx.init.Uniform(0.8))
    return block


def test_lstm_cell():
    cell = initialized(rnn.LSTMCell(4))
    outputs, states = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True)
    h = c = np.zeros((2, 4), dtype='float32')
    for t in range(5):
        h, c = lstm(X[t], h, c, weights(cell))
        np.testing.assert_allclose(outputs[t].asnumpy(), h, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(states[1].asnumpy(), c, rtol=1e-4, atol=1e-5)


def test_gru_cell():
    cell = initialized(rnn.GRUCell(4))
    outputs, _ = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True)
    h = np.zeros((2, 4), dtype='float32')
    for t in range(5):
        h = gru(X[t], h, weights(cell))
        np.testing.assert_allclose(outputs[t].asnumpy(), h, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('activation', ['tanh', 'relu'])
def test_rnn_cell(activation):
    cell = initialized(rnn.RNNCell(4, activation))
    output, states = cell(nd.array(X[0]), cell.begin_state(2))
    w = weights(cell)
    expected = X[0] @ w['i2h_weight'].T + w['i2h_bias'] + w['h2h_bias']
    expected = np.tanh(expected) if activation == 'tanh' else np.maximum(expected, 0)
    np.testing.assert_allclose(output.asnumpy(), expected, rtol=1e-5, atol=1e-6)
    assert states[0].shape == (2, 4)


def test_names_and_shapes():
    cell = rnn.LSTMCell(4, prefix='l_')
    assert list(cell.collect_params()) == ['l_i2h_weight', 'l_h2h_weight', 'l_i2h_bias',
                                           'l_h2h_bias']
    assert repr(cell) == 'LSTMCell(None -> 16)'
    assert cell.state_info(2) == [{'shape': (2, 4), '__layout__': 'NC'}] * 2
    steps = [mx.sym.var(f't{i}') for i in range(2)]
    outputs, _ = cell.unroll(2, steps)
    group = mx.sym.Group(outputs)
    assert group.list_outputs() == ['l_t0_out_output', 'l_t1_out_output']
    _, shapes, _ = group.infer_shape(t0=(10, 3), t1=(10, 3))
    assert shapes == [(10, 4), (10, 4)]


def test_unrolling_takes_and_gives_lists_or_arrays():
    cell = initialized(rnn.RNNCell(4))
    whole = nd.array(X.transpose(1, 0, 2))
    steps = [nd.array(x) for x in X]
    outputs, _ = cell.unroll(5, whole)
    assert isinstance(outputs, list) and len(outputs) == 5
    merged, _ = cell.unroll(5, steps, merge_outputs=True)
    assert merged.shape == (2, 5, 4)
    np.testing.assert_array_equal(merged.asnumpy()[:, 3], outputs[3].asnumpy())
    with pytest.raises(AssertionError):
        cell.unroll(4, whole)


@pytest.mark.parametrize('make', [
    lambda: rnn.LSTMCell(4),
    lambda: rnn.BidirectionalCell(rnn.LSTMCell(4), rnn.GRUCell(4)),
    lambda: rnn.ResidualCell(rnn.GRUCell(3)),
])
def test_valid_length_is_as_if_sequences_were_cut(make):
    cell = initialized(make())
    lengths = [2, 5]
    outputs, states = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True,
                                  valid_length=nd.array(lengths))
    for sample, length in enumerate(lengths):
        alone, alone_states = cell.unroll(
            length, nd.array(X[:length, sample:sample + 1]), layout='TNC', merge_outputs=True)
        np.testing.assert_allclose(outputs.asnumpy()[:length, sample], alone.asnumpy()[:, 0],
                                   rtol=1e-4, atol=1e-5)
        assert (outputs.asnumpy()[length:, sample] == 0).all()
        for state, expected in zip(states, alone_states):
            np.testing.assert_allclose(state.asnumpy()[sample], expected.asnumpy()[0], rtol=1e-4,
                                       atol=1e-5)


@pytest.mark.parametrize('kind', [rnn.SequentialRNNCell, rnn.HybridSequentialRNNCell])
def test_cells_above_each_other(kind):
    stack = kind()
    stack.add(rnn.LSTMCell(4))
    stack.add(rnn.DropoutCell(0.5))
    stack.add(rnn.ResidualCell(rnn.GRUCell(4)))
    initialized(stack)
    assert len(stack) == 3 and len(stack.state_info(2)) == 3
    output, states = stack(nd.array(X[0]), stack.begin_state(2))
    assert output.shape == (2, 4) and len(states) == 3
    outputs, _ = stack.unroll(5, nd.array(X), layout='TNC')
    assert len(outputs) == 5
    np.testing.assert_allclose(outputs[0].asnumpy(), output.asnumpy(), rtol=1e-5)


@pytest.mark.parametrize('layout', ['TNC', 'NTC'])
@pytest.mark.parametrize('as_array', [False, True])
@pytest.mark.parametrize('merge', [None, True, False])
def test_dropout_of_one_array_or_of_each_step(layout, as_array, merge):
    """MXNet 1.9.1's numbers: what is merged, or given and not asked for as a list, is one array."""
    steps = [nd.ones((4, 8))] * 3
    mx.random.seed(0)
    with autograd.train_mode():
        outputs, states = rnn.DropoutCell(0.5).unroll(
            3, nd.stack(*steps, axis=layout.find('T')) if as_array else steps, layout=layout,
            merge_outputs=merge)
    one = merge or (merge is None and as_array)
    assert isinstance(outputs, nd.NDArray if one else list) and states == []
    assert float(sum(step.sum().asscalar() for step in outputs)) == (86 if one else 84)
    assert abs(nd.random.uniform().asscalar() - (0.11827442 if one else 0.31542835)) < 1e-7


def test_modified_cells_are_not_called_themselves():
    base = rnn.LSTMCell(4)
    rnn.ZoneoutCell(base, 0.5, 0.5)
    with pytest.raises(AssertionError, match='modifier'):
        base.begin_state(2)
    with pytest.raises(AssertionError):
        rnn.ZoneoutCell(rnn.BidirectionalCell(rnn.LSTMCell(3), rnn.LSTMCell(3)))
    with pytest.raises(NotImplementedError):
        rnn.BidirectionalCell(rnn.LSTMCell(3), rnn.LSTMCell(3))(nd.ones((2, 3)), [])


def test_zoneout_keeps_values_while_training():
    cell = initialized(rnn.ZoneoutCell(rnn.RNNCell(50), zoneout_outputs=0.5))
    with autograd.train_mode():
        outputs, _ = cell.unroll(3, nd.array(X[:3]), layout='TNC')
    kept = (outputs[1].asnumpy() == outputs[0].asnumpy()).mean()
    assert 0.2 < kept < 0.8


LAYERS = [
    (rnn.RNN, {'activation': 'tanh'}, 1), (rnn.RNN, {}, 1), (rnn.LSTM, {}, 2), (rnn.GRU, {}, 1),
    (rnn.LSTM, {'num_layers': 2, 'bidirectional': True}, 2),
    (rnn.GRU, {'num_layers': 3, 'layout': 'NTC'}, 1),
    (rnn.LSTM, {'projection_size': 2}, 2),
]


@pytest.mark.parametrize('kind, options, kinds', LAYERS)
def test_layers(kind, options, kinds):
    layer = initialized(kind(4, **options))
    inputs = nd.array(X if layer._layout == 'TNC' else X.transpose(1, 0, 2))
    outputs = layer(inputs)
    size = options.get('projection_size', 4) * (2 if options.get('bidirectional') else 1)
    assert outputs.shape == inputs.shape[:2] + (size,)
    again, states = layer(inputs, layer.begin_state(2))
    np.testing.assert_array_equal(again.asnumpy(), outputs.asnumpy())
    assert [s.shape for s in states] == [info['shape'] for info in layer.state_info(2)]
    assert len(states) == kinds
    layer.hybridize()
    np.testing.assert_allclose(layer(inputs).asnumpy(), outputs.asnumpy(), rtol=1e-5, atol=1e-6)


def test_a_layer_is_its_cells():
    layer = initialized(rnn.LSTM(4, input_size=3))
    cell = rnn.LSTMCell(4, input_size=3)
    cell.initialize()
    for name, parameter in cell._reg_params.items():
        parameter.set_data(getattr(layer, f'l0_{name}').data())
    expected, _ = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True)
    np.testing.assert_allclose(layer(nd.array(X)).asnumpy(), expected.asnumpy(), rtol=1e-5,
                               atol=1e-6)


MANY = [(kind, {**options, 'num_layers': layers, 'bidirectional': layers == 2, 'layout': layout})
        for kind, options in [(rnn.RNN, {'activation': 'relu'}), (rnn.RNN, {'activation': 'tanh'}),
                              (rnn.LSTM, {}), (rnn.GRU, {})]
        for layers, layout in [(1, 'NTC'), (2, 'TNC')]]


def outcome(run, inputs, parameters):
    """Outputs, states, and the gradients of inputs and parameters."""
    inputs.attach_grad()
    with autograd.record():
        outputs, states = run(inputs)
        loss = (outputs ** 2).sum()
        for state in states:
            loss = loss + state.sum()
    loss.backward()
    return [outputs, *states, inputs.grad, *(p.grad().copy() for p in parameters)]


@pytest.mark.parametrize('kind, options', MANY)
@pytest.mark.parametrize('hybrid', [False, True])
def test_one_operator_gives_what_cells_do(kind, options, hybrid):
    layer = initialized(kind(4, input_size=3, **options))
    inputs = nd.array(X if layer._layout == 'TNC' else X.transpose(1, 0, 2))
    begin = [nd.random.normal(shape=info['shape']) for info in layer.state_info(2)]

    def by_cells(x):
        outputs, states = layer._unfused.unroll(5, x, layer._states_of_cells(begin),
                                                layer._layout, merge_outputs=True)
        return outputs, layer._states_of_layer(states)

    parameters = list(layer.collect_params().values())
    expected = outcome(by_cells, inputs, parameters)
    if hybrid:
        layer.hybridize()
    for got, wanted in zip(outcome(lambda x: layer(x, begin), inputs, parameters), expected):
        np.testing.assert_allclose(got.asnumpy(), wanted.asnumpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('kind, options', MANY[3:6] + [(rnn.LSTM, {'projection_size': 2})])
def test_layers_of_symbols(kind, options):
    layer = kind(4, **options)
    values = X if layer._layout == 'TNC' else X.transpose(1, 0, 2)
    symbol = layer(mx.sym.var('data'))
    if 'projection_size' not in options and layer._layout == 'TNC':
        assert symbol.list_outputs() == [f'{layer.prefix}rnn0_output']
    shapes, outputs, _ = symbol.infer_shape(data=values.shape)
    found = dict(zip(symbol.list_arguments(), shapes))
    initialized(layer)
    expected = layer(nd.array(values))
    assert outputs == [expected.shape]
    for name, parameter in layer.collect_params().items():
        assert found[name] == parameter.shape
    again = symbol.eval(data=nd.array(values), **{
        name: parameter.data() for name, parameter in layer.collect_params().items()})[0]
    np.testing.assert_allclose(again.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


def test_layers_within_graphs(tmp_path):
    class Net(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            with self.name_scope():
                self.layer = rnn.LSTM(4, 2, bidirectional=True)
                self.end = nn.Dense(2, flatten=False)

        def hybrid_forward(self, F, x, states):
            outputs, new = self.layer(x, states)
            return self.end(outputs), new

    net = initialized(Net())
    states = [nd.ones((4, 2, 4))] * 2
    outputs, new = net(nd.array(X), states)
    net.hybridize()
    again, after = net(nd.array(X), states)
    for got, wanted in zip([again, *after], [outputs, *new]):
        np.testing.assert_allclose(got.asnumpy(), wanted.asnumpy(), rtol=1e-5, atol=1e-6)
    net.export(str(tmp_path / 'net'))
    loaded = mx.gluon.SymbolBlock.imports(str(tmp_path / 'net-symbol.json'),
                                          ['data0', 'data1', 'data2'],
                                          str(tmp_path / 'net-0000.params'))
    np.testing.assert_allclose(loaded(nd.array(X), *states)[0].asnumpy(), outputs.asnumpy(),
                               rtol=1e-5, atol=1e-6)


def test_hybridized_layers_may_be_called_with_and_without_states():
    layer = initialized(rnn.GRU(4))
    layer.hybridize()
    outputs = layer(nd.array(X))
    again, _ = layer(nd.array(X), layer.begin_state(2))
    np.testing.assert_array_equal(outputs.asnumpy(), again.asnumpy())
    np.testing.assert_array_equal(outputs.asnumpy(), layer(nd.array(X)).asnumpy())


def test_dropout_between_layers():
    layer = initialized(rnn.LSTM(20, 2, dropout=0.5))
    expected = layer(nd.array(X)).asnumpy()
    np.testing.assert_array_equal(layer(nd.array(X)).asnumpy(), expected)
    with autograd.train_mode():
        assert (layer(nd.array(X)).asnumpy() != expected).any()


@pytest.mark.parametrize('kind', [rnn.LSTM, rnn.GRU])
@pytest.mark.parametrize('both_ways', [False, True])
@pytest.mark.parametrize('hybrid', [False, True])
def test_layers_of_sequences_of_several_lengths(kind, both_ways, hybrid):
    layer = initialized(kind(4, 2, bidirectional=both_ways, use_sequence_length=True))
    if hybrid:
        layer.hybridize()
    lengths = [2, 5]
    outputs, states = layer(nd.array(X), layer.begin_state(2), nd.array(lengths))
    for sample, length in enumerate(lengths):
        alone, ends = layer(nd.array(X[:length, sample:sample + 1]), layer.begin_state(1))
        np.testing.assert_allclose(outputs.asnumpy()[:length, sample], alone.asnumpy()[:, 0],
                                   rtol=1e-4, atol=1e-5)
        assert (outputs.asnumpy()[length:, sample] == 0).all()
        for state, end in zip(states, ends):
            np.testing.assert_allclose(state.asnumpy()[:, sample], end.asnumpy()[:, 0], rtol=1e-4,
                                       atol=1e-5)
    with pytest.raises(ValueError, match='use_sequence_length'):
        kind(4)(nd.array(X), None, nd.array(lengths))


def test_loops_end_with_each_sample():
    cell = initialized(rnn.LSTMCell(4, input_size=3))
    data, ends = mx.sym.var('data'), mx.sym.var('ends')
    begin = [mx.sym.var('h'), mx.sym.var('c')]
    outputs, states = contrib.rnn.rnn_cell.dynamic_unroll(cell, data, begin, valid_length=ends)
    arrays = {'h': nd.zeros((2, 4)), 'c': nd.zeros((2, 4)), 'data': nd.array(X),
              'ends': nd.array([2, 4])}
    got = mx.sym.Group([outputs, *states]).eval(**arrays, **{
        name: parameter.data() for name, parameter in cell.collect_params().items()})
    expected, after = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True,
                                  valid_length=nd.array([2, 4]))
    for mine, wanted in zip(got, [expected, *after]):
        np.testing.assert_allclose(mine.asnumpy(), wanted.asnumpy(), rtol=1e-5, atol=1e-6)


def test_symbols_in_reverse_each_from_its_end():
    cell = initialized(rnn.BidirectionalCell(rnn.LSTMCell(4, input_size=3),
                                             rnn.GRUCell(4, input_size=3)))
    outputs, _ = cell.unroll(5, mx.sym.var('data'), layout='TNC', merge_outputs=True,
                             valid_length=mx.sym.var('ends'))
    got = outputs.eval(data=nd.array(X), ends=nd.array([2, 5]), **{
        name: parameter.data() for name, parameter in cell.collect_params().items()})[0]
    expected, _ = cell.unroll(5, nd.array(X), layout='TNC', merge_outputs=True,
                              valid_length=nd.array([2, 5]))
    np.testing.assert_allclose(got.asnumpy(), expected.asnumpy(), rtol=1e-5, atol=1e-6)


def test_names_of_layers(tmp_path):
    layer = rnn.LSTM(4, 2, bidirectional=True, prefix='lstm0_', dropout=0.1)
    names = [f'lstm0_{side}{n}_{kind}' for n in range(2) for side in 'lr'
             for kind in ('i2h_weight', 'h2h_weight', 'i2h_bias', 'h2h_bias')]
    assert list(layer.collect_params()) == names
    assert layer.r1_i2h_weight.shape == (16, 8)
    assert repr(layer) == 'LSTM(None -> 4, TNC, num_layers=2, dropout=0.1, bidirectional)'
    initialized(layer)
    outputs = layer(nd.array(X))
    path = str(tmp_path / 'a.params')
    layer.save_parameters(path)
    assert '_unfused.1.r_cell.h2h_bias' in nd.load(path)
    other = rnn.LSTM(4, 2, bidirectional=True, dropout=0.1)
    other.load_parameters(path)
    np.testing.assert_array_equal(other(nd.array(X)).asnumpy(), outputs.asnumpy())


def test_layers_within_networks_train():
    net = nn.HybridSequential()
    net.add(rnn.GRU(4), nn.Dense(2, flatten=False))
    initialized(net)
    trainer = mx.gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.01})
    before = None
    for _ in range(5):
        with autograd.record():
            loss = (net(nd.array(X)) ** 2).sum()
        loss.backward()
        trainer.step(1)
        assert before is None or loss.asscalar() < before
        before = loss.asscalar()


def test_wrong_states():
    layer = initialized(rnn.LSTM(4))
    with pytest.raises(ValueError, match='Invalid recurrent state shape'):
        layer(nd.array(X), layer.begin_state(3))
    with pytest.raises(AssertionError, match='layout'):
        rnn.LSTM(4, layout='CNT')
    with pytest.raises(ValueError, match=r'3 axes, NTC, got \(1, 2\)'):
        initialized(rnn.LSTM(4, layout='NTC'))(nd.ones((1, 2)))
    with pytest.raises(ValueError, match='both or none'):
        rnn.LSTM(4, state_clip_min=-1)


def test_memories_within_limits():
    plain, clipped = (initialized(rnn.LSTM(4, **options)) for options in (
        {}, {'state_clip_min': -0.05, 'state_clip_max': 0.02}))
    x = nd.array(X)[:1]
    _, (_, free) = plain(x, plain.begin_state(x.shape[1]))
    for mine, other in zip(clipped.collect_params().values(), plain.collect_params().values()):
        if not mine.shape[1:] or mine.shape[1]:
            mine.initialize(force_reinit=True)
        mine.set_data(other.data())
    _, (_, kept) = clipped(x, clipped.begin_state(x.shape[1]))
    np.testing.assert_allclose(kept.asnumpy(), np.clip(free.asnumpy(), -0.05, 0.02), rtol=1e-5)
    assert (free.asnumpy() != kept.asnumpy()).any()


@pytest.mark.parametrize('cell, shape, state', [
    (lambda: contrib.rnn.Conv1DRNNCell((3, 8), 4, 3, 3), (2, 3, 8), (2, 4, 6)),
    (lambda: contrib.rnn.Conv2DLSTMCell((3, 8, 8), 4, 3, 3, i2h_pad=1), (2, 3, 8, 8),
     (2, 4, 8, 8)),
    (lambda: contrib.rnn.Conv2DGRUCell((3, 8, 8), 4, 3, 3), (2, 3, 8, 8), (2, 4, 6, 6)),
    (lambda: contrib.rnn.LSTMPCell(4, 3), (2, 5), (2, 3)),
    (lambda: contrib.rnn.VariationalDropoutCell(rnn.LSTMCell(3), 0.3, 0.2, 0.1), (2, 5), (2, 3)),
])
def test_contributed_cells(cell, shape, state):
    cell = initialized(cell())
    outputs, states = cell.unroll(2, [nd.ones(shape)] * 2)
    assert outputs[1].shape == state == states[0].shape


def test_variational_masks_are_those_of_the_sequence():
    cell = initialized(contrib.rnn.VariationalDropoutCell(rnn.RNNCell(50), drop_outputs=0.5))
    with autograd.train_mode():
        outputs, _ = cell.unroll(3, nd.array(X[:3]), layout='TNC')
    zeros = [output.asnumpy() == 0 for output in outputs]
    assert 0.2 < zeros[0].mean() < 0.8
    np.testing.assert_array_equal(zeros[0], zeros[2])


def test_arrays_with_numpys_rules():
    expected = {}
    for np_rules in (False, True):
        with mx.util.np_shape(np_rules), mx.util.np_array(np_rules):
            mx.random.seed(4)
            x = mx.np.array(X) if np_rules else nd.array(X)
            for make in (lambda: rnn.LSTMCell(4), lambda: rnn.GRUCell(4),
                         lambda: rnn.BidirectionalCell(rnn.RNNCell(4), rnn.LSTMCell(4))):
                cell = initialized(make())
                outputs, _ = cell.unroll(5, x, layout='TNC', merge_outputs=True)
                assert isinstance(outputs, mx.np.ndarray) == np_rules
                name = repr(cell)
                expected.setdefault(name, outputs.asnumpy())
                np.testing.assert_allclose(outputs.asnumpy(), expected[name], rtol=1e-5, atol=1e-6)
            layer = initialized(rnn.LSTM(4, 2))
            assert isinstance(layer(x), mx.np.ndarray) == np_rules
            outputs, states = layer(x, layer.begin_state(2))
            assert outputs.shape == (5, 2, 4) and states[1].shape == (2, 2, 4)


@pytest.mark.parametrize("cell, inner", [
    (rnn.RNNCell, ["i2h", "h2h", "plus0", "out"]),
    (rnn.LSTMCell, ["i2h", "h2h", "plus0", "slice", "f", "mul0", "i", "c", "mul1", "state", "o",
                    "activation0", "out"]),
    (rnn.GRUCell, ["i2h", "i2h_slice", "h2h", "h2h_slice", "plus1", "z_act", "plus0", "r_act",
                   "mul0", "plus2", "h_act", "mul1", "mul20", "out"])])
def test_names_within_unrolled_cells_are_mxnets(cell, inner):
    outputs, _ = cell(3, prefix="r_").unroll(2, mx.sym.var("data"), merge_outputs=True)
    names = {node.name for node in outputs.get_internals()}
    assert {f"r_t{t}_{name}" for t in (0, 1) for name in inner} <= names
    assert any(name.startswith("split") for name in names)
