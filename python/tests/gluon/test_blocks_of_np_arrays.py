"""Blocks and the NumPy interface: with npx.set_np(), and with arrays of mx.np without it."""
import numpy
import pytest

import gluino as mx
from gluino import autograd, gluon, nd, np, npx
from gluino.gluon import nn


@pytest.fixture
def np_mode():
    npx.set_np()
    yield
    npx.reset_np()


def network():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(2, 3, activation='tanh'), nn.MaxPool2D(), nn.BatchNorm(), nn.Flatten(),
            nn.Dropout(0.5), nn.Dense(2))
    return net


def test_parameters_and_results_are_np_arrays(np_mode):
    net = network()
    net.initialize()
    x = np.ones((1, 1, 8, 8))
    eager = net(x)
    net.hybridize()
    graph = net(x)
    assert isinstance(eager, np.ndarray) and isinstance(graph, np.ndarray)
    numpy.testing.assert_allclose(graph.asnumpy(), eager.asnumpy(), rtol=1e-5)
    assert all(isinstance(p.data(), np.ndarray) for p in net.collect_params().values())
    assert isinstance(net[5].weight.grad(), np.ndarray)


@pytest.mark.parametrize('hybridized', [False, True])
def test_training(np_mode, hybridized):
    net = nn.Dense(1)
    net.initialize()
    net.hybridize(hybridized)
    trainer = gluon.Trainer(net.collect_params(), 'sgd', {'learning_rate': 0.1})
    x = np.array([[1, 0], [0, 1], [1, 1]])
    losses = []
    for _ in range(20):
        with autograd.record():
            loss = ((net(x) - 1) ** 2).sum()
        loss.backward()
        trainer.step(3)
        losses.append(float(loss))
    assert losses[-1] < losses[0] / 3


def test_legacy_arrays_are_refused(np_mode):
    dense = nn.Dense(1, in_units=1)
    dense.initialize()
    with pytest.raises(TypeError):
        dense(nd.ones((1, 1)))
    with pytest.raises(TypeError, match='as_np_ndarray'):
        nn.Lambda(lambda x: x.as_nd_ndarray())(np.ones((1,)))


class Own(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.dense = nn.Dense(3)
        self.scale = gluon.Parameter('scale', shape=(3,), init='ones')

    def forward(self, x):
        return npx.relu(self.dense(x)) * self.scale.data() + np.tanh(x).sum()


class ByF(gluon.HybridBlock):
    def __init__(self):
        super().__init__()
        self.scale = self.params.get('scale', shape=(4,), init='ones')

    def hybrid_forward(self, F, x, scale):
        return F.np.tanh(x) * scale + F.npx.relu(x)


@pytest.mark.parametrize('make', [Own, ByF])
def test_blocks_of_users(np_mode, make):
    net = make()
    net.initialize()
    x = np.array([[1, -2, 3, -4]])
    expected = net(x).asnumpy()
    net.hybridize()
    for _ in range(2):
        numpy.testing.assert_allclose(net(x).asnumpy(), expected, rtol=1e-5)


def test_files(np_mode, tmp_path):
    path = str(tmp_path / 'net.params')
    net, other = network(), network()
    net.initialize()
    x = np.ones((1, 1, 8, 8))
    expected = net(x).asnumpy()
    net.save_parameters(path)
    other.load_parameters(path)
    assert (other(x).asnumpy() == expected).all()
    net.hybridize()
    net(x)
    net.export(str(tmp_path / 'net'))
    block = gluon.SymbolBlock.imports(str(tmp_path / 'net-symbol.json'), ['data'],
                                      str(tmp_path / 'net-0000.params'))
    numpy.testing.assert_allclose(block(x).asnumpy(), expected, rtol=1e-5)


def test_unknown_sizes_are_minus_one(np_mode):
    dense = nn.Dense(3)
    assert dense.weight.shape == (3, -1)
    assert repr(dense) == 'Dense(-1 -> 3, linear)'


def test_split_and_load(np_mode):
    parts = gluon.utils.split_and_load(numpy.ones((4, 2)), [mx.cpu(0), mx.cpu(1)])
    assert all(isinstance(part, np.ndarray) for part in parts)


def test_arrays_of_mx_np_pass_without_the_mode():
    net = network()
    net.initialize()
    y = net(np.ones((1, 1, 8, 8)))
    assert isinstance(y, np.ndarray) and y.shape == (1, 2)


def test_what_a_decorated_block_inherits_makes_np_arrays():
    @mx.util.use_np
    class Product(gluon.HybridBlock):
        def __init__(self, rows):
            super().__init__()
            self.w = self.params.get('w', shape=(rows, 2), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return F.np.dot(x, w)

        def infer_shape(self, x):
            self.w.shape = (x.shape[1], 2)

    with mx.util.np_shape(False), mx.util.np_array(False):
        for rows in (3, 0):
            for hybrid in (False, True):
                net = Product(rows)
                net.initialize()
                net.hybridize(hybrid)
                y = net(mx.nd.ones((4, 3)).as_np_ndarray())
                assert isinstance(y, mx.np.ndarray) and y.shape == (4, 2)
                assert isinstance(net.w.data(), mx.np.ndarray)


@pytest.mark.parametrize('hybrid', [False, True])
def test_a_product_says_how_large_a_weight_is(hybrid):
    class Net(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.first = self.params.get('first', shape=(0, 4), allow_deferred_init=True)
            self.second = self.params.get('second', shape=(0, 2), allow_deferred_init=True)

        def hybrid_forward(self, F, x, first, second):
            return x.dot(first).dot(second)

    with mx.util.np_array(True), mx.util.np_shape(True):
        net = Net()
        net.initialize(mx.init.One())
        if hybrid:
            net.hybridize()
        assert net(mx.np.ones((2, 3))).asnumpy().tolist() == [[12, 12], [12, 12]]
        assert (net.first.shape, net.second.shape) == ((3, 4), (4, 2))


class Picking(gluon.HybridBlock):
    def hybrid_forward(self, F, x):
        return x[[0, 2]] * F.np.quantile(x, 0.5, axis=0)


def test_places_in_a_graph_are_read_back_and_not_trained(np_mode, tmp_path):
    net = Picking()
    net.hybridize()
    x = np.array(numpy.arange(12).reshape(4, 3))
    expected = net(x)
    net.export(str(tmp_path / 'net'))
    read = gluon.SymbolBlock.imports(str(tmp_path / 'net-symbol.json'), ['data'],
                                     str(tmp_path / 'net-0000.params'))
    numpy.testing.assert_array_equal(read(x).asnumpy(), expected.asnumpy())
    whole = [p for p in read.collect_params().values() if numpy.dtype(p.dtype).kind == 'i']
    assert whole and all(p.grad_req == 'null' for p in whole)


def test_metric_learning_of_np_arrays():
    x, y = np.array([[1, 2], [3, 5]]), np.array([[1, 3], [2, 5]])
    loss = gluon.loss.SDMLLoss()
    expected = loss(x.as_nd_ndarray(), y.as_nd_ndarray()).asnumpy()
    with mx.util.np_shape(), mx.util.np_array():
        result = loss(x, y)
    assert isinstance(result, np.ndarray)
    numpy.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-6)


@pytest.mark.parametrize('kind', ['DeformableConvolution', 'ModulatedDeformableConvolution'])
def test_deformable_convolutions_of_np_arrays(kind):
    layer = getattr(gluon.contrib.cnn, kind)(2, 3)
    layer.initialize()
    x = nd.random.uniform(shape=(1, 3, 6, 6))
    expected = layer(x).asnumpy()
    with mx.util.np_shape(), mx.util.np_array():
        for hybridized in (False, True):
            layer.hybridize(hybridized)
            y = x.as_np_ndarray().copy()
            y.attach_grad()
            with autograd.record():
                result = layer(y)
            result.backward()
            numpy.testing.assert_allclose(result.asnumpy(), expected, rtol=1e-5, atol=1e-6)
            assert y.grad.shape == y.shape


@pytest.mark.parametrize('function', [
    'tanh', np.tanh, lambda x: np.tanh(x), lambda x, factor=1: np.tanh(x) * factor,
    lambda F, x: F.np.tanh(x), lambda F, *args: F.np.tanh(*args), lambda *args: np.tanh(*args)])
def test_functions_with_and_without_operators(np_mode, function):
    layer = nn.HybridLambda(function)
    x = np.array([[0.5, -1.0]])
    for _ in range(2):
        numpy.testing.assert_allclose(layer(x).asnumpy(), numpy.tanh(x.asnumpy()), rtol=1e-6)
        layer.hybridize()


def test_functions_of_two(np_mode):
    a, b = np.array([1.0, 2.0]), np.array([3.0, 5.0])
    for function in (lambda x, y: x * y, lambda F, x, y: F.np.multiply(x, y), 'multiply'):
        assert nn.HybridLambda(function)(a, b).asnumpy().tolist() == [3, 10]
    assert nn.Lambda('softmax')(np.zeros((2,))).asnumpy().tolist() == [0.5, 0.5]
    for layer in (nn.Lambda, nn.HybridLambda):
        with pytest.raises(AssertionError, match='mx.np and mx.npx'):
            layer('SwapAxis')


def test_operator_hooks(np_mode):
    net = nn.HybridSequential()
    net.add(nn.Dense(2, activation='relu'), nn.BatchNorm())
    net.initialize()
    net.hybridize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append((op, array.shape)))
    x = np.array([[1, 2], [3, 5]])
    for calls in (1, 2):
        with autograd.record():
            y = net(x)
        assert seen == calls * [('FullyConnected', (2, 2)), ('Activation', (2, 2)),
                                ('BatchNorm', (2, 2))]
    y.backward()
    mean = net[1].running_mean.data().asnumpy()
    numpy.testing.assert_allclose(mean, 0.19 * net[0](x).asnumpy().mean(0), rtol=1e-4)
