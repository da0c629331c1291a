"""The optimizers of MXNet's contrib.svrg_optimization.svrg_optimizer."""
import numpy as np
import pytest

import gluino as mx
from gluino import nd
from gluino.contrib.svrg_optimization import svrg_optimizer  # noqa: F401


def test_means_are_assigned_and_weights_trained():
    names = {0: "fc_weight", 1: "fc_weight_full"}
    svrg = mx.optimizer.create("_SVRGOptimizer", default_optimizer="sgd", learning_rate=0.5,
                               momentum=0.5, param_idx2name=names)
    sgd = mx.optimizer.create("sgd", learning_rate=0.5, momentum=0.5, param_idx2name=names)
    weight, expected, mean = nd.array([1, 2]), nd.array([1, 2]), nd.zeros(2)
    state, other = svrg.create_state(0, weight), sgd.create_state(0, expected)
    assert svrg.create_state(1, mean) is None
    for grad in (nd.array([3, 4]), nd.array([-1, 2])):
        svrg.update(0, weight, grad, state)
        sgd.update(0, expected, grad, other)
        svrg.update("fc_weight_full", mean, grad, None)
        np.testing.assert_array_equal(weight.asnumpy(), expected.asnumpy())
        np.testing.assert_array_equal(mean.asnumpy(), grad.asnumpy())
    with pytest.raises(KeyError):
        svrg.update(7, weight, grad, None)


def test_an_optimizer_made_before_is_taken():
    adam = mx.optimizer.Adam(learning_rate=0.1)
    svrg = mx.optimizer.create("_svrgoptimizer", default_optimizer=adam, learning_rate=0.3)
    assert svrg.default_opt is adam and svrg.lr == 0.3 and adam.lr == 0.1


def test_in_a_store():
    store = mx.kv.create("local")
    store.init(0, nd.array([1, 2]))
    store.init(1, nd.zeros(2))
    store.set_optimizer(mx.optimizer.create("_SVRGOptimizer", default_optimizer="sgd",
                                            learning_rate=1, param_idx2name={0: "w", 1: "w_full"}))
    store.push(0, nd.array([1, 1]))
    store.push(1, nd.array([5, 6]))
    got = nd.zeros(2)
    store.pull(0, out=got)
    assert got.asnumpy().tolist() == [0, 1]
    store.pull(1, out=got)
    assert got.asnumpy().tolist() == [5, 6]
