"""BucketingModule: buckets share parameters, gradients and the optimizer."""

import logging

import numpy as np
import pytest

import gluino as mx
from gluino.io import DataBatch, DataDesc

from nets import numbers, same


def network(length):
    data = mx.sym.var("data")
    net = mx.sym.FullyConnected(data, num_hidden=6, name="fc1", flatten=False)
    net = mx.sym.sum(mx.sym.Activation(net, act_type="relu", name="relu"), axis=1)
    net = mx.sym.FullyConnected(net, num_hidden=3, name="fc2")
    return mx.sym.SoftmaxOutput(net, name="softmax"), ("data",), ("softmax_label",)


def batch_of(length, size=4):
    return DataBatch(
        [mx.nd.ones((size, length, 5))], [mx.nd.ones((size,))], bucket_key=length,
        provide_data=[DataDesc("data", (size, length, 5))],
        provide_label=[DataDesc("softmax_label", (size,))],
    )  # fmt: skip


def ready(**options):
    module = mx.mod.BucketingModule(network, default_bucket_key=10)
    module.bind([("data", (4, 10, 5))], [("softmax_label", (4,))], **options)
    module.init_params(mx.init.Xavier())
    return module


def test_before_bind():
    module = mx.mod.BucketingModule(network, default_bucket_key=10)
    assert list(module.data_names) == ["data"]
    assert module.output_names == ["softmax_output"]
    for name in ("data_shapes", "label_shapes", "output_shapes", "symbol"):
        with pytest.raises(AssertionError):
            getattr(module, name)
    with pytest.raises(AssertionError):
        mx.mod.BucketingModule(network)


def test_buckets_train_the_same_parameters():
    module = ready()
    module.init_optimizer(optimizer_params={"learning_rate": 0.1, "momentum": 0.9})
    before = numbers(module.get_params()[0])
    for length in (10, 5, 7, 5):
        module.forward_backward(batch_of(length))
        module.update()
        assert module.data_shapes == [("data", (4, length, 5))]
        after = numbers(module.get_params()[0])
        assert not same(before, after)
        before = after
    assert sorted(module._buckets) == [5, 7, 10]
    for bucket in module._buckets.values():
        assert same(before, numbers(bucket.get_params()[0]))
    assert module._curr_module._updater.optimizer.num_update == 4


def test_prepare_leaves_the_current_bucket():
    module = ready()
    module.prepare(batch_of(5))
    assert module._curr_bucket_key == 10 and sorted(module._buckets) == [5, 10]


def test_gradients_are_shared():
    module = ready(grad_req="add")
    module.forward_backward(batch_of(10))
    module.forward_backward(batch_of(5))
    first, second = (module._buckets[key]._exec_group.execs[0] for key in (10, 5))
    assert np.array_equal(
        first.grad_dict["fc1_weight"].asnumpy(), second.grad_dict["fc1_weight"].asnumpy()
    )
    assert module._buckets[5]._exec_group.grad_req["fc1_weight"] == "add"


def test_fit_and_monitor(caplog):
    class Buckets(mx.io.DataIter):
        provide_data = [DataDesc("data", (4, 10, 5))]
        provide_label = [DataDesc("softmax_label", (4,))]
        default_bucket_key = 10

        def __init__(self):
            super().__init__(4)
            self.reset()

        def reset(self):
            self.batches = iter([batch_of(10), batch_of(5), batch_of(8)])

        def next(self):
            return next(self.batches)

    caplog.set_level(logging.INFO)
    module = mx.mod.BucketingModule(network, default_bucket_key=10)
    monitor = mx.mon.Monitor(1, pattern="softmax_output")
    module.fit(Buckets(), eval_data=Buckets(), num_epoch=2, monitor=monitor)
    assert sum(line.startswith("Batch:") for line in caplog.messages) == 6
    assert module.score(Buckets(), "acc")[0][0] == "accuracy"
    with pytest.raises(AssertionError):
        module.get_input_grads()


def test_automatic_names_are_the_same_in_all_buckets():
    def unnamed(length):
        net = mx.sym.FullyConnected(mx.sym.var("data"), num_hidden=3, flatten=False)
        net = mx.sym.SoftmaxOutput(mx.sym.sum(net, axis=1), name="softmax")
        return net, ("data",), ("softmax_label",)

    module = mx.mod.BucketingModule(unnamed, default_bucket_key=10)
    module.bind([("data", (4, 10, 5))], [("softmax_label", (4,))])
    module.init_params()
    module.forward(batch_of(5))
    assert sorted(module.get_params()[0]) == ["fullyconnected0_bias", "fullyconnected0_weight"]


def test_files(tmp_path):
    prefix = str(tmp_path / "net")
    module = ready()
    module.forward(batch_of(5))
    module.save_checkpoint(prefix, 2)
    for name in ("net-5-symbol.json", "net-10-symbol.json", "net.buckets", "net-0002.params"):
        assert (tmp_path / name).exists()
    assert mx.nd.load(prefix + ".buckets")[0].asnumpy().tolist() == [10, 5]
    again = mx.mod.BucketingModule.load(prefix, 2, network, 10)
    given = mx.mod.BucketingModule.load_dict({}, network, 10, *module.get_params())
    for other in (again, given):
        other.bind([("data", (4, 10, 5))], [("softmax_label", (4,))])
        assert same(numbers(module.get_params()[0]), numbers(other.get_params()[0]))
    with pytest.raises(AssertionError, match="sym_gen"):
        mx.mod.BucketingModule.load(prefix, 2)
