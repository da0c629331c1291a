"""Weights of samples, in losses that are hybridized and that are not."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.gluon import loss

PRED = nd.array(np.sin(np.arange(9)).reshape(3, 3))
LABEL = nd.array([0, 2, 1])
WEIGHTS = nd.array([1, 0, 2])


def made(kind, hybrid):
    block = kind()
    if hybrid:
        block.hybridize()
    return block


@pytest.mark.parametrize('hybrid', [False, True])
def test_they_are_broadcast(hybrid):
    plain = np.square(PRED.asnumpy()) / 2
    got = made(loss.L2Loss, hybrid)(PRED, nd.zeros((3, 3)), WEIGHTS.reshape((3, 1)))
    np.testing.assert_allclose(got.asnumpy(), plain.mean(axis=1) * [1, 0, 2], rtol=1e-5)
    got = made(loss.L2Loss, hybrid)(PRED, nd.zeros((3, 3)), WEIGHTS)  # of columns
    np.testing.assert_allclose(got.asnumpy(), (plain * [1, 0, 2]).mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize('hybrid', [False, True])
def test_one_for_each_loss_in_another_shape(hybrid):
    plain = loss.SoftmaxCELoss()(PRED, LABEL).asnumpy()
    got = made(loss.SoftmaxCELoss, hybrid)(PRED, LABEL, WEIGHTS)
    np.testing.assert_allclose(got.asnumpy(), plain * [1, 0, 2], rtol=1e-5)
    got = made(loss.TripletLoss, hybrid)(PRED, PRED, PRED, WEIGHTS.reshape((3, 1)))
    assert got.asnumpy().tolist() == [1, 0, 2]
    got = made(loss.L2Loss, hybrid)(PRED, nd.zeros((3, 3)), nd.ones((1, 1, 3, 3)))
    np.testing.assert_allclose(got.asnumpy(), (np.square(PRED.asnumpy()) / 2).mean(axis=1), rtol=1e-5)


@pytest.mark.parametrize('hybrid', [False, True])
def test_in_a_network_of_layers(hybrid):
    class Net(mx.gluon.HybridBlock):
        def __init__(self):
            super().__init__()
            self.dense = mx.gluon.nn.Dense(3)
            self.loss = loss.SoftmaxCELoss()

        def hybrid_forward(self, F, x, label, weight):
            return self.loss(self.dense(x), label, weight)

    net = Net()
    net.initialize(mx.init.One())
    if hybrid:
        net.hybridize()
    got = net(PRED, LABEL, WEIGHTS)
    np.testing.assert_allclose(got.asnumpy(), np.log(3) * np.array([1, 0, 2]), rtol=1e-5)


@pytest.mark.parametrize('hybrid', [False, True])
@pytest.mark.parametrize('shape', [(2, 3), (3, 1, 1, 2), (2,)])
def test_more_losses_than_there_are(hybrid, shape):
    with pytest.raises((ValueError, mx.MXNetError)):
        made(loss.SoftmaxCELoss, hybrid)(PRED, LABEL, nd.ones(shape))


def test_a_graph_does_not_multiply_all_by_all():
    block = made(loss.SoftmaxCELoss, True)
    block(PRED, LABEL, WEIGHTS.reshape((3, 1)))
    with pytest.raises(mx.MXNetError, match='3, 1'):
        block(PRED, LABEL, WEIGHTS)


@pytest.mark.parametrize('hybrid', [False, True])
def test_arrays_of_numpy_of_another_type(hybrid):
    with mx.util.np_array(True), mx.util.np_shape(True):
        weights = mx.np.array(np.array([[1.], [0], [2]]))
        assert weights.dtype == np.float64
        got = made(loss.L1Loss, hybrid)(mx.np.ones((3, 2)), mx.np.zeros((3, 2)), weights)
        assert got.asnumpy().tolist() == [1, 0, 2]


def test_a_module_takes_one_for_each_sample():
    data, label, weight = (mx.sym.var(name) for name in ('data', 'label', 'weight'))
    net = mx.sym.make_loss(loss.SoftmaxCELoss()(data, label, weight))
    known = {'data': (3, 3), 'label': (3,), 'weight': (3,)}
    assert net.infer_shape(**known)[1] == [(3,)]
    net.simple_bind(mx.cpu(), **known)
    got = net.eval(data=PRED, label=LABEL, weight=nd.array([2, 2, 2]))[0]
    np.testing.assert_allclose(got.asnumpy(), 2 * loss.SoftmaxCELoss()(PRED, LABEL).asnumpy())


def test_pairs_of_arrays_of_numpy():
    x = np.array([[1., 2], [3, 5], [8, 7]], 'f')
    plain = loss.SDMLLoss()(nd.array(x), nd.array(x[::-1]))
    with mx.util.np_array(True), mx.util.np_shape(True):
        got = loss.SDMLLoss()(mx.np.array(x), mx.np.array(x[::-1]))
    assert got.asnumpy().tolist() == plain.asnumpy().tolist()
