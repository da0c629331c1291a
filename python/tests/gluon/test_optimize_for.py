"""Graphs rewritten for MXNet's backends that leave the numbers, and the symbols of what ran."""
import os
import tempfile

import numpy as np
import pytest

import gluino as mx
from gluino import autograd, gluon, nd
from gluino.gluon import nn


def network(**options):
    net = nn.HybridSequential(prefix='net_')
    with net.name_scope():
        net.add(nn.Dense(3, activation='relu', **options), nn.BatchNorm(), nn.Dense(1))
    return net


class Own(gluon.HybridBlock):
    """A forward of its own, as in 2.0."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Dense(2)

    def forward(self, x):
        return self.layer(x) + 1


@pytest.mark.parametrize('backend', ['MKLDNN', 'MKLDNN_QUANTIZE'])
@pytest.mark.parametrize('make', [network, Own])
def test_blocks_have_their_graph_and_parameters(make, backend):
    net = make()
    net.initialize()
    x = nd.array(np.arange(8).reshape(4, 2))
    with autograd.record():
        net.optimize_for(x, backend=backend, static_alloc=True)
    assert all(0 not in p.shape for p in net.collect_params().values())
    graph = net(x).asnumpy()
    with tempfile.TemporaryDirectory() as folder:
        net.export(os.path.join(folder, 'net'))
        again = gluon.SymbolBlock.imports(os.path.join(folder, 'net-symbol.json'), ['data'],
                                          os.path.join(folder, 'net-0000.params'))
        again.optimize_for(x, backend=backend)
        np.testing.assert_allclose(again(x).asnumpy(), graph, rtol=1e-5)
    net.hybridize(False)
    np.testing.assert_allclose(net(x).asnumpy(), graph, rtol=1e-5)
    net.hybridize(backend=backend)
    np.testing.assert_allclose(net(x).asnumpy(), graph, rtol=1e-5)


def test_statistics_stay():
    net = network()
    net.initialize()
    with autograd.train_mode():
        net.optimize_for(nd.ones((4, 2)), backend='MKLDNN')
    assert (net[1].running_mean.data().asnumpy() == 0).all()


def test_symbols():
    net = mx.sym.FullyConnected(mx.sym.var('x'), num_hidden=2, name='fc')
    weights = {'fc_weight': nd.ones((2, 3)), 'fc_bias': nd.zeros(2)}
    same = net.optimize_for('MKLDNN', weights, {}, ctx=mx.cpu(), shape_dict={'x': (1, 3)})
    assert same.list_arguments() == net.list_arguments()
    executor = same.bind(mx.cpu(), {'x': nd.ones((1, 3)), **weights})
    assert executor.forward()[0].asnumpy().tolist() == [[3, 3]]
    optimized = executor.get_optimized_symbol()
    assert (optimized.list_arguments(), optimized.list_outputs()) == (
        ['x', 'fc_weight', 'fc_bias'], ['fc_output'])
    assert optimized.tojson() == net.tojson()
