"""Hybridized blocks give the same as those that are not."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


class Nested(gluon.HybridBlock):
    """With parameters, children, lists in and out."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.weight = self.params.get('weight', shape=(3, 0), allow_deferred_init=True)
            self.out = nn.Dense(2)

    def hybrid_forward(self, F, x, others, weight):
        y = F.FullyConnected(x, weight, no_bias=True, num_hidden=3)
        return self.out(y), [y + others[0], (others[1][0] * 2, None)]


def arrays(*shapes):
    random = np.random.RandomState(7)
    return [nd.array(random.uniform(-1, 1, shape)) for shape in shapes]


def test_nested_arguments_and_results():
    net = Nested()
    net.initialize()
    x, a, b = arrays((2, 4), (2, 3), (5,))
    first, (second, (third, nothing)) = net(x, [a, [b]])
    net.hybridize()
    again = net(x, [a, [b]])
    assert isinstance(again, tuple) and isinstance(again[1], list)
    assert isinstance(again[1][1], tuple) and again[1][1][1] is None
    np.testing.assert_allclose(again[0].asnumpy(), first.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(again[1][0].asnumpy(), second.asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(again[1][1][0].asnumpy(), third.asnumpy(), rtol=1e-5)


def test_gradients_are_the_same():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(4, 3, activation='tanh'), nn.MaxPool2D(), nn.BatchNorm(), nn.Flatten(),
            nn.Dense(3))
    net.initialize(mx.init.Xavier())
    x = arrays((2, 1, 8, 8))[0]
    found = []
    for hybrid in (False, True):
        net.hybridize(hybrid)
        with autograd.record():
            y = (net(x) ** 2).sum()
        y.backward()
        found.append([p.grad().asnumpy() for p in net.collect_params().values()
                      if p.grad_req != 'null'])
    for eager, graph in zip(*found):
        np.testing.assert_allclose(graph, eager, rtol=1e-4, atol=1e-6)


def test_without_branches_first_weights_are_those_of_the_layers():
    values = []
    for hybrid in (False, True):
        mx.random.seed(3)
        net = Nested(prefix='net_')
        net.initialize()
        net.hybridize(hybrid)
        x, a, b = arrays((2, 4), (2, 3), (5,))
        net(x, [a, [b]])
        values.append([p.data().asnumpy() for p in net.collect_params().values()])
    for eager, graph in zip(*values):
        assert (eager == graph).all()


class Optional(gluon.HybridBlock):
    def hybrid_forward(self, F, x, y=None, z=None):
        for other in (y, z):
            x = x if other is None else x + other
        return x


def test_missing_arguments_are_none():
    one = nd.ones((1,))
    for made_for, same, other in [((one,), (one, None, None), (one, one)),
                                  ((one, None, one), (one, None, one), (one,)),
                                  ((one, one, None), (one, one), (one, None, one))]:
        net = Optional()
        net.hybridize()
        expected = net(*made_for).asscalar()
        assert net(*same).asscalar() == expected
        with pytest.raises(ValueError, match='nested'):
            net(*other)


def test_what_no_graph_can_take():
    net = Optional()
    net.hybridize()
    with pytest.raises(ValueError):
        net(nd.ones((1,)), 3)
    with pytest.raises(ValueError):
        net('a')
    with pytest.raises(ValueError):
        net(nd.ones((1,)), mx.sym.var('y'))
    with pytest.raises(NotImplementedError):
        gluon.HybridBlock()(nd.ones((1,)))


def test_values_are_not_there_in_a_graph():
    class Reads(gluon.HybridBlock):
        def hybrid_forward(self, F, x):
            return F.relu(x) * float(x.sum().asscalar())

    net = Reads()
    net(nd.ones((1,)))
    net.hybridize()
    with pytest.raises(mx.base.NotImplementedForSymbol):
        net(nd.ones((1,)))


def test_called_with_symbols_it_composes():
    net = Nested(prefix='net_')
    first, (second, _) = net(mx.sym.var('x'), [mx.sym.var('a'), [mx.sym.var('b')]])
    assert first.name == 'net_dense0_fwd'
    assert second.list_arguments() == ['x', 'net_weight', 'a']


def test_children_are_hybrid():
    net = gluon.HybridBlock()
    with pytest.raises(ValueError, match='HybridBlock'):
        net.child = gluon.Block()


def test_another_child_is_noticed_also_deep_inside():
    net = nn.HybridSequential()
    inner = nn.HybridSequential()
    inner.add(nn.Dense(3, in_units=2))
    net.add(inner)
    net.initialize()
    net.hybridize()
    x = nd.ones((1, 2))
    assert net(x).shape == (1, 3)
    inner.add(nn.Dense(4, in_units=3))
    inner.initialize(force_reinit=True)
    assert net(x).shape == (1, 4)


def test_cast_makes_another_graph():
    net = nn.Dense(2, in_units=2)
    net.initialize()
    net.hybridize(static_alloc=True, static_shape=True)
    assert net(nd.ones((1, 2))).dtype == np.float32
    net.cast('float64')
    assert net(nd.ones((1, 2), dtype='float64')).dtype == np.float64


def test_infer_shape_and_type():
    net = nn.Dense(2)
    net.infer_shape(nd.ones((1, 7)))
    assert net.weight.shape == (2, 7)
    net.infer_type(nd.ones((1, 7)))
    assert np.dtype(net.weight.dtype) == np.float32


@pytest.mark.filterwarnings("ignore:Cannot decide shape")
def test_shapes_that_do_not_follow_are_said():
    class Vague(gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.w = self.params.get('weight', shape=(0,), allow_deferred_init=True)

        def hybrid_forward(self, F, x, w):
            return F.broadcast_add(x, w)

    net = Vague()
    net.initialize()
    with pytest.raises(ValueError):
        net(nd.ones((2, 3)))


def test_other_backends_are_not_there():
    with pytest.raises(NotImplementedError, match='nonsense'):
        nn.Dense(1).hybridize(backend='nonsense')
    with pytest.raises(ValueError):
        nn.Dense(1).optimize_for(nd.ones((1, 1)))
    with pytest.raises(NotImplementedError, match="'nonsense'; expected 'MKLDNN' or"):
        nn.Dense(1).optimize_for(nd.ones((1, 1)), backend='nonsense')
    with pytest.raises(NotImplementedError, match='nonsense'):
        mx.sym.relu(mx.sym.var('x')).optimize_for('nonsense')


def test_operator_hooks():
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(2, activation='relu'))
    net.initialize()
    seen = []
    net.register_op_hook(lambda name, op, array: seen.append((name, op, array.shape)))
    x = nd.ones((1, 2))
    net(x)
    assert seen == []
    net.hybridize()
    with autograd.record():
        y = net(x)
    y.backward()
    assert seen == [('net_dense0_fwd_output', 'FullyConnected', (1, 2)),
                    ('net_dense0_relu_fwd_output', 'Activation', (1, 2))]
    seen.clear()
    net.register_op_hook(lambda name, op, array: seen.append(name), monitor_all=True)
    net(x)
    assert seen == ['net_dense0_fwd_data', 'net_dense0_fwd_weight', 'net_dense0_fwd_bias',
                    'net_dense0_fwd_output', 'net_dense0_relu_fwd_input0',
                    'net_dense0_relu_fwd_output']


def test_batch_norm_learns_its_statistics_in_a_graph():
    net = nn.BatchNorm(in_channels=2)
    net.initialize()
    net.hybridize()
    x = arrays((4, 2))[0]
    with autograd.record():
        net(x)
    np.testing.assert_allclose(net.running_mean.data().asnumpy(), x.asnumpy().mean(0) * 0.1,
                               rtol=1e-4)


def test_each_device_has_its_parameters():
    net = nn.Dense(1, in_units=1)
    net.initialize('ones', ctx=[mx.cpu(0), mx.cpu(1)])
    net.hybridize()
    net.weight.data(mx.cpu(1))[:] = 5
    assert net(nd.ones((1, 1), ctx=mx.cpu(0))).asscalar() == 1
    assert net(nd.ones((1, 1), ctx=mx.cpu(1))).asscalar() == 5
