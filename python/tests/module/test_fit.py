"""Module on whole data sets: fit, score, predict, and their log."""

import logging
import re

import numpy as np
import pytest

import gluino as mx

from nets import clusters, iterator, mlp, normalized, numbers, same


def lines(caplog):
    """The log, without what depends on time."""
    return [
        re.sub(r"(Speed: |cost=)[\d.inf]+", r"\1T", message) for message in caplog.messages
    ]


@pytest.fixture
def fitted():
    mx.random.seed(1)
    module = mx.mod.Module(mlp())
    module.fit(
        iterator(), num_epoch=8, initializer=mx.init.Xavier(),
        optimizer_params={"learning_rate": 0.5},
    )  # fmt: skip
    return module


def test_fit_learns(fitted):
    assert dict(fitted.score(iterator(), "acc"))["accuracy"] > 0.95


def test_log_lines(caplog):
    caplog.set_level(logging.INFO)
    module = mx.mod.Module(mlp())
    module.fit(
        iterator(count=30), eval_data=iterator(count=30), num_epoch=1, initializer=mx.init.Zero(),
        eval_metric=["acc", "ce"], batch_end_callback=mx.callback.Speedometer(10, 2),
        optimizer_params={"learning_rate": 0.0},
    )  # fmt: skip
    assert lines(caplog) == [
        "Epoch[0] Batch [0-2]\tSpeed: T samples/sec\taccuracy=0.333333\tcross-entropy=1.098612",
        "Epoch[0] Train-accuracy=0.333333",
        "Epoch[0] Train-cross-entropy=1.098612",
        "Epoch[0] Time cost=T",
        "Epoch[0] Validation-accuracy=0.333333",
        "Epoch[0] Validation-cross-entropy=1.098612",
    ]


def test_callbacks_are_told(caplog):
    told = []

    def batch_end(param):
        assert param.eval_metric.get()[0] == "accuracy"
        told.append((param.epoch, param.nbatch, param.locals["self"]))

    def epoch_end(epoch, symbol, arg_params, aux_params):
        told.append((epoch, symbol, sorted(arg_params), sorted(aux_params)))

    module = mx.mod.Module(mlp())
    module.fit(
        iterator(count=20), eval_data=iterator(count=20), num_epoch=2, begin_epoch=1,
        batch_end_callback=batch_end, epoch_end_callback=[epoch_end],
        eval_batch_end_callback=[batch_end], eval_end_callback=batch_end,
    )  # fmt: skip
    names = ["fc1_bias", "fc1_weight", "fc2_bias", "fc2_weight"]
    assert told == [
        (1, 0, module), (1, 1, module),
        (1, module.symbol, names, []),
        (1, 0, module), (1, 1, module), (1, 2, module),
    ]  # fmt: skip


def test_fit_goes_on(fitted, caplog):
    with pytest.raises(AssertionError, match="num_epoch"):
        fitted.fit(iterator())
    before = numbers(fitted.get_params()[0])
    with pytest.warns(UserWarning):
        fitted.fit(iterator(), num_epoch=1)
    assert not same(before, numbers(fitted.get_params()[0]))
    spent = iterator()
    list(spent)
    with pytest.warns(UserWarning), pytest.raises(StopIteration):
        fitted.fit(spent, num_epoch=1)


def test_score(fitted):
    metric = mx.metric.Accuracy()
    counts = []
    values = fitted.score(
        iterator(), metric, num_batch=2,
        batch_end_callback=lambda param: counts.append(param.nbatch),
        score_end_callback=lambda param: counts.append(param.nbatch),
    )  # fmt: skip
    assert values == metric.get_name_value()
    assert metric.num_inst == 20
    assert counts == [0, 1, 2]


def test_predict(fitted):
    points, _ = clusters(25)
    data = mx.io.NDArrayIter(points, None, 10)
    whole = fitted.predict(data)
    assert isinstance(whole, mx.nd.NDArray) and whole.shape == (25, 3)
    batches = fitted.predict(data, merge_batches=False)
    assert [[out.shape for out in outputs] for outputs in batches] == [
        [(10, 3)], [(10, 3)], [(5, 3)]
    ]  # fmt: skip
    assert [out.shape for out in fitted.predict(data, always_output_list=True)] == [(25, 3)]
    assert fitted.predict(data, num_batch=1).shape == (10, 3)
    for array in (points, mx.nd.array(points)):
        np.testing.assert_allclose(
            fitted.predict(array).asnumpy(), whole.asnumpy(), rtol=1e-5, atol=1e-7
        )
    shapes = [(out[0].shape, i, batch.pad) for out, i, batch in fitted.iter_predict(data)]
    assert shapes == [((10, 3), 0, 0), ((10, 3), 1, 0), ((5, 3), 2, 5)]
    for wrong in (3, [points]):
        with pytest.raises(ValueError, match="DataIter"):
            fitted.predict(wrong)


def test_batches_may_lack_labels():
    class Batch:
        pad = 0

        def __init__(self, *data):
            self.data = list(data)

    module = mx.mod.Module(mx.sym.var("data") * 2, label_names=None)
    module.bind([("data", (1, 10))])
    module.init_params()
    for shape in ((1, 10), (3, 5)):
        module.forward(Batch(mx.nd.ones(shape)))
        assert module.get_outputs()[0].shape == shape


OPTIMIZERS = [
    ("sgd", {"learning_rate": 0.1, "wd": 0.01}),
    ("sgd", {"learning_rate": 0.1, "momentum": 0.9, "clip_gradient": 0.1}),
    ("sgd", {"learning_rate": 0.1, "lr_scheduler": "steps"}),
    ("adam", {"learning_rate": 0.01}),
    ("nag", {"learning_rate": 0.1, "momentum": 0.9}),
    ("rmsprop", {"learning_rate": 0.01, "centered": True}),
    ("adadelta", {}),
    ("signum", {"learning_rate": 0.01}),
]


class Plain(mx.mod.Module):
    """Has an update of its own, which fit therefore calls after each backward."""

    def update(self):
        super().update()


@pytest.mark.parametrize("name, settings", OPTIMIZERS)
def test_fit_has_the_bits_of_single_steps(name, settings):
    """fit updates each weight within backward; update does it afterwards."""
    params = []
    for kind in (mx.mod.Module, Plain):
        mx.random.seed(2)
        options = dict(settings)
        if options.get("lr_scheduler"):
            options["lr_scheduler"] = mx.lr_scheduler.FactorScheduler(step=4, factor=0.5)
        module = kind(normalized())
        module.fit(
            iterator(batch_size=7), num_epoch=3, optimizer=name, optimizer_params=options,
            initializer=mx.init.Xavier(),
        )  # fmt: skip
        arg_params, aux_params = module.get_params()
        params.append(numbers(arg_params) | numbers(aux_params))
    assert same(*params)


def test_fit_follows_what_a_callback_changes():
    params = []
    for kind in (mx.mod.Module, Plain):
        mx.random.seed(2)
        module = kind(mlp())

        def change(param, module=module):
            module._optimizer.set_learning_rate(0.1 / (1 + param.nbatch))
            module._optimizer.momentum = 0.5
            module._optimizer.lr_mult["fc1_weight"] = 0.5 * param.nbatch
            module._optimizer.wd_mult["fc1_bias"] = 0.1 * param.nbatch
            if param.nbatch == 2:
                module._updater.set_states(module._updater.get_states())

        module.fit(
            iterator(), num_epoch=2, batch_end_callback=change, initializer=mx.init.Xavier(),
            optimizer_params={"learning_rate": 0.1, "momentum": 0.9, "wd": 0.01},
        )  # fmt: skip
        params.append(numbers(module.get_params()[0]))
        assert module._optimizer.num_update == 12
    assert same(*params)


def test_fit_uses_what_a_user_overrides():
    calls = []

    class Counting(mx.mod.Module):
        def forward_backward(self, data_batch):
            calls.append(data_batch)
            super().forward_backward(data_batch)

    Counting(mlp()).fit(iterator(), num_epoch=1)
    assert len(calls) == 6

    module = mx.mod.Module(mlp())
    update = module.update
    module.update = lambda: calls.clear() or update()
    module.fit(iterator(), num_epoch=1)
    assert not calls


def test_only_one_batch_is_held():
    """An iterator may write the next batch over the last."""
    now = [0]

    class Batch:
        def __init__(self, i):
            self.i = i

        @property
        def label(self):
            assert self.i == now[0]

    class Batches:
        provide_data = provide_label = None

        def __iter__(self):
            for i in range(3):
                now[0] = i
                yield Batch(i)

        def reset(self):
            pass

    module = mx.mod.BaseModule()
    for name in (
        "bind", "init_params", "init_optimizer", "forward", "backward", "update", "update_metric"
    ):  # fmt: skip
        setattr(module, name, lambda *args, **kwargs: None)
    module.get_params = lambda: (None, None)
    module.fit(Batches(), num_epoch=1)
    assert now == [2]


def test_metrics_pick_outputs_by_name():
    net = mlp()
    echo = mx.sym.BlockGrad(net.get_internals()["relu1_output"], name="echo")
    module = mx.mod.Module(mx.sym.Group([net, echo]))
    metric = mx.metric.Accuracy(
        output_names=["softmax_output"], label_names=["softmax_label"]
    )
    module.fit(iterator(), num_epoch=1, eval_metric=metric)
    assert metric.num_inst == 60
