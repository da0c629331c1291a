"""Graphs of forwards of one's own, exported: they hold for batches of other sizes than the one that
they were traced with."""
import numpy
import pytest

from gluino import MXNetError, autograd, gluon, np, npx
from gluino.gluon import nn


@pytest.fixture(autouse=True)
def np_mode():
    npx.set_np()
    yield
    npx.reset_np()


class Own(gluon.HybridBlock):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def check(function, folder):
    """Traced with 2 samples, run with 5."""
    block = Own(function)
    block.hybridize()
    block(values(2))
    symbol, params = block.export(str(folder / 'net'))
    graph = gluon.SymbolBlock.imports(symbol, ['data'], params)
    x = values(5)
    expected, found = function(x), graph(x)
    assert found.shape == expected.shape and found.dtype == expected.dtype
    numpy.testing.assert_allclose(found.asnumpy(), expected.asnumpy(), rtol=1e-5)


def values(count):
    numbers = numpy.random.RandomState(count).uniform(0.1, 0.9, (count, 4, 3))
    return np.array(numbers, dtype='float32')


@pytest.mark.parametrize('function', [
    lambda x: x.reshape(-1, 12), lambda x: x.reshape((-1, 2, 2, 3)), lambda x: np.reshape(x, -1),
    np.ravel, lambda x: x.flatten(), lambda x: np.expand_dims(x, 1), lambda x: np.expand_dims(x, 0),
    lambda x: np.expand_dims(x, (1, -1)), lambda x: np.squeeze(np.expand_dims(x, 2)),
    lambda x: np.stack([x, x + 1]), lambda x: np.kron(x, np.ones((1, 2))),
    lambda x: np.outer(x, np.ones(2)), np.zeros_like, np.ones_like,
    lambda x: np.full_like(x, 3, dtype='int32'), lambda x: np.triu(x, 1), lambda x: np.tril(x),
    lambda x: np.pad(x, ((0, 0), (1, 2), (0, 0)), constant_values=7),
    lambda x: np.broadcast_arrays(x.sum(1, keepdims=True), x)[0],
    lambda x: npx.broadcast_like(x.sum(1, keepdims=True), x),
    lambda x: npx.masked_softmax(x, np.array([1, 0, 1]) > 0),
    lambda x: np.median(x, axis=1), lambda x: np.median(x, axis=(2, 1), keepdims=True),
    lambda x: np.percentile(x, [20, 70], axis=-1), lambda x: np.quantile(x, 0.3, axis=2),
    lambda x: npx.masked_log_softmax(x, x > 0) + 1, lambda x: np.polyval(np.array([1., 2.]), x),
])
def test_functions(function, tmp_path):
    check(function, tmp_path)


@pytest.mark.parametrize('function', [
    lambda x: x[:, 0], lambda x: x[:, -1], lambda x: x[:, 1:3], lambda x: x[..., ::2],
    lambda x: x[:, None], lambda x: x[None], lambda x: x[:, ::-1], lambda x: x[1:], lambda x: x[-1],
    lambda x: x[:-1], lambda x: x[::2], lambda x: x[::-1, 1], lambda x: x[-2:, :, 0],
    lambda x: x[:, :, 1], lambda x: x[:, [0, 2]], lambda x: x[:, :, [0, 2]],
    lambda x: x[:, [0, 1], [2, 0]], lambda x: x[[0, 1]], lambda x: x[:, [[0, 1], [3, 2]]],
    lambda x: np.cross(x, x + x[:, :1]), lambda x: npx.pick(x, np.zeros_like(x[:, :, 0])),
])
def test_keys(function, tmp_path):
    check(function, tmp_path)


@pytest.mark.parametrize('axis', [None, 0, (0, 1), (2, 0)])
def test_places_in_the_batch_are_those_of_its_size(axis, tmp_path):
    """The middle of 2 samples is not found in 5: that is refused."""
    block = Own(lambda x: np.median(x, axis=axis))
    block.hybridize()
    x = values(2)
    expected = block(x)
    symbol, params = block.export(str(tmp_path / 'net'))
    graph = gluon.SymbolBlock.imports(symbol, ['data'], params)
    numpy.testing.assert_allclose(graph(x).asnumpy(), expected.asnumpy(), rtol=1e-6)
    for count in (1, 4, 5):
        with pytest.raises(MXNetError, match='Reshape'):
            graph(values(count))


def test_networks(tmp_path):
    class Attention(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.query, self.key = nn.Dense(4, flatten=False), nn.Dense(4, flatten=False)

        def parted(self, x):
            return x.reshape(-1, 4, 2, 2).transpose(0, 2, 1, 3)

        def forward(self, x):
            query, key = self.parted(self.query(x)), self.parted(self.key(x))
            weights = npx.softmax(np.matmul(query, key.swapaxes(-1, -2)))
            return np.matmul(weights, np.expand_dims(x, 1)).mean(1)

    net = Attention()
    net.initialize()
    net.hybridize()
    net(values(2))
    symbol, params = net.export(str(tmp_path / 'net'))
    graph = gluon.SymbolBlock.imports(symbol, ['data'], params)
    x = values(5)
    numpy.testing.assert_allclose(graph(x).asnumpy(), net(x).asnumpy(), rtol=1e-5)


@pytest.mark.parametrize('function', [np.zeros_like, np.ones_like, lambda x: np.full_like(x, 2)])
def test_gradients_of_what_is_like_another(function):
    x = values(2)
    x.attach_grad()
    with autograd.record():
        y = function(x)
    y.backward()
    assert not x.grad.any()
