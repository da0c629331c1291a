"""What the first call of a hybridized block does: shapes are found, weights drawn, hooks called."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


def arrays(*shapes):
    random = np.random.RandomState(7)
    return [nd.array(random.uniform(-1, 1, shape)) for shape in shapes]


class Branches(gluon.HybridBlock):
    """Layers that run in another order than the sum takes what they give."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.a, self.b, self.c = nn.Dense(2), nn.Dense(3), nn.Dense(2)
            self.drop = nn.Dropout(0.5)

    def hybrid_forward(self, F, x):
        a = self.a(x)
        return self.c(self.drop(self.b(x))) + a


@pytest.mark.parametrize('hybrid, weights, outputs', [
    (False, [[0.1706, -0.1567], [-0.472, -0.4956], [0.159, 0.0031, 0.3637]],
     [[-0.2958, -0.3409], [0.0119, 0.1326]]),
    (True, [[0.372, 0.7636], [0.1706, -0.1567], [0.0673, -0.3984, -0.3389]],
     [[1.1356, -0.4637], [2.1597, 0.3846]])])
def test_first_weights_are_drawn_in_the_order_of_the_graph(hybrid, weights, outputs):
    """MXNet 1.9.1's numbers: as the layers run, and hybridized as the graph takes its inputs, before
    it runs and anything drops out."""
    mx.random.seed(3)
    net = Branches()
    net.initialize(mx.init.Uniform(1))
    net.hybridize(hybrid)
    with autograd.record():
        out = net(nd.ones((2, 2)))
    for layer, row in zip((net.a, net.b, net.c), weights):
        np.testing.assert_allclose(layer.weight.data()[0].asnumpy(), row, atol=6e-5)
    np.testing.assert_allclose(out.asnumpy(), outputs, atol=6e-5)


def test_a_seed_gives_the_same_bits_hybridized_or_not():
    """Where the layers know their sizes from the start."""
    trained = []
    for hybrid in (False, True):
        mx.random.seed(42)
        net = nn.HybridSequential()
        net.add(nn.Conv2D(4, 3, activation='tanh'), nn.BatchNorm(), nn.Flatten(), nn.Dense(5),
                nn.Dropout(0.5), nn.Dense(2, in_units=5))
        net.initialize(mx.init.Xavier())
        net.hybridize(hybrid)
        trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': 0.01})
        for _ in range(3):
            with autograd.record():
                loss = (net(arrays((2, 1, 6, 6))[0]) ** 2).sum()
            loss.backward()
            trainer.step(2)
        trained.append([p.data().asnumpy() for p in net.collect_params().values()])
    for eager, graph in zip(*trained):
        assert (eager == graph).all()


class Counted(gluon.Parameter):
    """As one whose values are drawn when they are asked for."""
    times = 0

    def data(self, ctx=None):
        self.times += 1
        return super().data(ctx)


class OfCounted(gluon.HybridBlock):
    def __init__(self, shape):
        super().__init__()
        self.weight = Counted('weight', shape=shape, allow_deferred_init=True)

    def collect_params(self, select=None):
        found = gluon.ParameterDict()
        found.update({'weight': self.weight})
        return found

    def hybrid_forward(self, F, x, weight):
        return F.FullyConnected(x, weight, no_bias=True, num_hidden=2)


@pytest.mark.parametrize('shape, hybrid, times', [
    ((2, 3), False, [1, 2]), ((2, 3), True, [2, 3]), ((2, 0), False, [2, 3]), ((2, 0), True, [2, 3])])
def test_parameters_are_asked_for_their_values_as_often_as_by_mxnet(shape, hybrid, times):
    net = OfCounted(shape)
    net.weight.initialize()
    net.hybridize(hybrid)
    for expected in times:
        net(nd.ones((1, 3)))
        assert net.weight.times == expected


class Distance(gluon.HybridBlock):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.out = nn.Dense(2)

    def hybrid_forward(self, F, x, y):
        scale = F.where(y > 0, F.ones_like(y), 2 * F.ones_like(y))
        distance = F.abs(self.out(x) - y)
        return F.broadcast_mul(distance, F.max(scale, axis=1, keepdims=True))


@pytest.mark.parametrize('dtype', ['float64', 'float16'])
def test_the_graph_tells_shapes_whatever_the_types_are(dtype):
    """The type of the label follows from nothing that the graph knows."""
    found = []
    for hybrid in (False, True):
        net = Distance()
        net.initialize(mx.init.One())
        net.cast(dtype)
        net.hybridize(hybrid)
        out = net(*(array.astype(dtype) for array in arrays((3, 4), (3, 2))))
        found.append(out.asnumpy())
        assert out.dtype == np.dtype(dtype)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-2)


def test_constants_that_the_first_call_makes_are_symbols_when_it_is_traced():
    class Net(gluon.HybridBlock):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.basis = None
            with self.name_scope():
                self.dense = nn.Dense(3)

        def hybrid_forward(self, F, x):
            if self.basis is None:
                self.basis = F.ones((3, 2))
            return F.dot(self.dense(x), self.basis)

    net = Net()
    net.initialize()
    net.hybridize()
    assert net(mx.nd.ones((4, 5))).shape == (4, 2)
    assert net.dense.weight.shape == (3, 5)
    broken = Net()
    broken.hybridize()
    with pytest.raises(RuntimeError, match="initialize"):
        broken(mx.nd.ones((4, 5)))


def test_operator_hooks_see_the_first_call():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(2), nn.BatchNorm(scale=False))
    net.initialize()
    net.hybridize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append(name))
    for calls in (1, 2):
        with autograd.record():
            net(nd.array([[1, 2], [3, 5]]))
        assert seen == calls * ['net_dense0_fwd_output', 'net_batchnorm0_fwd_output']
    assert net[1].running_var.data().asnumpy().max() < 1
