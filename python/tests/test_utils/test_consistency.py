"""Checks of blocks and optimizers: like ones pass, unlike ones do not."""
import numpy as np
import pytest

import gluino as mx
from gluino.gluon import nn
from gluino.test_utils import (check_gluon_hybridize_consistency, compare_optimizer,
                               compare_optimizer_noise_seeded)


def two_layers(prefix=None):
    net = nn.HybridSequential(prefix=prefix)
    with net.name_scope():
        net.add(nn.Dense(3, in_units=4), nn.Dense(2, in_units=3))
    return net


@pytest.mark.parametrize("test_grad", [True, False])
def test_blocks(test_grad):
    check_gluon_hybridize_consistency(two_layers, [mx.nd.ones((2, 4))], test_grad=test_grad)


def test_blocks_and_numpy():
    def twice(prefix):
        return nn.HybridLambda(lambda F, x: x * 2)

    data = [mx.nd.array(np.arange(4.0))]
    check_gluon_hybridize_consistency(twice, data, numpy_func=lambda x: x * 2)
    with pytest.raises(AssertionError):
        check_gluon_hybridize_consistency(twice, data, numpy_func=lambda x: x * 3)


def test_optimizers():
    def sgd(**options):
        return mx.optimizer.SGD(momentum=0.9, **options)

    compare_optimizer(sgd(), sgd(), (2, 3), "float32")
    compare_optimizer(sgd(), sgd(), [(2, 3), (3, 4)], "float32", ntensors=2)
    compare_optimizer(sgd(), sgd(), (2, 3), "float32", g_stype="row_sparse")
    with pytest.raises(AssertionError):
        compare_optimizer(sgd(learning_rate=0.1), sgd(learning_rate=0.2), (2, 3), "float32")
    with pytest.raises(AssertionError):
        compare_optimizer(sgd(), mx.optimizer.SGD(), (2, 3), "float32")


def test_optimizers_that_draw_numbers():
    def sgld(rate):
        return mx.optimizer.SGLD(learning_rate=rate)
    shapes = [(2, 3), (4,)]
    compare_optimizer_noise_seeded(sgld(0.1), sgld(0.1), shapes, "float32", 7)
    with pytest.raises(AssertionError):
        compare_optimizer_noise_seeded(sgld(0.1), sgld(0.2), shapes, "float32", 7)
    with pytest.raises(AssertionError):  # Without a seed they draw one after the other.
        compare_optimizer(sgld(0.1), sgld(0.1), (2, 3), "float32")


def test_the_first_optimizer_goes_through_the_rows_of_dense_arrays():
    class ByRows(mx.optimizer.Optimizer):
        def create_state(self, index, weight):
            return None

        def update(self, index, weight, grad, state):
            self._update_count(index)
            for row in range(weight.shape[0]):
                if grad[row].asnumpy().any():
                    weight[row] -= self._get_lr(index) * grad[row]

    for stype in ("default", "row_sparse"):
        compare_optimizer(ByRows(learning_rate=0.1), mx.optimizer.SGD(learning_rate=0.1), (5, 3),
                          np.float32, w_stype=stype, g_stype="row_sparse")
