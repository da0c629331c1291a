"""LogMetricsCallback: what it hands to TensorBoard's writer."""
from types import SimpleNamespace

import gluino as mx
from gluino.contrib.tensorboard import LogMetricsCallback


def test_steps_are_counted_from_0_and_given_by_name(tmp_path):
    lines = []
    callback = LogMetricsCallback(str(tmp_path), prefix="train")
    callback.summary_writer = SimpleNamespace(
        add_scalar=lambda tag, value, global_step: lines.append((tag, value, global_step)))
    metric = mx.metric.Accuracy()
    metric.update([mx.nd.array([1, 0])], [mx.nd.array([[0, 1], [0, 1]])])
    for _ in range(2):
        callback(SimpleNamespace(eval_metric=metric))
    callback(SimpleNamespace(eval_metric=None))
    assert lines == [("train-accuracy", 0.5, 0), ("train-accuracy", 0.5, 1)]
