"""FeedForward: training, use and log as in MXNet 0.x."""

import logging
import pickle
import re

import numpy as np
import pytest

import gluino as mx

from nets import clusters, iterator, mlp, numbers

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def model(**options):
    mx.random.seed(1)
    settings = {"num_epoch": 2, "learning_rate": 0.5, "momentum": 0.9, "wd": 1e-5}
    return mx.model.FeedForward(mlp(), **(settings | options))


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.INFO)
    return lambda: [
        re.sub(r"(Speed: |cost=)[\d.inf]+", r"\1T", message) for message in caplog.messages
    ]


@pytest.fixture
def fitted():
    one = model(num_epoch=6, initializer=mx.init.Xavier())
    one.fit(iterator())
    return one


def test_it_is_deprecated():
    with pytest.warns(DeprecationWarning):
        mx.model.FeedForward(mlp())


def test_log_lines(log):
    counts = []
    model(num_epoch=1, learning_rate=0.0, wd=0.0, initializer=mx.init.Zero()).fit(
        iterator(count=30), eval_data=iterator(count=30),
        batch_end_callback=[
            mx.callback.Speedometer(10, 2), lambda param: counts.append(param.nbatch)
        ],
    )  # fmt: skip
    assert counts == [1, 2, 3]
    assert log() == [
        "Start training with [cpu(0)]",
        "Epoch[0] Batch [2]\tSpeed: T samples/sec\tTrain-accuracy=0.350000",
        "Epoch[0] Resetting Data Iterator",
        "Epoch[0] Train-accuracy=0.333333",
        "Epoch[0] Time cost=T",
        "Epoch[0] Validation-accuracy=0.333333",
    ]


def test_epochs_of_a_given_size(log):
    counts = []
    model(epoch_size=4).fit(
        iterator(count=30), batch_end_callback=lambda param: counts.append(param.nbatch)
    )
    assert counts == [1, 2, 3, 4] * 2
    assert sum("Resetting" in line for line in log()) == 2


def test_score_and_predict(fitted):
    points, labels = clusters(25)
    data = mx.io.NDArrayIter(points, labels, 10)
    assert fitted.score(iterator()) > 0.95
    assert isinstance(fitted.score(data), float)
    assert len(fitted.score(data, ["acc", "ce"])) == 2
    outputs = fitted.predict(data)
    assert isinstance(outputs, np.ndarray) and outputs.shape == (25, 3)
    for array in (points, mx.nd.array(points)):
        np.testing.assert_allclose(fitted.predict(array), outputs, rtol=1e-5, atol=1e-7)
    assert fitted.predict(points[:1]).shape == (1, 3)
    assert fitted.predict(data, num_batch=1).shape == (10, 3)
    given, data_again, labels_again = fitted.predict(data, return_data=True)
    np.testing.assert_array_equal(given, outputs)
    np.testing.assert_array_equal(data_again, points)
    np.testing.assert_array_equal(labels_again, labels)


def test_arrays_are_trained_with():
    points, labels = clusters(256)
    one = model(num_epoch=5, initializer=mx.init.Xavier())
    one.fit(points, labels.reshape(-1, 1), eval_data=(points, labels.tolist()))
    assert one.score(mx.io.NDArrayIter(points, labels, 32)) > 0.9
    with pytest.raises(ValueError, match="labels y"):
        model().fit(points)
    with pytest.raises(ValueError, match="one per sample"):
        model().fit(points, labels[:-1])
    with pytest.raises(ValueError, match="shape"):
        model().fit(points, np.ones((256, 2)))
    with pytest.raises(TypeError, match="eval_data"):
        model().fit(points, labels, eval_data=3)
    with pytest.raises(TypeError, match="num_epoch"):
        model(num_epoch=None).fit(points, labels)


def test_files(fitted, tmp_path):
    prefix = str(tmp_path / "net")
    points, _ = clusters(20)
    fitted.save(prefix)
    fitted.save(prefix, 9)
    again = mx.model.FeedForward.load(prefix, 6, num_epoch=7)
    assert again.begin_epoch == 6
    np.testing.assert_array_equal(again.predict(points), fitted.predict(points))
    again.fit(iterator())
    assert (tmp_path / "net-0009.params").exists()
    with pytest.raises(AssertionError):
        model(num_epoch=None).save(prefix)


def test_pickles(fitted):
    points, _ = clusters(20)
    expected = fitted.predict(points)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(fitted)).predict(points), expected)


def test_parameters_are_checked():
    extra = {"other": mx.nd.ones((1,))}
    assert model(arg_params=extra, allow_extra_params=True).arg_params == {}
    with pytest.raises(ValueError, match="have the name a"):
        mx.model.FeedForward(mx.sym.Group([mx.sym.var("a"), mx.sym.var("a")]))
    with pytest.raises(AttributeError, match="fc1_weight"):
        model().predict(clusters(20)[0])


@pytest.mark.parametrize("kind", ["arg_params", "aux_params"])
def test_parameters_that_the_network_has_not_are_refused(fitted, kind):
    points, _ = clusters(20)
    known = {"arg_params": fitted.arg_params, "aux_params": fitted.aux_params}
    known[kind] = {**known[kind], "fc1_wieght": mx.nd.ones((1,))}
    with pytest.raises(ValueError, match="nothing called fc1_wieght"):
        model(**known).predict(points)
    np.testing.assert_array_equal(
        model(allow_extra_params=True, **known).predict(points), fitted.predict(points)
    )


def test_create():
    points, labels = clusters()
    one = mx.model.FeedForward.create(mlp(), points, labels, num_epoch=1, learning_rate=0.1)
    assert isinstance(one, mx.model.FeedForward) and one.predict(points).shape == (60, 3)


def test_several_contexts_and_monitor(log):
    one = model(num_epoch=1, ctx=[mx.cpu(0), mx.cpu(1)])
    one.fit(iterator(), monitor=mx.mon.Monitor(4, pattern="fc1_weight"))
    assert log()[0] == "Start training with [cpu(0), cpu(1)]"
    assert sum(line.startswith("Batch:       5 fc1_weight") for line in log()) == 2


def test_a_symbol_per_bucket():
    from test_bucketing_module import batch_of, network

    class Buckets(mx.io.DataIter):
        provide_data, provide_label = batch_of(10).provide_data, batch_of(10).provide_label
        default_bucket_key = 10

        def __init__(self):
            super().__init__(4)
            self.reset()

        def reset(self):
            self.batches = iter([batch_of(10), batch_of(5)])

        def next(self):
            return next(self.batches)

    one = mx.model.FeedForward(lambda key: network(key)[0], num_epoch=2, learning_rate=0.1)
    one.fit(Buckets())
    assert sorted(numbers(one.arg_params)) == ["fc1_bias", "fc1_weight", "fc2_bias", "fc2_weight"]
