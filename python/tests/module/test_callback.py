"""Callbacks: what they write, and when."""

import logging
import os
import re

import pytest

import gluino as mx
from gluino.model import BatchEndParam

from nets import mlp


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [re.sub(r"Speed: \S+", "Speed: S", line) for line in caplog.messages]


@pytest.fixture
def metric():
    accuracy = mx.metric.Accuracy()
    accuracy.update([mx.nd.array([0, 1])], [mx.nd.array([[1, 0], [1, 0]])])
    return accuracy


def call(callback, metric, counts):
    for count in counts:
        callback(BatchEndParam(epoch=1, nbatch=count, eval_metric=metric, locals=None))


def test_param():
    param = BatchEndParam(1, 2, 3, 4)
    assert param._fields == ("epoch", "nbatch", "eval_metric", "locals")
    assert repr(param) == "BatchEndParams(epoch=1, nbatch=2, eval_metric=3, locals=4)"


def test_speedometer(log, metric):
    call(mx.callback.Speedometer(10, 2), metric, [0, 1, 2, 3, 4])
    assert log() == [
        "Epoch[1] Batch [0-2]\tSpeed: S samples/sec\taccuracy=0.500000",
        "Epoch[1] Batch [2-4]\tSpeed: S samples/sec\taccuracy=nan",
    ]


def test_speedometer_over_the_epoch(log, metric):
    call(mx.callback.Speedometer(10, 2, auto_reset=False), metric, [0, 1, 2, 3, 4, 0, 2])
    assert log() == [
        "Epoch[1] Batch [0-2]\tSpeed: S samples/sec\taccuracy=0.500000",
        "Epoch[1] Batch [0-4]\tSpeed: S samples/sec\taccuracy=0.500000",
        "Epoch[1] Batch [0-2]\tSpeed: S samples/sec\taccuracy=0.500000",
    ]


def test_speedometer_without_metric(log):
    call(mx.callback.Speedometer(10, 2), None, [0, 1, 2])
    assert log() == ["Iter[1] Batch [2]\tSpeed: S samples/sec"]


def test_log_train_metric(log, metric):
    call(mx.callback.log_train_metric(2, auto_reset=True), metric, [0, 1, 2])
    call(mx.callback.log_train_metric(2), None, [2])
    assert log() == [
        "Iter[1] Batch[0] Train-accuracy=0.500000",
        "Iter[1] Batch[2] Train-accuracy=nan",
    ]


def test_progress_bar(log):
    call(mx.callback.ProgressBar(3, length=20), None, [0, 1, 3])
    assert log() == [
        "[--------------------] 0%\r",
        "[=======-------------] 34%\r",
        "[====================] 100%\r",
    ]


def test_progress_bar_counts_whole_percents_as_they_are(log):
    call(mx.callback.ProgressBar(100, length=1), None, range(101))
    assert [line.split()[-1] for line in log()] == [f"{i}%" for i in range(101)]


def test_validation(log, metric):
    call(mx.callback.LogValidationMetricsCallback(), metric, [5])
    call(mx.callback.LogValidationMetricsCallback(), None, [5])
    assert log() == ["Epoch[1] Validation-accuracy=0.500000"]


def test_checkpoints(tmp_path, log):
    prefix = str(tmp_path / "net")
    module = mx.mod.Module(mlp())
    module.bind([("data", (4, 5))], [("softmax_label", (4,))])
    module.init_params()
    module.init_optimizer()
    of_symbol = mx.callback.do_checkpoint(prefix, period=2)
    of_module = mx.callback.module_checkpoint(module, prefix + "-mod", 2, True)
    for epoch in range(4):
        of_symbol(epoch, module.symbol, *module.get_params())
        of_module(epoch)
    assert sorted(os.listdir(tmp_path)) == [
        "net-0002.params", "net-0004.params",
        "net-mod-0002.params", "net-mod-0002.states", "net-mod-0004.params",
        "net-mod-0004.states", "net-mod-symbol.json", "net-symbol.json",
    ]  # fmt: skip
    assert log()[:3] == [
        f'Saved checkpoint to "{prefix}-0002.params"',
        f'Saved checkpoint to "{prefix}-mod-0002.params"',
        f'Saved optimizer state to "{prefix}-mod-0002.states"',
    ]
    symbol, arg_params, aux_params = mx.model.load_checkpoint(prefix, 4)
    assert symbol.tojson() == module.symbol.tojson()
    assert sorted(arg_params) == ["fc1_bias", "fc1_weight", "fc2_bias", "fc2_weight"]
    assert aux_params == {}
    assert sorted(mx.model.load_params(prefix, 4)[0]) == sorted(arg_params)


def test_a_file_without_parameters_is_told_of(tmp_path, log):
    mx.nd.save(str(tmp_path / "net-0001.params"), {})
    assert mx.model.load_params(str(tmp_path / "net"), 1) == ({}, {})
    assert "is empty" in log()[0]
