"""Monitor: what it sees, and its lines."""

import logging

import numpy as np
import pytest

import gluino as mx

from nets import iterator, mlp


def watched(monitor):
    module = mx.mod.Module(mlp())
    data = iterator()
    module.bind(data.provide_data, data.provide_label)
    module.install_monitor(monitor)
    module.init_params()
    return module, next(iter(data))


def test_names():
    monitor = mx.mon.Monitor(1, sort=True)
    module, batch = watched(monitor)
    monitor.tic()
    module.forward_backward(batch)
    seen = monitor.toc()
    names = [name for _, name, _ in seen]
    assert names == sorted(names)
    assert {
        "data", "fc1_weight", "fc1_output", "relu1_output", "fc2_bias", "fc2_output",
        "softmax_output", "softmax_label", "fc1_backward_weight", "fc2_backward_bias",
    } <= set(names)  # fmt: skip
    assert {step for step, _, _ in seen} == {1}
    assert monitor.toc() == []


def test_whole_numbers_have_a_statistic():
    data = mx.sym.var("data")
    net = mx.sym.Embedding(data, input_dim=5, output_dim=2, name="rows")
    shown = net.simple_bind(mx.cpu(), data=(2,), type_dict={"data": "int32"})
    shown.copy_params_from({"rows_weight": mx.nd.ones((5, 2))})
    monitor = mx.mon.Monitor(1)
    monitor.install(shown)
    monitor.tic()
    shown.forward(data=mx.nd.array([3, 4], dtype="int32"))
    seen = {name: text for _, name, text in monitor.toc()}
    assert float(seen["data"]) == pytest.approx(5 / 2**0.5)
    assert float(seen["rows_output"]) == 1


def test_statistics():
    monitor = mx.mon.Monitor(1, stat_func=lambda x: [x.max(), x.min()], pattern="fc1_weight")
    module, batch = watched(monitor)
    monitor.tic()
    module.forward(batch)
    weight = module.get_params()[0]["fc1_weight"].asnumpy()
    assert monitor.toc() == [(1, "fc1_weight", f"{weight.max()!s}\t{weight.min()!s}\t")]

    monitor = mx.mon.Monitor(1, pattern="fc1_weight")
    module, batch = watched(monitor)
    monitor.tic()
    module.forward(batch)
    weight = module.get_params()[0]["fc1_weight"].asnumpy()
    ((_, _, text),) = monitor.toc()
    assert float(text) == pytest.approx(np.sqrt((weight**2).mean()), rel=1e-5)


def test_a_statistic_is_an_array():
    monitor = mx.mon.Monitor(1, stat_func=lambda x: 1.0, pattern="fc1_weight")
    module, batch = watched(monitor)
    monitor.tic()
    module.forward(batch)
    with pytest.raises(TypeError, match="fc1_weight"):
        monitor.toc()


def test_interval_and_lines(caplog):
    caplog.set_level(logging.INFO)
    module = mx.mod.Module(mlp())
    monitor = mx.mon.Monitor(4, stat_func=lambda x: mx.nd.zeros((1,)), pattern="fc1_.*weight")
    module.fit(iterator(), num_epoch=1, monitor=monitor)
    assert [line for line in caplog.messages if line.startswith("Batch")] == [
        "Batch:       1 fc1_backward_weight            0.0\t",
        "Batch:       1 fc1_weight                     0.0\t",
        "Batch:       5 fc1_backward_weight            0.0\t",
        "Batch:       5 fc1_weight                     0.0\t",
    ]


def test_other_shapes_are_watched():
    monitor = mx.mon.Monitor(1, pattern="softmax_output|data", stat_func=lambda x: x)
    module, batch = watched(monitor)
    small = mx.io.DataBatch([batch.data[0][:4]], [batch.label[0][:4]])
    for one, size in ((batch, 10), (small, 4), (batch, 10)):
        monitor.tic()
        module.forward(one)
        seen = monitor.toc()
        assert [name for _, name, _ in seen] == ["softmax_output", "data"]
        assert seen[0][2].count("\n") == size - 1


def test_an_exception_of_a_statistic_reaches_the_caller():
    def fails(array):
        raise KeyError("mine")

    monitor = mx.mon.Monitor(1, stat_func=fails)
    module, batch = watched(monitor)
    monitor.tic()
    with pytest.raises(KeyError, match="mine"):
        module.forward(batch)
