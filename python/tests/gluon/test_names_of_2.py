"""Names that MXNet 2.0 has elsewhere than 1.9.1, or alone."""
import copy
import importlib
import pickle

import numpy
import pytest

import gluino as mx
from gluino import gluon, nd, np, npx
from gluino.gluon import contrib, rnn


@pytest.mark.parametrize('module, names', [
    ('gluon.rnn', ['LSTMPCell', 'VariationalDropoutCell', 'Conv1DRNNCell', 'Conv3DGRUCell']),
    ('gluon.rnn.rnn_cell', ['LSTMPCell', 'VariationalDropoutCell', 'dynamic_unroll']),
    ('gluon.nn', ['SyncBatchNorm', 'DeformableConvolution', 'ModulatedDeformableConvolution']),
    ('gluon.nn.basic_layers', ['SyncBatchNorm', 'Parameter']),
    ('gluon.nn.conv_layers', ['DeformableConvolution', 'ModulatedDeformableConvolution']),
    ('gluon.parameter', ['Device', 'wrap_ctx_to_device_func']), ('ndarray.ndarray', ['Device']),
    ('numpy.multiarray', ['divmod', 'float_power', 'frexp', 'heaviside', 'interp', 'modf',
                          'signbit', 'spacing', 'Device']),
    ('gluon.data', ['IntervalSampler']), ('gluon.data.vision', ['ImageListDataset']),
    ('device', ['Device', 'cpu', 'cpu_pinned', 'gpu', 'current_device', 'num_gpus']),
    ('random', ['binomial', 'categorical', 'Device']), ('gluon.probability', ['Normal', 'StochasticBlock']),
])
def test_places(module, names):
    place = importlib.import_module(f'gluino.{module}')
    for name in names:
        assert callable(getattr(place, name))
    with pytest.raises(AttributeError, match='nonsense'):
        place.nonsense
    assert rnn.LSTMPCell is contrib.rnn.LSTMPCell


def test_types_of_real_numbers():
    with mx.np_default_dtype(True):
        assert mx.is_np_default_dtype()
    assert mx.use_np_default_dtype(mx.is_np_default_dtype)() and not mx.is_np_default_dtype()


def test_activations_of_grus():
    """With ones for weights, zeros for biases: gates of tanh, and relu for what is new."""
    cell = rnn.GRUCell(1, input_size=1, activation='relu', recurrent_activation='tanh')
    cell.initialize(mx.init.One())
    output, _ = cell(nd.array([[0.1]]), [nd.array([[0.2]])])
    gate = numpy.tanh(0.3)
    expected = (1 - gate) * (0.1 + gate * 0.2) + gate * 0.2
    assert output.asscalar() == pytest.approx(expected, rel=1e-5)


def test_operators_on_pictures():
    npx.set_np()
    try:
        picture = np.array(numpy.arange(60).reshape(4, 5, 3), dtype='uint8')
        tensor = npx.image.to_tensor(picture)
        assert isinstance(tensor, np.ndarray) and tensor.shape == (3, 4, 5)
        assert npx.image.resize(picture, size=(3, 2)).shape == (2, 3, 3)
        part = npx.image.random_resized_crop(picture, width=3, height=2, interp=0)
        assert part.shape == (2, 3, 3) and set(part.reshape(-1).tolist()) <= set(range(60))
        flipped = npx.image.flip_left_right(picture).asnumpy()
        numpy.testing.assert_array_equal(flipped, picture.asnumpy()[:, ::-1])
        with pytest.raises(AttributeError, match='nonsense'):
            npx.image.nonsense
    finally:
        npx.reset_np()


def test_places_are_drawn_by_their_chances():
    drawn = mx.random.categorical(nd.array([0, 1, 0]), shape=5)
    assert drawn.asnumpy().tolist() == [1] * 5
    assert isinstance(mx.sym.random.categorical(mx.sym.var('p')), mx.sym.Symbol)
    assert list(gluon.data.IntervalSampler(5, 2)) == [0, 2, 4, 1, 3]


def test_devices_of_estimators():
    net = gluon.nn.Dense(1, in_units=1)
    made = contrib.estimator.Estimator(net, gluon.loss.L2Loss(), device=[mx.cpu(1)])
    assert made.context == [mx.cpu(1)] and net.weight.list_device() == [mx.cpu(1)]


def two_layers():
    net = gluon.nn.HybridSequential()
    net.add(gluon.nn.Dense(2, in_units=3), gluon.nn.Dense(1, in_units=2))
    return net


def test_parameters_are_found_by_their_places():
    net = two_layers()
    params = net.collect_params()
    assert params['0.weight'] is net[0].weight and '1.bias' in params and '2.bias' not in params
    assert net[1].params['bias'] is net[1].bias
    with pytest.raises(KeyError, match='2.bias'):
        params['2.bias']
    assert list(net.collect_params('0.*').values()) == [net[0].weight, net[0].bias]
    assert '1.bias' not in net.collect_params('0.*')
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert other[0].params['weight'] is other[0].weight is not net[0].weight
    assert len(pickle.loads(pickle.dumps(params))) == 4


def test_parameters_are_shared_as_they_are_collected():
    net, other = two_layers(), two_layers()
    other.share_parameters(net.collect_params())
    assert other[0].weight is net[0].weight and other[1].bias is net[1].bias
    layer = gluon.nn.Dense(2).share_parameters(net[0].params)
    assert layer.weight is net[0].weight and layer.bias is net[0].bias
    biases = two_layers().share_parameters(net.collect_params('.*bias'))
    assert biases[0].bias is net[0].bias and biases[0].weight is not net[0].weight


def test_export_tells_its_files(tmp_path):
    net = two_layers()
    net.initialize()
    net.hybridize()
    net(nd.ones((1, 3)))
    files = net.export(str(tmp_path / 'net'), epoch=7)
    assert files == (str(tmp_path / 'net-symbol.json'), str(tmp_path / 'net-0007.params'))
    gluon.SymbolBlock.imports(files[0], ['data'], files[1])


def test_branches_of_inputs():
    npx.set_np()
    try:
        def chosen(x):
            return npx.cond(lambda a: a.sum() > 0, lambda a: a * 2, lambda a: a - 1, x)

        x = np.array([1.0, 2.0])
        assert chosen(x).tolist() == [2, 4] and chosen(-x).tolist() == [-2, -3]
        both = npx.cond(lambda a, b: a < b, lambda a, b: [a, a + b], lambda a, b: [b, a - b],
                        [np.array([1.0]), np.array([2.0])])
        assert [y.item() for y in both] == [1, 3]
        layer = gluon.nn.HybridLambda(chosen)
        layer.hybridize()
        assert layer(x).tolist() == [2, 4] and layer(-x).tolist() == [-2, -3]
    finally:
        npx.reset_np()


def test_the_row_of_a_recurrent_layer_is_split():
    lstm = rnn.LSTM(3, 2, bidirectional=True, input_size=4, projection_size=2)
    lstm.initialize(mx.init.Normal())
    expected = {name[len(lstm.prefix):]: parameter.data().asnumpy()
                for name, parameter in lstm.collect_params().items()}
    kinds = sorted(expected, key=lambda name: (
        name.endswith('bias'), name[1], name[0] == 'r',
        ['i2h_weight', 'h2h_weight', 'h2r_weight', 'i2h_bias', 'h2h_bias'].index(name[3:])))
    row = nd.array(numpy.concatenate([expected[name].ravel() for name in kinds]))
    parts = gluon.utils.split_rnn_params(row, 'lstm', 2, 4, 3, True, 2)
    assert list(parts) == kinds
    for name, part in parts.items():
        numpy.testing.assert_array_equal(part.asnumpy(), expected[name])
    with pytest.raises(ValueError, match='expected 200 numbers in a row, got an array'):
        gluon.utils.split_rnn_params(nd.ones((199,)), 'rnn_tanh', 2, 5, 4, True)
    with pytest.raises(ValueError, match="rnn_relu, rnn_tanh, lstm, gru, got 'cell'"):
        gluon.utils.split_rnn_params(row, 'cell', 2, 4, 3)


def test_names_of_operators_stand_together():
    grouped = mx.operator.get_all_registered_operators_grouped()
    assert grouped['Activation'] == ['Activation', '_npx_activation']
    assert sorted(sum(grouped.values(), [])) == mx.operator.get_all_registered_operators()
