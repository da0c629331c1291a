"""Blocks: children, parameters, hooks, copies, errors."""
import copy
import pickle

import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


class Net(gluon.Block):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.hidden = nn.Dense(5)
            self.output = nn.Dense(6, in_units=5, activation='relu')

    def forward(self, x):
        return self.output(self.hidden(x))


def test_repr_lists_the_children():
    assert repr(Net()) == ('Net(\n  (hidden): Dense(None -> 5, linear)\n'
                           '  (output): Dense(5 -> 6, Activation(relu))\n)')
    assert repr(gluon.Block()) == 'Block(\n\n)'


def test_collect_params():
    net = Net(prefix='net_')
    assert list(net.params) == []
    assert list(net.collect_params()) == [
        'net_dense0_weight', 'net_dense0_bias', 'net_dense1_weight', 'net_dense1_bias']
    assert list(net.collect_params('.*weight')) == ['net_dense0_weight', 'net_dense1_weight']
    assert list(net.collect_params('weight')) == []
    assert repr(net.collect_params('.*0_bias')) == (
        'net_ (\n  Parameter net_dense0_bias (shape=(5,), dtype=float32)\n)')


def test_attributes_keep_their_types():
    net = Net()
    for value in (3, nn.Conv2D(2, 2), None):
        with pytest.raises(TypeError, match='hidden'):
            net.hidden = value
    other = nn.Dense(7)
    net.hidden = other
    assert net._children['hidden'] is other
    with pytest.raises(AssertionError):
        other.weight = gluon.Parameter('w', shape=(1,))


def test_parameters_set_as_attributes_belong_to_the_block():
    class Scale(gluon.Block):
        def __init__(self):
            super().__init__()
            self.factor = gluon.Parameter('factor', shape=(2,), init='ones')

        def forward(self, x):
            return x * self.factor.data()

    both = nn.Sequential()
    both.add(Scale(), Scale())
    assert len(both.collect_params()) == 2  # of one name, and both there
    both.initialize()
    assert (both(nd.array([3, 4])).asnumpy() == [3, 4]).all()


def test_layers_in_lists_are_warned_of():
    net = Net()
    net.others = [nn.Dense(1)]
    with pytest.warns(UserWarning, match='others'):
        net.collect_params()
    net.register_child(net.others[0])
    assert len(net.collect_params()) == 6


def test_initialize_then_forward_finds_shapes():
    net = Net()
    with pytest.raises(RuntimeError, match='has not been initialized'):
        net(nd.ones((2, 3)))
    net.initialize(device=mx.cpu(1))
    assert net(nd.ones((2, 3), ctx=mx.cpu(1))).shape == (2, 6)
    assert net.hidden.weight.shape == (5, 3)
    assert repr(net.hidden) == 'Dense(3 -> 5, linear)'
    with pytest.raises(RuntimeError, match='not initialized on'):
        net(nd.ones((2, 3)))


def test_wrong_inputs():
    net = Net()
    net.initialize()
    net(nd.ones((2, 3)))
    with pytest.raises(mx.MXNetError):
        net(nd.ones((2, 4)))
    with pytest.raises(ValueError, match="numpy.ndarray'>. mx.nd.array"):
        net(np.ones((2, 3)))
    with pytest.raises(TypeError):
        net()
    with pytest.raises(NotImplementedError):
        gluon.Block()(nd.ones((1,)))


def test_apply_visits_children_first():
    net, seen = Net(prefix='net_'), []
    assert net.apply(lambda block: seen.append(block.name)) is net
    assert seen == ['net_dense0', 'net_dense1_relu', 'net_dense1', 'net']


def test_cast_and_zero_grad():
    net = Net()
    net.initialize()
    net.cast('float64')
    x = nd.ones((2, 3), dtype='float64')
    with autograd.record():
        y = net(x)
    y.backward()
    assert y.dtype == np.float64
    net.zero_grad()
    assert all((p.grad().asnumpy() == 0).all() for p in net.collect_params().values())


def test_share_parameters():
    first, second = Net(), Net()
    assert second.share_parameters(first._collect_params_with_prefix()) is second
    first.initialize()
    x = nd.ones((2, 3))
    assert second.hidden.weight is first.hidden.weight
    assert (second(x).asnumpy() == first(x).asnumpy()).all()


def test_hooks_see_inputs_and_outputs_until_they_are_detached():
    net, log = nn.Dense(2, in_units=2), []
    net.initialize()
    after = net.register_forward_hook(lambda block, inputs, output: log.append(
        (block is net, type(inputs), output.shape)))
    before = net.register_forward_pre_hook(lambda block, inputs: log.append(inputs[0].shape))
    net(nd.ones((1, 2)))
    assert log == [(1, 2), (True, tuple, (1, 2))]
    after.detach()
    after.detach()
    log.clear()
    with before:
        net(nd.ones((1, 2)))
    net(nd.ones((1, 2)))
    assert log == [(1, 2)]


def test_hooks_are_called_inside_of_a_hybridized_network():
    net = nn.HybridSequential()
    net.add(nn.Dense(2, in_units=2), nn.Dense(2, in_units=2))
    net.initialize()
    net.hybridize()
    x = nd.ones((1, 2))
    expected, seen = net(x).asnumpy(), []
    with net[0].register_forward_hook(lambda block, inputs, output: seen.append(output.shape)):
        assert (net(x).asnumpy() == expected).all()
    net(x)
    assert seen == [(1, 2)]


@pytest.mark.parametrize('again', [copy.deepcopy, copy.copy,
                                   lambda net: pickle.loads(pickle.dumps(net))])
@pytest.mark.parametrize('hybridized', [False, True])
def test_copies(again, hybridized):
    net = nn.HybridSequential()
    net.add(nn.Dense(3, activation='tanh'), nn.BatchNorm(), nn.Dense(2))
    x = nd.ones((2, 4))
    net.initialize()
    if hybridized:
        net.hybridize()
    expected = net(x).asnumpy()
    other = again(net)
    assert repr(other) == repr(net)
    assert (other(x).asnumpy() == expected).all()
    if again is copy.copy:
        return
    other[0].weight.data()[:] = 0
    assert (net(x).asnumpy() == expected).all()


def test_a_copy_before_initialize():
    net = copy.deepcopy(Net())
    net.initialize()
    assert net(nd.ones((2, 3))).shape == (2, 6)


def test_containers():
    net = nn.HybridSequential()
    net.add(nn.Dense(1), nn.Dense(2))
    net.add(nn.Dense(3))
    assert len(net) == 3 and bool(nn.HybridSequential())
    assert repr(net[1]) == 'Dense(None -> 2, linear)'
    assert [block._units for block in net[1:]] == [2, 3]
    assert isinstance(net[::-1], nn.HybridSequential) and net[::-1][0] is net[2]
    assert list(net) == [net[0], net[1], net[2]]
    with pytest.raises(IndexError):
        net[10]
    with pytest.raises(TypeError):
        net['0']
    with pytest.raises(ValueError, match='HybridSequential'):
        net.add(gluon.Block())


def test_sequential_of_hybrid_layers_says_so():
    net = nn.Sequential()
    net.add(nn.Dense(1))
    with pytest.warns(UserWarning, match='HybridSequential'):
        net.hybridize()
