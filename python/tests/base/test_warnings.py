"""How warnings begin: programs filter those of MXNet's by that."""
import pytest

import mxnet as mx
from mxnet import gluon
from mxnet.gluon.contrib.estimator import Estimator


def _estimator(net, **options):
    return Estimator(net, gluon.loss.L2Loss(), context=mx.cpu(), **options)


def _trainer(net):
    return gluon.Trainer(net.collect_params(), "sgd")


def test_estimator():
    net = gluon.nn.Dense(2, in_units=2)
    with pytest.warns(UserWarning, match="^No trainer specified"):
        _estimator(net)
    with pytest.warns(UserWarning, match="^Network already fully initialized"):
        _estimator(net, trainer=_trainer(net), initializer=mx.init.One())
    pair = gluon.nn.Sequential()
    pair.add(net, gluon.nn.Dense(1, in_units=2))
    with pytest.warns(UserWarning, match="^Network is partially initialized"):
        _estimator(pair, initializer=mx.init.One())


def test_symbols():
    with pytest.warns(UserWarning, match="^Cannot decide shape for the following arguments"):
        (mx.sym.var("a") + mx.sym.var("b")).infer_shape()
    twice = mx.sym.var("same") + mx.sym.var("same")
    with pytest.warns(RuntimeWarning, match="^There are multiple variables with the same name"):
        mx.viz.plot_network(twice)


def test_modules():
    module = mx.mod.Module(mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=1), label_names=None)
    module.bind([("data", (2, 2))])
    module.init_params()
    with pytest.warns(UserWarning, match="^Optimizer created manually outside Module but"):
        module.init_optimizer(optimizer=mx.optimizer.SGD(rescale_grad=3))
