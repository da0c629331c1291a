"""SequentialModule and modules written in Python."""

import logging

import numpy as np
import pytest

import gluino as mx
from gluino.io import DataBatch

from nets import iterator, mlp, numbers


def parts():
    data = mx.sym.var("data")
    first = mx.sym.FullyConnected(data, num_hidden=8, name="fc1")
    first = mx.sym.Activation(first, act_type="relu", name="relu1")
    second = mx.sym.FullyConnected(data, num_hidden=3, name="fc2")
    return first, mx.sym.SoftmaxOutput(second, name="softmax")


def sequence():
    first, second = parts()
    return (
        mx.mod.SequentialModule()
        .add(mx.mod.Module(first, label_names=None))
        .add(mx.mod.Module(second), take_labels=True, auto_wiring=True)
    )


def test_two_parts_train_as_the_whole():
    params = []
    for module in (sequence(), mx.mod.Module(mlp())):
        mx.random.seed(3)
        module.fit(iterator(), num_epoch=2, optimizer_params={"learning_rate": 0.1})
        params.append(numbers(module.get_params()[0]))
    assert params[0].keys() == params[1].keys()
    for name, values in params[0].items():
        np.testing.assert_allclose(values, params[1][name], rtol=1e-5, atol=1e-6)


def test_what_it_is(caplog):
    module = sequence()
    assert module.data_names == ["data"] and module.output_names == ["softmax_output"]
    with pytest.raises(AssertionError):
        module.data_shapes
    module.bind([("data", (4, 5))], [("softmax_label", (4,))], inputs_need_grad=True)
    module.init_params()
    module.init_optimizer()
    assert module.data_shapes == [("data", (4, 5))]
    assert module.label_shapes == [("softmax_label", (4,))]
    assert module.output_shapes == [("softmax_output", (4, 3))]
    module.forward(DataBatch([mx.nd.ones((4, 5))], [mx.nd.ones((4,))]))
    module.backward()
    module.update()
    assert module.get_outputs()[0].shape == (4, 3)
    assert module.get_input_grads()[0].shape == (4, 5)
    caplog.set_level(logging.WARNING)
    module.bind([("data", (4, 5))])
    module.init_optimizer()
    assert caplog.messages == [
        "Already bound, ignoring bind()",
        "optimizer already initialized, ignoring...",
    ]


def test_mistakes_are_told():
    first, _ = parts()
    with pytest.raises(AssertionError, match="unknown option labels"):
        mx.mod.SequentialModule().add(mx.mod.Module(first, label_names=None), labels=True)
    with pytest.raises(AssertionError, match="call add first"):
        mx.mod.SequentialModule().bind([("data", (4, 5))])
    twice = mx.mod.SequentialModule()
    for _ in range(2):
        twice.add(mx.mod.Module(first, label_names=None), auto_wiring=True)
    twice.bind([("data", (4, 5))])
    with pytest.raises(AssertionError, match="fc1_weight"):
        twice.init_params()


@pytest.mark.parametrize("wrap", [lambda x: x, lambda x: x.asnumpy()])
def test_a_loss_in_python(wrap):
    def grad(scores, labels):
        return wrap(mx.nd.softmax(scores) - mx.nd.one_hot(labels, 3))

    data = mx.sym.var("data")
    net = mx.sym.FullyConnected(data, num_hidden=3, name="fc")
    with_loss = (
        mx.mod.SequentialModule()
        .add(mx.mod.Module(net, label_names=None))
        .add(mx.mod.PythonLossModule(grad_func=grad), take_labels=True, auto_wiring=True)
    )
    built_in = mx.mod.Module(mx.sym.SoftmaxOutput(net, name="softmax"))
    params = []
    for module in (with_loss, built_in):
        module.fit(
            iterator(), num_epoch=2, initializer=mx.init.One(),
            optimizer_params={"learning_rate": 0.1},
        )  # fmt: skip
        params.append(numbers(module.get_params()[0]))
    for name, values in params[0].items():
        np.testing.assert_allclose(values, params[1][name], rtol=1e-4, atol=1e-5)


def test_python_modules():
    loss = mx.mod.PythonLossModule(name="mine")
    assert loss.output_names == ["mine_output"]
    loss.bind([("data", (4, 3))], [("softmax_label", (4,))])
    assert loss.output_shapes == [("mine_output", (4, 3))]
    loss.init_params()
    loss.init_optimizer()
    assert loss.get_params() == ({}, {})
    loss.forward(DataBatch([mx.nd.ones((4, 3))], [mx.nd.ones((4,))]), is_train=True)
    with pytest.raises(NotImplementedError):
        loss.backward()
    with pytest.raises(AssertionError):
        loss.backward([mx.nd.ones((4, 3))])
    with pytest.raises(NotImplementedError):
        loss.install_monitor(mx.mon.Monitor(1))
    with pytest.raises(AssertionError):
        mx.mod.PythonLossModule(data_names=("a", "b"))
    with pytest.raises(AssertionError):
        mx.mod.PythonLossModule(grad_func=3)
    with pytest.raises(NotImplementedError):
        mx.mod.PythonModule(["a"], ["b"], ["c"]).bind([("a", (1,))])
