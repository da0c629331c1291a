"""What is true or not may be said by 0 and 1, and by NumPy's truths, as in MXNet."""
import numpy as np
import pytest

import gluino as mx
from gluino import autograd, nd

YES = pytest.mark.parametrize("yes", [1, np.bool_(True)])
NO = pytest.mark.parametrize("no", [0, np.bool_(False)])


def cubes():
    x = nd.array([1, 2])
    x.attach_grad()
    with autograd.record():
        y = x ** 3
    return x, y


@YES
def test_modes(yes):
    with autograd.record(train_mode=yes):
        assert autograd.is_recording() and autograd.is_training()
    with autograd.pause(train_mode=yes):
        assert not autograd.is_recording() and autograd.is_training()


@NO
def test_modes_that_are_not(no):
    with autograd.record(train_mode=no):
        assert autograd.is_recording() and not autograd.is_training()


@YES
def test_graphs_that_are_kept(yes):
    x, y = cubes()
    y.backward(retain_graph=yes)
    autograd.backward([y], retain_graph=yes)
    y.backward()
    assert x.grad.asnumpy().tolist() == [3, 12]


@YES
def test_gradients_of_gradients(yes):
    x, _ = cubes()
    with autograd.record():
        (slope,) = autograd.grad(x ** 3, [x], retain_graph=yes, create_graph=yes)
    slope.backward()
    assert x.grad.asnumpy().tolist() == [6, 12]


@NO
def test_astype_without_a_copy(no):
    x = nd.ones(2)
    assert x.astype("float32", copy=no) is x


@YES
def test_executors(yes):
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    executor = net.simple_bind(mx.cpu(), data=(2, 3))
    larger = executor.reshape(partial_shaping=yes, allow_up_sizing=yes, data=(4, 3))
    names = []
    larger.set_monitor_callback(lambda name, array: names.append(name), monitor_all=yes)
    larger.forward(is_train=yes)
    assert "fc_weight" in names


@NO
def test_stores_give_sparse_values(no):
    store = mx.kv.create("local")
    value = nd.ones((2, 2)).tostype("row_sparse")
    store.init("a", value)
    out = nd.zeros((2, 2)).tostype("row_sparse")
    store.pull("a", out=out, ignore_sparse=no)
    assert out.asnumpy().tolist() == [[1, 1], [1, 1]]


def test_drawings_hide_weights():
    net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=2, name="fc")
    hidden, shown = (mx.viz.plot_network(net, hide_weights=hide).source for hide in (1, 0))
    assert "fc_weight" not in hidden and "fc_weight" in shown
