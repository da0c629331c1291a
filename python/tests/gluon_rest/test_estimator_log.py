"""The lines that an Estimator logs."""

import re

import mxnet as mx
import pytest

from mxnet import gluon
from mxnet.gluon.contrib.estimator import Estimator, LoggingHandler


def lines_of(act, capsys):
    net = gluon.nn.Dense(2, in_units=3)
    net.initialize()
    estimator = Estimator(net, gluon.loss.SoftmaxCrossEntropyLoss(),
                          train_metrics=mx.metric.Accuracy(),
                          trainer=gluon.Trainer(net.collect_params(), "sgd"))
    loader = gluon.data.DataLoader(gluon.data.ArrayDataset(mx.nd.ones((4, 3)), mx.nd.zeros(4)), 2)
    act(estimator, loader)
    return re.sub(r"\d+\.\d+", "_", capsys.readouterr().out).splitlines()


def test_an_evaluation_says_that_it_begins(capsys):
    lines = lines_of(lambda estimator, loader: estimator.evaluate(loader), capsys)
    assert lines == ["Validation Begin", "[Epoch 0] Finished in _s, validation accuracy: _"]


def test_lines_without_metrics_end_before_them(capsys):
    lines = lines_of(lambda estimator, loader: estimator.fit(
        loader, epochs=1, event_handlers=[LoggingHandler(log_interval=2)]), capsys)
    assert lines[2:] == ["Validation Begin", "[Epoch 0][Batch 0][Samples 2] time/interval: _s",
                         "[Epoch 0] Finished in _s",
                         "Train finished using total 0s with 1 epochs."]


@pytest.mark.parametrize("length", [{"epochs": -1}, {"batches": -2}])
def test_a_training_of_fewer_than_no_batches(capsys, length):
    with pytest.raises(ValueError, match="at least 1 epoch or batch"):
        lines_of(lambda estimator, loader: estimator.fit(loader, **length), capsys)
