"""Names that MXNet 2.0 has elsewhere than 1.9.1, or alone."""
import importlib

import numpy
import pytest

import gluino as mx
from gluino import gluon, nd, np, npx
from gluino.gluon import contrib, rnn


@pytest.mark.parametrize('module, names', [
    ('gluon.rnn', ['LSTMPCell', 'VariationalDropoutCell', 'Conv1DRNNCell', 'Conv3DGRUCell']),
    ('gluon.rnn.rnn_cell', ['LSTMPCell', 'VariationalDropoutCell', 'dynamic_unroll']),
    ('gluon.nn', ['SyncBatchNorm', 'DeformableConvolution', 'ModulatedDeformableConvolution']),
    ('gluon.data', ['IntervalSampler']), ('gluon.data.vision', ['ImageListDataset']),
    ('device', ['Device', 'cpu', 'cpu_pinned', 'gpu', 'current_device', 'num_gpus']),
    ('random', ['categorical']), ('gluon.probability', ['Normal', 'StochasticBlock']),
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
